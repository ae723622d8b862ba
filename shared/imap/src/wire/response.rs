//! # Response
//! One response of a server, whole, as a tree (RFC 9051 §7).

use bytes::Bytes;

use super::{Tag, Token};

/// What a response begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// `*`.
    Untagged,
    /// `+`.
    Continuation,
    /// Anything else: the tag of a command, or of none when the server speaks nonsense.
    Tagged(Tag),
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// What it begins with.
    pub start: Start,
    /// What follows: for OK, NO, BAD, BYE, PREAUTH and anything tagged only that word; for a continuation nothing.
    pub tokens: Vec<Token>,
    /// The response code's words (RFC 9051 §7.1), without its brackets.
    pub code: Option<Vec<Token>>,
    /// The text for people behind a status or a continuation; any octets.
    pub text: Bytes,
    /// The first line, up to its end or its first literal, for reports of nonsense. It may hold personal data.
    pub line: Bytes,
}

impl Response {
    /// The text for people, octets that are no UTF-8 replaced.
    pub fn lossy_text(&self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }
}
