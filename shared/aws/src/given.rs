//! # Given
//! Settings that several functions are given alike.

use std::str::FromStr;

use tracing::Level;

#[cfg(feature = "queue")]
use crate::queue::Queues;
use crate::settings::Reader;

/// The queues that a function may send to: the template names those and no others.
#[cfg(feature = "queue")]
pub fn queues(reader: &mut Reader) -> Queues {
    Queues {
        plan: reader.optional("POSTHORSE_PLAN_QUEUE"),
        copy: reader.optional("POSTHORSE_COPY_QUEUE"),
        verify: reader.optional("POSTHORSE_VERIFY_QUEUE"),
    }
}

/// The least important log lines that are kept.
pub fn level(reader: &mut Reader) -> Level {
    reader.parsed::<Least>("POSTHORSE_LOG", "DEBUG, INFO, WARN or ERROR").0
}

struct Least(Level);

impl Default for Least {
    fn default() -> Self {
        Self(Level::INFO)
    }
}

impl FromStr for Least {
    type Err = <Level as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// True for the profile of the project's own tests, which allows mail servers on this machine.
pub fn tests(reader: &mut Reader) -> bool {
    reader.parsed::<Profile>("POSTHORSE_PROFILE", "standard or test").0
}

#[derive(Default)]
struct Profile(bool);

impl FromStr for Profile {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "standard" => Ok(Self(false)),
            "test" => Ok(Self(true)),
            _ => Err(()),
        }
    }
}
