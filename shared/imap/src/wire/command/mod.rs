//! # Command
//! What Posthorse says, as octets. In: typed values. Out: parts, cut where a synchronising literal has to wait for `+`.
//! Strict: nothing that a server sent goes out again unquoted. What is not here cannot be said: there is no CLOSE,
//! EXPUNGE, DELETE, MOVE, RENAME or UNSUBSCRIBE, and no STORE but the one in `flag.rs`, which adds a flag. COPY adds, too.

mod append;
mod copy;
mod fetch;
mod flag;
mod list;
mod part;
mod say;
mod select;
mod session;

pub use append::{Append, MessageLiteral};
pub use fetch::{FetchItem, Range};
pub use list::StatusItem;
pub use part::{Literals, Part};
use say::Say;

use super::Tag;

/// What cannot be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsayable {
    /// A UID set in one command is written in at most 4,000 octets: servers limit a line to 8,192 or less. Cut it with
    /// `UidSet::pieces` first.
    #[error("A UID set of {0} octets is too long for one command")]
    SetTooLong(usize),
    /// A set without UIDs, or one that begins with UID 0, which is no message.
    #[error("A command needs at least one UID above 0")]
    NoUids,
}

/// A command, without its tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    say: Say,
}

impl Command {
    /// Its octets, the tag before and the end of the line behind them.
    pub fn parts(&self, tag: &Tag, literals: Literals) -> Vec<Part> {
        let mut parts = part::Parts::new(tag);
        self.say.write(&mut parts, literals);
        parts.end_line();
        parts.done()
    }

    fn from(say: Say) -> Self {
        Self { say }
    }
}

#[cfg(test)]
#[path = "command_tests.rs"]
mod tests;
