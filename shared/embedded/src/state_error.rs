//! # State error
//! Why a state directory cannot be used. All of them are for a person to mend.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::cause::out_of_room;

/// Why a state directory cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Another process holds the lock.
    #[error("{} is locked: another posthorse is at work in this state directory", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// It cannot be made, or nothing can be written there.
    #[error("cannot write {}: {cause}", path.display())]
    Unwritable {
        /// What could not be written.
        path: PathBuf,
        /// The operating system's words, or SQLite's.
        cause: String,
    },
    /// The disk, or the owner's share of it, is full.
    #[error("cannot write {}: disk full; free some space, then start it again", path.display())]
    Full {
        /// What could not be written.
        path: PathBuf,
    },
    /// There is nothing there to look at.
    #[error("there is no {}: nothing was migrated with this state directory", path.display())]
    Absent {
        /// The database that is not there.
        path: PathBuf,
    },
    /// The tables are of a later version than this program knows.
    #[error(
        "{} was written by a newer posthorse (its tables are of version {found}, this program knows version {known}): \
         use the newer program",
        path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// The version in the file.
        found: i64,
        /// The version of this program.
        known: i64,
    },
    /// The database is not one of ours, or its pages are damaged.
    #[error("{} cannot be read: {cause}; restore it from a copy", path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// SQLite's words.
        cause: String,
    },
}

impl StateError {
    /// The reason behind a failed call to the operating system.
    pub(crate) fn io(path: &Path, error: &io::Error) -> Self {
        let path = path.to_path_buf();
        match out_of_room(error) {
            true => Self::Full { path },
            false => Self::Unwritable { path, cause: error.to_string() },
        }
    }

    /// The reason behind a failed call to SQLite.
    pub(crate) fn sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown) => {
                Self::Damaged { path, cause: error.to_string() }
            }
            _ => Self::Unwritable { path, cause: error.to_string() },
        }
    }
}
