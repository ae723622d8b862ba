//! # Folder
//! One folder and its messages, as the server keeps them. No protocol here.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::message::Message;

/// Which keywords a folder takes for good (PERMANENTFLAGS).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permanent {
    /// Any: `\*`.
    Any,
    /// Only these keywords.
    Only(BTreeSet<String>),
    /// No PERMANENTFLAGS line at all; any keyword is taken.
    Untold,
}

/// One folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The name as it goes over the wire.
    pub name: Vec<u8>,
    /// May be opened; otherwise `\Noselect`.
    pub selectable: bool,
    /// Listed as if it could be opened, but SELECT is refused with this answer.
    pub locked: Option<String>,
    /// Special-use and other attributes (RFC 6154), such as `\Sent`.
    pub attributes: Vec<String>,
    /// On the list of subscriptions.
    pub subscribed: bool,
    /// UIDVALIDITY.
    pub uidvalidity: u32,
    /// UIDNEXT.
    pub uidnext: u32,
    /// HIGHESTMODSEQ.
    pub modseq: u64,
    /// Messages by UID.
    pub messages: BTreeMap<u32, Message>,
    /// Keywords seen in this folder.
    pub keywords: BTreeSet<String>,
    /// What PERMANENTFLAGS says.
    pub permanent: Permanent,
    /// Grows when messages leave or appear out of order, so that views are built anew.
    pub(super) reshaped: u64,
    /// Some message is hidden.
    pub(super) hiding: bool,
}

impl Folder {
    /// An empty folder.
    pub fn new(name: &[u8], uidvalidity: u32) -> Folder {
        Folder {
            name: name.to_vec(),
            selectable: true,
            locked: None,
            attributes: Vec::new(),
            subscribed: false,
            uidvalidity,
            uidnext: 1,
            modseq: 1,
            messages: BTreeMap::new(),
            keywords: BTreeSet::new(),
            permanent: Permanent::Any,
            reshaped: 0,
            hiding: false,
        }
    }

    /// Stores a message under the next UID and returns that.
    pub fn add(&mut self, mut message: Message) -> u32 {
        let uid = self.uidnext;
        self.uidnext = self.uidnext.saturating_add(1);
        self.modseq += 1;
        message.uid = uid;
        message.modseq = self.modseq;
        self.keywords.extend(message.keywords.iter().cloned());
        self.hiding |= message.hidden_until.is_some();
        self.messages.insert(uid, message);
        uid
    }

    /// Removes a message.
    pub fn remove(&mut self, uid: u32) {
        if self.messages.remove(&uid).is_some() {
            self.modseq += 1;
            self.reshaped += 1;
        }
    }

    /// A new UIDVALIDITY; all messages are numbered anew from 1, in their order.
    pub fn renumber(&mut self, uidvalidity: u32) {
        self.uidvalidity = uidvalidity;
        self.uidnext = 1;
        self.reshaped += 1;
        for (_, message) in std::mem::take(&mut self.messages) {
            self.add(message);
        }
    }

    /// Shows what was hidden up to this instant.
    pub fn reveal(&mut self, now: Instant) {
        if !std::mem::take(&mut self.hiding) {
            return;
        }
        for message in self.messages.values_mut() {
            if message.hidden_until.is_some_and(|until| until <= now) {
                message.hidden_until = None;
                self.reshaped += 1;
            }
            self.hiding |= message.hidden_until.is_some();
        }
    }

    /// The messages that clients can see, by UID.
    pub fn shown(&self) -> impl Iterator<Item = &Message> {
        self.messages.values().filter(|message| message.hidden_until.is_none())
    }
}
