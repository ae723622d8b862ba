//! # Token
//! A node of a response's tree: an atom, a string in one of its forms, or a list.

use bytes::Bytes;

/// A node of a response's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// Octets outside quotes: a word, a number, a flag, `NIL`, or an item with its section, e.g. `BODY[HEADER]`.
    Atom(Bytes),
    /// The inside of a quoted string, escapes undone.
    Quoted(Bytes),
    /// A literal's octets (RFC 9051 §4.3).
    Literal(Bytes),
    /// A literal of this many octets that went by as pieces.
    Streamed(u64),
    /// A parenthesised list.
    List(Vec<Token>),
}

impl Token {
    /// The octets of an atom or a string, `NIL` too; none for a list or a literal that went by.
    pub fn octets(&self) -> Option<&Bytes> {
        match self {
            Self::Atom(octets) | Self::Quoted(octets) | Self::Literal(octets) => Some(octets),
            Self::Streamed(_) | Self::List(_) => None,
        }
    }

    /// Like `octets`; none for the atom `NIL` too (nstring, RFC 9051 §4.5).
    pub fn string(&self) -> Option<&Bytes> {
        if self.is_nil() { None } else { self.octets() }
    }

    /// True for the atom `NIL`, in any case; a string that reads "NIL" is a string.
    pub fn is_nil(&self) -> bool {
        self.is("NIL")
    }

    /// True when this is the atom `word`, in any case.
    pub fn is(&self, word: &str) -> bool {
        matches!(self, Self::Atom(octets) if octets.eq_ignore_ascii_case(word.as_bytes()))
    }

    /// A number in decimal digits, up to 2⁶⁴-1; none for anything else.
    pub fn number(&self) -> Option<u64> {
        let digits = self.octets()?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    /// A list's members; `NIL` is the empty list; none for a string.
    pub fn list(&self) -> Option<&[Self]> {
        match self {
            Self::List(members) => Some(members),
            _ if self.is_nil() => Some(&[]),
            _ => None,
        }
    }
}
