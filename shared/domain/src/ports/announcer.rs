//! # Announcer
//! What programs that subscribed are told: each event at least once, with an id by which repeats are dropped.

use async_trait::async_trait;

use crate::migration::{Announcement, Failure};

/// Tells programs outside.
#[async_trait]
pub trait Announcer: Send + Sync {
    /// Tells all of these, in this order. When it fails, some may have been told; the same ones may come again.
    async fn announce(&self, announcements: &[Announcement]) -> Result<(), Failure>;
}
