//! # Sweep
//! The timer's call: what stalled is revived, what is due is begun, what ended is cleared away. Called directly it takes a
//! person's word about one migration.

mod order;
mod settings;

use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use posthorse_aws::lambda::Call;
use posthorse_aws::settings::Reader;
use posthorse_aws::{LambdaClock, LogNotify};
use posthorse_domain::migration::Trouble;
use posthorse_domain::sweep::{self, Doors, Swept};
use serde_json::{Value, json};

use order::Order;
use settings::Settings;

/// A call does what fits into its time: the function's own, nearly.
const BUDGET: Duration = Duration::from_secs(110);
/// Migrations looked at in one call; more are due for the next one.
const LIMIT: usize = 1_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let settings = Settings::read(Reader::of_process())?;
    lambda_runtime::run(service_fn(|event| answer(&settings, event))).await
}

async fn answer(settings: &Settings, event: LambdaEvent<Value>) -> Result<Value, Error> {
    let order = Order::read(event.payload)?;
    let clock = LambdaClock::new(BUDGET, Call::of(&event.context).deadline);
    let doors = Doors {
        ledger: &settings.stores.ledger,
        archive: &settings.stores.archive,
        queue: &settings.stores.queue,
        vault: &settings.stores.vault,
        clock: &clock,
        notify: &LogNotify,
        announcer: Some(&settings.announcer),
    };
    match order {
        Order::Sweep => {
            let swept = sweep::step::run(&doors, LIMIT).await?;
            tell(&swept);
            // The alarm on errors sees calls that failed, not lines; the next sweep tries these again. A step that was faster
            // is no error.
            match swept.failures.iter().filter(|(_, failure)| failure.trouble != Trouble::Conflict).count() {
                0 => Ok(counted(&swept)),
                many => Err(format!("{many} migrations could not be swept; the log says why").into()),
            }
        }
        Order::Person(word, id) => Ok(order::obey(&doors, word, &id).await?),
    }
}

/// One line per migration that something was done for.
fn tell(swept: &Swept) {
    let done = [
        ("resent", &swept.resent),
        ("begun", &swept.begun),
        ("finished", &swept.ended),
        ("forgotten", &swept.forgotten),
        ("removed", &swept.removed),
        ("orphaned", &swept.orphaned),
    ];
    for (outcome, ids) in done {
        ids.iter().for_each(|id| tracing::info!(step = "sweep", migration = id.0, outcome, "swept"));
    }
    // An alarm counts these lines: they are kept at every level.
    swept.stalled.iter().for_each(|id| tracing::error!(step = "sweep", migration = id.0, outcome = "stalled", "swept"));
    for (id, failure) in &swept.failures {
        tracing::error!(step = "sweep", migration = id.0, outcome = "failed", cause = failure.cause, "swept");
    }
    if swept.unfinished {
        tracing::warn!(step = "sweep", "there was no time for all that is due; the next sweep goes on");
    }
}

fn counted(swept: &Swept) -> Value {
    json!({
        "resent": swept.resent.len(),
        "stalled": swept.stalled.len(),
        "begun": swept.begun.len(),
        "ended": swept.ended.len(),
        "forgotten": swept.forgotten.len(),
        "removed": swept.removed.len(),
        "orphaned": swept.orphaned.len(),
        "unfinished": swept.unfinished,
    })
}
