//! # Archive
//! Objects in memory, each put an effect.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use posthorse_domain::migration::{Failure, MigrationId};
use posthorse_domain::ports::{Archive, Put};

use super::effects::Effects;

/// The archive of a world. It holds one migration.
#[derive(Debug, Default)]
pub struct MemoryArchive {
    effects: Effects,
    objects: Mutex<BTreeMap<String, Bytes>>,
}

impl MemoryArchive {
    /// An empty archive whose writes are counted there.
    pub fn new(effects: Effects) -> Self {
        Self { effects, objects: Mutex::default() }
    }

    /// All objects.
    pub fn all(&self) -> BTreeMap<String, Bytes> {
        self.objects().clone()
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Archive for MemoryArchive {
    async fn put_once(&self, _id: &MigrationId, key: &str, octets: Bytes) -> Result<Put, Failure> {
        let put = || {
            let mut objects = self.objects();
            if objects.contains_key(key) {
                return Put::Exists;
            }
            objects.insert(key.to_owned(), octets);
            Put::Done
        };
        self.effects.act(format!("archive put_once {key}"), put).await
    }

    async fn put(&self, _id: &MigrationId, key: &str, octets: Bytes) -> Result<(), Failure> {
        let put = || {
            self.objects().insert(key.to_owned(), octets);
        };
        self.effects.act(format!("archive put {key}"), put).await
    }

    async fn get(&self, _id: &MigrationId, key: &str) -> Result<Option<Bytes>, Failure> {
        self.effects.alive().await;
        Ok(self.objects().get(key).cloned())
    }

    async fn keys(&self, _id: &MigrationId, prefix: &str) -> Result<Vec<String>, Failure> {
        self.effects.alive().await;
        Ok(self.objects().keys().filter(|key| key.starts_with(prefix)).cloned().collect())
    }

    async fn remove(&self, _id: &MigrationId, key: &str) -> Result<(), Failure> {
        let remove = || {
            self.objects().remove(key);
        };
        self.effects.act(format!("archive remove {key}"), remove).await
    }
}
