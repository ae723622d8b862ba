//! # Clock
//! A step's time under Lambda: the step's budget, cut by the call's deadline. A frozen and thawed process has less time than
//! either clock alone tells, so what is left is the less of two.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use posthorse_domain::migration::Moment;
use posthorse_domain::ports::Clock;

/// Kept between the end of a step's time and the call's deadline, for the last write, the send and the answer.
const REPLY: Duration = Duration::from_millis(500);

/// The time of one call. `monotonic` counts from a point that all clocks of the process share.
#[derive(Clone, Copy, Debug)]
pub struct LambdaClock {
    end: End,
}

/// The end of a step's time on both clocks.
#[derive(Clone, Copy, Debug)]
struct End {
    wall: Moment,
    monotonic: Duration,
}

impl LambdaClock {
    /// A step that begins now, may work for `budget`, and never up to the call's `deadline`, which may be over already.
    pub fn new(budget: Duration, deadline: SystemTime) -> Self {
        let now = SystemTime::now();
        Self { end: End::of(budget, deadline.duration_since(now).unwrap_or_default(), wall(now), since_start()) }
    }
}

impl End {
    fn of(budget: Duration, remaining: Duration, wall: Moment, monotonic: Duration) -> Self {
        let time = budget.min(remaining.saturating_sub(REPLY));
        Self { wall: wall.after(time), monotonic: monotonic.saturating_add(time) }
    }

    fn left(self, wall: Moment, monotonic: Duration) -> Duration {
        self.wall.since(wall).min(self.monotonic.saturating_sub(monotonic))
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Clock for LambdaClock {
    fn now(&self) -> Moment {
        wall(SystemTime::now())
    }

    fn monotonic(&self) -> Duration {
        since_start()
    }

    fn left(&self) -> Duration {
        self.end.left(self.now(), self.monotonic())
    }

    /// Nobody stops a function by hand: its time runs out.
    fn stopping(&self) -> bool {
        false
    }

    async fn sleep(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }
}

fn wall(time: SystemTime) -> Moment {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Moment::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn since_start() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(seconds: i64) -> Moment {
        Moment::from_millis(seconds * 1000)
    }

    #[test]
    fn a_step_has_its_budget_or_what_the_deadline_leaves() {
        let rows = [
            ("the budget is shorter", 150, 180_000, 150_000),
            ("the deadline is nearer", 150, 60_000, 59_500),
            ("no time for more than the answer", 150, 400, 0),
            ("no time at all", 150, 0, 0),
        ];
        for (what, budget, remaining, left) in rows {
            let end = End::of(SECOND * budget, Duration::from_millis(remaining), at(1000), SECOND * 7);
            assert_eq!(end.left(at(1000), SECOND * 7), Duration::from_millis(left), "{what}");
        }
    }

    #[test]
    fn the_clock_that_moved_further_counts() {
        let end = End::of(SECOND * 10, SECOND * 60, at(1000), SECOND * 7);
        let rows = [
            ("both moved", 1004, 11, 6),
            ("thawed: only the wall moved", 1300, 8, 0),
            ("the wall was set back", 900, 12, 5),
            ("the wall was set forward a little", 1008, 8, 2),
            ("both are past the end", 1100, 100, 0),
        ];
        for (what, wall, monotonic, left) in rows {
            assert_eq!(end.left(at(wall), SECOND * monotonic), SECOND * left, "{what}");
        }
    }

    #[test]
    fn a_deadline_that_is_over_leaves_nothing() {
        for deadline in [SystemTime::UNIX_EPOCH, SystemTime::now(), SystemTime::now() - SECOND * 5] {
            assert_eq!(LambdaClock::new(SECOND * 150, deadline).left(), Duration::ZERO);
        }
    }
}
