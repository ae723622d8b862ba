//! # Review
//! What operators see and say. The function's address takes requests that AWS has let in (IAM); who may call it may say
//! every word and read everything but credentials.

mod body;
mod list;
mod route;
mod settings;

use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use posthorse_aws::LambdaClock;
use posthorse_aws::lambda::Call;
use posthorse_aws::settings::Reader;
use posthorse_aws::web::{Answer, Envelope, Problem};
use posthorse_domain::intake::obey::{self, Told};
use posthorse_domain::intake::verb::Verb;
use posthorse_domain::migration::{Failure, Migration, MigrationId};
use posthorse_domain::ports::{Archive, Ledger};
use posthorse_domain::review::quarantine;
use posthorse_domain::review::status::status;
use posthorse_domain::turn::counts::counts;
use posthorse_domain::verify::tell;
use serde::Serialize;
use serde_json::{Value, json};

use route::{NoRoute, Route};
use settings::Settings;

/// The function's own time, nearly.
const BUDGET: Duration = Duration::from_secs(28);
/// The longest body.
const LONGEST: usize = 64 * 1024;
/// The longest answer: function URLs end at 6 MB, and what is escaped grows.
const LONGEST_ANSWER: usize = 4_000_000;
/// How long an address of octets can be used.
const LINK: Duration = Duration::from_secs(300);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = settings::read(Reader::of_process())?;
    lambda_runtime::run(service_fn(|event| reply(&settings, event))).await
}

async fn reply(settings: &Settings, event: LambdaEvent<Envelope>) -> Result<Answer, Error> {
    let clock = LambdaClock::new(BUDGET, Call::of(&event.context).deadline);
    let answer = answer(settings, &clock, &event.payload).await.unwrap_or_else(|failure| {
        tracing::error!(step = "review", cause = failure.cause, "the request could not be done");
        Answer::problem(503, "Not now", "Nothing is lost: send the same request again.")
    });
    let long = answer.body().len() > LONGEST_ANSWER;
    let answer =
        if long { Answer::problem(507, "Too long", "The answer does not fit; ask for less at once.") } else { answer };
    tracing::info!(step = "review", status = answer.status(), "answered");
    Ok(answer)
}

async fn answer(settings: &Settings, clock: &LambdaClock, request: &Envelope) -> Result<Answer, Failure> {
    let asked = match route::route(request.method(), &request.raw_path, &request.raw_query_string) {
        Ok(asked) => asked,
        Err(NoRoute::Path) => return Ok(Answer::problem(404, "Not found", "Nothing has this address.")),
        Err(NoRoute::Method(method)) => {
            return Ok(Answer::problem(405, "Not allowed", "This address takes another verb.").with("allow", method));
        }
        Err(NoRoute::Query(problem)) => return Ok(Answer::fields(&[problem])),
    };
    if request.longer_than(LONGEST) {
        return Ok(Answer::problem(413, "Too long", "A request has at most 65536 octets."));
    }
    let Some(body) = request.octets() else { return Ok(Answer::problem(400, "Unreadable", "The body is not base64.")) };
    let Settings { ledger, archive, queue, vault } = settings;
    let doors = obey::Doors { ledger, queue, vault, clock };
    match asked {
        Route::List(query) => list::list(ledger, clock, &query).await,
        Route::Status(id) => {
            shown(found(ledger, &id).await?, async |record| shape(&status(&record, counts(ledger, &record.id).await?)))
                .await
        }
        Route::Report(id) => shown(found(ledger, &id).await?, async |record| report(settings, &record).await).await,
        Route::Word(id, verb) => said(&doors, &id, verb).await,
        Route::Pass(id) => match body::pass(&body) {
            Ok(kind) => said(&doors, &id, Verb::Pass(kind)).await,
            Err(problem) => Ok(Answer::fields(&[problem])),
        },
        Route::Credentials(id) => match body::credentials(&body) {
            Ok((side, secret)) => {
                let told = obey::credentials(&doors, &id, side, &secret).await?;
                Ok(told_as(&id, Verb::Credentials, told))
            }
            Err(problem) => Ok(Answer::fields(&[problem])),
        },
        Route::Quarantine(id, query) => {
            let after = Some(query.after.as_str()).filter(|after| !after.is_empty());
            if after.is_some_and(|after| quarantine::octets_key(after).is_none()) {
                return Ok(Answer::fields(&[Problem::new("after", "is not what an earlier answer had as `next`")]));
            }
            shape(&quarantine::list(archive, &id, after, query.limit).await?)
        }
        Route::Show(id, item) => match quarantine::show(archive, &id, &item).await? {
            Some(exhibit) => shape(&exhibit),
            None => Ok(unknown("item")),
        },
        Route::Download(id, item) => download(settings, &id, &item).await,
    }
}

