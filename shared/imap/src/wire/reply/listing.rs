//! # Listing
//! A folder as LIST or LSUB shows it (RFC 9051 §7.3.1).

use bytes::Bytes;
use posthorse_domain::mail::{Delimiter, FolderName};

use super::words;
use crate::wire::Token;

/// A folder as LIST or LSUB shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Its attributes as spelled, e.g. `\Noselect`; in any case.
    pub attributes: Vec<Bytes>,
    /// Its own delimiter; none means that it is flat.
    pub delimiter: Option<Delimiter>,
    /// Its name.
    pub name: FolderName,
    /// Extended data (RFC 5258), as it came.
    pub extended: Vec<Token>,
}

impl Listing {
    /// Reads what follows the word; none when there is no name.
    pub fn read(tokens: &[Token]) -> Option<Self> {
        let [attributes, delimiter, name, extended @ ..] = tokens else { return None };
        Some(Self {
            attributes: words(attributes.list()?),
            delimiter: read_delimiter(delimiter),
            name: FolderName::from_raw(name.octets()?.to_vec()),
            extended: extended.first().and_then(Token::list).unwrap_or_default().to_vec(),
        })
    }

    /// True when it has this attribute, in any case.
    pub fn has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|word| word.eq_ignore_ascii_case(attribute.as_bytes()))
    }
}

/// One octet, or none for `NIL` and for an empty string.
pub(super) fn read_delimiter(token: &Token) -> Option<Delimiter> {
    token.string()?.first().copied().map(Delimiter::new)
}
