//! # Queue
//! Jobs in memory, at least once; sending, receiving and acknowledging are effects.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use posthorse_domain::migration::Failure;
use posthorse_domain::ports::{Delivery, Job, Queue};
use tokio::time::Instant;

use super::effects::Effects;

/// The queue of a world. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct MemoryQueue {
    effects: Effects,
    jobs: Arc<Mutex<Jobs>>,
}

#[derive(Debug, Default)]
struct Jobs {
    last: u64,
    /// By number: when it can be seen, and what it asks.
    waiting: BTreeMap<u64, (Instant, Job)>,
    /// Everything that was ever sent.
    sent: Vec<Job>,
}

impl MemoryQueue {
    /// An empty queue whose effects are counted there.
    pub fn new(effects: Effects) -> Self {
        Self { effects, jobs: Arc::default() }
    }

    /// The same jobs, as another process sees them.
    pub fn through(&self, effects: Effects) -> Self {
        Self { effects, ..self.clone() }
    }

    /// The queue itself delivers this job once more, so much later.
    pub fn repeat(&self, job: &Job, delay: Duration) {
        let mut jobs = self.jobs();
        jobs.last += 1;
        let number = jobs.last;
        jobs.waiting.insert(number, (Instant::now() + delay, job.clone()));
    }

    /// The queue itself takes its time with a job.
    pub fn postpone(&self, receipt: &str, delay: Duration) {
        let mut jobs = self.jobs();
        let waiting = receipt.parse::<u64>().ok().and_then(|number| jobs.waiting.get_mut(&number));
        if let Some((at, _)) = waiting {
            *at = Instant::now() + delay;
        }
    }

    /// When the next job can be seen.
    pub fn next(&self) -> Option<Instant> {
        self.jobs().waiting.values().map(|(at, _)| *at).min()
    }

    /// How many jobs were sent so far.
    pub fn sent(&self) -> usize {
        self.jobs().sent.len()
    }

    /// Everything that was ever sent, as text.
    pub fn dump(&self) -> String {
        self.jobs().sent.iter().filter_map(|job| serde_json::to_string(job).ok()).collect::<Vec<_>>().join("\n")
    }

    /// Jobs that wait or are hidden.
    pub fn len(&self) -> usize {
        self.jobs().waiting.len()
    }

    /// True when nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn send(&self, job: &Job, delay: Duration) -> Result<(), Failure> {
        let send = || {
            let mut jobs = self.jobs();
            jobs.last += 1;
            let number = jobs.last;
            jobs.waiting.insert(number, (Instant::now() + delay, job.clone()));
            jobs.sent.push(job.clone());
        };
        self.effects.act(format!("queue send {:?} (turn {})", job.stage, job.turn), send).await
    }

    async fn receive(&self, hide: Duration) -> Result<Option<Delivery>, Failure> {
        self.effects.alive().await;
        let now = Instant::now();
        let mut jobs = self.jobs();
        let first =
            jobs.waiting.iter().filter(|(_, (at, _))| *at <= now).min_by_key(|(number, (at, _))| (*at, **number));
        let Some(number) = first.map(|(number, _)| *number) else { return Ok(None) };
        let Some((at, job)) = jobs.waiting.get_mut(&number) else { return Ok(None) };
        *at = now + hide;
        Ok(Some(Delivery { job: job.clone(), receipt: number.to_string() }))
    }

    async fn acknowledge(&self, receipt: &str) -> Result<(), Failure> {
        let acknowledge = || {
            if let Ok(number) = receipt.parse::<u64>() {
                self.jobs().waiting.remove(&number);
            }
        };
        self.effects.act("queue acknowledge".into(), acknowledge).await
    }
}
