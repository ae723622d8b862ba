//! # Stage
//! Both servers and the mail: an old hoster's folders on one side, a new one's on the other.

use std::error::Error;
use std::fs;
use std::io;
use std::path::Path;

use posthorse_tests::servers::profile::{self, DEMO_LIMIT};
use posthorse_tests::servers::{Dovecot, Folder, Login, Mailbox, Options, Server};

use crate::room::Room;

/// The same mailbox at every demo.
const SEED: u64 = 1;

/// Two running servers; they end when this is dropped.
pub struct Stage {
    /// Where the mail is.
    pub source: Server,
    /// Where it goes.
    pub destination: Server,
    messages: u64,
    folders: usize,
    octets: u64,
}

impl Stage {
    /// Starts the servers and fills the source.
    ///
    /// # Errors
    /// When a server does not start (the text says what to install) or a file cannot be written.
    pub fn set(room: &Room) -> Result<Self, Box<dyn Error>> {
        let options = |password: &str| Options { users: 1, password: password.into(), ..Options::default() };
        let source = Server::start_with(Dovecot::dotted(), options("left behind"))?;
        let limited = Dovecot { max_mail_size: Some(DEMO_LIMIT), ..Dovecot::slashed() };
        let destination = Server::start_with(limited, options("brand new"))?;
        let mailbox = profile::demo(SEED);
        source.seed(&source.user(1), &mailbox)?;
        let authorities = [fs::read(source.ca_file())?, fs::read(destination.ca_file())?].concat();
        fs::write(room.ca_file(), authorities)?;
        let (messages, folders, octets) = (mailbox.count(), mailbox.folders.len(), octets(&mailbox));
        Ok(Self { source, destination, messages, folders, octets })
    }

    /// The mailbox's owner at the source.
    pub fn from(&self) -> Login {
        self.source.user(1)
    }

    /// The same person at the destination.
    pub fn to(&self) -> Login {
        self.destination.user(1)
    }

    /// Messages at the source.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// Both sides in two lines.
    pub fn description(&self) -> String {
        format!(
            "source:       port {}, folders like \"INBOX.Sent Messages\"; {} messages, {:.0} MB in {} folders\n\
             destination:  port {}, folders like \"Sent\"; empty, takes no message above {:.0} MB",
            self.source.tls_port(),
            self.messages,
            megabytes(self.octets),
            self.folders,
            self.destination.tls_port(),
            megabytes(DEMO_LIMIT)
        )
    }

    /// Messages that lie at the destination by now, counted as files.
    ///
    /// # Errors
    /// When a directory cannot be read.
    pub fn arrived(&self) -> io::Result<u64> {
        let maildir = self.destination.maildir(&self.to());
        let mut count = files(&maildir)?;
        for folder in entries(&maildir)? {
            if folder.file_name().to_string_lossy().starts_with('.') {
                count += files(&folder.path())?;
            }
        }
        Ok(count)
    }
}

/// Messages of one Maildir: those in `cur` and `new` (what lies in `tmp` has not arrived).
fn files(maildir: &Path) -> io::Result<u64> {
    let messages = entries(&maildir.join("cur"))?.len() + entries(&maildir.join("new"))?.len();
    u64::try_from(messages).map_err(io::Error::other)
}

/// Nothing when the directory is not there: the server makes it when it is first needed.
fn entries(dir: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(dir) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        read => read?.collect(),
    }
}

fn octets(mailbox: &Mailbox) -> u64 {
    let sizes = mailbox.folders.iter().flat_map(Folder::messages).map(|message| message.octets.len());
    sizes.filter_map(|octets| u64::try_from(octets).ok()).sum()
}

fn megabytes(octets: u64) -> f64 {
    f64::from(u32::try_from(octets / 1000).unwrap_or(u32::MAX)) / 1000.0
}
