//! # Maildir
//! Writes a generated mailbox as Maildir++ files for a server that keeps its mail so.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use super::keywords::Keywords;
use super::mailbox::{Folder, Mailbox, Message};
use super::name;

/// Who keeps notes in the folders beside the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper {
    /// Keywords as letters in file names, spelled out in `dovecot-keywords`.
    Dovecot,
    /// Keywords in a directory of its own, subscriptions under full names.
    Courier,
}

/// The user and group the files must belong to; `None`: ours.
pub type Owner = Option<(u32, u32)>;

/// Adds `mailbox` to the Maildir at `root`; folders that exist get the messages on top.
///
/// # Errors
/// When a name holds a dot (Maildir++ cannot have that), a folder has more than 26 keywords, or writing fails.
pub fn seed(root: &Path, mailbox: &Mailbox, keeper: Keeper, owner: Owner) -> io::Result<()> {
    make(root, owner)?;
    for folder in &mailbox.folders {
        let at = directory(root, folder, keeper)?;
        make(&at, owner)?;
        if at != root {
            own(&at.join("maildirfolder"), b"", owner)?;
        }
        let mut keywords = Keywords::read(&at, keeper);
        for message in folder.messages() {
            write(&at, &message, &mut keywords, owner)?;
        }
        keywords.save(&at, owner)?;
    }
    subscribe(root, mailbox, keeper, owner)
}

/// Where a folder lives: its names behind dots.
///
/// # Errors
/// When a name holds a dot or a slash.
pub fn directory(root: &Path, folder: &Folder, keeper: Keeper) -> io::Result<PathBuf> {
    if folder.is_inbox() {
        return Ok(root.to_owned());
    }
    if folder.path.iter().any(|name| name.contains(['.', '/'])) {
        return Err(io::Error::other(format!("Maildir++ cannot name {:?}", folder.path)));
    }
    Ok(root.join(format!(".{}", spelled(folder, keeper))))
}

/// Dovecot keeps names in modified UTF-7, Courier since version 5 in UTF-8.
fn spelled(folder: &Folder, keeper: Keeper) -> String {
    match keeper {
        Keeper::Dovecot => name::wire(&folder.path, "", '.'),
        Keeper::Courier => folder.path.join("."),
    }
}

pub(super) fn make(at: &Path, owner: Owner) -> io::Result<()> {
    for part in ["", "cur", "new", "tmp"] {
        let directory = at.join(part);
        fs::create_dir_all(&directory)?;
        give(&directory, owner)?;
    }
    Ok(())
}

pub(super) fn give(path: &Path, owner: Owner) -> io::Result<()> {
    owner.map_or(Ok(()), |(user, group)| chown(path, Some(user), Some(group)))
}

pub(super) fn own(path: &Path, octets: &[u8], owner: Owner) -> io::Result<()> {
    fs::write(path, octets)?;
    give(path, owner)
}

/// File names rise for the life of the process, so that every server numbers the messages in our order.
fn write(at: &Path, message: &Message, keywords: &mut Keywords, owner: Owner) -> io::Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let stored = lines_end_in_lf(&message.octets);
    let base = format!("{}.M{next}P1.posthorse,S={},W={}", 1_000_000_000 + next, stored.len(), message.octets.len());
    let path = at.join("cur").join(format!("{base}:2,{}", keywords.letters(&base, message)?));
    let mut file = File::create(&path)?;
    file.write_all(&stored)?;
    let date = Duration::from_secs(message.internal_date.unsigned_abs());
    let date = if message.internal_date < 0 { SystemTime::UNIX_EPOCH - date } else { SystemTime::UNIX_EPOCH + date };
    file.set_modified(date)?;
    give(&path, owner)
}

/// Maildir stores LF and the server serves CRLF; other CRs stay.
fn lines_end_in_lf(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len());
    let mut next = octets.iter().copied().peekable();
    while let Some(octet) = next.next() {
        if !(octet == b'\r' && next.peek() == Some(&b'\n')) {
            out.push(octet);
        }
    }
    out
}

fn subscribe(root: &Path, mailbox: &Mailbox, keeper: Keeper, owner: Owner) -> io::Result<()> {
    let (file, prefix) = match keeper {
        Keeper::Dovecot => ("subscriptions", ""),
        Keeper::Courier => ("courierimapsubscribed", "INBOX."),
    };
    let path = root.join(file);
    let before = fs::read_to_string(&path).unwrap_or_default();
    let mut names: BTreeSet<String> = before.lines().map(str::to_owned).collect();
    let wanted = mailbox.folders.iter().filter(|folder| folder.subscribed);
    names.extend(wanted.map(|folder| {
        let prefix = if folder.is_inbox() { "" } else { prefix };
        format!("{prefix}{}", spelled(folder, keeper))
    }));
    let lines: String = names.iter().map(|name| format!("{name}\n")).collect();
    own(&path, lines.as_bytes(), owner)
}
