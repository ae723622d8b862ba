//! # List
//! Commands that ask for folders and what is in them.

use posthorse_domain::mail::FolderName;

use super::{Command, Say};

/// What STATUS says of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatusItem {
    /// MESSAGES.
    Messages,
    /// UIDNEXT.
    UidNext,
    /// UIDVALIDITY.
    UidValidity,
    /// UNSEEN.
    Unseen,
    /// SIZE, with STATUS=SIZE (RFC 8438) or IMAP4rev2.
    Size,
    /// HIGHESTMODSEQ, with CONDSTORE (RFC 7162).
    HighestModSeq,
    /// APPENDLIMIT, with APPENDLIMIT (RFC 7889).
    AppendLimit,
}

impl StatusItem {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Messages => "MESSAGES",
            Self::UidNext => "UIDNEXT",
            Self::UidValidity => "UIDVALIDITY",
            Self::Unseen => "UNSEEN",
            Self::Size => "SIZE",
            Self::HighestModSeq => "HIGHESTMODSEQ",
            Self::AppendLimit => "APPENDLIMIT",
        }
    }
}

impl Command {
    /// NAMESPACE (RFC 2342).
    pub fn namespace() -> Self {
        Self::from(Say::verb("NAMESPACE"))
    }

    /// LIST of what `pattern` names; `*` and `%` in it are wildcards (RFC 9051 §6.3.9). The plain command of RFC 3501.
    pub fn list(pattern: &[u8]) -> Self {
        Self::from(Say::verb("LIST").text(b"").text(pattern))
    }

    /// The same with special uses (RFC 6154 §5.2).
    pub fn list_special(pattern: &[u8]) -> Self {
        Self::from(Say::verb("LIST").text(b"").text(pattern).word("RETURN (SPECIAL-USE)"))
    }

    /// LSUB (RFC 3501 §6.3.9).
    pub fn lsub(pattern: &[u8]) -> Self {
        Self::from(Say::verb("LSUB").text(b"").text(pattern))
    }

    /// STATUS (RFC 9051 §6.3.11), for a folder that is not open.
    pub fn status(folder: &FolderName, items: &[StatusItem]) -> Self {
        Self::from(Say::verb("STATUS").text(folder.raw()).word(&list_of(items)))
    }
}

fn list_of(items: &[StatusItem]) -> String {
    let names: Vec<&str> = items.iter().map(|item| item.as_str()).collect();
    format!("({})", names.join(" "))
}
