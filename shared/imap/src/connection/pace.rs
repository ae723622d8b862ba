//! # Pace
//! How fast octets come and go while there are octets to come or go: a wait for a server that thinks does not count.

use std::time::Duration;

/// Octets per second below which a link is slow: there both ends compress in less time than it saves.
const SLOW: u64 = 1 << 20;

/// Time spent waiting in the middle of something, after which the pace is known.
const ENOUGH: Duration = Duration::from_secs(1);

/// What was measured since the last verdict.
#[derive(Debug, Default)]
pub(super) struct Pace {
    octets: u64,
    waited: Duration,
    judged: bool,
}

impl Pace {
    /// So many octets moved in this time, in the middle of a response or of what is to be sent.
    pub(super) fn note(&mut self, octets: u64, waited: Duration) {
        self.octets = self.octets.saturating_add(octets);
        self.waited += waited;
    }

    /// True before anything of some size went over the link.
    pub(super) fn knows_nothing(&self) -> bool {
        !self.judged && self.octets < SLOW / 2
    }

    /// True when enough was measured and the link is slow. A link that is not is measured anew.
    pub(super) fn is_slow(&mut self) -> bool {
        if self.waited < ENOUGH {
            return false;
        }
        let measured = std::mem::replace(self, Self { judged: true, ..Self::default() });
        u128::from(measured.octets) * 1000 < u128::from(SLOW) * measured.waited.as_millis()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_before_a_second_of_waiting() {
        let mut pace = Pace::default();
        pace.note(1, Duration::from_millis(999));
        assert!(!pace.is_slow());
        pace.note(0, Duration::from_millis(1));
        assert!(pace.is_slow());
    }

    #[test]
    fn a_mebibyte_a_second_is_not_slow() {
        let mut pace = Pace::default();
        pace.note(2 * SLOW, Duration::from_secs(2));
        assert!(!pace.is_slow());
        assert!(!pace.knows_nothing());
    }

    #[test]
    fn a_link_that_becomes_slow_is_found() {
        let mut pace = Pace::default();
        pace.note(1 << 40, Duration::from_secs(2));
        assert!(!pace.is_slow());
        pace.note(2 * SLOW - 1, Duration::from_secs(2));
        assert!(pace.is_slow());
    }
}
