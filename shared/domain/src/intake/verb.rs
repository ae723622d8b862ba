//! # Verb
//! What a person can ask of a migration, and what each state makes of it: it is done, it is so already, or it is refused
//! with the state that forbids it. Asked twice, everything is done once. Pure.

use super::again::{self, Refused};
use crate::mail::Uid;
use crate::migration::folder::Progress;
use crate::migration::{Counts, Folder, FolderNumber, Migration, Moment, PassKind, State, rest};

/// A person's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Stop after the step at hand, until it is resumed.
    Pause,
    /// Go on.
    Resume,
    /// End it wherever it stands.
    Cancel,
    /// Look for new mail now; the final pass is recorded as the last.
    Pass(PassKind),
    /// Look at one folder anew, count it in full, and try once more what is in quarantine.
    Rerun(FolderNumber),
    /// Take another password.
    Credentials,
    /// End it, all being well.
    Finish,
}

/// What comes of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This is to be the record.
    Do(Box<Migration>),
    /// Nothing is to be done.
    Already,
    /// The state forbids it.
    Refused(Refused),
}

impl Verb {
    /// The word that addresses, commands and logs use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
            Self::Pass(_) => "pass",
            Self::Rerun(_) => "rerun",
            Self::Credentials => "credentials",
            Self::Finish => "finish",
        }
    }
}

/// Decides by the record alone.
pub fn decide(record: &Migration, verb: Verb, now: Moment) -> Verdict {
    let state = record.state;
    match verb {
        Verb::Pause if state == State::Paused => Verdict::Already,
        Verb::Pause if state.under_way() => done(Ok(paused(record.clone(), now))),
        Verb::Pause => refused(record, "no pass is under way that could be paused"),
        Verb::Resume if state == State::Waiting && !waits_as_stated(record, now) => {
            done(again::go_on(record.clone(), now))
        }
        Verb::Resume if state.under_way() => Verdict::Already,
        Verb::Resume => done(again::resume(record.clone(), now)),
        Verb::Cancel if state == State::Cancelled => Verdict::Already,
        Verb::Cancel => done(again::cancel(record.clone(), now)),
        Verb::Pass(kind) => pass(record, kind, now),
        Verb::Rerun(_) if state.pass_ended() => done(Ok(record.clone().begin_pass(next_kind(record), now))),
        Verb::Rerun(_) => refused(record, "a folder is looked at anew when no pass is under way"),
        Verb::Credentials if state.ended() => refused(record, "it needs no credentials any more"),
        Verb::Credentials => Verdict::Do(Box::new(record.clone())),
        Verb::Finish if state == State::Finished => Verdict::Already,
        Verb::Finish if state == State::Cancelled => refused(record, "it has ended"),
        Verb::Finish => done(again::finish(record.clone(), now)),
    }
}

/// True when the pass under way is going to look at this folder in full, as was asked before.
pub fn awaited(record: &Migration, folder: &Folder) -> bool {
    record.state.under_way()
        && folder.progress < Progress::Verified
        && folder.standing.is_none()
        && folder.error.is_none()
}

/// A folder that the next pass opens, copies what is missing of, and counts in full, as if no step had failed at it.
pub fn anew(folder: Folder) -> Folder {
    let progress = Progress::Planned;
    let folder =
        Folder { progress, standing: None, recounting: None, error: None, deaths: 0, chunk_limit: 0, ..folder };
    let parked = folder.counts.quarantined;
    if parked == 0 {
        return folder;
    }
    // What is in quarantine is tried once more; until then it has no outcome.
    let counts = Counts { quarantined: 0, source: folder.counts.source.saturating_sub(parked), ..folder.counts };
    Folder { counts, retry: true, committed: Uid::new(0), lines_ahead: true, ..folder }
}

fn pass(record: &Migration, kind: PassKind, now: Moment) -> Verdict {
    let state = record.state;
    if state.pass_ended() && kind != PassKind::Initial {
        return Verdict::Do(Box::new(Migration { active: now, ..record.clone() }.begin_pass(kind, now)));
    }
    match state.under_way() && record.pass.kind == kind {
        true => Verdict::Already,
        false if state.ended() => refused(record, "it has ended"),
        false => refused(record, "its pass has not ended"),
    }
}

/// After the final pass no delta is to begin by itself again.
fn next_kind(record: &Migration) -> PassKind {
    match record.pass.kind {
        PassKind::Final => PassKind::Final,
        PassKind::Initial | PassKind::Delta => PassKind::Delta,
    }
}

/// A step that is at work finds out when it hands over; its lease stays, so that nobody goes on beside it.
fn paused(record: Migration, now: Moment) -> Migration {
    let keeps = waits_as_stated(&record, now);
    let paused = Migration {
        state: State::Paused,
        reason: "paused by a person".into(),
        turn: record.turn + 1,
        active: now,
        ..record
    };
    let next_at = if keeps { paused.next_at } else { rest::next(&paused) };
    Migration { next_at, next_at_stated: keeps, ..paused }
}

/// Before a time that a server stated nothing is sent to it.
fn waits_as_stated(record: &Migration, now: Moment) -> bool {
    record.next_at_stated && record.next_at.is_some_and(|at| at > now)
}

fn done(record: Result<Migration, Refused>) -> Verdict {
    record.map_or_else(Verdict::Refused, |record| Verdict::Do(Box::new(record)))
}

fn refused(record: &Migration, why: &str) -> Verdict {
    Verdict::Refused(Refused(format!("this migration is {}: {why}", record.state.word())))
}

#[cfg(test)]
#[path = "verb_tests.rs"]
mod tests;
