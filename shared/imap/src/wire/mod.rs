//! # Wire
//! IMAP as octets and values, without I/O. In: what a socket received (`Framer::space`, `Framer::next`). Out: events,
//! each a whole response as a token tree, or a piece of a literal too large to be held. `Reply::read` and the readers
//! behind it make typed values of a tree; `Command` and `Append` make octets of what Posthorse says.
//!
//! - `framer`: octets → events; limits; nothing that a server sends can panic it or make it allocate what is announced.
//! - `response`, `token`: the tree.
//! - `reply`: tree → meaning, lenient (RFC 9051 §7 and what servers make of it).
//! - `command`: meaning → octets, strict. There is no encoder for CLOSE, EXPUNGE, DELETE, MOVE, RENAME or
//!   UNSUBSCRIBE.

pub mod command;
pub mod framer;
pub mod reply;
pub mod response;
pub mod tag;
pub mod token;

pub use command::{Append, Command, FetchItem, Literals, MessageLiteral, Part, Range, StatusItem, Unsayable};
pub use framer::{Event, Framer, Limits, WireError};
pub use reply::{
    Body, Code, Condition, Continuation, ESearch, Fetch, FolderStatus, Listing, Namespace, Namespaces, Quota, Reply,
    Resource, Status, Untagged,
};
pub use response::{Response, Start};
pub use tag::Tag;
pub use token::Token;

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
