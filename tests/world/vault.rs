//! # Vault
//! Credentials in memory, each write an effect.

use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use posthorse_domain::migration::{Failure, MigrationId, Moment, Side};
use posthorse_domain::ports::{Saved, Secret, Vault};
use posthorse_embedded::MemoryVault;

use super::effects::Effects;

/// The vault of a world.
#[derive(Debug, Default)]
pub struct WorldVault {
    effects: Effects,
    kept: Arc<MemoryVault>,
}

impl WorldVault {
    /// An empty vault whose writes are counted there.
    pub fn new(effects: Effects) -> Self {
        Self { effects, kept: Arc::default() }
    }

    /// The same credentials, as another process writes them.
    pub fn through(&self, effects: Effects) -> Self {
        Self { effects, kept: Arc::clone(&self.kept) }
    }
}

/// A vault in memory has its answer at once.
fn at_once<T>(answer: Option<Result<T, Failure>>) -> Result<T, Failure> {
    answer.unwrap_or_else(|| Err(Failure::store("the vault in memory waits for something")))
}

#[async_trait]
impl Vault for WorldVault {
    async fn keep(&self, id: &MigrationId, side: Side, secret: &Secret) -> Result<(), Failure> {
        let keep = || at_once(self.kept.keep(id, side, secret).now_or_never());
        self.effects.act(format!("vault keep {side}"), keep).await?
    }

    async fn keep_first(
        &self,
        id: &MigrationId,
        side: Side,
        secret: &Secret,
        marks: &[String],
        at: Moment,
    ) -> Result<Saved, Failure> {
        let keep = || at_once(self.kept.keep_first(id, side, secret, marks, at).now_or_never());
        self.effects.act(format!("vault keep first {side}"), keep).await?
    }

    async fn unclaimed(&self, before: Moment, limit: usize) -> Result<Vec<MigrationId>, Failure> {
        self.effects.look("vault unclaimed").await?;
        self.kept.unclaimed(before, limit).await
    }

    async fn claim(&self, id: &MigrationId) -> Result<(), Failure> {
        let claim = || at_once(self.kept.claim(id).now_or_never());
        self.effects.act("vault claim".into(), claim).await?
    }

    async fn forget_unclaimed(&self, id: &MigrationId, before: Moment) -> Result<(), Failure> {
        let forget = || at_once(self.kept.forget_unclaimed(id, before).now_or_never());
        self.effects.act("vault forget unclaimed".into(), forget).await?
    }

    async fn secret(&self, id: &MigrationId, side: Side) -> Result<Option<Secret>, Failure> {
        self.effects.look("vault secret").await?;
        self.kept.secret(id, side).await
    }

    async fn forget(&self, id: &MigrationId) -> Result<(), Failure> {
        let forget = || at_once(self.kept.forget(id).now_or_never());
        self.effects.act("vault forget".into(), forget).await?
    }
}
