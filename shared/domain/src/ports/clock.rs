//! # Clock
//! Time, and how much of it this step may still use.

use std::time::Duration;

use async_trait::async_trait;

use crate::migration::Moment;

/// The step's time. Locally a stop asked for by a person shortens what is left to the time that draining needs.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Wall clock, UTC.
    fn now(&self) -> Moment;

    /// A clock that never jumps, since some fixed point of this process.
    fn monotonic(&self) -> Duration;

    /// How long this step may still work; never negative.
    fn left(&self) -> Duration;

    /// True once a person asked to stop. `left` then holds only what draining may take.
    fn stopping(&self) -> bool;

    /// Waits. Returns early when a person asks to stop.
    async fn sleep(&self, wait: Duration);
}
