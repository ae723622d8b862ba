//! # Say
//! A command as words and strings. Words are ours; strings are anybody's and always stand between quotes or in a
//! literal.

use super::Literals;
use super::part::Parts;

/// Words and strings in order; the blanks between them are part of the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Say(Vec<Bit>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Bit {
    Word(String),
    Text(Vec<u8>),
}

impl Say {
    /// Begins with a verb.
    pub(super) fn verb(verb: &'static str) -> Self {
        Self(vec![Bit::Word(verb.to_owned())])
    }

    /// Adds a blank and words of ours.
    pub(super) fn word(mut self, word: &str) -> Self {
        self.0.push(Bit::Word(format!(" {word}")));
        self
    }

    /// Adds a blank and a string.
    pub(super) fn text(mut self, octets: &[u8]) -> Self {
        self.0.push(Bit::Word(" ".to_owned()));
        self.0.push(Bit::Text(octets.to_vec()));
        self
    }

    /// Adds words of ours without a blank.
    pub(super) fn joined(mut self, word: &str) -> Self {
        self.0.push(Bit::Word(word.to_owned()));
        self
    }

    /// Adds a string without a blank.
    pub(super) fn joined_text(mut self, octets: &[u8]) -> Self {
        self.0.push(Bit::Text(octets.to_vec()));
        self
    }

    pub(super) fn write(&self, parts: &mut Parts, literals: Literals) {
        for bit in &self.0 {
            match bit {
                Bit::Word(word) => parts.write(word.as_bytes()),
                Bit::Text(octets) => write_text(octets, parts, literals),
            }
        }
    }
}

/// Between quotes when every octet is printable ASCII, else as a literal (RFC 9051 §4.3).
fn write_text(octets: &[u8], parts: &mut Parts, literals: Literals) {
    if !octets.iter().all(|octet| matches!(octet, b' '..=b'~')) {
        return parts.literal(octets, literals);
    }
    parts.write(b"\"");
    for octet in octets {
        if matches!(octet, b'"' | b'\\') {
            parts.write(b"\\");
        }
        parts.write(&[*octet]);
    }
    parts.write(b"\"");
}
