//! # Stage
//! A source with the profiles' mail, a destination that syncs to the disk and one that lives in memory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use posthorse_tests::servers::client::{Client, quote};
use posthorse_tests::servers::{Dovecot, Folder, Fsync, Login, Mailbox, Options, Proxy, Rules, Server, name};
use tempfile::TempDir;

/// One for each run: a mailbox that nobody has logged in to (`doveadm backup` wants that).
const USERS: u32 = 1000;

/// Mail of a run that stays on its disk until the end, at most, in octets. Ext4 without a journal looks at each inode that was
/// freed in the last minutes before it makes a file (`recently_deleted` in fs/ext4/ialloc.c): whoever comes behind a removal
/// of thousands of files would be measured several times slower.
const KEPT: u64 = 1 << 30;
/// Octets, and files, that have to be free on that disk for it.
const FREE: u64 = 16 << 30;
const FREE_FILES: u64 = 1 << 20;

/// Running servers; they end when this is dropped.
pub struct Stage {
    source: Server,
    fsync: Server,
    memory: Server,
    room: TempDir,
    used: u32,
    filled: u32,
}

/// A run's own mailbox and directory.
pub struct Fresh {
    /// The empty mailbox.
    pub to: Login,
    /// An empty directory.
    pub dir: PathBuf,
}

impl Stage {
    /// Starts all three.
    ///
    /// # Errors
    /// When Dovecot is not there or does not start.
    pub fn set() -> io::Result<Self> {
        let options = |in_memory: bool| Options { users: USERS, in_memory, ..Options::default() };
        let source = Server::start_with(Dovecot::dotted(), options(false))?;
        let plain = |fsync: Fsync| Dovecot { fsync, ..Dovecot::default() };
        let fsync = Server::start_with(plain(Fsync::Optimized), options(false))?;
        let memory = Server::start_with(plain(Fsync::Never), options(true))?;
        let room = tempfile::Builder::new().prefix("posthorse-bench-").tempdir()?;
        let authorities: io::Result<Vec<Vec<u8>>> =
            [&source, &fsync, &memory].iter().map(|server| fs::read(server.ca_file())).collect();
        fs::write(room.path().join("ca.pem"), authorities?.concat())?;
        Ok(Self { source, fsync, memory, room, used: 0, filled: 0 })
    }

    /// The mailbox's owner at the source.
    pub fn from(&self) -> Login {
        self.source.user(self.filled)
    }

    /// The server that is read.
    pub fn source(&self) -> &Server {
        &self.source
    }

    /// The server that is written.
    pub fn destination(&self, disk: &str) -> &Server {
        if disk == "memory" { &self.memory } else { &self.fsync }
    }

    /// All authorities, PEM.
    pub fn ca_file(&self) -> PathBuf {
        self.room.path().join("ca.pem")
    }

    /// A mailbox at the source with nothing but this from now on, numbered and indexed, so that the first run does not pay for
    /// it.
    ///
    /// # Errors
    /// When files cannot be written or the server does not answer.
    pub fn fill(&mut self, mailbox: &Mailbox) -> io::Result<()> {
        self.filled += 1;
        let login = self.from();
        self.source.seed(&login, mailbox)?;
        let (delimiter, prefix) = self.source.hierarchy();
        let mut client = self.source.client(&login)?;
        for folder in &mailbox.folders {
            client.command(&format!("SELECT {}", quote(&name::wire(&folder.path, &prefix, delimiter))))?;
            warm(&mut client, folder)?;
        }
        Ok(())
    }

    /// A mailbox and a directory that nobody has used.
    ///
    /// # Errors
    /// When all are used up or the directory cannot be made.
    pub fn fresh(&mut self, disk: &str) -> io::Result<Fresh> {
        self.used += 1;
        if self.used > USERS {
            return Err(io::Error::other("too many runs for one bench"));
        }
        let dir = self.room.path().join(format!("run{}", self.used));
        fs::create_dir(&dir)?;
        Ok(Fresh { to: self.destination(disk).user(self.used), dir })
    }

    /// Forgets the mail of so many octets that a run has left, now or at the end.
    ///
    /// # Errors
    /// When files cannot be removed.
    pub fn clear(&self, disk: &str, fresh: &Fresh, octets: u64) -> io::Result<()> {
        let server = self.destination(disk);
        let there = rustix::fs::statvfs(server.home())?;
        let full = there.f_bavail.saturating_mul(there.f_frsize) < FREE || there.f_favail < FREE_FILES;
        if full && disk != "memory" {
            eprintln!("bench: little room on the disk; what this run left is removed, which slows the next ones down");
        }
        if full || disk == "memory" || octets > KEPT { server.wipe(&fresh.to) } else { Ok(()) }
    }

    /// Messages at the destination, counted as files: nobody has to log in for it.
    ///
    /// # Errors
    /// When a directory cannot be read.
    pub fn arrived(&self, disk: &str, login: &Login) -> io::Result<u64> {
        Ok(sizes(&self.destination(disk).maildir(login))?.0)
    }

    /// Messages and octets at the source.
    ///
    /// # Errors
    /// When a directory cannot be read.
    pub fn waiting(&self) -> io::Result<(u64, u64)> {
        sizes(&self.source.maildir(&self.from()))
    }
}

fn warm(client: &mut Client, folder: &Folder) -> io::Result<()> {
    if folder.count() == 0 {
        return Ok(());
    }
    client.command("UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE)").map(drop)
}

/// Number of messages, and octets as IMAP serves them (`W=`, which the seeded files have in their names).
fn sizes(maildir: &Path) -> io::Result<(u64, u64)> {
    let mut folders = vec![maildir.to_owned()];
    folders.extend(entries(maildir)?.into_iter().filter(|path| path.is_dir()));
    let (mut messages, mut octets) = (0, 0);
    for folder in folders {
        for part in ["cur", "new"] {
            for path in entries(&folder.join(part))? {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let size = name.split_once(",W=").map(|(_, rest)| rest.split([',', ':']).next().unwrap_or_default());
                octets += size.and_then(|size| size.parse::<u64>().ok()).unwrap_or(0);
                messages += 1;
            }
        }
    }
    Ok((messages, octets))
}

/// Nothing when the directory is not there.
fn entries(dir: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(dir) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        read => read?.map(|entry| Ok(entry?.path())).collect(),
    }
}

/// What stands before both servers when they are far away.
pub struct Distance {
    source: Option<Proxy>,
    destination: Option<Proxy>,
    ports: (u16, u16),
}

impl Distance {
    /// Both servers, `rtt` milliseconds away.
    ///
    /// # Errors
    /// When no port or thread is to be had.
    pub fn between(source: &Server, destination: &Server, rtt: u64, tls: bool) -> io::Result<Self> {
        let port = |server: &Server| if tls { server.tls_port() } else { server.port() };
        if rtt == 0 {
            return Ok(Self { source: None, destination: None, ports: (port(source), port(destination)) });
        }
        let rules = Rules { rtt: Duration::from_millis(rtt), ..Rules::default() };
        let (here, there) = (Proxy::start(port(source), rules)?, Proxy::start(port(destination), rules)?);
        let ports = (here.port(), there.port());
        Ok(Self { source: Some(here), destination: Some(there), ports })
    }

    /// Where the servers are to be reached.
    pub fn ports(&self) -> (u16, u16) {
        self.ports
    }

    /// Turns of each connection so far, on both sides.
    pub fn turns(&self) -> (Vec<u64>, Vec<u64>) {
        let of = |proxy: &Option<Proxy>| proxy.as_ref().map(Proxy::turns).unwrap_or_default();
        (of(&self.source), of(&self.destination))
    }
}
