//! # Vault
//! Credentials in memory, for as long as the process lives. Nothing of them reaches the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use posthorse_domain::migration::{Failure, MigrationId, Moment, Side};
use posthorse_domain::ports::{Saved, Secret, Vault};

type Secrets = BTreeMap<(MigrationId, Side), Kept>;

/// A secret, and the mark it was kept under; none where it had to be kept whatever was there.
#[derive(Clone, Debug)]
struct Kept {
    secret: Secret,
    mark: Option<String>,
    /// Since when it waits for its migration.
    unclaimed: Option<Moment>,
}

/// The vault of this process. Its secrets are overwritten when they are forgotten or replaced, and when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryVault {
    secrets: Mutex<Secrets>,
}

impl MemoryVault {
    fn secrets(&self) -> MutexGuard<'_, Secrets> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Vault for MemoryVault {
    async fn keep(&self, id: &MigrationId, side: Side, secret: &Secret) -> Result<(), Failure> {
        self.secrets().insert((id.clone(), side), Kept { secret: secret.clone(), mark: None, unclaimed: None });
        Ok(())
    }

    async fn keep_first(
        &self,
        id: &MigrationId,
        side: Side,
        secret: &Secret,
        marks: &[String],
        at: Moment,
    ) -> Result<Saved, Failure> {
        let mut secrets = self.secrets();
        let ours = |kept: &Kept| kept.mark.as_ref().is_some_and(|mark| marks.contains(mark));
        if !secrets.get(&(id.clone(), side)).is_none_or(ours) {
            return Ok(Saved::Refused);
        }
        let kept = Kept { secret: secret.clone(), mark: marks.first().cloned(), unclaimed: Some(at) };
        secrets.insert((id.clone(), side), kept);
        Ok(Saved::Yes)
    }

    async fn unclaimed(&self, before: Moment, limit: usize) -> Result<Vec<MigrationId>, Failure> {
        let secrets = self.secrets();
        let old = secrets.iter().filter(|(_, kept)| kept.unclaimed.is_some_and(|at| at < before));
        let ids: BTreeSet<&MigrationId> = old.map(|((id, _), _)| id).collect();
        Ok(ids.into_iter().take(limit).cloned().collect())
    }

    async fn claim(&self, id: &MigrationId) -> Result<(), Failure> {
        self.secrets().iter_mut().filter(|((of, _), _)| of == id).for_each(|(_, kept)| kept.unclaimed = None);
        Ok(())
    }

    async fn forget_unclaimed(&self, id: &MigrationId, before: Moment) -> Result<(), Failure> {
        self.secrets().retain(|(of, _), kept| of != id || kept.unclaimed.is_none_or(|at| at >= before));
        Ok(())
    }

    async fn secret(&self, id: &MigrationId, side: Side) -> Result<Option<Secret>, Failure> {
        Ok(self.secrets().get(&(id.clone(), side)).map(|kept| kept.secret.clone()))
    }

    async fn forget(&self, id: &MigrationId) -> Result<(), Failure> {
        self.secrets().retain(|(kept, _), _| kept != id);
        Ok(())
    }
}
