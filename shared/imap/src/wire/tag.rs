//! # Tag
//! What joins a command and its answer (RFC 9051 §2.2.1).

use std::fmt;

use bytes::Bytes;

/// A command's tag: one of ours, or whatever a server put in its place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(Bytes);

impl Tag {
    /// The tag of the n-th command of a connection: `P1`, `P2`, …
    pub fn number(number: u64) -> Self {
        Self(Bytes::from(format!("P{number}")))
    }

    /// The number of a tag made by `number`; none for any other spelling.
    pub fn get(&self) -> Option<u64> {
        let digits = self.0.strip_prefix(b"P")?;
        let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
        (Self::number(number) == *self).then_some(number)
    }

    /// As spelled.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn heard(octets: Bytes) -> Self {
        Self(octets)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({self})")
    }
}
