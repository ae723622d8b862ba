//! # Message
//! One stored message.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::time::Instant;

use super::date::Date;
use super::mailbox::holds;

/// One stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its number in its folder, while the folder's UIDVALIDITY stands.
    pub uid: u32,
    /// System flags, `\Seen` and so on, in RFC 3501 spelling.
    pub flags: BTreeSet<String>,
    /// Keywords as they were spelled.
    pub keywords: BTreeSet<String>,
    /// INTERNALDATE.
    pub date: Date,
    /// INTERNALDATE told in these words instead.
    pub date_words: Option<String>,
    /// RFC822.SIZE told as this number instead.
    pub size_told: Option<u64>,
    /// The message itself.
    pub octets: Arc<[u8]>,
    /// MODSEQ (RFC 7162).
    pub modseq: u64,
    /// X-GM-MSGID; messages with the same one are one message (Gmail).
    pub gmail_id: Option<u64>,
    /// It came by APPEND.
    pub appended: bool,
    /// Stored, but not shown before this instant.
    pub hidden_until: Option<Instant>,
}

impl Message {
    /// A message without flags, of 17 July 2010, 09:44:25 UTC, told at -0700.
    pub fn plain(octets: Vec<u8>) -> Message {
        Message {
            uid: 0,
            flags: BTreeSet::new(),
            keywords: BTreeSet::new(),
            date: Date { seconds: 1_279_359_865, zone: -420 },
            date_words: None,
            size_told: None,
            octets: octets.into(),
            modseq: 0,
            gmail_id: None,
            appended: false,
            hidden_until: None,
        }
    }

    /// Whether the octets hold this text.
    pub fn holds(&self, text: &[u8]) -> bool {
        holds(&self.octets, text)
    }

    /// The octets as text, for assertions.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.octets).into_owned()
    }

    /// Flags and keywords, sorted.
    pub fn all_flags(&self) -> Vec<String> {
        self.flags.iter().chain(&self.keywords).cloned().collect()
    }
}
