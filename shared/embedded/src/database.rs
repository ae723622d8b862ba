//! # Database
//! The one SQLite file behind ledger and queue: how it is opened, its tables, its one writer.
//!
//! A call is one short transaction on a file that no other process writes to. A record's waits for one sync of the
//! write-ahead log; a job's, and what one step leaves to the next, goes to the disk with the next one that waits: the log is
//! read from its beginning, so that nothing is ever there without what was written before it. Calls run where they are made,
//! but for those of the copying: a folder's record is saved on a thread of its own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use posthorse_domain::migration::Failure;
use posthorse_domain::ports::Saved;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::lock::Lock;
use crate::state_error::StateError;
use crate::{cause, durable};

/// The database's file in the state directory.
pub const DATABASE_FILE: &str = "posthorse.db";

/// The version of the tables below; kept in `user_version`.
const TABLES: i64 = 1;

/// How long a call waits for somebody who reads or writes at the same time.
const BUSY: Duration = Duration::from_secs(10);

/// `body` is the record as JSON; the columns beside it are copies, for the conditions of writes and for order. `due` is
/// sparse: only migrations with a `next_at` have a row. A job's number is never used again (AUTOINCREMENT), so that an old
/// receipt cannot take away a new job. Times are milliseconds since 1970 UTC.
const SCHEMA: &str = "
CREATE TABLE migrations (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL DEFAULT 1,
    body TEXT NOT NULL DEFAULT '{}'
) STRICT, WITHOUT ROWID;
CREATE TABLE due (
    migration TEXT NOT NULL PRIMARY KEY,
    next_at INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX due_by_time ON due (next_at, migration);
CREATE TABLE folders (
    migration TEXT NOT NULL,
    number INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    epoch INTEGER NOT NULL DEFAULT 0,
    body TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (migration, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE jobs (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    visible_at INTEGER NOT NULL DEFAULT 0,
    body TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX jobs_by_time ON jobs (visible_at, number);
";

/// An open database file. Send and Sync: one call at a time, the others wait.
pub struct Database {
    connection: Mutex<Connection>,
    _lock: Option<Arc<Lock>>,
}

impl Database {
    /// Opens the file, made for the owner alone (0600) with its tables when it is missing. `lock`: held until the last call
    /// has ended.
    ///
    /// Errors: `Newer` when its tables are of a later version, `Damaged` when it is no database of ours, `Unwritable`,
    /// `Full`, and `Locked` when another program writes to it.
    pub fn open(path: &Path, lock: Option<Arc<Lock>>) -> Result<Arc<Self>, StateError> {
        durable::open_file(path).map_err(|error| StateError::io(path, &error))?;
        Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, lock, |connection| {
            prepare(connection)?;
            let found = version(connection)?;
            if found == 0 {
                make_tables(connection)?;
            }
            Ok(found.max(TABLES))
        })
    }

    /// Opens the file to read only, also while another process works on it. `Absent` when there is none.
    pub fn look(path: &Path) -> Result<Arc<Self>, StateError> {
        if !path.exists() {
            return Err(StateError::Absent { path: path.to_path_buf() });
        }
        Self::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, None, |connection| {
            connection.busy_timeout(BUSY)?;
            version(connection)
        })
    }

    fn connect(
        path: &Path,
        access: OpenFlags,
        lock: Option<Arc<Lock>>,
        ready: impl FnOnce(&mut Connection) -> rusqlite::Result<i64>,
    ) -> Result<Arc<Self>, StateError> {
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let refused = |error: rusqlite::Error| StateError::sqlite(path, &error);
        let mut connection = Connection::open_with_flags(path, flags).map_err(refused)?;
        let found = ready(&mut connection).map_err(refused)?;
        check_version(path, found)?;
        Ok(Arc::new(Self { connection: Mutex::new(connection), _lock: lock }))
    }

    /// Reads, consistently.
    pub(crate) fn read<T>(
        &self,
        operation: &str,
        object: &str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Failure> {
        work(&self.one()).map_err(|error| cause::sqlite(operation, object, &error))
    }

    /// Writes in one transaction that is on the disk at the latest with the next one that waits for it (`Sync::Now`): a power cut
    /// before may lose it, never what was saved before it. For jobs: a lost one is named again by the record whose turn it was for.
    pub(crate) fn note<T>(
        &self,
        operation: &str,
        object: &str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Failure> {
        self.transact(Sync::Later, work, |_| true).map_err(|error| cause::sqlite(operation, object, &error))
    }

    /// Writes in one transaction unless `work` says that it is refused; then nothing of it stays.
    pub(crate) fn save(
        &self,
        operation: &str,
        object: &str,
        sync: Sync,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<Saved>,
    ) -> Result<Saved, Failure> {
        self.transact(sync, work, |saved| *saved == Saved::Yes)
            .map_err(|error| cause::sqlite(operation, object, &error))
    }

    fn transact<T>(
        &self,
        sync: Sync,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
        keep: impl FnOnce(&T) -> bool,
    ) -> rusqlite::Result<T> {
        let mut connection = self.one();
        connection.pragma_update(None, "synchronous", sync.word())?;
        // IMMEDIATE: the write lock comes first, so that a condition still holds when its write is made.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        match keep(&value) {
            true => transaction.commit()?,
            false => transaction.rollback()?,
        }
        Ok(value)
    }

    /// A panic elsewhere leaves nothing half done here: its transaction was rolled back.
    fn one(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When a commit is on the disk (SQLite, `PRAGMA synchronous`).
#[derive(Clone, Copy)]
pub(crate) enum Sync {
    /// When it returns.
    Now,
    /// With the next one that is `Now`, or when the file is closed (the log is then brought into it, which syncs both).
    Later,
}

impl Sync {
    fn word(self) -> &'static str {
        match self {
            Self::Now => "FULL",
            Self::Later => "NORMAL",
        }
    }
}

/// WAL with FULL: a commit syncs the log before it returns; with NORMAL the log is written and not
/// synced. `fullfsync` asks macOS to empty the drive's cache too; elsewhere it changes nothing.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", Sync::Now.word())?;
    connection.pragma_update(None, "fullfsync", "ON")?;
    connection.pragma_update(None, "checkpoint_fullfsync", "ON")
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Makes the tables, unless somebody else has done so since we looked.
fn make_tables(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if version(&transaction)? == 0 {
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "user_version", TABLES)?;
    }
    transaction.commit()
}

fn check_version(path: &Path, found: i64) -> Result<(), StateError> {
    let path: PathBuf = path.to_path_buf();
    match found {
        TABLES => Ok(()),
        0 => Err(StateError::Absent { path }),
        found => Err(StateError::Newer { path, found, known: TABLES }),
    }
}

#[cfg(test)]
#[path = "database_tests.rs"]
mod tests;
