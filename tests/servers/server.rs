//! # Server
//! A throw-away IMAP server on loopback ports: started, seeded, emptied, stopped.

use std::fs;
use std::io::{self, Read};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::appending;
use super::certificate::Certificate;
use super::client::{Client, quote};
use super::courier;
use super::kind::Kind;
use super::mailbox::{Folder, Mailbox};
use super::maildir::{self, Keeper};
use super::name;
use super::place::{self, Place};
use super::process::Process;
use super::validity;

/// Servers answer within half a second; a machine that builds at the same time gets more.
const START: Duration = Duration::from_secs(20);
/// How often a start is tried when another program took the port meanwhile.
const TRIES: u32 = 4;

/// What all kinds have in common.
#[derive(Debug, Clone)]
pub struct Options {
    /// Users `user1` … `userN`.
    pub users: u32,
    /// Everybody's password; no colon, no line end.
    pub password: String,
    /// What the TLS port shows.
    pub certificate: Certificate,
    /// Kept in memory (`/dev/shm`): nothing it does waits for a disk.
    pub in_memory: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { users: 20, password: "secret".into(), certificate: Certificate::Good, in_memory: false }
    }
}

/// A user and password that the server accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Login name.
    pub user: String,
    /// Password.
    pub password: String,
}

/// A running server; ends, with all it stored, when dropped.
#[derive(Debug)]
pub struct Server {
    kind: Kind,
    process: Option<Process>,
    place: Place,
    home: TempDir,
}

impl Server {
    /// Starts a server with twenty users and waits until it greets.
    ///
    /// # Errors
    /// When it is not installed (the text says what to run) or does not come up (with the end of its log).
    pub fn start(kind: impl Into<Kind>) -> io::Result<Self> {
        Self::start_with(kind, Options::default())
    }

