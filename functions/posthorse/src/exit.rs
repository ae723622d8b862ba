//! # Exit
//! One number per ending; the table is a contract with scripts. First that fits.

use std::process::ExitCode;

use posthorse_domain::migration::{Failure, Migration, Side, State, Trouble};

/// Exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Verified,
    Internal,
    Usage,
    Exceptions,
    Waiting,
    State,
    Stalled,
    Unbalanced,
    Interrupted,
    Unreachable(Side),
    Tls(Side),
    Auth(Side),
    Nonsense(Side),
}

impl Exit {
    /// The number.
    pub fn number(self) -> u8 {
        let of = |side, base: u8| if side == Side::Destination { base + 10 } else { base };
        match self {
            Self::Verified => 0,
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Exceptions => 3,
            Self::Waiting => 4,
            Self::State => 5,
            Self::Stalled => 6,
            Self::Unreachable(side) => of(side, 10),
            Self::Tls(side) => of(side, 11),
            Self::Auth(side) => of(side, 12),
            Self::Nonsense(side) => of(side, 13),
            Self::Unbalanced => 30,
            Self::Interrupted => 130,
        }
    }

    /// How a failure ends an invocation.
    pub fn of_failure(failure: &Failure) -> Self {
        let side = failure.side;
        match (side, failure.trouble) {
            (_, Trouble::Usage) => Self::Usage,
            (Side::Store, Trouble::Conflict) => Self::Internal,
            (Side::Store, _) => Self::State,
            (_, Trouble::Unreachable | Trouble::Lost) => Self::Unreachable(side),
            (_, Trouble::Tls) => Self::Tls(side),
            (_, Trouble::Auth) => Self::Auth(side),
            _ => Self::Nonsense(side),
        }
    }

    /// How a migration's state ends an invocation.
    pub fn of_state(record: &Migration) -> Self {
        match record.state {
            State::Verified | State::Finished => Self::Verified,
            State::Exceptions => Self::Exceptions,
            State::Unbalanced => Self::Unbalanced,
            State::Stalled | State::Failed => Self::Stalled,
            State::Accepted | State::Planning | State::Copying | State::Verifying => Self::Interrupted,
            State::Waiting | State::Paused | State::Cancelled => Self::Waiting,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}
