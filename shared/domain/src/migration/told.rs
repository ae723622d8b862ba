//! # Told
//! Which events a record is worth, compared with what subscribers were told so far. Pure. An event's id follows from what it
//! tells, so that whoever tells it again, after a crash, gives it the same id.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::shown::{Shown, shown};
use super::{Counts, Migration, Moment, PassKind, Stage, State};

/// Between two events about progress alone.
const PAUSE: Duration = Duration::from_secs(600);

/// What subscribers were told so far. Kept in the migration's row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Told {
    /// That it was accepted.
    pub accepted: bool,
    /// The last pass whose plan they know of.
    pub planned: u32,
    /// The turn whose state they know of; every change of a state that is told has a turn of its own.
    pub turn: u64,
    /// How many messages are in quarantine.
    pub quarantined: u64,
    /// How many messages have an outcome.
    pub settled: u64,
    /// When they were last told of progress alone.
    pub progressed: Moment,
    /// That its credentials are deleted.
    pub forgotten: bool,
}

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The request is kept.
    Accepted,
    /// A pass has its plan.
    Planned,
    /// More messages have an outcome; at most every ten minutes.
    Progress,
    /// It waits for something and goes on by itself.
    Waiting,
    /// More messages are in quarantine.
    Quarantined,
    /// A pass has ended and everything is there.
    Verified,
    /// A pass has ended and somebody should look at what the report names.
    Exceptions,
    /// It does not go on without a person.
    Stalled,
    /// The migration has ended.
    Finished,
    /// Nothing holds its credentials any more.
    CredentialsDeleted,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Accepted,
        Self::Planned,
        Self::Progress,
        Self::Waiting,
        Self::Quarantined,
        Self::Verified,
        Self::Exceptions,
        Self::Stalled,
        Self::Finished,
        Self::CredentialsDeleted,
    ];

    /// The word that subscribers match.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Planned => "planned",
            Self::Progress => "progress",
            Self::Waiting => "waiting",
            Self::Quarantined => "quarantined",
            Self::Verified => "verified",
            Self::Exceptions => "exceptions",
            Self::Stalled => "stalled",
            Self::Finished => "finished",
            Self::CredentialsDeleted => "credentials_deleted",
        }
    }

    /// The event that tells of a state, where one does. The event names the state too: `exceptions` is told of books that
    /// do not close as well, `stalled` of what has failed, `finished` of what was cancelled.
    fn of(state: State) -> Option<Self> {
        match state {
            State::Waiting => Some(Self::Waiting),
            State::Verified => Some(Self::Verified),
            State::Exceptions | State::Unbalanced => Some(Self::Exceptions),
            State::Stalled | State::Failed => Some(Self::Stalled),
            State::Finished | State::Cancelled => Some(Self::Finished),
            State::Accepted | State::Planning | State::Copying | State::Verifying | State::Paused => None,
        }
    }
}

/// One event, as subscribers get it; its shape is a contract (`infra/events/`). No secret, login, host or folder is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Announcement {
    /// Of this shape: 1.
    pub version: u8,
    /// The same for every repeat of this event.
    pub id: String,
    /// `migration.` and the kind.
    pub event: String,
    /// RFC 3339 UTC: when it was told.
    pub at: String,
    /// The migration's id.
    pub migration: String,
    /// The caller's own name for it; empty when there is none.
    pub reference: String,
    /// Which pass.
    pub pass: PassOf,
    /// What a stranger with the status address is shown: state, reason, counts, what comes next.
    #[serde(flatten)]
    pub shown: Shown,
}

/// The pass that an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PassOf {
    /// From 1.
    pub number: u32,
    /// `initial`, `delta` or `final`.
    pub kind: PassKind,
}

/// False when there is nothing to tell, whatever the counters are: they need not be read then.
pub fn may_differ(record: &Migration, now: Moment) -> bool {
    !facts(record).is_empty() || may_progress(record, now)
}

/// The events that are due, in the order in which things happened, and what is told once they are. `counts`: the sum of
/// the folders. A migration that has ended is only shown here once its credentials are deleted.
pub fn due(record: &Migration, counts: Counts, now: Moment) -> (Vec<Announcement>, Told) {
    let (told, settled) = (record.told, counts.accounted());
    let mut keys = facts(record);
    if counts.quarantined > told.quarantined {
        keys.push((Kind::Quarantined, Some(counts.quarantined)));
    }
    let progress = may_progress(record, now) && settled != told.settled;
    if progress {
        keys.push((Kind::Progress, Some(settled)));
    }
    if keys.is_empty() {
        return (Vec::new(), told);
    }
    keys.sort_by_key(|(kind, _)| place(*kind));
    let has = |kind: Kind| keys.iter().any(|(of, _)| *of == kind);
    let now_told = Told {
        accepted: true,
        planned: if has(Kind::Planned) { record.pass.number } else { told.planned },
        turn: if Kind::of(record.state).is_some() { record.turn } else { told.turn },
        quarantined: counts.quarantined,
        settled,
        progressed: if progress { now } else { told.progressed },
        forgotten: told.forgotten || has(Kind::CredentialsDeleted),
    };
    (keys.into_iter().map(|key| announcement(record, counts, key, now)).collect(), now_told)
}

/// An event's kind, and what tells it from another of its kind.
type Key = (Kind, Option<u64>);

/// What the record alone says.
fn facts(record: &Migration) -> Vec<Key> {
    let told = &record.told;
    let mut keys = Vec::new();
    if !told.accepted {
        keys.push((Kind::Accepted, None));
    }
    if told.planned < record.pass.number && record.stage != Stage::Plan {
        keys.push((Kind::Planned, Some(record.pass.number.into())));
    }
    if let Some(kind) = Kind::of(record.state).filter(|_| told.turn < record.turn) {
        keys.push((kind, Some(record.turn)));
    }
    if record.state.ended() && !told.forgotten {
        keys.push((Kind::CredentialsDeleted, None));
    }
    keys
}

fn may_progress(record: &Migration, now: Moment) -> bool {
    record.state.under_way() && record.stage != Stage::Plan && now.since(record.told.progressed) >= PAUSE
}

/// In this order things happen.
fn place(kind: Kind) -> u8 {
    match kind {
        Kind::Accepted => 0,
        Kind::Planned => 1,
        Kind::Quarantined => 2,
        Kind::Progress => 3,
        Kind::CredentialsDeleted => 5,
        _ => 4,
    }
}

fn announcement(record: &Migration, counts: Counts, (kind, number): Key, now: Moment) -> Announcement {
    let number = number.map_or_else(String::new, |number| format!(".{number}"));
    Announcement {
        version: 1,
        id: format!("{}.{}{number}", record.id.0, kind.word()),
        event: format!("migration.{}", kind.word()),
        at: now.rfc3339(),
        migration: record.id.0.clone(),
        reference: record.request.options.reference.clone(),
        pass: PassOf { number: record.pass.number, kind: record.pass.kind },
        shown: shown(record, counts),
    }
}

#[cfg(test)]
#[path = "told_tests.rs"]
mod tests;
