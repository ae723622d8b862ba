//! # Again
//! What the same request means when it comes again: go on, look for new mail, or nothing. Pure.

use std::time::Duration;

use crate::migration::{Migration, Moment, PassKind, Stage, State};

/// The longest quiet period behind a lease: a job that comes earlier would be dropped.
const QUIET: Duration = Duration::from_secs(60);

/// Why a request is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub String);

/// The record with its next turn due. A started pass goes on; an ended one is followed by `asked`, or by a delta.
pub fn again(record: Migration, asked: Option<PassKind>, now: Moment) -> Result<Migration, Refused> {
    if record.state.ended() {
        return Err(Refused(format!(
            "this migration is {}; use another state directory for a new one",
            record.state.word()
        )));
    }
    let record = Migration { active: now, ..record };
    if !record.state.pass_ended() {
        return Ok(resumed(record, now));
    }
    if record.pass.kind == PassKind::Final && asked.is_none() {
        let cure = "ask for another with --pass delta or --pass final, or end the migration with `posthorse finish`";
        return Err(Refused(format!("the final pass is done; {cure}")));
    }
    Ok(record.begin_pass(asked.unwrap_or(PassKind::Delta), now))
}

/// A stalled, failed or paused migration on its way again.
pub fn resume(record: Migration, now: Moment) -> Result<Migration, Refused> {
    if !matches!(record.state, State::Stalled | State::Failed | State::Paused) {
        return Err(Refused(format!("there is nothing to resume: this migration is {}", record.state.word())));
    }
    go_on(record, now)
}

/// On its way again. A step that was at work when it was paused keeps its lease: the next one comes behind it.
pub(super) fn go_on(record: Migration, now: Moment) -> Result<Migration, Refused> {
    let lease = record.lease_until.filter(|until| *until > now);
    let due = resumed(Migration { active: now, ..record }, now);
    let next_at = due.next_at.max(lease.map(|until| until.after(QUIET)));
    Ok(Migration { lease_until: lease, next_at, ..due })
}

/// A person's word: at once, except before a time that a server stated.
fn resumed(record: Migration, now: Moment) -> Migration {
    let stated = record.next_at.filter(|at| record.next_at_stated && *at > now);
    Migration {
        state: if stated.is_some() { State::Waiting } else { record.stage.state() },
        next_at: Some(stated.unwrap_or(now)),
        turn: record.turn + 1,
        tries: 0,
        resends: 0,
        lease_until: None,
        ..record
    }
}

/// The record with the recount of the last pass due again.
pub fn recount(record: Migration, now: Moment) -> Result<Migration, Refused> {
    if !record.state.pass_ended() {
        return Err(Refused(format!(
            "the pass has not ended (it is {}); start `posthorse migrate` again",
            record.state.word()
        )));
    }
    Ok(Migration {
        active: now,
        turn: record.turn + 1,
        tries: 0,
        resends: 0,
        lease_until: None,
        stage: Stage::Verify,
        state: State::Verifying,
        next_at: Some(now),
        next_at_stated: false,
        ..record
    })
}

/// The record at its end.
pub fn finish(record: Migration, now: Moment) -> Result<Migration, Refused> {
    if record.state.ended() {
        return Ok(record);
    }
    if !record.state.pass_ended() {
        return Err(Refused(format!("a pass is under way ({}); let it end first", record.state.word())));
    }
    Ok(record.end(State::Finished, "ended by finish", now))
}

/// The record at its end by a person's word, wherever it stands. A step that is at work commits what it has sent and
/// finds out when it hands over.
pub fn cancel(record: Migration, now: Moment) -> Result<Migration, Refused> {
    match record.state {
        State::Cancelled => Ok(record),
        State::Finished => Err(Refused("this migration is finished".into())),
        _ => Ok(record.end(State::Cancelled, "ended by cancel", now)),
    }
}

#[cfg(test)]
#[path = "again_tests.rs"]
mod tests;
