//! # Attempts
//! How many connects that somebody's requests led to have failed in an hour. A bound and no books: one more or less after a
//! crash does no harm.

use async_trait::async_trait;

use crate::migration::Failure;

/// Counts failed connects per caller and hour.
#[async_trait]
pub trait Attempts: Send + Sync {
    /// One more connect has failed that `caller`'s request led to, in this hour (whole hours since 1970 UTC).
    async fn failed(&self, caller: &str, hour: i64) -> Result<(), Failure>;

    /// How many have failed in this hour. An hour that is over may be forgotten.
    async fn count(&self, caller: &str, hour: i64) -> Result<u64, Failure>;
}
