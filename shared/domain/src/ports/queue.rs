//! # Queue
//! Jobs between steps. At least once, in any order: a job may arrive twice, late, or after its turn has passed.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::migration::{Failure, MigrationId, Stage};

/// Asks for one step. It carries no secret, no name, no address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Which migration.
    pub migration: MigrationId,
    /// Which function.
    pub stage: Stage,
    /// The turn it is for.
    pub turn: u64,
}

/// A job as it was received; acknowledging it needs the receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What is asked.
    pub job: Job,
    /// For `acknowledge`.
    pub receipt: String,
}

/// Jobs, sent and received.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Keeps the job, to be delivered at least once and not before `delay` is over. No kill loses it; a power cut may, until the
    /// next record is saved: whoever runs the steps names it again by the ledger. A queue that cannot hold a job
    /// back for so long keeps nothing: `next_at` in the ledger does, and the sweep sends the job when that has passed.
    async fn send(&self, job: &Job, delay: Duration) -> Result<(), Failure>;

    /// A job that is due, hidden from others for `hide`; none when nothing is due. Returns at once.
    async fn receive(&self, hide: Duration) -> Result<Option<Delivery>, Failure>;

    /// Takes a received job away for good. Doing it twice is not an error.
    async fn acknowledge(&self, receipt: &str) -> Result<(), Failure>;
}
