//! # Clock
//! The system's clocks, a step's budget, and the flag by which a person asks to stop.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use posthorse_domain::migration::Moment;
use posthorse_domain::ports::Clock;
use tokio::sync::watch;
use tokio::time::Instant;

/// What draining may take once a person asked to stop.
const DRAINING: Duration = Duration::from_secs(10);

/// Stands for "without end" where a budget runs over what the system's clock can count.
const AGES: Duration = Duration::from_secs(30 * 365 * 86_400);

/// A person's wish to stop, shared by signal handlers and clocks.
#[derive(Clone, Debug)]
pub struct StopFlag {
    asked: watch::Sender<Option<Instant>>,
}

impl StopFlag {
    /// Nobody has asked yet.
    pub fn new() -> Self {
        Self { asked: watch::Sender::new(None) }
    }

    /// Asks to stop and wakes all sleepers. Asking again changes nothing: the first time counts.
    pub fn ask(&self) {
        self.asked.send_if_modified(|asked| asked.replace(asked.unwrap_or_else(Instant::now)).is_none());
    }

    /// True once somebody asked.
    pub fn asked(&self) -> bool {
        self.since().is_some()
    }

    fn since(&self) -> Option<Instant> {
        *self.asked.borrow()
    }

    /// Comes back when somebody asked, at once when that was earlier.
    pub async fn wait(&self) {
        // The sender lives in `self`, so the channel cannot close under this wait.
        let _ = self.asked.subscribe().wait_for(Option::is_some).await;
    }
}

impl Default for StopFlag {
    fn default() -> Self {
        Self::new()
    }
}

/// The time of one step. `monotonic` counts from a point that all clocks of the process share.
#[derive(Clone, Debug)]
pub struct StepClock {
    until: Instant,
    stop: StopFlag,
}

impl StepClock {
    /// A step that begins now and may work for `budget`.
    pub fn new(budget: Duration, stop: StopFlag) -> Self {
        start();
        let now = Instant::now();
        let until = now.checked_add(budget.min(AGES)).unwrap_or(now);
        Self { until, stop }
    }

    /// The end of the step's time: the budget's, or that of draining.
    fn end(&self) -> Instant {
        let drained = self.stop.since().and_then(|asked| asked.checked_add(DRAINING));
        drained.map_or(self.until, |drained| drained.min(self.until))
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Clock for StepClock {
    fn now(&self) -> Moment {
        wall(SystemTime::now())
    }

    fn monotonic(&self) -> Duration {
        Instant::now().saturating_duration_since(start())
    }

    fn left(&self) -> Duration {
        self.end().saturating_duration_since(Instant::now())
    }

    fn stopping(&self) -> bool {
        self.stop.asked()
    }

    async fn sleep(&self, wait: Duration) {
        // Others get their turn even when there is nothing to wait for: a loop that sleeps must not starve them.
        tokio::task::yield_now().await;
        let _ = tokio::time::timeout(wait, self.stop.wait()).await;
    }
}

/// A system time as the ledger counts it; the last or first moment when it lies outside.
pub(crate) fn wall(time: SystemTime) -> Moment {
    let millis = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
    };
    Moment::from_millis(millis)
}

/// The point from which the process counts.
fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

#[cfg(test)]
#[path = "clock_tests.rs"]
mod tests;
