//! # Namespaces
//! Where a mailbox's own, other people's and shared folders begin (RFC 2342).

use posthorse_domain::mail::Delimiter;

use super::listing::read_delimiter;
use crate::wire::Token;

/// One namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// What its folders' names begin with, e.g. `INBOX.`.
    pub prefix: Vec<u8>,
    /// Its delimiter; none means that it is flat.
    pub delimiter: Option<Delimiter>,
}

/// All namespaces, each kind in the server's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespaces {
    /// The mailbox's own.
    pub personal: Vec<Namespace>,
    /// Other people's.
    pub other: Vec<Namespace>,
    /// Shared.
    pub shared: Vec<Namespace>,
}

impl Namespaces {
    /// Reads what follows the word; a kind that is missing or NIL is empty.
    pub fn read(tokens: &[Token]) -> Self {
        let kind =
            |at: usize| tokens.get(at).and_then(Token::list).unwrap_or_default().iter().filter_map(one).collect();
        Self { personal: kind(0), other: kind(1), shared: kind(2) }
    }
}

fn one(token: &Token) -> Option<Namespace> {
    let [prefix, rest @ ..] = token.list()? else { return None };
    let prefix = prefix.string().map(|octets| octets.to_vec()).unwrap_or_default();
    Some(Namespace { prefix, delimiter: rest.first().and_then(read_delimiter) })
}
