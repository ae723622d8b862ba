//! # Lock
//! The right to work in a state directory: an OS lock on `DIR/lock`. The system frees it when its holder dies, so a free
//! lock means that nobody is at work.

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::durable;
use crate::state_error::StateError;

/// The lock's file in the state directory.
pub const LOCK_FILE: &str = "lock";

/// Held until it is dropped.
#[derive(Debug)]
#[must_use = "the lock is freed as soon as it is dropped"]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Makes the directory (0700) and the lock file (0600) when they are missing, and takes the lock without waiting.
    ///
    /// Errors: `Locked` when another process has it, `Unwritable` and `Full` when the file cannot be made.
    pub fn take(directory: &Path) -> Result<Self, StateError> {
        durable::make_directory(directory).map_err(|error| StateError::io(directory, &error))?;
        let path = directory.join(LOCK_FILE);
        let file = durable::open_file(&path).map_err(|error| StateError::io(&path, &error))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { _file: file }),
            Err(Errno::WOULDBLOCK) => Err(StateError::Locked { path }),
            Err(errno) => Err(StateError::io(&path, &errno.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_held_lock_is_refused_and_names_its_file() {
        let place = tempfile::tempdir().unwrap();
        let held = Lock::take(place.path()).unwrap();
        assert_eq!(Lock::take(place.path()).unwrap_err(), StateError::Locked { path: place.path().join("lock") });
        drop(held);
    }

    #[test]
    fn a_dropped_lock_is_free() {
        let place = tempfile::tempdir().unwrap();
        drop(Lock::take(place.path()).unwrap());
        assert!(Lock::take(place.path()).is_ok());
    }

    #[test]
    fn missing_directories_are_made_for_the_owner_alone() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("posthorse-state/a@b-c@d");
        let _lock = Lock::take(&directory).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(&directory), 0o700);
        assert_eq!(mode(&place.path().join("posthorse-state")), 0o700);
        assert_eq!(mode(&directory.join("lock")), 0o600);
    }

    #[test]
    fn a_file_in_the_way_is_unwritable() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        std::fs::write(&file, "x").unwrap();
        let directory = file.join("state");
        let error = Lock::take(&directory).unwrap_err();
        assert!(matches!(error, StateError::Unwritable { .. }), "{error}");
    }
}