    /// The same with chosen users, password and certificate.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_with(kind: impl Into<Kind>, options: Options) -> io::Result<Self> {
        let kind = kind.into();
        let mut failure = io::Error::other("never tried");
        for _ in 0..TRIES {
            match Self::try_start(kind.clone(), options.clone()) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => failure = error,
                other => return other,
            }
        }
        Err(failure)
    }

    fn try_start(kind: Kind, options: Options) -> io::Result<Self> {
        let home = place::home(Path::new(if options.in_memory { "/dev/shm" } else { "/tmp" }))?;
        let place = place::place(home.path(), options)?;
        kind.prepare(&place)?;
        let mut server = Self { kind, process: None, place, home };
        server.run()?;
        Ok(server)
    }

    fn run(&mut self) -> io::Result<()> {
        let process = self.process.insert(self.kind.run(&self.place)?);
        let greeting = self.kind.greeting(&self.place);
        let end = Instant::now() + START;
        while Instant::now() < end {
            if greets(self.place.port.number(), greeting) {
                return Ok(());
            }
            if process.ended()?.is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let log = self.log();
        let taken = log.contains("Address already in use");
        let kind = if taken { io::ErrorKind::AddrInUse } else { io::ErrorKind::Other };
        Err(io::Error::new(kind, format!("the server did not come up:\n{log}")))
    }

    /// Stops it and starts it again on the same ports with the same mail.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn restart(&mut self) -> io::Result<()> {
        self.stop()?;
        self.run()
    }

    /// Stops it and keeps the mail: from now on connections are refused, until [`Server::restart`].
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn stop(&mut self) -> io::Result<()> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        // Courier has nothing to write down, and its first process does not hear SIGTERM.
        if let Kind::Courier(_) = self.kind { process.kill() } else { process.stop() }
    }

    /// Its pid, for measuring.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::pid)
    }

    /// The port without TLS (STARTTLS offered).
    #[must_use]
    pub fn port(&self) -> u16 {
        self.place.port.number()
    }

    /// The port with TLS from the first octet.
    #[must_use]
    pub fn tls_port(&self) -> u16 {
        self.place.tls_port.number()
    }

    /// Its own certificate, PEM.
    #[must_use]
    pub fn certificate_file(&self) -> &Path {
        &self.place.tls.certificate
    }

    /// The authority to trust, PEM.
    #[must_use]
    pub fn ca_file(&self) -> &Path {
        &self.place.tls.ca
    }

    /// The directory with everything the server has: configuration, `log`, mail. Gone when the server is dropped.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// User number `n`, from 1.
    #[must_use]
    pub fn user(&self, n: u32) -> Login {
        self.place.login(n)
    }

    /// Delimiter and prefix of the personal namespace.
    #[must_use]
    pub fn hierarchy(&self) -> (char, String) {
        self.kind.hierarchy()
    }

    /// Where the user's Maildir is, for a kind that has one.
    #[must_use]
    pub fn maildir(&self, login: &Login) -> PathBuf {
        self.place.dir.join("mail").join(&login.user).join("Maildir")
    }

    /// Adds a mailbox: as files where the server keeps Maildir, else by APPEND.
    ///
    /// # Errors
    /// When writing fails or the server refuses a message.
    pub fn seed(&self, login: &Login, mailbox: &Mailbox) -> io::Result<()> {
        let Some(keeper) = self.kind.keeper() else {
            let (delimiter, prefix) = self.hierarchy();
            return appending::seed(&mut self.client(login)?, mailbox, &prefix, delimiter);
        };
        let maildir = self.maildir(login);
        let home = maildir.parent().unwrap_or(&maildir);
        fs::create_dir_all(home)?;
        self.place.give(home)?;
        maildir::seed(&maildir, mailbox, keeper, self.place.ids)?;
        if keeper == Keeper::Courier { self.number(login, mailbox) } else { Ok(()) }
    }

    // QUIRK: Courier 5.0 numbers the messages only on SELECT; until then each EXAMINE shows another UIDVALIDITY.
    fn number(&self, login: &Login, mailbox: &Mailbox) -> io::Result<()> {
        let (mut client, (delimiter, prefix)) = (self.client(login)?, self.hierarchy());
        for folder in &mailbox.folders {
            client.command(&format!("SELECT {}", quote(&name::wire(&folder.path, &prefix, delimiter))))?;
        }
        Ok(())
    }

    /// A logged-in connection without TLS.
    ///
    /// # Errors
    /// When the server does not answer or refuses the login.
    pub fn client(&self, login: &Login) -> io::Result<Client> {
        Client::login(self.port(), login)
    }

    /// Empties one user's mailbox; nobody may be logged in as that user.
    ///
    /// # Errors
    /// When files cannot be removed.
    pub fn wipe(&self, login: &Login) -> io::Result<()> {
        if let Kind::Cyrus(_) = self.kind {
            return appending::wipe(&mut self.client(login)?);
        }
        match fs::remove_dir_all(self.place.dir.join("mail").join(&login.user)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if let Kind::Courier(_) = self.kind { courier::make_maildir(&self.place, &login.user) } else { Ok(()) }
    }

    /// Gives a folder (`/` between Unicode names) another UIDVALIDITY and returns it. Nobody may have it open.
    /// Maildir servers keep the UIDs; elsewhere the messages get new ones, and the inbox cannot be changed.
    ///
    /// # Errors
    /// When the folder does not exist or the server refuses.
    pub fn change_uidvalidity(&self, login: &Login, folder: &str) -> io::Result<u32> {
        let folder = Folder::new(folder);
        let (delimiter, prefix) = self.hierarchy();
        let wire = name::wire(&folder.path, &prefix, delimiter);
        let mut client = self.client(login)?;
        let Some(keeper) = self.kind.keeper() else { return validity::replace(&mut client, &wire) };
        client.command(&format!("SELECT {}", quote(&wire)))?;
        drop(client);
        let at = maildir::directory(&self.maildir(login), &folder, keeper)?;
        validity::edit(&at, keeper, self.place.ids)
    }

    /// What the server has logged so far (at most its last 4 KiB).
    #[must_use]
    pub fn log(&self) -> String {
        let log = fs::read(self.place.dir.join("log")).unwrap_or_default();
        let tail = log.get(log.len().saturating_sub(4096)..).unwrap_or_default();
        String::from_utf8_lossy(tail).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.take());
        if thread::panicking() {
            let kept = std::env::temp_dir().join(format!("{}.log", self.place.token));
            if fs::copy(self.home.path().join("log"), &kept).is_ok() {
                eprintln!("the server's log: {}", kept.display());
            }
        }
    }
}

fn greets(port: u16, token: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let mut greeting = [0; 512];
    let read =
        stream.set_read_timeout(Some(Duration::from_secs(5))).and_then(|()| stream.read(&mut greeting)).unwrap_or(0);
    let greeting = String::from_utf8_lossy(greeting.get(..read).unwrap_or_default()).into_owned();
    greeting.starts_with("* OK") && greeting.contains(token)
}
