//! # Clock
//! The world's time follows tokio's, which stands still until everybody waits.

use std::time::Duration;

use async_trait::async_trait;
use posthorse_domain::migration::Moment;
use posthorse_domain::ports::Clock;
use posthorse_embedded::StopFlag;
use tokio::time::Instant;

use super::effects::Effects;

/// The wall clock when a world begins, in milliseconds since 1970: that of its servers.
const BEGINNING: i64 = 1_790_000_000_000;
/// What draining may take once a person asked to stop.
const DRAINING: Duration = Duration::from_secs(10);

/// The time of one step.
#[derive(Clone, Debug)]
pub struct WorldClock {
    born: Instant,
    until: Instant,
    stop: StopFlag,
    asked: std::sync::Arc<std::sync::OnceLock<Instant>>,
    /// Milliseconds that the wall clock is wrong by, and by how much more from some time on.
    skew: i64,
    jump: Option<(Instant, i64)>,
    /// A process whose monotonic clock stands still with it.
    frozen: Option<Effects>,
}

impl WorldClock {
    /// A step that begins now, in a world born at `born`, and may work for `budget`.
    pub fn new(born: Instant, budget: Duration, stop: StopFlag) -> Self {
        let asked = std::sync::Arc::default();
        Self { born, until: Instant::now() + budget, stop, asked, skew: 0, jump: None, frozen: None }
    }

    /// The wall clock is wrong by so many milliseconds.
    #[must_use]
    pub fn skewed(self, millis: i64) -> Self {
        Self { skew: millis, ..self }
    }

    /// The wall clock jumps by so many milliseconds at some time.
    #[must_use]
    pub fn jumping(self, at: Instant, millis: i64) -> Self {
        Self { jump: Some((at, millis)), ..self }
    }

    /// The monotonic clock does not count while this process stands still.
    #[must_use]
    pub fn standing_still_with(self, process: Effects) -> Self {
        Self { frozen: Some(process), ..self }
    }

    /// What is left by the wall clock alone: a jump back gives more of it.
    pub fn left_by_the_wall(&self) -> Duration {
        let jump = self.jump.filter(|(at, _)| *at <= Instant::now()).map_or(0, |(_, millis)| millis);
        let left = self.until.saturating_duration_since(Instant::now());
        let millis = i64::try_from(left.as_millis()).unwrap_or(i64::MAX).saturating_sub(jump);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }

    fn stood(&self) -> Duration {
        self.frozen.as_ref().map_or(Duration::ZERO, Effects::frozen)
    }
}

#[async_trait]
impl Clock for WorldClock {
    fn now(&self) -> Moment {
        let jump = self.jump.filter(|(at, _)| *at <= Instant::now()).map_or(0, |(_, millis)| millis);
        let true_time = Moment::from_millis(BEGINNING).after(self.born.elapsed());
        Moment::from_millis(true_time.millis() + self.skew + jump)
    }

    fn monotonic(&self) -> Duration {
        self.born.elapsed().saturating_sub(self.stood())
    }

    fn left(&self) -> Duration {
        let now = Instant::now();
        let left = (self.until + self.stood()).saturating_duration_since(now);
        if !self.stop.asked() {
            return left;
        }
        let drained = *self.asked.get_or_init(|| now) + DRAINING;
        left.min(drained.saturating_duration_since(now))
    }

    fn stopping(&self) -> bool {
        self.stop.asked()
    }

    async fn sleep(&self, wait: Duration) {
        tokio::task::yield_now().await;
        let _whichever_comes_first = tokio::time::timeout(wait, self.stop.wait()).await;
    }
}
