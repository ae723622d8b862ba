//! # Lab
//! Where `install.sh all` has unpacked the servers that cannot be installed beside Dovecot.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The unpacked packages of `kind` (`cyrus`, `courier`).
///
/// # Errors
/// When they are not there; the text says what to run.
pub fn unpacked(kind: &str) -> io::Result<PathBuf> {
    let at = Path::new(env!("CARGO_MANIFEST_DIR")).join(".lab").join(kind);
    if at.join(".complete").exists() { Ok(at) } else { Err(not_installed(kind)) }
}

/// The error of a server that this machine lacks.
#[must_use]
pub fn not_installed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("{what} is not installed: run tests/servers/install.sh all"))
}

/// Copies a tree to where every account may read it: a checkout may lie below a closed home directory.
///
/// # Errors
/// When `cp` fails.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    let done = Command::new("cp").arg("-R").arg(from.join(".")).arg(to).status()?;
    if done.success() { Ok(()) } else { Err(io::Error::other(format!("cannot copy {}", from.display()))) }
}

/// The directory with the shared libraries, `usr/lib/<architecture>-linux-gnu`.
///
/// # Errors
/// When there is none.
pub fn libraries(root: &Path) -> io::Result<PathBuf> {
    for entry in fs::read_dir(root.join("usr/lib"))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with("-linux-gnu") {
            return Ok(path);
        }
    }
    Err(io::Error::other("no shared libraries were unpacked"))
}
