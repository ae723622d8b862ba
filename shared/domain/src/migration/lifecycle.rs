//! # Lifecycle
//! The states of a migration and the stages of its chain.

use serde::{Deserialize, Serialize};

/// Where a migration stands. Under way, waiting for something, a pass ended, or the migration ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The request is kept; nothing has been done.
    Accepted,
    /// Folders are being listed and mapped.
    Planning,
    /// Messages are on their way.
    Copying,
    /// The recount is under way.
    Verifying,
    /// Nothing to do until `next_at`; the reason says what for.
    Waiting,
    /// A person asked for a pause.
    Paused,
    /// Five tries without progress; a person has to look.
    Stalled,
    /// The pass ended, every message delivered, the balance closed.
    Verified,
    /// The pass ended and the balance closed, with messages in quarantine or folders in error.
    Exceptions,
    /// The pass ended and the balance does not close.
    Unbalanced,
    /// It cannot go on without a person.
    Failed,
    /// Ended by `finish`.
    Finished,
    /// Ended by `cancel`.
    Cancelled,
}

impl State {
    /// True while the chain of steps is to go on by itself.
    pub fn under_way(self) -> bool {
        matches!(self, Self::Accepted | Self::Planning | Self::Copying | Self::Verifying | Self::Waiting)
    }

    /// True when the recount of the pass at hand is done.
    pub fn pass_ended(self) -> bool {
        matches!(self, Self::Verified | Self::Exceptions | Self::Unbalanced)
    }

    /// True when the migration itself has ended and takes no further pass.
    pub fn ended(self) -> bool {
        matches!(self, Self::Finished | Self::Cancelled)
    }

    /// The word that reports and tables print.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Planning => "planning",
            Self::Copying => "copying",
            Self::Verifying => "verifying",
            Self::Waiting => "waiting",
            Self::Paused => "paused",
            Self::Stalled => "stalled",
            Self::Verified => "verified",
            Self::Exceptions => "exceptions",
            Self::Unbalanced => "unbalanced",
            Self::Failed => "failed",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A stage of the chain: which function a job is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// List both sides, decide where folders go, take the snapshot.
    Plan,
    /// Carry messages.
    Copy,
    /// Count again on fresh connections.
    Verify,
}

impl Stage {
    /// The state shown while this stage works.
    pub fn state(self) -> State {
        match self {
            Self::Plan => State::Planning,
            Self::Copy => State::Copying,
            Self::Verify => State::Verifying,
        }
    }
}
