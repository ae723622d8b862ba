//! # Intake
//! A signed POST begins a migration; nothing of an unsigned one is looked at. Its answer holds the address of the status page.

mod schema;
mod seal;
mod settings;
mod signature;

use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use posthorse_aws::LambdaClock;
use posthorse_aws::lambda::Call;
use posthorse_aws::settings::Reader;
use posthorse_aws::web::{Answer, Envelope};
use posthorse_domain::intake::accept::{Accepted, Doors, accept};
use posthorse_domain::migration::shown::shown;
use posthorse_domain::migration::{Failure, MigrationId};
use posthorse_domain::ports::{Clock, Ledger};
use posthorse_domain::turn::counts::counts;
use ring::digest;
use serde_json::json;

use settings::Settings;
use signature::{Headers, Key, Refusal};

/// The function's own time.
const BUDGET: Duration = Duration::from_secs(15);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = Settings::read(Reader::of_process())?;
    lambda_runtime::run(service_fn(|event| reply(&settings, event))).await
}

async fn reply(settings: &Settings, event: LambdaEvent<Envelope>) -> Result<Answer, Error> {
    let clock = LambdaClock::new(BUDGET, Call::of(&event.context).deadline);
    let answer = answer(settings, &clock, &event.payload).await.unwrap_or_else(|failure| {
        tracing::error!(step = "intake", cause = failure.cause, "the request could not be done");
        Answer::problem(503, "Not now", "Nothing is lost: send the same request again, with the same webhook-id.")
    });
    tracing::info!(step = "intake", status = answer.status(), "answered");
    Ok(answer)
}

async fn answer(settings: &Settings, clock: &LambdaClock, request: &Envelope) -> Result<Answer, Failure> {
    match (request.raw_path.as_str(), request.method()) {
        ("/", "POST") => signup(settings, clock, request).await,
        ("/", _) => Ok(Answer::problem(405, "Not allowed", "Requests are posted.").with("allow", "POST")),
        (path, method) => match (path.strip_prefix("/status/"), method) {
            (Some(ticket), "GET") => status(settings, ticket).await,
            (Some(_), _) => Ok(Answer::problem(405, "Not allowed", "A status is got.").with("allow", "GET")),
            (None, _) => Ok(Answer::problem(404, "Not found", "Requests are posted to the address itself.")),
        },
    }
}

/// Where a migration stands, for whoever holds the address that the signup was answered with.
async fn status(settings: &Settings, ticket: &str) -> Result<Answer, Failure> {
    let unknown = || Answer::problem(404, "Not found", "There is no such status.");
    let Some(id) = seal::admitted(&keys(settings).await?, ticket) else { return Ok(unknown()) };
    let Some(record) = settings.ledger.migration(&id).await? else { return Ok(unknown()) };
    let shown = shown(&record, counts(&settings.ledger, &id).await?);
    let body = serde_json::to_value(shown).map_err(|cause| Failure::store(format!("show a status: {cause}")))?;
    Ok(Answer::json(200, &body))
}

/// The active secrets, the current one first.
async fn keys(settings: &Settings) -> Result<Vec<Key>, Failure> {
    let keys: Vec<Key> = settings.secret.words().await?.iter().filter_map(|word| Key::read(word.reveal())).collect();
    if keys.is_empty() {
        return Err(Failure::store("the webhook's secret is not base64 of 24 octets or more"));
    }
    Ok(keys)
}

async fn signup(settings: &Settings, clock: &LambdaClock, request: &Envelope) -> Result<Answer, Failure> {
    if request.longer_than(signature::LONGEST) {
        return Ok(refused(Refusal::TooLong));
    }
    let Some(body) = request.octets() else { return Ok(Answer::problem(400, "Unreadable", "The body is not base64.")) };
    let keys = keys(settings).await?;
    let headers = Headers {
        id: request.header("webhook-id"),
        timestamp: request.header("webhook-timestamp"),
        signature: request.header("webhook-signature"),
    };
    let webhook = match signature::verify(&headers, &body, &keys, clock.now()) {
        Ok(webhook) => webhook,
        Err(refusal) => return Ok(refused(refusal)),
    };
    let id = migration(webhook);
    Ok(match begin(settings, clock, &id, &body, &keys).await? {
        Begun::Yes => {
            let status = format!("https://{}/status/{}", request.domain(), seal::ticket(&keys, &id));
            Answer::json(202, &json!({"migration": id.0, "status": status}))
        }
        Begun::Not(answer) => answer,
    })
}

/// Named after the request, so that every try of it names the same migration.
fn migration(webhook: &str) -> MigrationId {
    let digest = digest::digest(&digest::SHA256, webhook.as_bytes());
    MigrationId(digest.as_ref().iter().take(16).map(|octet| format!("{octet:02x}")).collect())
}

/// What became of a signed body.
enum Begun {
    Yes,
    Not(Answer),
}

async fn begin(
    settings: &Settings,
    clock: &LambdaClock,
    id: &MigrationId,
    body: &[u8],
    keys: &[Key],
) -> Result<Begun, Failure> {
    let asked = match schema::read(body, &settings.rules) {
        Ok(asked) => asked,
        Err(problems) => return Ok(Begun::Not(Answer::fields(&problems))),
    };
    let Settings { vault, ledger, queue, attempts, .. } = settings;
    let doors = Doors { vault, ledger, queue, clock, attempts };
    let marks = seal::marks(keys, body);
    Ok(match accept(&doors, id, &asked.request, (&asked.source, &asked.destination), &marks).await? {
        Accepted::Begun(record) => {
            let (turn, outcome) = (record.turn, record.state.word());
            tracing::info!(step = "intake", migration = id.0, turn, outcome, "begun");
            Begun::Yes
        }
        Accepted::Taken => {
            Begun::Not(Answer::problem(409, "Another request", "Another request has had this webhook-id."))
        }
        Accepted::Spent(wait) => {
            let detail =
                "Too many servers or logins of earlier requests could not be reached in this hour; try again later.";
            let answer = Answer::problem(429, "Too many failures", detail);
            Begun::Not(answer.with("retry-after", wait.as_secs().to_string()))
        }
    })
}

fn refused(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::TooLong => Answer::problem(413, "Too long", "A request has at most 65536 octets."),
        Refusal::Header(name) => {
            Answer::problem(400, "Not signed", &format!("The header {name} is missing or not what it should be."))
        }
        Refusal::Time => Answer::problem(401, "Too old", "webhook-timestamp is more than five minutes from now."),
        Refusal::Signature => Answer::problem(401, "Not signed", "None of the signatures is right."),
    }
}
