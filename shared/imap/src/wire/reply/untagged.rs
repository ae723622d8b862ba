//! # Untagged
//! Data that a server sends, asked for or not (RFC 9051 §7.2–7.4).

use bytes::Bytes;
use posthorse_domain::mail::{FolderName, Uid, UidSet};

use super::{ESearch, Fetch, FolderStatus, Listing, Namespaces, Quota, uid, words};
use crate::wire::Token;

/// Data that a server sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untagged {
    /// What the server can do, as spelled.
    Capability(Vec<Bytes>),
    /// What was switched on (RFC 5161).
    Enabled(Vec<Bytes>),
    /// Who the server says it is (RFC 2971): names and values.
    Id(Vec<(Bytes, Option<Bytes>)>),
    /// RFC 2342.
    Namespace(Namespaces),
    /// A folder.
    List(Listing),
    /// A subscribed name.
    Lsub(Listing),
    /// STATUS of a folder.
    Status(FolderStatus),
    /// Flags that the folder has, as spelled.
    Flags(Vec<Bytes>),
    /// How many messages the folder has; the last one said counts.
    Exists(u32),
    /// How many of them are recent.
    Recent(u32),
    /// A message, by its number, is gone.
    Expunge(u32),
    /// Messages are gone (RFC 7162 §3.2.10).
    Vanished {
        /// They were gone before this session.
        earlier: bool,
        /// Which.
        uids: UidSet,
    },
    /// Some of a message.
    Fetch(Fetch),
    /// What a search found, in the server's order: UIDs after UID SEARCH.
    Search(Vec<Uid>),
    /// RFC 4731.
    ESearch(ESearch),
    /// RFC 9208.
    Quota(Quota),
    /// Which quota roots a folder has.
    QuotaRoot {
        /// The folder.
        folder: FolderName,
        /// Its roots.
        roots: Vec<Bytes>,
    },
    /// Any other word, or data that makes no sense.
    Other,
}

impl Untagged {
    /// Reads the tokens of an untagged response that is no status.
    pub fn read(tokens: &[Token]) -> Self {
        Self::known(tokens).unwrap_or(Self::Other)
    }

    fn known(tokens: &[Token]) -> Option<Self> {
        let (first, rest) = tokens.split_first()?;
        if let Some(number) = first.number() {
            return numbered(u32::try_from(number).ok()?, rest);
        }
        let Token::Atom(word) = first else { return None };
        match word.to_ascii_uppercase().as_slice() {
            b"CAPABILITY" => Some(Self::Capability(words(rest))),
            b"ENABLED" => Some(Self::Enabled(words(rest))),
            b"ESEARCH" => Some(Self::ESearch(ESearch::read(rest))),
            b"FLAGS" => Some(Self::Flags(words(rest.first().and_then(Token::list).unwrap_or(rest)))),
            b"ID" => Some(Self::Id(pairs(rest.first()?.list()?))),
            b"LIST" | b"XLIST" => Listing::read(rest).map(Self::List),
            b"LSUB" => Listing::read(rest).map(Self::Lsub),
            b"NAMESPACE" => Some(Self::Namespace(Namespaces::read(rest))),
            b"QUOTA" => Quota::read(rest).map(Self::Quota),
            b"QUOTAROOT" => {
                let (folder, roots) = rest.split_first()?;
                Some(Self::QuotaRoot { folder: FolderName::from_raw(folder.octets()?.to_vec()), roots: words(roots) })
            }
            // Numbers only: MODSEQ may follow in a list (RFC 7162 §3.1.5).
            b"SEARCH" => Some(Self::Search(rest.iter().filter_map(uid).collect())),
            b"STATUS" => FolderStatus::read(rest).map(Self::Status),
            b"VANISHED" => vanished(rest),
            _ => None,
        }
    }
}

fn numbered(number: u32, rest: &[Token]) -> Option<Untagged> {
    let (word, rest) = rest.split_first()?;
    match word.octets()?.to_ascii_uppercase().as_slice() {
        b"EXISTS" => Some(Untagged::Exists(number)),
        b"EXPUNGE" => Some(Untagged::Expunge(number)),
        b"FETCH" => Some(Untagged::Fetch(Fetch::read(number, rest.first()?.list()?))),
        // RFC 9586 §3.3: once UIDONLY is on, the number in front is the UID.
        b"UIDFETCH" => {
            let fetch = Fetch::read(0, rest.first()?.list()?);
            Some(Untagged::Fetch(Fetch { uid: Some(Uid::new(number)).filter(|_| number > 0), ..fetch }))
        }
        b"RECENT" => Some(Untagged::Recent(number)),
        _ => None,
    }
}

fn vanished(rest: &[Token]) -> Option<Untagged> {
    let earlier = rest.first().and_then(Token::list).is_some_and(|list| list.iter().any(|word| word.is("EARLIER")));
    let uids = rest.iter().find_map(Token::octets)?;
    Some(Untagged::Vanished { earlier, uids: UidSet::parse(uids)? })
}

fn pairs(list: &[Token]) -> Vec<(Bytes, Option<Bytes>)> {
    list.chunks(2)
        .filter_map(|pair| Some((pair.first()?.octets()?.clone(), pair.get(1).and_then(Token::string).cloned())))
        .collect()
}
