//! # Advice
//! What a person can do about an ending, said behind what happened where that does not say it already. Pure.

use posthorse_domain::migration::{Failure, Side, Trouble};
use posthorse_embedded::StateError;

/// A failure and what to do about it.
pub fn failure(failure: &Failure) -> String {
    let side = failure.side;
    let todo = match (side, failure.trouble) {
        (Side::Store, Trouble::Conflict) => "; let the other posthorse end, then start this command again".into(),
        (Side::Store, _) => String::new(),
        (_, Trouble::Unreachable) => {
            format!("; check the spelling of the {side}'s host, its port, and whether a firewall is in between")
        }
        (_, Trouble::Lost | Trouble::Unavailable) => "; start the same command again later: it goes on".into(),
        _ => String::new(),
    };
    format!("{failure}{todo}")
}

/// A state directory that cannot be used and what to do about it.
pub fn state(error: &StateError) -> String {
    let todo = match error {
        StateError::Unwritable { .. } => "; name a directory that you can write with --state",
        StateError::Locked { .. } => "; let that one end, or look at it with `posthorse status --state`",
        StateError::Absent { .. } => "; look for the directory that --state named then",
        StateError::Full { .. } | StateError::Newer { .. } | StateError::Damaged { .. } => "",
    };
    format!("{error}{todo}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_can_do_is_said_once_and_for_the_side_it_is_about() {
        let rows = [
            (
                Side::Source,
                Trouble::Unreachable,
                "source: gone; check the spelling of the source's host, its port, and",
            ),
            (
                Side::Destination,
                Trouble::Unreachable,
                "destination: gone; check the spelling of the destination's host",
            ),
            (Side::Destination, Trouble::Lost, "destination: gone; start the same command again later"),
            (Side::Source, Trouble::Auth, "source: gone"),
            (Side::Store, Trouble::Store, "state: gone"),
        ];
        for (side, trouble, said) in rows {
            let told = failure(&Failure::new(side, trouble, "gone"));
            assert!(told.starts_with(said), "{told}");
            assert!(said.contains(';') || told == said, "{told}");
        }
    }

    #[test]
    fn a_directory_that_cannot_be_written_can_be_exchanged_for_another() {
        let told = state(&StateError::Unwritable { path: "/proc/x".into(), cause: "no".into() });
        assert_eq!(told, "cannot write /proc/x: no; name a directory that you can write with --state");
    }
}
