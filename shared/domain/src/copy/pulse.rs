//! # Pulse
//! Time in which this process was not run: it was frozen, or its host was. Nothing that was under way meanwhile was slow.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};

use crate::ports::Clock;

/// How often a process that runs looks at its clock.
const PULSE: Duration = Duration::from_secs(5);

/// Does the work, and tells for how long it was not done meanwhile.
pub(super) async fn pulsed<T>(clock: &dyn Clock, work: impl Future<Output = T>) -> (T, Duration) {
    let mut work = pin!(work);
    let mut frozen = Duration::ZERO;
    // A clock that was asked to stop does not wait.
    while !clock.stopping() {
        let begun = clock.monotonic();
        let done = match select(work.as_mut(), pin!(clock.sleep(PULSE))).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        };
        frozen += clock.monotonic().saturating_sub(begun + PULSE);
        if let Some(done) = done {
            return (done, frozen);
        }
    }
    (work.await, frozen)
}
