//! # Fetch
//! Commands that read messages, by UID and without setting `\Seen`.

use posthorse_domain::mail::{Uid, UidSet};

use super::{Command, Say, Unsayable};

/// Most octets of a UID set in one command: servers limit a line to 8,192 octets or less.
const MOST_OCTETS: usize = 4000;

/// Which messages a command names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range<'a> {
    /// These.
    Uids(&'a UidSet),
    /// From the first UID to the second, both included.
    Between(Uid, Uid),
    /// From this UID to the end. The last message answers even when its UID is lower (RFC 9051 §6.4.9).
    From(Uid),
}

impl Range<'_> {
    pub(super) fn spelled(&self) -> Result<String, Unsayable> {
        let (spelled, named) = match self {
            Self::Uids(uids) => (uids.to_string(), !uids.is_empty()),
            Self::Between(lo, hi) => (format!("{lo}:{hi}"), lo.get() > 0 && lo <= hi),
            Self::From(lo) => (format!("{lo}:*"), lo.get() > 0),
        };
        match spelled.len() {
            _ if !named => Err(Unsayable::NoUids),
            octets if octets > MOST_OCTETS => Err(Unsayable::SetTooLong(octets)),
            _ => Ok(spelled),
        }
    }
}

/// What is asked of each message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FetchItem {
    /// UID.
    Uid,
    /// FLAGS.
    Flags,
    /// INTERNALDATE.
    InternalDate,
    /// RFC822.SIZE.
    Size,
    /// MODSEQ, with CONDSTORE (RFC 7162).
    ModSeq,
    /// The header.
    Header,
    /// The whole message.
    // QUIRK: iCloud: `RFC822` answers nothing; BODY.PEEK[] does. It also leaves \Seen alone.
    Whole,
    /// X-GM-MSGID (Gmail).
    GmailId,
    /// X-GM-LABELS (Gmail).
    GmailLabels,
}

impl FetchItem {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Uid => "UID",
            Self::Flags => "FLAGS",
            Self::InternalDate => "INTERNALDATE",
            Self::Size => "RFC822.SIZE",
            Self::ModSeq => "MODSEQ",
            Self::Header => "BODY.PEEK[HEADER]",
            Self::Whole => "BODY.PEEK[]",
            Self::GmailId => "X-GM-MSGID",
            Self::GmailLabels => "X-GM-LABELS",
        }
    }
}

impl Command {
    /// UID FETCH (RFC 9051 §6.4.9); with `changed_since` only of messages with a higher mod-sequence (RFC 7162 §3.1.4.1).
    ///
    /// # Errors
    /// `Unsayable` when the range names no UID or is written in more than 4,000 octets.
    pub fn fetch(range: Range<'_>, items: &[FetchItem], changed_since: Option<u64>) -> Result<Self, Unsayable> {
        let names: Vec<&str> = items.iter().map(|item| item.as_str()).collect();
        let say = Say::verb("UID FETCH").word(&range.spelled()?).word(&format!("({})", names.join(" ")));
        Ok(Self::from(match changed_since {
            Some(modseq) => say.word(&format!("(CHANGEDSINCE {modseq})")),
            None => say,
        }))
    }

    /// UID SEARCH UID: which of these messages are there (RFC 9051 §6.4.9).
    ///
    /// # Errors
    /// As `fetch`.
    pub fn search(range: Range<'_>) -> Result<Self, Unsayable> {
        Ok(Self::from(Say::verb("UID SEARCH").word("UID").word(&range.spelled()?)))
    }
}
