//! # Bounds
//! How large a batch becomes: until its answer comes, others wait behind it, and a message that is refused takes the whole
//! batch with it.

/// Messages in one MULTIAPPEND.
pub(in super::super) const BATCH: usize = 100;
/// Messages in one while the answer to the one before is still awaited: at a distance batches grow.
const WAITING: usize = 2000;
/// Octets in one MULTIAPPEND, at most.
const OCTETS: u64 = 8 << 20;
/// Octets in one of several lanes' batches, at most.
const SHARE: u64 = 4 << 20;
/// So much of what a second brings goes into one of them, at most: more is done in that time than it takes to end a batch.
const PART: u64 = 8;

/// Where a batch ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Messages in one that others wait behind.
    batch: usize,
    messages: usize,
    /// Messages of one that cannot be ended yet.
    most: usize,
    octets: u64,
    /// Octets of one that cannot be ended yet.
    waiting: u64,
}

impl Bounds {
    /// For a load of `all` octets, where `budget` octets may be held between the two sides; `keeps`: a batch's messages are
    /// held until its answer.
    ///
    /// Each batch is ended when the one before is answered, a round trip later: a short load goes out in one. What is held
    /// back by the budget has to be enough to end it, whatever the sizes that the source tells.
    pub(super) fn of(all: u64, budget: u64, keeps: bool, batch: usize) -> Self {
        let most = if keeps { budget / 3 * 2 } else { OCTETS };
        let short = all <= most;
        let octets = if short || !keeps { most } else { budget / 3 }.min(OCTETS);
        let growth = if keeps { 2 } else { 8 };
        let most = WAITING.max(batch);
        let messages = if short { most } else { batch };
        Self { batch, messages, most, octets, waiting: octets.saturating_mul(growth) }
    }

    /// The same for a batch on one of several lanes behind one of `before` messages, where so many octets go out in a second. A
    /// server takes a while to end each, one after the other, so they become large, and alike, so that none waits for long for
    /// the one before; the first ones are small: not all are to be ended at the same time.
    pub(super) fn on_a_lane(&self, before: usize, pace: u64) -> Self {
        let messages = (2 * before).min(self.most).max(self.batch);
        // A short load's batch is not ended for its octets.
        let octets = if self.messages == self.most { self.octets } else { (pace / PART).clamp(SHARE / PART, SHARE) };
        Self { messages, most: messages, octets, waiting: octets, ..*self }
    }

    /// Messages in a batch that is ended as soon as it may be.
    pub(super) fn messages(&self) -> usize {
        self.messages
    }

    /// A batch of so much is ended as soon as it may be.
    pub(super) fn is_full(&self, messages: usize, octets: u64) -> bool {
        messages >= self.messages || octets >= self.octets
    }

    /// To a batch of so much that cannot be ended yet nothing is added.
    pub(super) fn is_overfull(&self, messages: usize, octets: u64) -> bool {
        messages >= self.most || octets >= self.waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn a_short_load_goes_out_in_one_and_others_in_pieces() {
        let cases = [
            ("let go, short", 8 * MIB, 12 * MIB, false, (2000, 8 * MIB, 64 * MIB)),
            ("let go, longer", 8 * MIB + 1, 12 * MIB, false, (100, 8 * MIB, 64 * MIB)),
            ("held, short: two thirds of the budget", 8 * MIB, 12 * MIB, true, (2000, 8 * MIB, 16 * MIB)),
            ("held, longer: a third", 8 * MIB + 1, 12 * MIB, true, (100, 4 * MIB, 8 * MIB)),
            ("held, with much room", 40 * MIB, 60 * MIB, true, (2000, 8 * MIB, 16 * MIB)),
        ];
        for (name, all, budget, keeps, (messages, octets, waiting)) in cases {
            let bounds = Bounds::of(all, budget, keeps, 100);
            assert_eq!(bounds, Bounds { batch: 100, messages, most: WAITING, octets, waiting }, "{name}");
        }
    }

    #[test]
    fn batches_on_lanes_become_large() {
        let long = Bounds::of(20 * MIB, 12 * MIB, false, 100);
        for (before, messages) in [(0, 100), (30, 100), (100, 200), (499, 998), (1600, 2000), (2000, 2000)] {
            let expected = Bounds { batch: 100, messages, most: messages, octets: 2 * MIB, waiting: 2 * MIB };
            assert_eq!(long.on_a_lane(before, 16 * MIB), expected, "behind {before}");
        }
        for (pace, octets) in [(0, MIB / 2), (8 * MIB, MIB), (u64::MAX, 4 * MIB)] {
            assert_eq!(long.on_a_lane(0, pace).octets, octets, "{pace} in a second");
        }
        assert_eq!(Bounds::of(8 * MIB, 12 * MIB, false, 100).on_a_lane(0, 0).octets, 8 * MIB, "a short load");
        assert_eq!(
            Bounds::of(20 * MIB, 12 * MIB, false, 5_000).on_a_lane(0, 0).messages(),
            5_000,
            "as large as asked for"
        );
    }

    #[test]
    fn beside_a_batch_that_is_held_a_third_of_the_budget_stays_for_the_next_message() {
        for budget in [3 * MIB, 5 * MIB, 12 * MIB, 100 * MIB] {
            for all in [0, budget / 2, budget, u64::MAX] {
                let bounds = Bounds::of(all, budget, true, BATCH);
                assert!(bounds.octets + budget / 3 <= budget, "{budget}: {bounds:?}");
            }
        }
    }
}
