//! # Reply
//! What a response means. In: a tree. Out: typed values, read leniently: blanks, order, unknown items and NIL anywhere
//! are no matter; what makes no sense is `Untagged::Other` or none, never an error. Pure functions.

mod code;
mod condition;
mod fetch;
mod folder_status;
mod listing;
mod namespace;
mod quota;
mod search;
mod untagged;

use bytes::Bytes;

use super::{Response, Start, Token};
use posthorse_domain::mail::Uid;

pub use code::Code;
pub use condition::{Condition, Continuation, Status};
pub use fetch::{Body, Fetch};
pub use folder_status::FolderStatus;
pub use listing::Listing;
pub use namespace::{Namespace, Namespaces};
pub use quota::{Quota, Resource};
pub use search::ESearch;
pub use untagged::Untagged;

/// A response with its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// OK, NO, BAD, BYE or PREAUTH, tagged or not.
    Status(Status),
    /// `+`.
    Continuation(Continuation),
    /// Data.
    Data(Untagged),
    /// No IMAP: a tag, or something in its place, without OK, NO or BAD. The line as it came.
    Foreign(Bytes),
}

impl Reply {
    /// What a response means. It reads the `so_far` of `Event::LiteralStart` as well.
    pub fn read(response: &Response) -> Self {
        if let Some(status) = Status::read(response) {
            return Self::Status(status);
        }
        match &response.start {
            Start::Untagged => Self::Data(Untagged::read(&response.tokens)),
            Start::Continuation => Self::Continuation(Continuation::read(response)),
            Start::Tagged(_) => Self::Foreign(response.line.clone()),
        }
    }
}

/// The octets of every word in a list of words; lists within it are passed over.
fn words(tokens: &[Token]) -> Vec<Bytes> {
    tokens.iter().filter_map(|token| token.octets().cloned()).collect()
}

/// A number that fits in 32 bits.
fn number32(token: &Token) -> Option<u32> {
    token.number().and_then(|number| u32::try_from(number).ok())
}

/// A UID: 1 to 2³²-1 (nz-number, RFC 9051 §9).
fn uid(token: &Token) -> Option<Uid> {
    number32(token).filter(|&number| number > 0).map(Uid::new)
}

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;
