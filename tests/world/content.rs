//! # Content
//! What stood where before, and what has to stand where in the end, as multisets of octets, flags and dates.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::server::{Folder, Mailbox, Message, Permanent, Profile, Quirk};

/// Both mailboxes before the first run.
#[derive(Clone, Debug, Default)]
pub struct Before {
    /// Source folders by wire name.
    pub source: BTreeMap<Vec<u8>, Folder>,
    /// Destination folders by wire name.
    pub destination: BTreeMap<Vec<u8>, Folder>,
    /// What others delivered to a destination folder meanwhile.
    pub foreign: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Before {
    /// Both mailboxes as they are.
    pub fn new(source: Mailbox, destination: Mailbox) -> Self {
        Self { source: source.folders, destination: destination.folders, foreign: Vec::new() }
    }
}

/// A message without its number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Piece {
    pub octets: Arc<[u8]>,
    pub flags: BTreeSet<String>,
    /// INTERNALDATE as an instant; none when the scenario or the server does not keep it.
    pub date: Option<i64>,
}

impl Piece {
    /// A message as it is.
    pub fn of(message: &Message) -> Self {
        Self {
            octets: Arc::clone(&message.octets),
            flags: message.flags.iter().chain(&message.keywords).cloned().collect(),
            date: Some(message.date.seconds),
        }
    }

    /// A source message as this server has to keep it, or the refusal of its octets.
    pub fn at_destination(message: &Message, profile: &Profile, folder: &Folder) -> Result<Self, String> {
        let octets = profile.stores(&message.octets)?;
        let keeps = |keyword: &&String| match profile.permanent(folder) {
            Permanent::Any | Permanent::Untold => true,
            Permanent::Only(kept) => kept.contains(*keyword),
        };
        let keywords = message.keywords.iter().filter(keeps);
        let carried =
            |flag: &&String| *flag != "\\Recent" && !(*flag == "\\Deleted" && profile.is(Quirk::DropsDeleted));
        let system = message.flags.iter().filter(carried);
        // What APPEND forgets can be set again; there is no other way to bring keywords, and `\\Deleted` is never set.
        let flags = match profile.is(Quirk::ForgetsFlags) {
            true => system.filter(|flag| *flag != "\\Deleted").cloned().collect(),
            false => system.chain(keywords).cloned().collect(),
        };
        Ok(Self { octets: octets.into(), flags, date: Some(message.date.seconds) })
    }

    /// Its Message-ID as spelled, if it has one.
    pub fn message_id(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.octets).into_owned();
        let header = text.split("\r\n\r\n").next().unwrap_or_default();
        let line = header.lines().find(|line| line.to_ascii_lowercase().starts_with("message-id:"))?;
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    }

    /// The subject, for people who read a complaint.
    pub fn subject(&self) -> String {
        let text = String::from_utf8_lossy(&self.octets).into_owned();
        let line = text.lines().find(|line| line.to_ascii_lowercase().starts_with("subject:"));
        line.map_or_else(|| format!("{} octets", self.octets.len()), str::to_owned)
    }
}

/// How often each of these is there.
pub fn counted<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for item in items {
        *counts.entry(item).or_default() += 1;
    }
    counts
}

/// Takes `part` out of `whole`; what was not in it is returned.
pub fn take_out(whole: &mut Vec<Piece>, part: &[Piece]) -> Vec<Piece> {
    let mut missing = Vec::new();
    for piece in part {
        match whole.iter().position(|other| other == piece) {
            Some(at) => {
                whole.remove(at);
            }
            None => missing.push(piece.clone()),
        }
    }
    missing
}
