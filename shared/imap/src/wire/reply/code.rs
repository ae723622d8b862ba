//! # Code
//! Response codes (RFC 9051 §7.1, RFC 5530 and others). Unknown ones, and known ones whose words make no sense, are kept
//! as they came.

use std::fmt;

use bytes::Bytes;
use posthorse_domain::mail::{Uid, UidSet, UidValidity};

use super::{number32, uid, words};
use crate::wire::Token;

/// A response code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// A person must see the text (RFC 9051 §7.1).
    Alert,
    /// RFC 9051.
    AlreadyExists,
    /// Wrong user or password (RFC 5530).
    AuthenticationFailed,
    /// Right password, but not this identity (RFC 5530).
    AuthorizationFailed,
    /// RFC 9051.
    BadCharset,
    /// It can never be done (RFC 5530).
    Cannot,
    /// The server says that we are wrong (RFC 5530).
    ClientBug,
    /// The folder that was open is not any more (RFC 7162).
    Closed,
    /// Compression is already on (RFC 4978).
    CompressionActive,
    /// RFC 5530.
    ContactAdmin,
    /// The server has lost data (RFC 5530).
    Corruption,
    /// RFC 5530.
    Expired,
    /// A message that was asked for is gone (RFC 5530).
    ExpungeIssued,
    /// RFC 9051.
    HasChildren,
    /// RFC 5530.
    InUse,
    /// Too many of something (RFC 5530).
    Limit,
    /// The folder keeps no mod-sequences (RFC 7162).
    NoModSeq,
    /// RFC 5530.
    NonExistent,
    /// RFC 5530.
    NoPerm,
    /// The mailbox is full; at a source also: enough traffic for today (RFC 5530).
    OverQuota,
    /// TLS is needed (RFC 5530).
    PrivacyRequired,
    /// RFC 9051.
    ReadOnly,
    /// RFC 9051.
    ReadWrite,
    /// RFC 5530.
    ServerBug,
    /// Too fast.
    // QUIRK: Gmail: an answer with this code may be OK and yet late.
    Throttled,
    /// The message is larger than the server takes (RFC 7889, RFC 4469).
    TooBig,
    /// The folder is not there, but could be made (RFC 9051).
    TryCreate,
    /// UIDs of this folder do not last (RFC 4315).
    UidNotSticky,
    /// A passing outage (RFC 5530).
    Unavailable,
    /// A special use that cannot be given (RFC 6154).
    UseAttr,
    /// Where APPENDed messages went (RFC 4315 §3).
    AppendUid {
        /// The folder's UIDVALIDITY.
        validity: UidValidity,
        /// The n-th is the n-th message's; none when they do not rise or are no UIDs, so that this cannot be told.
        uids: Option<UidSet>,
    },
    /// Where COPY put what (RFC 4315 §3).
    CopyUid {
        /// The other folder's UIDVALIDITY.
        validity: UidValidity,
        /// The n-th of the first set became the n-th of the second; none when this cannot be told.
        uids: Option<(UidSet, UidSet)>,
    },
    /// What the server can do, as spelled.
    Capability(Vec<Bytes>),
    /// RFC 7162.
    HighestModSeq(u64),
    /// As many messages as one command may name, and the lowest that was dealt with (RFC 9738).
    MessageLimit {
        /// Messages per command.
        messages: u64,
        /// The lowest UID that was dealt with.
        lowest: Option<Uid>,
    },
    /// The flags that the folder keeps, as spelled.
    PermanentFlags(Vec<Bytes>),
    /// A hint.
    UidNext(Uid),
    /// The folder's UIDVALIDITY, as it came: 0 is nonsense that servers say.
    UidValidity(UidValidity),
    /// Number of the first unseen message.
    Unseen(u32),
    /// Any other.
    Other {
        /// As spelled.
        name: Bytes,
        /// What follows.
        words: Vec<Token>,
    },
}

