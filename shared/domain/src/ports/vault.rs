//! # Vault
//! Credentials. Only the mail adapter asks for them.

use std::fmt;

use async_trait::async_trait;

use super::Saved;
use crate::migration::{Failure, MigrationId, Moment, Side};

/// A credential. Prints as `***`; its octets are overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes over the octets.
    pub fn new(octets: impl Into<Vec<u8>>) -> Self {
        Self(octets.into())
    }

    /// The octets themselves. Only the login encodes them.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.fill(0);
        // Reading the octets back through an opaque call keeps the overwrite from being dropped as dead.
        std::hint::black_box(&self.0);
    }
}

/// Credentials of live migrations.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Keeps a credential for one side; a later one replaces it.
    async fn keep(&self, id: &MigrationId, side: Side, secret: &Secret) -> Result<(), Failure>;

    /// Keeps a credential for one side under a mark, the first of `marks`, unless one is there that was kept without a mark
    /// or under one that is not among them: then that one stays, and `Saved::Refused` is the answer. Of two that come at
    /// once exactly one is kept. It is unclaimed since `at`: whether a migration comes of it is not known yet.
    async fn keep_first(
        &self,
        id: &MigrationId,
        side: Side,
        secret: &Secret,
        marks: &[String],
        at: Moment,
    ) -> Result<Saved, Failure>;

    /// Ids of credentials that are unclaimed since a time before `before`, at most `limit`. May lag behind.
    async fn unclaimed(&self, before: Moment, limit: usize) -> Result<Vec<MigrationId>, Failure>;

    /// A migration has come of them: they are unclaimed no more. Nothing is made where nothing is kept.
    async fn claim(&self, id: &MigrationId) -> Result<(), Failure>;

    /// Forgets of both sides what is unclaimed since a time before `before`; what was kept later, or claimed, stays.
    async fn forget_unclaimed(&self, id: &MigrationId, before: Moment) -> Result<(), Failure>;

    /// The credential of one side; none when it was never kept or has been forgotten.
    async fn secret(&self, id: &MigrationId, side: Side) -> Result<Option<Secret>, Failure>;

    /// Forgets both sides.
    async fn forget(&self, id: &MigrationId) -> Result<(), Failure>;
}
