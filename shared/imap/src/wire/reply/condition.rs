//! # Condition
//! Status responses and continuations (RFC 9051 §7.1, §7.5).

use bytes::Bytes;

use super::Code;
use crate::wire::{Response, Start, Tag};

/// The word of a status response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// Done, or a notice.
    Ok,
    /// Refused, or a warning.
    No,
    /// Not understood; servers also say it of a message that they do not like.
    Bad,
    /// The server closes the connection.
    Bye,
    /// The greeting of a connection that needs no login.
    Preauth,
}

impl Condition {
    fn read(word: &[u8]) -> Option<Self> {
        [(Self::Ok, "OK"), (Self::No, "NO"), (Self::Bad, "BAD"), (Self::Bye, "BYE"), (Self::Preauth, "PREAUTH")]
            .into_iter()
            .find(|(_, name)| name.as_bytes().eq_ignore_ascii_case(word))
            .map(|(condition, _)| condition)
    }
}

/// A status response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The command it answers; none when it is untagged.
    pub tag: Option<Tag>,
    /// Its word.
    pub condition: Condition,
    /// Its response code.
    pub code: Option<Code>,
    /// Its text as it came.
    pub raw: Bytes,
}

impl Status {
    /// None when the response is no status response.
    pub fn read(response: &Response) -> Option<Self> {
        let tag = match &response.start {
            Start::Untagged => None,
            Start::Tagged(tag) => Some(tag.clone()),
            Start::Continuation => return None,
        };
        let condition = Condition::read(response.tokens.first()?.octets()?)?;
        let code = response.code.as_deref().and_then(Code::read);
        Some(Self { tag, condition, code, raw: response.text.clone() })
    }

    /// Its text, octets that are no UTF-8 replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }

    /// The server's words for a report: code and text.
    pub fn words(&self) -> String {
        match &self.code {
            Some(code) => format!("[{code}] {}", self.text()).trim_end().to_owned(),
            None => self.text(),
        }
    }
}

/// A request to go on: with a literal, or with SASL, where the text is base64 (RFC 9051 §7.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Continuation {
    /// Its response code.
    pub code: Option<Code>,
    /// Its text as it came.
    pub raw: Bytes,
}

impl Continuation {
    pub(super) fn read(response: &Response) -> Self {
        Self { code: response.code.as_deref().and_then(Code::read), raw: response.text.clone() }
    }
}