fn unknown(what: &str) -> Answer {
    Answer::problem(404, "Not found", &format!("There is no such {what}."))
}

fn shape(shown: &impl Serialize) -> Result<Answer, Failure> {
    let value = serde_json::to_value(shown).map_err(|cause| Failure::store(format!("write an answer: {cause}")))?;
    Ok(Answer::json(200, &value))
}

async fn found(ledger: &dyn Ledger, id: &MigrationId) -> Result<Option<Migration>, Failure> {
    ledger.migration(id).await
}

async fn shown(
    record: Option<Migration>,
    show: impl AsyncFnOnce(Migration) -> Result<Answer, Failure>,
) -> Result<Answer, Failure> {
    match record {
        Some(record) => show(record).await,
        None => Ok(unknown("migration")),
    }
}

/// The one that was kept at the end of the pass, or, in the middle of one, as things stand.
async fn report(settings: &Settings, record: &Migration) -> Result<Answer, Failure> {
    let kept = match record.pass.finished {
        Some(_) => settings.archive.get(&record.id, &format!("reports/{}.json", record.pass.number)).await?,
        None => None,
    };
    match kept.as_deref().map(serde_json::from_slice::<Value>) {
        Some(Ok(report)) => Ok(Answer::json(200, &report)),
        _ => shape(&tell::report(&settings.ledger, &settings.archive, record).await?),
    }
}

async fn said(doors: &obey::Doors<'_>, id: &MigrationId, verb: Verb) -> Result<Answer, Failure> {
    Ok(told_as(id, verb, obey::obey(doors, id, verb).await?))
}

fn told_as(id: &MigrationId, verb: Verb, told: Told) -> Answer {
    let (verb, already) = (verb.word(), matches!(told, Told::Already(_)));
    let answer = match told {
        Told::Done(record) | Told::Already(record) => {
            let shown = status(&record, record.totals);
            Answer::json(200, &json!({"verb": verb, "already": already, "migration": shown}))
        }
        Told::Refused(record, refused) => {
            let state = record.state.word();
            return Answer::refused(state, &refused.0);
        }
        Told::Unknown(what) => return unknown(what),
    };
    tracing::info!(step = "review", migration = id.0, verb, already, "a word");
    answer
}

async fn download(settings: &Settings, id: &MigrationId, item: &str) -> Result<Answer, Failure> {
    let Some(key) = quarantine::octets_key(item) else { return Ok(unknown("item")) };
    if !settings.archive.keys(id, &key).await?.contains(&key) {
        return Ok(unknown("item with octets"));
    }
    let url = settings.archive.link(id, &key, &format!("{item}.eml"), LINK).await?;
    Ok(Answer::json(200, &json!({"url": url, "seconds": LINK.as_secs()})))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_event_is_decoded() {
        let event: Envelope = serde_json::from_str(include_str!("../../../events/review.json")).unwrap();
        let asked = route::route(event.method(), &event.raw_path, &event.raw_query_string);
        assert!(matches!(asked, Ok(Route::List(query)) if query.state == "failed" && query.limit == 20));
    }
}
