//! # Folder
//! What servers tell of folders.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Meta;
use crate::mail::{Delimiter, FolderName, Keyword, Permanent, SpecialUse, Uid, UidValidity};
use crate::migration::Failure;

/// A folder as LIST shows it (RFC 9051 §7.3.1), with STATUS where it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its name.
    pub name: FolderName,
    /// Its own delimiter; none means that it is flat.
    pub delimiter: Option<Delimiter>,
    /// `\Noselect` or `\NonExistent`: only a name on the way to others.
    pub container: bool,
    /// `\Noinferiors`: nothing can be made below it.
    pub childless: bool,
    /// RFC 6154.
    pub special_use: Option<SpecialUse>,
    /// A person subscribes to it.
    pub subscribed: bool,
    /// What STATUS says; none when it was not asked for or refused, or this is a container.
    pub status: Option<Census>,
}

/// What STATUS says of a folder (RFC 9051 §7.3.4). Hints, all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    /// MESSAGES.
    pub messages: Option<u32>,
    /// UIDNEXT.
    pub uid_next: Option<Uid>,
    /// UIDVALIDITY.
    pub validity: Option<UidValidity>,
    /// SIZE (RFC 8438).
    pub octets: Option<u64>,
    /// HIGHESTMODSEQ (RFC 7162).
    pub highest_modseq: Option<u64>,
}

/// All folders of a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// In the server's order.
    pub folders: Vec<Listed>,
    /// The personal namespace's prefix, e.g. `INBOX.` (RFC 2342).
    pub prefix: Vec<u8>,
    /// The personal namespace's delimiter.
    pub delimiter: Option<Delimiter>,
    /// Prefixes of other people's and shared folders; they are not this mailbox.
    pub foreign_prefixes: Vec<Vec<u8>>,
    /// Subscribed names, also of folders that are not there.
    pub subscriptions: BTreeSet<FolderName>,
    /// Octets that INBOX's quota has room for (RFC 9208); none when the server names no limit. A hint: what a server
    /// counts is not always what was sent.
    pub room: Option<u64>,
    /// Folders are labels here: a message shows up in each of its labels' folders (Gmail, X-GM-EXT-1).
    pub labels: bool,
}

/// A folder as SELECT or EXAMINE opens it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// None when the server gives none, or 0.
    pub validity: Option<UidValidity>,
    /// From SELECT, or from the STATUS before it.
    pub uid_next: Option<Uid>,
    /// EXISTS.
    pub exists: Option<u32>,
    /// What may be kept.
    pub permanent: Permanent,
    /// Keywords that the folder already has (FLAGS).
    pub keywords: BTreeSet<Keyword>,
    /// HIGHESTMODSEQ; none for NOMODSEQ or no CONDSTORE.
    pub highest_modseq: Option<u64>,
}

/// A folder to be looked at in passing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Which.
    pub folder: FolderName,
    /// List all its messages.
    pub list: bool,
}

/// What a look in passing showed.
#[derive(Clone, Debug)]
pub struct Glance {
    /// The folder, as it was opened.
    pub opened: Result<Opened, Failure>,
    /// All its messages, in UID order; none when nobody asked, or the server did not list all of them.
    pub listed: Option<Vec<Meta>>,
}
