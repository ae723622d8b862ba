//! # Room
//! The directory of the demo, `demo` beside the built programs' directory, and the programs themselves.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// An empty directory for one demo at a time.
pub struct Room {
    programs: PathBuf,
    dir: PathBuf,
    _lock: File,
}

impl Room {
    /// Empties what the last demo has left.
    ///
    /// # Errors
    /// When another demo runs, or the directory cannot be written.
    pub fn empty() -> io::Result<Self> {
        let program = std::env::current_exe()?;
        let programs = program.parent().unwrap_or(Path::new(".")).to_owned();
        let dir = programs.parent().unwrap_or(&programs).join("demo");
        fs::create_dir_all(&dir)?;
        let lock = File::create(dir.join("lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::other(format!("another demo runs in {}", dir.display())),
            TryLockError::Error(error) => error,
        })?;
        let room = Self { programs, dir, _lock: lock };
        match fs::remove_dir_all(room.state()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(room),
        }
    }

    /// The program `posthorse`, built together with this one.
    ///
    /// # Errors
    /// When it was not built.
    pub fn posthorse(&self) -> io::Result<PathBuf> {
        let program = self.programs.join("posthorse");
        if program.exists() { Ok(program) } else { Err(io::Error::other("posthorse is not built: use make demo")) }
    }

    /// The migration's state directory.
    pub fn state(&self) -> PathBuf {
        self.dir.join("state")
    }

    /// The report of its first pass.
    pub fn report(&self) -> PathBuf {
        self.state().join("reports/1.json")
    }

    /// The authorities of both servers.
    pub fn ca_file(&self) -> PathBuf {
        self.dir.join("ca.pem")
    }
}
