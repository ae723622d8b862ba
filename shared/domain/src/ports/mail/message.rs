//! # Message
//! What servers tell of messages.

use bytes::Bytes;

use crate::mail::{Fingerprints, FlagPrint, Flags, Uid};

/// A message as a listing shows it, without its octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Its UID.
    pub uid: Uid,
    /// Flags that can be carried.
    pub flags: Flags,
    /// Flags that cannot, as spelled.
    pub odd_flags: Vec<String>,
    /// INTERNALDATE as spelled.
    pub internal_date: Option<Bytes>,
    /// RFC822.SIZE; a hint.
    pub size: u64,
    /// Where folders are labels.
    pub tags: Option<Tags>,
}

/// A message among labels (Gmail, X-GM-EXT-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tags {
    /// X-GM-MSGID: the same wherever the message shows up.
    pub id: u64,
    /// X-GM-LABELS, spelled as folder names are, or `\\Inbox` and the like; without that of the folder at hand.
    pub labels: Vec<Bytes>,
}

/// A message's header with what ranks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its UID.
    pub uid: Uid,
    /// How it is recognised.
    pub prints: Fingerprints,
    /// INTERNALDATE as an instant; ranks only.
    pub date: Option<i64>,
    /// RFC822.SIZE; ranks only.
    pub size: u64,
    /// Flags, where they are known; rank only.
    pub flags: Option<FlagPrint>,
}

/// A whole message as the source hands it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whole {
    /// Its exact octets.
    Octets(Bytes),
    /// It is gone.
    Vanished,
    /// The source lists it and does not hand it out; the server's words.
    Unreadable(String),
}
