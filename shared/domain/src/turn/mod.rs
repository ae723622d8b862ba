//! # Turn
//! The chain of steps. In: a job that names a turn. Out: the exclusive right to do it, and at the end the next job.
//! Saved first, sent second, acknowledged last; dying in between is mended by whoever sees `next_at` pass.

pub mod announce;
pub mod claim;
pub mod commit;
pub mod counts;
pub mod folders;
pub mod gone;
pub mod hand_over;
pub mod headers;
pub mod labels;
pub mod lines;
pub mod pile;

pub use announce::announce;
pub use claim::{Claim, Held, claim};
pub use commit::commit;
pub use hand_over::{Next, hand_over};

use std::time::Duration;

/// What bounds the chain's steps, besides the time that each has.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Added to a step's deadline for its lease.
    pub margin: Duration,
    /// After the last possible send of a dead step, until anybody looks for what it may have appended.
    pub quiet: Duration,
    /// Messages that one step copies, at most; none: as many as its time allows.
    pub messages: Option<u32>,
}
