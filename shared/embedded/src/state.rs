//! # State
//! Opens a state directory: the lock first, then a probe, then the database and the archive.

use std::path::Path;
use std::sync::Arc;

use crate::archive::Directory;
use crate::database::{DATABASE_FILE, Database};
use crate::durable::Draft;
use crate::ledger::SqliteLedger;
use crate::lock::Lock;
use crate::queue::SqliteQueue;
use crate::state_error::StateError;

/// Octets that must fit before anything else is tried: the tables, their log and its index.
const PROBE: usize = 256 * 1024;

/// A state directory that this process alone works in.
pub struct State {
    /// Records.
    pub ledger: SqliteLedger,
    /// Jobs; in the ledger's file.
    pub queue: SqliteQueue,
    /// Objects.
    pub archive: Directory,
    /// Held for as long as the rest is used, and until a write that nobody waits for any more has come to its end.
    pub lock: Arc<Lock>,
}

impl State {
    /// Opens a directory, made for the owner alone (0700) when it is missing; files in it are 0600. It is told whether it
    /// can be used at all before anything of a migration is written.
    ///
    /// Errors: see `StateError`; never `Absent`.
    pub fn open(directory: &Path) -> Result<Self, StateError> {
        let lock = Arc::new(Lock::take(directory)?);
        probe(directory)?;
        let database = Database::open(&directory.join(DATABASE_FILE), Some(lock.clone()))?;
        let archive = Directory::open(directory, Some(lock.clone()))?;
        Ok(Self { ledger: SqliteLedger::new(database.clone()), queue: SqliteQueue::new(database), archive, lock })
    }
}

/// A state directory that somebody only looks at, also while another process works in it. Writes to it fail.
pub struct Look {
    /// Records.
    pub ledger: SqliteLedger,
    /// Objects.
    pub archive: Directory,
}

impl Look {
    /// Opens a directory without its lock and without changing anything. `Absent` when nothing was migrated with it.
    pub fn open(directory: &Path) -> Result<Self, StateError> {
        let database = Database::look(&directory.join(DATABASE_FILE))?;
        Ok(Self { ledger: SqliteLedger::new(database), archive: Directory::look(directory) })
    }
}

/// Writes some octets, syncs them and takes them away: a read-only directory or a full disk is told here.
fn probe(directory: &Path) -> Result<(), StateError> {
    let path = directory.join("probe");
    Draft::write(&path, &vec![0x5A; PROBE]).map(drop).map_err(|error| StateError::io(directory, &error))
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
