//! # Archive
//! Objects in memory, each put an effect.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use posthorse_domain::migration::{Failure, MigrationId};
use posthorse_domain::ports::{Archive, Put};

use super::effects::Effects;

/// The archive of a world. It holds one migration; clones are the same.
#[derive(Clone, Debug, Default)]
pub struct MemoryArchive {
    effects: Effects,
    objects: Arc<Mutex<BTreeMap<String, Bytes>>>,
}

impl MemoryArchive {
    /// An empty archive whose writes are counted there.
    pub fn new(effects: Effects) -> Self {
        Self { effects, objects: Arc::default() }
    }

    /// The same objects, as another process writes them.
    pub fn through(&self, effects: Effects) -> Self {
        Self { effects, ..self.clone() }
    }

    /// All objects.
    pub fn all(&self) -> BTreeMap<String, Bytes> {
        self.objects().clone()
    }

    /// Does a counted write under a key that keeps the port's rule.
    async fn write<T>(&self, verb: &str, key: &str, write: impl FnOnce() -> T + Send) -> Result<T, Failure> {
        good(key)?;
        self.effects.act(format!("archive {verb} {key}"), write).await
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
        self.write("put_once", key, put).await
    }

    async fn put(&self, _id: &MigrationId, key: &str, octets: Bytes) -> Result<(), Failure> {
        let put = || {
            self.objects().insert(key.to_owned(), octets);
        };
        self.write("put", key, put).await
    }

    async fn get(&self, _id: &MigrationId, key: &str) -> Result<Option<Bytes>, Failure> {
        good(key)?;
        self.effects.look("archive get").await?;
        Ok(self.objects().get(key).cloned())
    }

    async fn keys(&self, _id: &MigrationId, prefix: &str) -> Result<Vec<String>, Failure> {
        // A prefix is the beginning of a key.
        good(&format!("{prefix}x"))?;
        self.effects.look("archive list").await?;
        Ok(self.objects().keys().filter(|key| key.starts_with(prefix)).cloned().collect())
    }

    async fn remove(&self, _id: &MigrationId, key: &str) -> Result<(), Failure> {
        let remove = || {
            self.objects().remove(key);
        };
        self.write("remove", key, remove).await
    }
}

/// The port's rule for keys: relative paths of letters, digits, `/`, `.`, `_`, `-`.
fn good(key: &str) -> Result<(), Failure> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
    let inside = key.split('/').all(|part| !matches!(part, "" | "." | ".."));
    match inside && key.chars().all(allowed) && !key.starts_with("posthorse.db") && key != "lock" {
        true => Ok(()),
        false => Err(Failure::store(format!("{key:?} is not a key"))),
    }
}
