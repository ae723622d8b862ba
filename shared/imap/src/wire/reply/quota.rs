//! # Quota
//! How full a mailbox is (RFC 9208 §5.1).

use bytes::Bytes;

use crate::wire::Token;

/// One resource of a quota root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its name, e.g. `STORAGE` (in units of 1,024 octets) or `MESSAGE`.
    pub name: Bytes,
    /// What is used.
    pub usage: u64,
    /// What is allowed.
    pub limit: u64,
}

/// A quota root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Its name.
    pub root: Bytes,
    /// Its resources.
    pub resources: Vec<Resource>,
}

impl Quota {
    /// Reads what follows the word; none when there is no root. Resources that make no sense are left out.
    pub fn read(tokens: &[Token]) -> Option<Self> {
        let (root, rest) = tokens.split_first()?;
        let resources = rest.first().and_then(Token::list).unwrap_or_default();
        Some(Self { root: root.octets()?.clone(), resources: resources.chunks(3).filter_map(resource).collect() })
    }
}

fn resource(tokens: &[Token]) -> Option<Resource> {
    let [name, usage, limit] = tokens else { return None };
    Some(Resource { name: name.octets()?.clone(), usage: usage.number()?, limit: limit.number()? })
}
