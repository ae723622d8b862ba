//! # Verdict
//! What a NO, BAD or BYE on a connection means.

use posthorse_domain::migration::answer::{Answer, During, Kind, Reply as Word, classify};
use posthorse_domain::migration::{Failure, Trouble};

use super::Connection;
use crate::wire::{Condition, Status};

impl Connection {
    pub(super) fn bye(&self, status: &Status) -> Failure {
        let answer = self.answer(status, During::Other);
        let trouble = trouble(&answer).unwrap_or(Trouble::Unavailable);
        self.failure(trouble, format!("the server said BYE: {}", answer.words))
    }

    /// What a NO, BAD or BYE means.
    pub fn answer(&self, status: &Status, during: During) -> Answer {
        let word = match status.condition {
            Condition::Bad => Word::Bad,
            Condition::Bye => Word::Bye,
            _ => Word::No,
        };
        let code = status.code.as_ref().map(ToString::to_string);
        let name = code.as_deref().and_then(|code| code.split(' ').next());
        classify(self.side, during, word, name, &status.text())
    }

    /// The failure that a NO or BAD stands for.
    pub fn refused(&self, status: &Status, during: During) -> Failure {
        let answer = self.answer(status, during);
        let trouble = trouble(&answer).unwrap_or(match during {
            During::Open | During::Create => Trouble::Folder,
            _ => Trouble::Ours,
        });
        self.failure(trouble, answer.words)
    }
}

/// The trouble that an answer means for more than one message or folder; none when it is about those.
pub fn trouble(answer: &Answer) -> Option<Trouble> {
    match answer.kind {
        Kind::Rate(wait) => Some(Trouble::Rate(wait)),
        Kind::Budget => Some(Trouble::Budget),
        Kind::Full => Some(Trouble::Full),
        Kind::Auth => Some(Trouble::Auth),
        Kind::Temporary => Some(Trouble::Unavailable),
        Kind::Folder => Some(Trouble::Folder),
        Kind::Message(_) | Kind::Flag | Kind::Date | Kind::Gone | Kind::Ours | Kind::Unknown => None,
    }
}
