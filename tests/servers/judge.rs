//! # Judge
//! Runs `compare.py` on two live mailboxes and reads its verdict.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use tempfile::TempDir;

use super::server::{Login, Server};

/// A server's known rewriting that is not held against a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    /// Cyrus: octets from 0x80 in headers become `X`.
    Cyrus8Bit,
    /// Dovecot: NUL becomes 0x80.
    DovecotNul,
    /// Courier: bare CR is dropped, the last line gets an end.
    CourierCrlf,
    /// Dovecot and Courier: bare LF becomes CRLF.
    BareNewline,
    /// Messages may stand in another order.
    Order,
    /// Subscriptions need not have been carried.
    Subscriptions,
    /// Destination folders that nothing maps to may hold mail.
    Extra,
}

impl Tolerance {
    fn argument(self) -> &'static str {
        match self {
            Self::Cyrus8Bit => "--cyrus-8bit",
            Self::DovecotNul => "--dovecot-nul",
            Self::CourierCrlf => "--courier-crlf",
            Self::BareNewline => "--bare-newline",
            Self::Order => "--any-order",
            Self::Subscriptions => "--any-subscriptions",
            Self::Extra => "--any-extra",
        }
    }
}

/// Counts over all folders; all faults are 0 when the mailboxes are equal.
#[derive(Debug, Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct Totals {
    /// Messages in the source folders that were to be carried.
    pub source: u64,
    /// Messages in the destination folders they map to.
    pub destination: u64,
    /// Pairs with the same octets (after the tolerated rewriting).
    pub same: u64,
    /// Of these, pairs that a tolerated rewriting has changed.
    pub rewritten: u64,
    /// Source messages that were to be absent.
    pub quarantined: u64,
    /// Destination messages of somebody else.
    pub foreign: u64,
    /// Fault: source messages without a partner.
    pub missing: u64,
    /// Fault: destination messages the source never had.
    pub extra: u64,
    /// Fault: destination messages more often there than at the source.
    pub duplicate: u64,
    /// Fault: the same letter with other octets.
    pub changed: u64,
    /// Fault: pairs whose system flags differ.
    pub flags_differ: u64,
    /// Fault: pairs whose keywords differ.
    pub keywords_differ: u64,
    /// Fault: pairs whose INTERNALDATE is another instant.
    pub dates_differ: u64,
    /// Fault: messages to be moved to restore the order.
    pub order_differ: u64,
    /// Fault: destination folders that do not exist.
    pub folders_missing: u64,
    /// Fault: subscribed folders whose destination is not.
    pub subscriptions_missing: u64,
    /// Fault: messages that were to be absent and are not.
    pub quarantined_present: u64,
    /// Fault: differences between the source and its snapshot.
    pub source_touched: u64,
}

/// What the judge found.
#[derive(Debug, Clone, Deserialize)]
pub struct Verdict {
    /// No fault at all.
    pub equal: bool,
    /// Sums over all folders.
    pub totals: Totals,
    /// Per destination folder (names joined by `/`, prefix dropped), with examples of each fault.
    pub folders: BTreeMap<String, serde_json::Value>,
    /// What the source's snapshot disagrees with (at most twenty).
    pub touched: Vec<serde_json::Value>,
    /// The readable summary; empty when equal.
    #[serde(skip)]
    pub text: String,
}

/// A comparison to be made, as often as wanted.
#[derive(Debug)]
pub struct Judge {
    source: String,
    destination: Option<String>,
    arguments: Vec<String>,
    scratch: TempDir,
}

impl Judge {
    /// Of a source alone: for [`Judge::snapshot`] and [`Judge::untouched`].
    ///
    /// # Errors
    /// When no temporary directory can be made.
    pub fn of(server: &Server, login: &Login) -> io::Result<Self> {
        let scratch = tempfile::tempdir()?;
        Ok(Self { source: side(server, login), destination: None, arguments: Vec::new(), scratch })
    }

    /// Against a destination.
    #[must_use]
    pub fn against(mut self, server: &Server, login: &Login) -> Self {
        self.destination = Some(side(server, login));
        self
    }

    /// Expects `source` and its children at `destination`; names as the servers spell them, in Unicode.
    #[must_use]
    pub fn map(self, source: &str, destination: &str) -> Self {
        let escape = |name: &str| name.replace('=', "\\=");
        self.argument("--map", &format!("{}={}", escape(source), escape(destination)))
    }

    /// Expects nothing of `folder` and its children.
    #[must_use]
    pub fn exclude(self, folder: &str) -> Self {
        self.argument("--exclude", folder)
    }

    /// Does not hold this rewriting against the destination.
    #[must_use]
    pub fn tolerate(mut self, tolerance: Tolerance) -> Self {
        self.arguments.push(tolerance.argument().to_owned());
        self
    }

    /// Expects the messages of `file` to be absent: a JSON list of `{folder, uid}` or a migration's report.
    #[must_use]
    pub fn without(self, file: &Path) -> Self {
        let file = file.display().to_string();
        self.argument("--quarantined", &file)
    }

    /// Takes destination messages with this header for somebody else's mail.
    #[must_use]
    pub fn foreign(self, header: &str) -> Self {
        self.argument("--foreign", header)
    }

    fn argument(mut self, name: &str, value: &str) -> Self {
        self.arguments.push(format!("{name}={value}"));
        self
    }

    /// Compares source and destination.
    ///
    /// # Errors
    /// When there is no verdict: a server does not answer, a folder cannot be read.
    pub fn compare(&self) -> io::Result<Verdict> {
        self.run(self.destination.as_deref(), &[])
    }

    /// Writes down the whole source; the file lives as long as this judge.
    ///
    /// # Errors
    /// As [`Judge::compare`].
    pub fn snapshot(&self) -> io::Result<PathBuf> {
        let file = self.scratch.path().join("snapshot.json");
        self.run(None, &[format!("--snapshot={}", file.display())])?;
        Ok(file)
    }

    /// Compares the source with a snapshot of it: UIDVALIDITY, UIDs, flags, dates, octets, subscriptions.
    ///
    /// # Errors
    /// As [`Judge::compare`].
    pub fn untouched(&self, snapshot: &Path) -> io::Result<Verdict> {
        self.run(None, &[format!("--source-untouched={}", snapshot.display())])
    }

    fn run(&self, destination: Option<&str>, more: &[String]) -> io::Result<Verdict> {
        let file = self.scratch.path().join("verdict.json");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/servers/compare.py");
        let mut command = Command::new("python3");
        command.arg(script).arg(&self.source).args(destination).arg(format!("--json={}", file.display()));
        let out = command.args(&self.arguments).args(more).output()?;
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        if !matches!(out.status.code(), Some(0 | 1)) || !file.exists() {
            return Err(io::Error::other(text));
        }
        let verdict: Verdict = serde_json::from_slice(&fs::read(&file)?)?;
        fs::remove_file(&file)?;
        Ok(Verdict { text, ..verdict })
    }
}

fn side(server: &Server, login: &Login) -> String {
    format!("127.0.0.1:{}:{}:{}", server.port(), login.user, login.password)
}
