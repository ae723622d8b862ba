//! # Dispose
//! What a step does with a failure: when it is tried again, in which state the migration waits, and what a person is told.

use std::time::Duration;

use super::{Failure, Moment, Obstacle, Side, State, Trouble};

/// Tries of one turn without progress, after which a person has to look.
pub const TRIES: u32 = 5;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// How a migration goes on after a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposal {
    /// `waiting`, `stalled` or `failed`.
    pub state: State,
    /// Which side, what happened, what comes next, in plain words.
    pub reason: String,
    /// When it is tried again; none when nothing is sent before a person acts.
    pub next_at: Option<Moment>,
    /// True when a server stated `next_at`: nothing is tried earlier, not even when a person asks.
    pub stated: bool,
    /// True when this does not count as a try: the server itself asked for the wait.
    pub resets_tries: bool,
    /// What of it strangers may learn, and on which side.
    pub obstacle: Option<(Side, Obstacle)>,
}

/// Decides. `progress`: this step settled something. `tries`: claims of this turn without progress, this one included.
/// `proven`: a login of this migration has succeeded on the failure's side before. `Conflict` and `Stopped` are for the
/// caller to handle; here they only mean "again at once".
pub fn dispose(failure: &Failure, progress: bool, tries: u32, proven: bool, now: Moment) -> Disposal {
    let tries = if progress { 1 } else { tries.max(1) };
    let stated = matches!(failure.trouble, Trouble::Rate(Some(_)));
    let state = match failure.trouble {
        // The first login decides whether the request is any good; a person has to correct it.
        Trouble::Auth | Trouble::Tls if !proven => State::Failed,
        Trouble::Usage => State::Failed,
        Trouble::Conflict | Trouble::Stopped => State::Waiting,
        _ if tries >= TRIES && !stated => State::Stalled,
        _ => State::Waiting,
    };
    let next_at = (state == State::Waiting).then(|| now.after(wait(failure.trouble, tries)));
    let obstacle = failure.obstacle().map(|obstacle| (failure.side, obstacle));
    Disposal { state, reason: reason(failure, state), next_at, stated, resets_tries: stated, obstacle }
}

/// How long to wait after the n-th try, from 1.
fn wait(trouble: Trouble, tries: u32) -> Duration {
    match trouble {
        // A wait of nothing would be a loop without pause.
        Trouble::Rate(Some(wait)) => wait.max(SECOND),
        Trouble::Rate(None) => doubling(MINUTE, 30 * MINUTE, tries),
        Trouble::Budget => doubling(6 * HOUR, 24 * HOUR, tries),
        Trouble::Full => doubling(30 * MINUTE, 6 * HOUR, tries),
        // Wrong passwords in a row lock accounts.
        Trouble::Auth | Trouble::Tls => doubling(15 * MINUTE, 2 * HOUR, tries),
        Trouble::Unreachable
        | Trouble::Lost
        | Trouble::Unavailable
        | Trouble::Nonsense
        | Trouble::Ours
        | Trouble::Folder
        | Trouble::Store => outage(tries),
        Trouble::Conflict | Trouble::Usage | Trouble::Stopped => Duration::ZERO,
    }
}

fn outage(tries: u32) -> Duration {
    match tries {
        0 | 1 => 10 * SECOND,
        2 => MINUTE,
        3 => 10 * MINUTE,
        // An outage of an hour and a half at night needs nobody.
        _ => 75 * MINUTE,
    }
}

fn doubling(first: Duration, most: Duration, tries: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1))).min(most)
}

fn reason(failure: &Failure, state: State) -> String {
    let what = what(failure);
    let cause = failure.cause.trim().trim_end_matches('.');
    let cause = if cause.is_empty() { String::new() } else { format!(": {cause}") };
    let advice = advice(failure, state);
    let next = match state {
        State::Stalled => format!("No progress in {TRIES} tries; nothing more is sent until it is resumed"),
        State::Failed => "Then start it again".into(),
        _ if matches!(failure.trouble, Trouble::Rate(Some(_))) => {
            "It goes on when the time that the server stated is over".into()
        }
        _ => "It is tried again by itself".into(),
    };
    let sentences = [format!("{what}{cause}"), advice.into(), next];
    sentences
        .iter()
        .filter(|sentence| !sentence.is_empty())
        .map(|sentence| format!("{sentence}."))
        .collect::<Vec<_>>()
        .join(" ")
}

fn what(failure: &Failure) -> String {
    let side = failure.side;
    match failure.trouble {
        Trouble::Unreachable => format!("the {side} cannot be reached"),
        Trouble::Tls => format!("the {side} offers no acceptable TLS"),
        Trouble::Auth => format!("the {side} refused the login"),
        Trouble::Nonsense => format!("the {side} answered what makes no sense"),
        Trouble::Lost => format!("the connection to the {side} was lost"),
        Trouble::Unavailable => format!("the {side} is out of order for the moment"),
        Trouble::Rate(_) => format!("the {side} asks to go slower"),
        Trouble::Budget => format!("the {side}'s allowance is used up"),
        Trouble::Full => format!("mailbox full at the {side}"),
        Trouble::Folder => format!("a folder of the {side} cannot be used"),
        Trouble::Ours => format!("the {side} refused a command"),
        Trouble::Conflict => "another step wrote the records of this migration".into(),
        Trouble::Store => "the records cannot be written or read".into(),
        Trouble::Usage => "the request cannot be met".into(),
        Trouble::Stopped => "stopped before the end of the step".into(),
    }
}

/// What a person can do; empty when that is nothing.
fn advice(failure: &Failure, state: State) -> &'static str {
    match (failure.trouble, state) {
        (Trouble::Auth, _) => {
            "Check user name and password, whether IMAP is allowed for this mailbox, and whether the provider wants an \
             application password"
        }
        (Trouble::Tls, _) => "Check host name, port and certificate",
        (Trouble::Usage, _) => "Change the request",
        (Trouble::Full, _) => "Make room there or raise its quota",
        (Trouble::Store, _) => "Check room and permissions of the place where the records are kept",
        (Trouble::Unreachable, State::Stalled) => "Check host name, port and network",
        (Trouble::Nonsense, State::Stalled) if failure.side != Side::Store => {
            "Check that host and port are an IMAP server's"
        }
        _ => "",
    }
}

#[cfg(test)]
#[path = "dispose_tests.rs"]
mod tests;
