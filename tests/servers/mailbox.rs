//! # Mailbox
//! A generated mailbox: folders and messages as a server is expected to serve them.

use std::collections::{BTreeMap, BTreeSet};

/// The five system flags a client may set (RFC 9051 §2.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    /// `\Answered`
    Answered,
    /// `\Deleted`
    Deleted,
    /// `\Draft`
    Draft,
    /// `\Flagged`
    Flagged,
    /// `\Seen`
    Seen,
}

impl Flag {
    /// All five.
    pub const ALL: [Self; 5] = [Self::Answered, Self::Deleted, Self::Draft, Self::Flagged, Self::Seen];

    /// As IMAP spells it.
    #[must_use]
    pub fn imap(self) -> &'static str {
        match self {
            Self::Answered => "\\Answered",
            Self::Deleted => "\\Deleted",
            Self::Draft => "\\Draft",
            Self::Flagged => "\\Flagged",
            Self::Seen => "\\Seen",
        }
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// What the server serves: lines end in CRLF (a Maildir file of it has LF).
    pub octets: Vec<u8>,
    /// System flags.
    pub flags: BTreeSet<Flag>,
    /// Keywords; a Maildir folder can hold 26 different ones.
    pub keywords: BTreeSet<String>,
    /// INTERNALDATE in seconds since 1970, UTC.
    pub internal_date: i64,
}

/// Makes message number `index` of a folder; must give the same message whenever it is asked.
pub type Maker = fn(seed: u64, folder: u64, index: u64) -> Message;

/// Messages that are made one by one when they are wanted, so that a gigabyte of mail needs no gigabyte of memory.
#[derive(Debug, Clone, Copy)]
pub struct Made {
    /// Says with `folder` which messages.
    pub seed: u64,
    /// Number of the folder in its mailbox.
    pub folder: u64,
    /// How many.
    pub count: u64,
    /// How each is made.
    pub make: Maker,
}

/// One folder.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// Unicode names from the root down; `["INBOX"]` is the inbox. Prefix and delimiter are the server's affair.
    pub path: Vec<String>,
    /// Special use without backslash, such as `Sent` (RFC 6154), if the folder has one.
    pub special: Option<String>,
    /// Whether the user has subscribed to it.
    pub subscribed: bool,
    /// Made when wanted, first in the folder.
    pub made: Option<Made>,
    /// Held in memory, behind those.
    pub listed: Vec<Message>,
}

impl Folder {
    /// An empty, subscribed folder; `path` with `/` between the names.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self { path: path.split('/').map(str::to_owned).collect(), subscribed: true, ..Self::default() }
    }

    /// Adds messages.
    #[must_use]
    pub fn with(mut self, messages: impl IntoIterator<Item = Message>) -> Self {
        self.listed.extend(messages);
        self
    }

    /// Marks its special use (`Sent`, `Trash`, …).
    #[must_use]
    pub fn used_for(mut self, special: &str) -> Self {
        self.special = Some(special.to_owned());
        self
    }

    /// Leaves it out of the subscriptions.
    #[must_use]
    pub fn unsubscribed(mut self) -> Self {
        self.subscribed = false;
        self
    }

    /// Whether it is the inbox, which every server spells in its own case.
    #[must_use]
    pub fn is_inbox(&self) -> bool {
        matches!(self.path.as_slice(), [only] if only.eq_ignore_ascii_case("INBOX"))
    }

    /// How many messages it has.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.made.map_or(0, |made| made.count) + u64::try_from(self.listed.len()).unwrap_or(0)
    }

    /// The messages in their order; made ones come into being here.
    pub fn messages(&self) -> impl Iterator<Item = Message> + '_ {
        let made = self.made.into_iter();
        let made = made.flat_map(|made| (0..made.count).map(move |index| (made.make)(made.seed, made.folder, index)));
        made.chain(self.listed.iter().cloned())
    }
}

/// A whole mailbox.
#[derive(Debug, Clone, Default)]
pub struct Mailbox {
    /// Parents that are not named here do not exist as folders of their own (`\Noselect`).
    pub folders: Vec<Folder>,
}

impl Mailbox {
    /// How many messages it has in all folders.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.folders.iter().map(Folder::count).sum()
    }

    /// The folder at `path` (`/` between the names), to change it.
    pub fn folder_mut(&mut self, path: &str) -> Option<&mut Folder> {
        self.folders.iter_mut().find(|folder| folder.path.join("/") == path)
    }

    /// Special uses and the folders that have them, for the server's configuration: `Sent` → path.
    #[must_use]
    pub fn special(&self) -> BTreeMap<String, Vec<String>> {
        let named = self
            .folders
            .iter()
            .filter_map(|folder| folder.special.clone().map(|special| (special, folder.path.clone())));
        named.collect()
    }
}
