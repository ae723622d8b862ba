//! # Intake
//! A signed POST begins a migration. Nothing of an unsigned one is looked at.

mod envelope;
mod schema;
mod settings;
mod signature;

use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use posthorse_aws::LambdaClock;
use posthorse_aws::lambda::Call;
use posthorse_aws::settings::Reader;
use posthorse_domain::intake::accept::{Accepted, Doors, accept};
use posthorse_domain::migration::{Failure, MigrationId};
use posthorse_domain::ports::Clock;
use ring::digest;

use envelope::{Answer, Envelope};
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
    if request.raw_path != "/" {
        return Ok(Answer::problem(404, "Not found", "Requests are posted to the address itself."));
    }
    if request.method() != "POST" {
        return Ok(Answer::problem(405, "Not allowed", "Requests are posted.").with("allow", "POST"));
    }
    let Some(body) = request.octets() else { return Ok(Answer::problem(400, "Unreadable", "The body is not base64.")) };
    let keys: Vec<Key> = settings.secret.words().await?.iter().filter_map(|word| Key::read(word.reveal())).collect();
    if keys.is_empty() {
        return Err(Failure::store("the webhook's secret is not base64 of 24 octets or more"));
    }
    let headers = Headers {
        id: request.header("webhook-id"),
        timestamp: request.header("webhook-timestamp"),
        signature: request.header("webhook-signature"),
    };
    match signature::verify(&headers, &body, &keys, clock.now()) {
        Ok(webhook) => begin(settings, clock, &migration(webhook), &body).await,
        Err(refusal) => Ok(refused(refusal)),
    }
}

/// Named after the request, so that every try of it names the same migration.
fn migration(webhook: &str) -> MigrationId {
    let digest = digest::digest(&digest::SHA256, webhook.as_bytes());
    MigrationId(digest.as_ref().iter().take(16).map(|octet| format!("{octet:02x}")).collect())
}

async fn begin(settings: &Settings, clock: &LambdaClock, id: &MigrationId, body: &[u8]) -> Result<Answer, Failure> {
    let asked = match schema::read(body, &settings.rules) {
        Ok(asked) => asked,
        Err(problems) => return Ok(Answer::fields(&problems)),
    };
    let doors = Doors { vault: &settings.vault, ledger: &settings.ledger, queue: &settings.queue, clock };
    Ok(match accept(&doors, id, &asked.request, (&asked.source, &asked.destination)).await? {
        Accepted::Begun(record) => {
            tracing::info!(
                step = "intake",
                migration = id.0,
                turn = record.turn,
                outcome = record.state.word(),
                "begun"
            );
            Answer::accepted(&id.0)
        }
        Accepted::Taken => Answer::problem(409, "Another request", "Another request has had this webhook-id."),
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
