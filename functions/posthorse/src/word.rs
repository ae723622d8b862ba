//! # Word
//! `pause`, `resume`, `cancel`, `pass`, `rerun` and `finish`: a person's word about the migration of a state directory. No step runs
//! here: `posthorse migrate` runs what became due.

use std::path::Path;
use std::time::Duration;

use posthorse_domain::intake::obey::{Doors, Told, obey};
use posthorse_domain::intake::verb::Verb;
use posthorse_domain::migration::{Failure, Migration};
use posthorse_domain::ports::Ledger;
use posthorse_embedded::state::Look;
use posthorse_embedded::{MemoryVault, State as Store, StepClock, StopFlag};
use serde_json::json;

use crate::args::Talk;
use crate::exit::Exit;
use crate::migrate::id;
use crate::out;

/// Does it, and says where the migration stands now.
pub async fn run(state: &Path, verb: Verb, talk: Talk) -> Exit {
    match obeyed(state, verb).await {
        Ok(told) => answer(&told, verb, talk.json),
        Err((exit, problem)) => {
            out::problem(problem);
            exit
        }
    }
}

async fn obeyed(at: &Path, verb: Verb) -> Result<Told, (Exit, String)> {
    let state = |problem: String| (Exit::State, problem);
    // A directory that holds nothing is left as it is.
    let look = Look::open(at).map_err(|error| state(error.to_string()))?;
    let held = look.ledger.migration(&id()).await.map_err(|failure| state(failure.to_string()))?;
    held.ok_or_else(|| state("this directory holds no migration yet".into()))?;
    drop(look);
    let store = Store::open(at).map_err(|error| state(error.to_string()))?;
    let clock = StepClock::new(Duration::from_secs(60), StopFlag::new());
    let (ledger, queue, vault) = (&store.ledger, &store.queue, &MemoryVault::default());
    let failed = |failure: Failure| (Exit::of_failure(&failure), failure.to_string());
    obey(&Doors { ledger, queue, vault, clock: &clock }, &id(), verb).await.map_err(failed)
}

fn answer(told: &Told, verb: Verb, json: bool) -> Exit {
    match told {
        Told::Done(record) | Told::Already(record) => {
            if json {
                let (already, state, reason) = (matches!(told, Told::Already(_)), record.state.word(), &record.reason);
                out::json(
                    &json!({"migration": record.id.0, "verb": verb.word(), "already": already, "state": state, "reason": reason}),
                );
            } else {
                out::text(&format!("{}\n", sentence(record)));
            }
            Exit::Verified
        }
        Told::Refused(_, refused) => {
            out::problem(&refused.0);
            Exit::Usage
        }
        Told::Unknown(what) => {
            out::problem(format_args!("there is no such {what}"));
            Exit::Usage
        }
    }
}

fn sentence(record: &Migration) -> String {
    let reason = if record.reason.is_empty() { String::new() } else { format!(": {}", record.reason) };
    let next = if record.state.under_way() { "; `posthorse migrate` with both addresses goes on" } else { "" };
    format!("{}{reason}{next}", record.state.word())
}
