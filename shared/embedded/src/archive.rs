//! # Archive
//! Objects as files: written beside their name, synced, then named; a reader sees all of an object or nothing.
//!
//! Files are written on a thread of their own, one after the other: an object may have megabytes and two syncs, and mail
//! goes on meanwhile. A put that its step no longer waits for still ends before the next one begins.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use posthorse_domain::migration::{Failure, MigrationId};
use posthorse_domain::ports::archive::good_prefix;
use posthorse_domain::ports::{Archive, Put};

use crate::cause;
use crate::durable::{self, DRAFT, Draft, Named};
use crate::key::Key;
use crate::lock::Lock;
use crate::off_runtime::off_runtime;
use crate::packing::{pack, unpack};
use crate::state_error::StateError;

/// The archive in a state directory. A state directory holds one migration, so its files do not carry the id, and all ids
/// name the same objects.
pub struct Directory {
    place: Arc<Place>,
    /// Whose turn it is to write; none when it is only looked at.
    writer: Option<Arc<tokio::sync::Mutex<()>>>,
}

impl Directory {
    /// The archive of this directory, which is there already. Sweeps what a killed process left half written, so the
    /// caller holds the directory's lock; `lock` is held until the last file is written.
    pub fn open(root: &Path, lock: Option<Arc<Lock>>) -> Result<Self, StateError> {
        sweep(root).map_err(|error| StateError::io(root, &error))?;
        Ok(Self { place: Place::of(root, lock), writer: Some(Arc::default()) })
    }

    /// The archive of this directory to read only, also while another process writes to it.
    pub fn look(root: &Path) -> Self {
        Self { place: Place::of(root, None), writer: None }
    }

    /// Runs `work` on a thread that may wait for the disk, alone.
    async fn write<T: Send + 'static>(
        &self,
        operation: &'static str,
        key: &str,
        work: impl FnOnce(&Place, &Key) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let key = Key::new(operation, key)?;
        let Some(writer) = &self.writer else {
            return Err(Failure::store(format!("{operation}, {}: the archive is open to read only", key.text())));
        };
        let turn = Arc::clone(writer).lock_owned().await;
        let place = Arc::clone(&self.place);
        off_runtime(operation, move || {
            let _turn = turn;
            work(&place, &key).map_err(|error| cause::io(operation, key.text(), &error))
        })
        .await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Archive for Directory {
    async fn put_once(&self, _id: &MigrationId, key: &str, octets: Bytes) -> Result<Put, Failure> {
        self.write("put object once", key, |place, key| {
            let target = place.settle(key)?;
            let named = Draft::write(&target, &pack(key.text(), octets)?)?.claim(&target)?;
            Ok(match named {
                Named::Yes => Put::Done,
                Named::Taken => Put::Exists,
            })
        })
        .await
    }

    async fn put(&self, _id: &MigrationId, key: &str, octets: Bytes) -> Result<(), Failure> {
        self.write("put object", key, |place, key| {
            let target = place.settle(key)?;
            Draft::write(&target, &pack(key.text(), octets)?)?.replace(&target)
        })
        .await
    }

    async fn get(&self, _id: &MigrationId, key: &str) -> Result<Option<Bytes>, Failure> {
        let key = Key::new("get object", key)?;
        let place = Arc::clone(&self.place);
        off_runtime("get object", move || {
            let octets = place.read(&key).map_err(|error| cause::io("get object", key.text(), &error))?;
            octets.map(|kept| unpack(key.text(), kept)).transpose().map_err(|error| damaged(&key, &error))
        })
        .await
    }

    async fn keys(&self, _id: &MigrationId, prefix: &str) -> Result<Vec<String>, Failure> {
        if !good_prefix(prefix) {
            return Err(Failure::store(format!("list objects, {prefix:?}: no key can begin so")));
        }
        let (place, prefix) = (Arc::clone(&self.place), prefix.to_owned());
        off_runtime("list objects", move || {
            place.keys(&prefix).map_err(|error| cause::io("list objects", &prefix, &error))
        })
        .await
    }

    async fn remove(&self, _id: &MigrationId, key: &str) -> Result<(), Failure> {
        self.write("remove object", key, |place, key| {
            let target = key.under(&place.root);
            match fs::remove_file(&target) {
                Err(error) if absent(&error) => Ok(()),
                removed => removed.and_then(|()| durable::sync_parent(&target)),
            }
        })
        .await
    }
}

/// Where the files are.
struct Place {
    root: PathBuf,
    /// Directories that this process has made durable.
    settled: Mutex<BTreeSet<PathBuf>>,
    _lock: Option<Arc<Lock>>,
}

impl Place {
    fn of(root: &Path, lock: Option<Arc<Lock>>) -> Arc<Self> {
        Arc::new(Self { root: root.to_path_buf(), settled: Mutex::default(), _lock: lock })
    }

    /// The key's file, in directories that survive a power loss. One that is there already may be a dead process's, made
    /// but not yet synced: so each is synced once.
    fn settle(&self, key: &Key) -> io::Result<PathBuf> {
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        for directory in key.directories().map(|directory| self.root.join(directory)) {
            if !settled.contains(&directory) {
                match DirBuilder::new().mode(0o700).create(&directory) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                    _ => durable::sync_parent(&directory)?,
                }
                settled.insert(directory);
            }
        }
        Ok(key.under(&self.root))
    }

    fn read(&self, key: &Key) -> io::Result<Option<Vec<u8>>> {
        match fs::read(key.under(&self.root)) {
            Ok(octets) => Ok(Some(octets)),
            Err(error) if absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Only the directory that the prefix names is walked.
    fn keys(&self, prefix: &str) -> io::Result<Vec<String>> {
        let directory = prefix.rsplit_once('/').map_or("", |(directory, _)| directory);
        let mut keys = Vec::new();
        walk(&self.root.join(directory), &mut |path| {
            let key = path.strip_prefix(&self.root).ok().and_then(Path::to_str);
            keys.extend(
                key.filter(|key| key.starts_with(prefix) && Key::new("list objects", key).is_ok()).map(Into::into),
            );
            Ok(())
        })?;
        keys.sort();
        Ok(keys)
    }
}

/// Takes away what a killed process left half written.
fn sweep(root: &Path) -> io::Result<()> {
    walk(root, &mut |path| match path.to_string_lossy().ends_with(DRAFT) {
        true => fs::remove_file(path),
        false => Ok(()),
    })
}

/// Visits the files below a directory, not following links. A directory that is not there has none.
fn walk(directory: &Path, visit: &mut dyn FnMut(&Path) -> io::Result<()>) -> io::Result<()> {
    let entries = match fs::read_dir(directory) {
        Err(error) if absent(&error) => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        match entry.file_type()? {
            kind if kind.is_dir() => walk(&entry.path(), visit)?,
            kind if kind.is_file() => visit(&entry.path())?,
            _ => {}
        }
    }
    Ok(())
}

/// No object of that key: nothing there, a directory there, or a file where a directory would have to be.
fn absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory)
}

fn damaged(key: &Key, error: &io::Error) -> Failure {
    Failure::store(format!("get object, {}: {error}; the file is damaged, restore it from a copy", key.text()))
}

#[cfg(test)]
#[path = "archive_tests.rs"]
mod tests;
