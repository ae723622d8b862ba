//! # Clock
//! The world's time follows tokio's, which stands still until everybody waits.

use std::time::Duration;

use async_trait::async_trait;
use posthorse_domain::migration::Moment;
use posthorse_domain::ports::Clock;
use posthorse_embedded::StopFlag;
use tokio::time::Instant;

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
}

impl WorldClock {
    /// A step that begins now, in a world born at `born`, and may work for `budget`.
    pub fn new(born: Instant, budget: Duration, stop: StopFlag) -> Self {
        Self { born, until: Instant::now() + budget, stop, asked: std::sync::Arc::default() }
    }
}

#[async_trait]
impl Clock for WorldClock {
    fn now(&self) -> Moment {
        Moment::from_millis(BEGINNING).after(self.monotonic())
    }

    fn monotonic(&self) -> Duration {
        self.born.elapsed()
    }

    fn left(&self) -> Duration {
        let now = Instant::now();
        let left = self.until.saturating_duration_since(now);
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
