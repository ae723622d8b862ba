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

    /// Octets that it still takes; none when it does not limit them. A limit of 0 is how some servers say "none".
    pub fn room(&self) -> Option<u64> {
        let storage = self.resources.iter().find(|resource| resource.name.eq_ignore_ascii_case(b"STORAGE"))?;
        (storage.limit > 0).then(|| storage.limit.saturating_sub(storage.usage).saturating_mul(1024))
    }
}

fn resource(tokens: &[Token]) -> Option<Resource> {
    let [name, usage, limit] = tokens else { return None };
    Some(Resource { name: name.octets()?.clone(), usage: usage.number()?, limit: limit.number()? })
}
