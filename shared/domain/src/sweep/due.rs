//! # Due
//! What a record whose `next_at` has passed needs now. Pure.

use std::time::Duration;

use crate::migration::dispose::TRIES;
use crate::migration::{Migration, Moment, PassKind, rest};

/// A turn that was handed over has its job on the way: it gets this long to arrive.
const ARRIVAL: Duration = Duration::from_secs(60);
/// Between two sendings of the same turn: the first distance, and the longest.
const FIRST: Duration = Duration::from_secs(5 * 60);
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing yet, or nothing any more: the index was older than the record.
    Nothing,
    /// Nothing but a new time: what was due is due later, or never.
    Later,
    /// Its job is lost or its step is dead: the job of its turn is sent again.
    Resend,
    /// The same, after tries without end: unless something was settled meanwhile, it stalls.
    Doubtful,
    /// The next pass begins.
    Pass(PassKind),
    /// Idle days are over.
    End,
    /// It has ended: credentials are forgotten.
    Forget,
    /// Retention is over: everything is deleted.
    Remove,
}

/// Decides by a record that was read consistently. Nothing of a migration that has not ended is ever `Forget` or `Remove`.
pub fn due(record: &Migration, now: Moment) -> Due {
    let past = |at: Option<Moment>| at.is_some_and(|at| at <= now);
    if !past(record.next_at) {
        return Due::Nothing;
    }
    if record.state.ended() {
        return if past(rest::removal(record)) { Due::Remove } else { Due::Forget };
    }
    if record.state.under_way() {
        return turn(record, now);
    }
    if past(rest::end(record)) {
        return Due::End;
    }
    if past(rest::delta(record)) { Due::Pass(PassKind::Delta) } else { Due::Later }
}

fn turn(record: &Migration, now: Moment) -> Due {
    if record.lease_until.is_some_and(|until| until > now) {
        return Due::Nothing;
    }
    let sent = record.lease_until.is_none() && record.resends == 0;
    if sent && record.next_at.is_some_and(|at| at.after(ARRIVAL) > now) {
        return Due::Nothing;
    }
    if record.tries >= TRIES { Due::Doubtful } else { Due::Resend }
}

/// From the n-th sending of the same turn (from 1) to the next one.
pub fn distance(resends: u32) -> Duration {
    FIRST.saturating_mul(2_u32.saturating_pow(resends.saturating_sub(1))).min(LONGEST)
}

#[cfg(test)]
#[path = "due_tests.rs"]
mod tests;
