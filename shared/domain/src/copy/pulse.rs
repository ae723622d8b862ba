//! # Pulse
//! Time in which this process was not run: it was frozen, or its host was. Nothing that was under way meanwhile was slow.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};

use crate::ports::Clock;

/// How often a process that runs looks at its clock. So much of a freeze counts as time that was used: far less than a step's
/// quarter.
const PULSE: Duration = Duration::from_secs(1);

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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::Mutex;
    use std::task::{Context, Poll, Waker};

    use async_trait::async_trait;

    use super::*;
    use crate::migration::Moment;

    /// Each sleep takes the next of these many seconds.
    struct Naps {
        slept: Mutex<Duration>,
        naps: Mutex<Vec<u64>>,
        stopping: bool,
    }

    impl Naps {
        fn new(naps: &[u64], stopping: bool) -> Self {
            let naps = naps.iter().rev().copied().collect();
            Self { slept: Mutex::default(), naps: Mutex::new(naps), stopping }
        }
    }

    #[async_trait]
    impl Clock for Naps {
        fn now(&self) -> Moment {
            Moment::from_millis(0)
        }

        fn monotonic(&self) -> Duration {
            *self.slept.lock().unwrap()
        }

        fn left(&self) -> Duration {
            Duration::MAX
        }

        fn stopping(&self) -> bool {
            self.stopping
        }

        async fn sleep(&self, _: Duration) {
            *self.slept.lock().unwrap() += Duration::from_secs(self.naps.lock().unwrap().pop().unwrap());
        }
    }

    /// Done at the look after so many.
    fn work(looks: usize) -> impl Future<Output = &'static str> {
        let mut left = looks;
        poll_fn(move |_| match left {
            0 => Poll::Ready("done"),
            _ => {
                left -= 1;
                Poll::Pending
            }
        })
    }

    /// Looks until it is done.
    fn done<T>(future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return done;
            }
        }
    }

    #[test]
    fn what_a_pulse_took_too_long_is_time_in_which_nothing_ran() {
        let cases: &[(&str, &[u64], u64)] = &[
            ("it was done at once", &[], 0),
            ("it ran all the time", &[1, 1, 1], 0),
            ("frozen once", &[1, 61, 1], 60),
            ("frozen twice", &[4, 1, 3], 5),
            ("a pulse that came early makes up for none", &[0, 4], 3),
        ];
        for (name, naps, frozen) in cases {
            let clock = Naps::new(naps, false);
            let ended = done(pulsed(&clock, work(naps.len())));
            assert_eq!(ended, ("done", Duration::from_secs(*frozen)), "{name}");
        }
    }

    #[test]
    fn it_may_have_been_frozen_while_the_work_ended() {
        let clock = Naps::new(&[], false);
        let frozen = async { *clock.slept.lock().unwrap() += Duration::from_secs(61) };
        assert_eq!(done(pulsed(&clock, frozen)), ((), Duration::from_secs(60)));
    }

    #[test]
    fn a_clock_that_was_asked_to_stop_is_not_waited_with() {
        let clock = Naps::new(&[], true);
        assert_eq!(done(pulsed(&clock, work(9))), ("done", Duration::ZERO));
    }
}
