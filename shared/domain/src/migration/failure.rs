//! # Failure
//! What went wrong on which side, and what to do about it. The words are safe to show: no secret, no mail.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Which mailbox a failure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The mailbox that is read.
    Source,
    /// The mailbox that is written.
    Destination,
    /// Our own store: ledger, archive, queue.
    Store,
}

impl fmt::Display for Side {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Source => "source",
            Self::Destination => "destination",
            Self::Store => "state",
        })
    }
}

/// The kind of a failure; it decides what is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No TCP connection, or no name.
    Unreachable,
    /// No acceptable TLS.
    Tls,
    /// The login was refused.
    Auth,
    /// What came is not IMAP, or makes no sense.
    Nonsense,
    /// The connection broke, or was silent for too long.
    Lost,
    /// The server said BYE, or that it is briefly out of order.
    Unavailable,
    /// Too fast, or too many connections; wait as long as the server says.
    Rate(Option<Duration>),
    /// A provider's allowance is used up; up to a day.
    Budget,
    /// The destination mailbox is full.
    Full,
    /// One folder cannot be opened or made.
    Folder,
    /// The server refused a command that we should not have sent.
    Ours,
    /// The ledger refused a write: somebody else holds this migration.
    Conflict,
    /// Our own store failed (disk full, permission).
    Store,
    /// The request itself cannot be met; a person has to change it.
    Usage,
    /// The lease or the step's time is over, or a person asked to stop.
    Stopped,
}

/// What a stranger may learn of a server that could not be used: no banner, no address, no words of the server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Obstacle {
    /// No connection, or no mail server behind it.
    Refused,
    /// No answer in time.
    Timeout,
    /// No TLS where there should be.
    NotTls,
    /// A certificate that is not to be believed.
    Certificate,
    /// The login was refused.
    Authentication,
}

impl Obstacle {
    /// The word that strangers are told.
    pub fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Timeout => "timeout",
            Self::NotTls => "not-tls",
            Self::Certificate => "certificate",
            Self::Authentication => "authentication",
        }
    }
}

/// A failure with its side and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Whose fault it is.
    pub side: Side,
    /// What kind.
    pub trouble: Trouble,
    /// What happened, in plain words, the server's own included. No secret.
    pub cause: String,
    /// What of it a stranger may learn, where the kind alone does not say.
    pub seen: Option<Obstacle>,
}

impl Failure {
    /// A failure of `side`.
    pub fn new(side: Side, trouble: Trouble, cause: impl Into<String>) -> Self {
        Self { side, trouble, cause: cause.into(), seen: None }
    }

    /// The same, seen by strangers as `obstacle`.
    #[must_use]
    pub fn seen(self, obstacle: Obstacle) -> Self {
        Self { seen: Some(obstacle), ..self }
    }

    /// What a stranger may learn of it; none for what is not about reaching a mailbox.
    pub fn obstacle(&self) -> Option<Obstacle> {
        if self.side == Side::Store {
            return None;
        }
        self.seen.or(match self.trouble {
            Trouble::Unreachable | Trouble::Nonsense => Some(Obstacle::Refused),
            Trouble::Lost => Some(Obstacle::Timeout),
            Trouble::Tls => Some(Obstacle::NotTls),
            Trouble::Auth => Some(Obstacle::Authentication),
            _ => None,
        })
    }

    /// A failure of our own store.
    pub fn store(cause: impl Into<String>) -> Self {
        Self::new(Side::Store, Trouble::Store, cause)
    }

    /// Another step got in between: stop without writing.
    pub fn conflict(cause: impl Into<String>) -> Self {
        Self::new(Side::Store, Trouble::Conflict, cause)
    }

    /// True when trying again later may help without a person.
    pub fn temporary(&self) -> bool {
        matches!(
            self.trouble,
            Trouble::Unreachable
                | Trouble::Lost
                | Trouble::Unavailable
                | Trouble::Rate(_)
                | Trouble::Budget
                | Trouble::Full
        )
    }

    /// True when the server wants less of us for a while: that is about no message.
    pub fn asks_to_wait(&self) -> bool {
        matches!(self.trouble, Trouble::Rate(_) | Trouble::Budget)
    }

    /// True when the connection it happened on is of no further use.
    pub fn ends_connection(&self) -> bool {
        !matches!(self.trouble, Trouble::Folder | Trouble::Full | Trouble::Rate(_) | Trouble::Ours)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.side, self.cause)
    }
}

impl std::error::Error for Failure {}
