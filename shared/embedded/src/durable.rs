//! # Durable
//! Files that survive a power loss: the octets are synced before the name is given, the directory after it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

/// Ends the name of a file that has not got its own name yet. `~` is in no archive key.
pub(crate) const DRAFT: &str = "~part";

/// Tells the drafts of one process apart.
static DRAFTS: AtomicU64 = AtomicU64::new(0);

/// What became of giving a draft its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// It has the name.
    Yes,
    /// Another file has it, and keeps it.
    Taken,
}

/// Whole and synced octets that wait beside their future name. Dropped without a name, they are taken away.
pub(crate) struct Draft {
    path: PathBuf,
}

impl Draft {
    /// Writes and syncs the octets beside `target`.
    pub(crate) fn write(target: &Path, octets: &[u8]) -> io::Result<Self> {
        let mut path = target.as_os_str().to_owned();
        path.push(format!("~{}-{}{DRAFT}", process::id(), DRAFTS.fetch_add(1, Ordering::Relaxed)));
        let path = PathBuf::from(path);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let draft = Self { path };
        file.write_all(octets)?;
        file.sync_all()?;
        Ok(draft)
    }

    /// Gives it the name, whoever has it now.
    pub(crate) fn replace(self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        sync_parent(target)
    }

    /// Gives it the name unless that is taken. The caller sees to it that no two threads do this at the same time.
    pub(crate) fn claim(self, target: &Path) -> io::Result<Named> {
        let named = match fs::hard_link(&self.path, target) {
            Ok(()) => Named::Yes,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Named::Taken,
            Err(error) if lacks_links(&error) => self.claim_by_rename(target)?,
            Err(error) => return Err(error),
        };
        drop(self);
        // Also when it is taken: whoever gave that name may have died before this.
        sync_parent(target)?;
        Ok(named)
    }

    /// For file systems without hard links (FAT, some network shares). Nobody gets between the look and the rename: the
    /// state directory's lock keeps other processes out, the caller other threads.
    pub(crate) fn claim_by_rename(&self, target: &Path) -> io::Result<Named> {
        if target.symlink_metadata().is_ok() {
            return Ok(Named::Taken);
        }
        fs::rename(&self.path, target)?;
        Ok(Named::Yes)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Gone already when it was renamed; what stays behind otherwise is swept at the next opening.
        let _ = fs::remove_file(&self.path);
    }
}

/// Linux answers EPERM, others ENOTSUP or ENOSYS, on a file system without hard links (link(2)).
fn lacks_links(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported)
}

/// Makes a directory and its missing parents for the owner alone (0700), durably. One that is there keeps its mode.
pub(crate) fn make_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = parent(path) {
        make_directory(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => sync_parent(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Opens a file for the owner alone (0600), made durably when it is missing.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    let missing = !path.exists();
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    if missing {
        sync_parent(path)?;
    }
    Ok(file)
}

/// Makes the names in the directory that holds `path` durable.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    sync_directory(parent(path).unwrap_or(Path::new(".")))
}

/// Makes the names in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    match File::open(path)?.sync_all() {
        // EINVAL: this file system cannot sync directories (fsync(2)); it has no better promise to give.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        answer => answer,
    }
}

/// The directory of a path; none for the root and for an empty path.
fn parent(path: &Path) -> Option<&Path> {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Some(Path::new(".")),
        parent => parent,
    }
}
