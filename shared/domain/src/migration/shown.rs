//! # Shown
//! What whoever holds a status address is shown: state, reason, counts, what comes next. The reason is one of the sentences
//! below and never a server's own words, so that nobody learns by it what listens where. Pure.

use serde::Serialize;

use super::{Counts, Migration, Obstacle, PassKind, Side, State};

/// The whole answer; its shape is a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The state's word.
    pub state: &'static str,
    /// A sentence.
    pub reason: String,
    /// Messages by outcome, over all passes.
    pub counts: Counts,
    /// What comes next.
    pub next: Next,
}

/// What comes next, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Next {
    /// Who does what: `wait`, `correct-and-ask-again`, `ask-the-operator`, `none`.
    pub action: &'static str,
    /// RFC 3339 UTC: when it goes on by itself; null when it does not, or is at work now.
    pub at: Option<String>,
}

/// Describes a record with the counters of its folders.
pub fn shown(record: &Migration, counts: Counts) -> Shown {
    let rests = record.state == State::Waiting || record.state.pass_ended();
    let at = record.next_at.filter(|_| rests).map(|at| at.rfc3339());
    Shown { state: record.state.word(), reason: reason(record), counts, next: Next { action: action(record), at } }
}

fn reason(record: &Migration) -> String {
    let plain = match record.state {
        State::Accepted => "It is accepted and begins soon.",
        State::Planning => "Folders are being listed.",
        State::Copying => "Messages are on their way.",
        State::Verifying => "Both mailboxes are being counted again.",
        State::Paused => "The operator has paused it.",
        State::Verified if record.pass.kind == PassKind::Final => {
            "Everything has been moved and counted; it was the last pass."
        }
        State::Verified => "Everything has been moved and counted.",
        State::Exceptions => "Everything has been counted; some messages or folders could not be moved.",
        State::Unbalanced => "The count does not come out even; the operator has to look.",
        State::Finished => "It is finished.",
        State::Cancelled => "It was cancelled.",
        State::Waiting | State::Stalled | State::Failed => return hindered(record),
    };
    plain.to_owned()
}

fn hindered(record: &Migration) -> String {
    let Some((side, obstacle)) = record.obstacle else {
        let plain = match record.state {
            State::Waiting => "It waits, and goes on by itself.",
            _ => "It cannot go on by itself; the operator has to look.",
        };
        return plain.to_owned();
    };
    let server = match side {
        Side::Source => "old",
        Side::Destination | Side::Store => "new",
    };
    let what = match obstacle {
        Obstacle::Refused => "cannot be reached",
        Obstacle::Timeout => "does not answer in time",
        Obstacle::NotTls => "offers no TLS",
        Obstacle::Certificate => "shows a certificate that cannot be accepted",
        Obstacle::Authentication => "refuses the login",
    };
    format!("The {server} server {what} ({}).", obstacle.word())
}

fn action(record: &Migration) -> &'static str {
    match (record.state, record.obstacle) {
        (State::Failed, Some(_)) => "correct-and-ask-again",
        (State::Stalled | State::Failed | State::Paused | State::Unbalanced, _) => "ask-the-operator",
        (State::Finished | State::Cancelled, _) => "none",
        _ if record.state.pass_ended() && record.next_at.is_none() => "none",
        _ => "wait",
    }
}

#[cfg(test)]
#[path = "shown_tests.rs"]
mod tests;
