//! # Exit
//! One number per ending; the table is a contract with scripts. First that fits.

use std::process::ExitCode;

use posthorse_domain::migration::{Failure, Migration, Side, State, Trouble};

/// Exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Every message has an outcome and the balance closes.
    Verified,
    /// A mistake of ours.
    Internal,
    /// The command cannot be meant so.
    Usage,
    /// A message in quarantine, a folder that cannot be had.
    Exceptions,
    /// It waits; the same command goes on.
    Waiting,
    /// The state directory is locked, unwritable, full, or of other mailboxes.
    State,
    /// Five tries without progress; a person has to look.
    Stalled,
    /// The balance does not close.
    Unbalanced,
    /// INT or TERM; all is saved.
    Interrupted,
    /// No connection, or it broke before the first login.
    Unreachable(Side),
    /// No TLS that can be trusted.
    Tls(Side),
    /// The login was refused.
    Auth(Side),
    /// The server refused, or spoke nonsense, after the login.
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
        Self::of(record.state)
    }

    /// The same for a state's word; a word that is none is a mistake of ours.
    pub fn of_word(word: &str) -> Self {
        serde_json::from_value(word.into()).map_or(Self::Internal, Self::of)
    }

    fn of(state: State) -> Self {
        match state {
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

#[cfg(test)]
mod tests {
    use super::*;
    use posthorse_domain::migration::{MigrationId, Moment, Options, Request, Security, ServerSide};

    #[test]
    fn each_side_has_its_own_numbers() {
        let rows = [
            (Trouble::Unreachable, 10, 20),
            (Trouble::Lost, 10, 20),
            (Trouble::Tls, 11, 21),
            (Trouble::Auth, 12, 22),
            (Trouble::Nonsense, 13, 23),
            (Trouble::Unavailable, 13, 23),
            (Trouble::Usage, 2, 2),
        ];
        for (trouble, source, destination) in rows {
            let number = |side| Exit::of_failure(&Failure::new(side, trouble, "")).number();
            assert_eq!((number(Side::Source), number(Side::Destination)), (source, destination), "{trouble:?}");
        }
        assert_eq!(Exit::of_failure(&Failure::store("disk full")).number(), 5);
        assert_eq!(Exit::of_failure(&Failure::conflict("somebody wrote")).number(), 1);
    }

    #[test]
    fn each_state_has_its_number() {
        let rows = [
            (State::Verified, 0),
            (State::Finished, 0),
            (State::Exceptions, 3),
            (State::Waiting, 4),
            (State::Paused, 4),
            (State::Stalled, 6),
            (State::Unbalanced, 30),
            (State::Copying, 130),
        ];
        let side = ServerSide { host: "h".into(), port: 993, security: Security::Tls, user: "u".into(), tls: None };
        let request = Request { source: side.clone(), destination: side, options: Options::default() };
        for (state, number) in rows {
            let record = Migration::accepted(MigrationId("m".into()), request.clone(), Moment::from_millis(0));
            assert_eq!(Exit::of_state(&Migration { state, ..record }).number(), number, "{state:?}");
            assert_eq!(Exit::of_word(state.word()).number(), number, "{state:?}");
        }
    }
}
