//! # Review
//! `status`, `report` and `finish`: looking at a state directory.

use posthorse_domain::intake::{again, begin};
use posthorse_domain::migration::{Failure, Migration};
use posthorse_domain::plan::print::PlanDocument;
use posthorse_domain::ports::{Archive, Ledger};
use posthorse_domain::verify::tell;
use posthorse_embedded::state::Look;
use posthorse_embedded::{State as Store, StepClock, StopFlag};

use crate::args::{Of, Talk};
use crate::exit::Exit;
use crate::migrate::id;
use crate::{out, table};

fn told<E: std::fmt::Display>(exit: Exit) -> impl FnOnce(E) -> Exit {
    move |problem| {
        out::problem(problem);
        exit
    }
}

/// One line, or the record's public part as JSON.
pub async fn status(of: &Of) -> Exit {
    let (_, record) = match look(of).await {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    if of.talk.json {
        out::json(&serde_json::json!({
                "migration": record.id.0,
                "state": record.state.word(),
                "reason": record.reason,
                "next_at": record.next_at.filter(|_| record.state.under_way()).map(|at| at.rfc3339()),
                "pass": {"number": record.pass.number, "kind": record.pass.kind.word()},
                "turn": record.turn,
        }));
    } else {
        let (state, pass) = (record.state.word(), &record.pass);
        out::text(&format!("{state} (pass {}, {}) {}\n", pass.number, pass.kind.word(), record.reason));
    }
    Exit::Verified
}

/// The report as things stand; the exit code is the state's.
pub async fn report(of: &Of) -> Exit {
    let (store, record) = match look(of).await {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    match print(&store.ledger, &store.archive, &record, of.talk).await {
        Ok(()) => Exit::of_state(&record),
        Err(failure) => told(Exit::of_failure(&failure))(failure),
    }
}

async fn look(of: &Of) -> Result<(Look, Migration), Exit> {
    let store = Look::open(&of.state).map_err(told(Exit::State))?;
    let record = store.ledger.migration(&id()).await.map_err(told(Exit::State))?;
    let record = record.ok_or("this directory holds no migration yet").map_err(told(Exit::State))?;
    Ok((store, record))
}

/// Ends the migration.
pub async fn finish(of: &Of) -> Exit {
    // A directory that holds nothing is left as it is.
    if let Err(exit) = look(of).await {
        return exit;
    }
    let store = match Store::open(&of.state) {
        Ok(store) => store,
        Err(error) => return told(Exit::State)(error),
    };
    let clock = StepClock::new(std::time::Duration::from_secs(60), StopFlag::new());
    let record = match store.ledger.migration(&id()).await {
        Ok(Some(record)) => record,
        Ok(None) => return told(Exit::State)("this directory holds no migration"),
        Err(failure) => return told(Exit::State)(failure),
    };
    let done = again::finish(record, posthorse_domain::ports::Clock::now(&clock));
    match begin::turn(&store.ledger, &store.queue, &clock, done).await {
        Ok(Ok(record)) => {
            out::text(&format!("{}: {}\n", record.state.word(), record.reason));
            Exit::Verified
        }
        Ok(Err(refused)) => told(Exit::Usage)(refused.0),
        Err(failure) => told(Exit::of_failure(&failure))(failure),
    }
}

/// Prints the report: JSON or a table, on stdout.
pub async fn print(ledger: &dyn Ledger, archive: &dyn Archive, record: &Migration, talk: Talk) -> Result<(), Failure> {
    let report = tell::report(ledger, archive, record).await?;
    if talk.json {
        out::json(&report);
    } else {
        out::text(&table::report(&report));
    }
    Ok(())
}

/// Prints the plan.
pub fn print_plan(plan: &PlanDocument, talk: Talk) {
    if talk.json {
        out::json(plan);
    } else {
        out::text(&table::plan(plan));
    }
}
