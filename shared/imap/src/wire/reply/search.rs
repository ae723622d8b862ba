//! # Extended search
//! What an extended search found (RFC 4731, RFC 9051 §7.3.4).

use bytes::Bytes;
use posthorse_domain::mail::{Uid, UidSet};

use super::uid;
use crate::wire::Token;

/// What an extended search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ESearch {
    /// The tag of the command that it answers.
    pub tag: Option<Bytes>,
    /// The numbers are UIDs.
    pub uid: bool,
    /// ALL; none when nothing was found, or it was not asked for.
    pub all: Option<UidSet>,
    /// COUNT.
    pub count: Option<u64>,
    /// MIN.
    pub min: Option<Uid>,
    /// MAX.
    pub max: Option<Uid>,
    /// MODSEQ.
    pub modseq: Option<u64>,
}

impl ESearch {
    /// Reads what follows the word.
    pub fn read(tokens: &[Token]) -> Self {
        let mut found = Self::default();
        let mut rest = tokens.iter();
        while let Some(token) = rest.next() {
            match token {
                Token::List(correlator) => found.tag = correlator.get(1).and_then(Token::octets).cloned(),
                _ if token.is("UID") => found.uid = true,
                _ if token.is("ALL") => {
                    found.all = rest.next().and_then(Token::octets).and_then(|set| UidSet::parse(set))
                }
                _ if token.is("COUNT") => found.count = rest.next().and_then(Token::number),
                _ if token.is("MIN") => found.min = rest.next().and_then(uid),
                _ if token.is("MAX") => found.max = rest.next().and_then(uid),
                _ if token.is("MODSEQ") => found.modseq = rest.next().and_then(Token::number),
                _ => {}
            }
        }
        found
    }
}
