//! # Place
//! Where one throw-away server lives: directory, ports, certificates, the account its mail belongs to.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use super::certificate::{self, Files};
use super::maildir::Owner;
use super::port::Port;
use super::server::{Login, Options};

/// Where a server lives and whom it serves; what each kind needs to write its configuration.
#[derive(Debug)]
pub struct Place {
    pub dir: PathBuf,
    pub port: Port,
    pub tls_port: Port,
    pub tls: Files,
    pub options: Options,
    /// Name of the account that the mail belongs to: ours, or `nobody` when we are root.
    pub owner: String,
    /// That account's group.
    pub group: String,
    pub ids: Owner,
    pub is_root: bool,
    /// In the greeting, to know our own server from another on the same port.
    pub token: String,
}

impl Place {
    pub(super) fn logins(&self) -> impl Iterator<Item = Login> + '_ {
        (1..=self.options.users).map(|n| self.login(n))
    }

    pub(super) fn login(&self, n: u32) -> Login {
        Login { user: format!("user{n}"), password: self.options.password.clone() }
    }

    pub(super) fn give(&self, path: &Path) -> io::Result<()> {
        self.ids.map_or(Ok(()), |(user, group)| chown(path, Some(user), Some(group)))
    }
}

/// A new directory with a short path, because names of Unix sockets end at 108 octets. It is gone when dropped; what
/// killed test processes have left is removed here.
pub fn home(at: &Path) -> io::Result<TempDir> {
    for entry in fs::read_dir(at)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner =
            name.strip_prefix("posthorse").and_then(|rest| rest.split_once('-')).map(|(pid, _)| pid.parse::<u32>());
        if let Some(Ok(pid)) = owner
            && entry.path().is_dir()
            && !Path::new("/proc").join(pid.to_string()).exists()
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let home = tempfile::Builder::new().prefix(&format!("posthorse{}-", process::id())).tempdir_in(at)?;
    fs::set_permissions(home.path(), Permissions::from_mode(0o755))?;
    Ok(home)
}

pub fn place(dir: &Path, options: Options) -> io::Result<Place> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let is_root = rustix::process::geteuid().is_root();
    // Mail servers refuse to serve mail as root; `nobody` is on every system and needs no making.
    let owner = if is_root { "nobody".to_owned() } else { own_name()? };
    let ids = if is_root { Some((ask_id("-u", &owner)?, ask_id("-g", &owner)?)) } else { None };
    Ok(Place {
        dir: dir.to_owned(),
        port: Port::reserve()?,
        tls_port: Port::reserve()?,
        tls: certificate::make(&dir.join("tls"), options.certificate)?,
        options,
        group: said("id", &["-gn", &owner])?,
        owner,
        ids,
        is_root,
        token: format!("posthorse-{}-{number}", process::id()),
    })
}

fn own_name() -> io::Result<String> {
    said("id", &["-un"]).map_err(|error| {
        io::Error::other(format!(
            "{error}; mail servers serve users of this machine only: run this as one that has a name"
        ))
    })
}

fn ask_id(which: &str, user: &str) -> io::Result<u32> {
    said("id", &[which, user])?.parse().map_err(io::Error::other)
}

pub fn said(program: &str, arguments: &[&str]) -> io::Result<String> {
    let out = Command::new(program).args(arguments).output()?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned());
    }
    let words = String::from_utf8_lossy(&out.stderr).trim().to_owned();
    Err(io::Error::other(format!("{program} {}: {words}", arguments.join(" "))))
}
