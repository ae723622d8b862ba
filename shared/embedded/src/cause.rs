//! # Cause
//! Where errors of SQLite and of the operating system end: operation, object, cause and a hint for people.

use std::fmt::Display;
use std::io;

use posthorse_domain::migration::Failure;
use rusqlite::ErrorCode;

/// What people read when there is no room; programs look for these words too.
pub(crate) const DISK_FULL: &str = "disk full";

/// A failed call to the operating system.
pub(crate) fn io(operation: &str, object: impl Display, error: &io::Error) -> Failure {
    if out_of_room(error) {
        return full(operation, object);
    }
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => "; check who owns the state directory",
        io::ErrorKind::ReadOnlyFilesystem => "; choose a state directory on a writable file system",
        io::ErrorKind::NotFound => "; was the state directory moved or deleted?",
        _ => "",
    };
    Failure::store(format!("{operation}, {object}: {error}{hint}"))
}

/// A failed call to SQLite.
pub(crate) fn sqlite(operation: &str, object: impl Display, error: &rusqlite::Error) -> Failure {
    let hint = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => return full(operation, object),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "; close the program that holds the database",
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "; check who owns the state directory"
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "; the database is damaged, restore it from a copy"
        }
        _ => "",
    };
    Failure::store(format!("{operation}, {object}: {error}{hint}"))
}

/// A record that cannot be written as JSON, or read from it.
pub(crate) fn json(operation: &str, object: impl Display, error: &serde_json::Error) -> Failure {
    Failure::store(format!("{operation}, {object}: {error}; was it written by another version?"))
}

/// True when a disk, or the owner's share of it, is full.
pub(crate) fn out_of_room(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn full(operation: &str, object: impl Display) -> Failure {
    Failure::store(format!("{operation}, {object}: {DISK_FULL}; free some space, then start it again"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use posthorse_domain::migration::{Side, Trouble};
    use rustix::io::Errno;

    #[test]
    fn a_failure_names_operation_object_cause_and_hint() {
        let rows = [
            (Errno::NOSPC, "put, reports/1.json: disk full; free some space, then start it again"),
            (Errno::DQUOT, "put, reports/1.json: disk full; free some space, then start it again"),
            (Errno::ACCESS, "put, reports/1.json: Permission denied (os error 13); check who owns the state directory"),
        ];
        for (errno, words) in rows {
            let failure = io("put", "reports/1.json", &io::Error::from(errno));
            assert_eq!(failure.cause, words);
            assert_eq!((failure.side, failure.trouble), (Side::Store, Trouble::Store));
        }
    }
}
