//! # Review
//! `status` and `report`: looking at a state directory.

use std::path::Path;

use posthorse_domain::migration::{Failure, Migration};
use posthorse_domain::plan::print::PlanDocument;
use posthorse_domain::ports::{Archive, Ledger};
use posthorse_domain::verify::tell;
use posthorse_embedded::state::Look;

use crate::args::Talk;
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
pub async fn status(state: &Path, talk: Talk) -> Exit {
    let (_, record) = match look(state).await {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    if talk.json {
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
pub async fn report(state: &Path, talk: Talk) -> Exit {
    let (store, record) = match look(state).await {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    match print(&store.ledger, &store.archive, &record, talk).await {
        Ok(()) => Exit::of_state(&record),
        Err(failure) => told(Exit::of_failure(&failure))(failure),
    }
}

async fn look(state: &Path) -> Result<(Look, Migration), Exit> {
    let store = Look::open(state).map_err(told(Exit::State))?;
    let record = store.ledger.migration(&id()).await.map_err(told(Exit::State))?;
    let record = record.ok_or("this directory holds no migration yet").map_err(told(Exit::State))?;
    Ok((store, record))
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
