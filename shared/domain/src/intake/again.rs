//! # Again
//! What the same request means when it comes again: go on, look for new mail, or nothing. Pure.

use crate::migration::{Migration, Moment, PassKind, Stage, State};

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
    let record = Migration { turn: record.turn + 1, tries: 0, lease_until: None, ..record };
    if !pass_ended(record.state) {
        return Ok(resumed(record, now));
    }
    if record.pass.kind == PassKind::Final && asked.is_none() {
        let cure = "ask for another with --pass delta or --pass final, or end the migration with `posthorse finish`";
        return Err(Refused(format!("the final pass is done; {cure}")));
    }
    let kind = asked.unwrap_or(PassKind::Delta);
    Ok(Migration {
        pass: record.pass.following(kind, now),
        stage: Stage::Plan,
        state: State::Planning,
        reason: String::new(),
        next_at: Some(now),
        next_at_stated: false,
        warnings: Vec::new(),
        ..record
    })
}

/// A person's word: at once, except before a time that a server stated.
fn resumed(record: Migration, now: Moment) -> Migration {
    let stated = record.next_at.filter(|at| record.next_at_stated && *at > now);
    Migration {
        state: if stated.is_some() { State::Waiting } else { record.stage.state() },
        next_at: Some(stated.unwrap_or(now)),
        ..record
    }
}

/// True when the recount of the pass at hand is done.
pub fn pass_ended(state: State) -> bool {
    matches!(state, State::Verified | State::Exceptions | State::Unbalanced)
}

/// The record with the recount of the last pass due again.
pub fn recount(record: Migration, now: Moment) -> Result<Migration, Refused> {
    if !pass_ended(record.state) {
        return Err(Refused(format!(
            "the pass has not ended (it is {}); start `posthorse migrate` again",
            record.state.word()
        )));
    }
    Ok(Migration {
        turn: record.turn + 1,
        tries: 0,
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
    if !pass_ended(record.state) {
        return Err(Refused(format!("a pass is under way ({}); let it end first", record.state.word())));
    }
    Ok(Migration {
        turn: record.turn + 1,
        state: State::Finished,
        reason: "ended by finish".into(),
        next_at: None,
        lease_until: None,
        ended: Some(now),
        ..record
    })
}

#[cfg(test)]
#[path = "again_tests.rs"]
mod tests;