/// The codes that are only a name; whatever follows it is passed over.
const PLAIN: &[(Code, &str)] = &[
    (Code::Alert, "ALERT"),
    (Code::AlreadyExists, "ALREADYEXISTS"),
    (Code::AuthenticationFailed, "AUTHENTICATIONFAILED"),
    (Code::AuthorizationFailed, "AUTHORIZATIONFAILED"),
    (Code::BadCharset, "BADCHARSET"),
    (Code::Cannot, "CANNOT"),
    (Code::ClientBug, "CLIENTBUG"),
    (Code::Closed, "CLOSED"),
    (Code::CompressionActive, "COMPRESSIONACTIVE"),
    (Code::ContactAdmin, "CONTACTADMIN"),
    (Code::Corruption, "CORRUPTION"),
    (Code::Expired, "EXPIRED"),
    (Code::ExpungeIssued, "EXPUNGEISSUED"),
    (Code::HasChildren, "HASCHILDREN"),
    (Code::InUse, "INUSE"),
    (Code::Limit, "LIMIT"),
    (Code::NoModSeq, "NOMODSEQ"),
    (Code::NonExistent, "NONEXISTENT"),
    (Code::NoPerm, "NOPERM"),
    (Code::OverQuota, "OVERQUOTA"),
    (Code::PrivacyRequired, "PRIVACYREQUIRED"),
    (Code::ReadOnly, "READ-ONLY"),
    (Code::ReadWrite, "READ-WRITE"),
    (Code::ServerBug, "SERVERBUG"),
    (Code::Throttled, "THROTTLED"),
    (Code::TooBig, "TOOBIG"),
    (Code::TryCreate, "TRYCREATE"),
    (Code::UidNotSticky, "UIDNOTSTICKY"),
    (Code::Unavailable, "UNAVAILABLE"),
    (Code::UseAttr, "USEATTR"),
];

impl Code {
    /// None when nothing is between the brackets.
    pub fn read(tokens: &[Token]) -> Option<Self> {
        let (first, rest) = tokens.split_first()?;
        let name = first.octets()?;
        if let Some((plain, _)) = PLAIN.iter().find(|(_, spelled)| spelled.as_bytes().eq_ignore_ascii_case(name)) {
            return Some(plain.clone());
        }
        let known = Self::with_words(&name.to_ascii_uppercase(), rest);
        Some(known.unwrap_or_else(|| Self::Other { name: name.clone(), words: rest.to_vec() }))
    }

    fn with_words(name: &[u8], words_: &[Token]) -> Option<Self> {
        let first = words_.first();
        match name {
            b"APPENDUID" => append_uid(words_),
            b"COPYUID" => copy_uid(words_),
            b"CAPABILITY" => Some(Self::Capability(words(words_))),
            b"HIGHESTMODSEQ" => Some(Self::HighestModSeq(first?.number()?)),
            b"MESSAGELIMIT" => {
                Some(Self::MessageLimit { messages: first?.number()?, lowest: words_.get(1).and_then(uid) })
            }
            // The list's parentheses may be missing.
            b"PERMANENTFLAGS" => Some(Self::PermanentFlags(words(first.and_then(Token::list).unwrap_or(words_)))),
            b"UIDNEXT" => Some(Self::UidNext(uid(first?)?)),
            b"UIDVALIDITY" => Some(Self::UidValidity(UidValidity::new(number32(first?)?))),
            b"UNSEEN" => Some(Self::Unseen(number32(first?)?)),
            _ => None,
        }
    }
}

fn append_uid(words: &[Token]) -> Option<Code> {
    let validity = UidValidity::new(number32(words.first()?)?);
    let uids = words.get(1).and_then(Token::octets).and_then(|set| UidSet::parse_ascending(set));
    Some(Code::AppendUid { validity, uids })
}

fn copy_uid(words: &[Token]) -> Option<Code> {
    let validity = UidValidity::new(number32(words.first()?)?);
    let set = |at: usize| words.get(at).and_then(Token::octets).and_then(|set| UidSet::parse_ascending(set));
    let uids = set(1).zip(set(2)).filter(|(from, to)| from.len() == to.len());
    Some(Code::CopyUid { validity, uids })
}

impl fmt::Display for Code {
    /// Its name, for a report; of known codes with numbers, the numbers too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AppendUid { validity, uids: Some(uids) } => write!(f, "APPENDUID {validity} {uids}"),
            Self::AppendUid { validity, uids: None } => write!(f, "APPENDUID {validity}"),
            Self::CopyUid { validity, uids: Some((from, to)) } => write!(f, "COPYUID {validity} {from} {to}"),
            Self::CopyUid { validity, uids: None } => write!(f, "COPYUID {validity}"),
            Self::Capability(_) => f.write_str("CAPABILITY"),
            Self::HighestModSeq(number) => write!(f, "HIGHESTMODSEQ {number}"),
            Self::MessageLimit { messages, .. } => write!(f, "MESSAGELIMIT {messages}"),
            Self::PermanentFlags(_) => f.write_str("PERMANENTFLAGS"),
            Self::UidNext(uid) => write!(f, "UIDNEXT {uid}"),
            Self::UidValidity(validity) => write!(f, "UIDVALIDITY {validity}"),
            Self::Unseen(number) => write!(f, "UNSEEN {number}"),
            Self::Other { name, .. } => f.write_str(&String::from_utf8_lossy(name)),
            plain => f.write_str(PLAIN.iter().find(|(code, _)| code == plain).map_or("", |(_, spelled)| spelled)),
        }
    }
}
