//! # Fault
//! Why a greeting or an answer did not come, and the failure that it makes.

use posthorse_domain::migration::{Failure, Obstacle, Trouble};

use super::line::Word;
use super::{Call, refusal};

/// A status line as people may read it: no secret, no control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) word: Word,
    /// The response code's name, in upper case.
    pub(super) code: Option<String>,
    pub(super) text: String,
}

/// What kept an answer from being OK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Tagged NO or BAD.
    Refused(Said),
    /// `* BYE`, and no tagged answer.
    Bye(Said),
    /// The connection ended.
    Closed,
    /// The connection broke.
    Broken(String),
    /// The deadline passed.
    Silent,
    /// A line above the limit.
    LongLine,
    /// More lines than the limit.
    ManyLines,
    /// `+` where nothing was to be continued.
    Uncalled,
    /// The greeting is that of another protocol; its text, and what it may be.
    NotImap(String, &'static str),
    /// TLS where plain text was expected.
    SpeaksTls,
}

impl Fault {
    /// The failure. `what` is what we waited for, e.g. `its greeting`.
    pub(super) fn failure(self, call: &Call<'_>, what: &str) -> Failure {
        let silent = matches!(self, Self::Silent);
        let (trouble, words) = match self {
            Self::Refused(said) | Self::Bye(said) => return refusal::failure(call, &said),
            Self::Closed => (Trouble::Lost, format!("closed the connection instead of {what}")),
            Self::Broken(error) => (Trouble::Lost, format!("was lost before {what}: {error}")),
            Self::Silent => {
                (Trouble::Lost, format!("was silent for {} s; {what} did not come", call.timeout.as_secs_f32()))
            }
            Self::LongLine => (Trouble::Nonsense, format!("sent a line of more than 8 KiB instead of {what}")),
            Self::ManyLines => (Trouble::Nonsense, format!("sent more than 64 lines before {what}")),
            Self::Uncalled => (Trouble::Nonsense, format!("asked for more than there is to say, instead of {what}")),
            Self::NotImap(shown, guess) => {
                (Trouble::Nonsense, format!("does not speak IMAP on this port: it says \"{shown}\"{guess}"))
            }
            Self::SpeaksTls => (
                Trouble::Nonsense,
                "speaks TLS from the first octet on this port: use imaps:// instead of imap://".to_owned(),
            ),
        };
        let failure = call.failure(trouble, words);
        // A server that hangs up has answered, after its fashion.
        match silent {
            false if trouble == Trouble::Lost => failure.seen(Obstacle::Refused),
            _ => failure,
        }
    }
}
