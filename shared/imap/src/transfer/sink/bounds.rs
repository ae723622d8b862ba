//! # Bounds
//! How large a batch becomes: until its answer comes, others wait behind it, and a message that is refused takes the whole
//! batch with it.

/// Messages in one MULTIAPPEND.
const BATCH: usize = 100;
/// Messages in one while the answer to the one before is still awaited: at a distance batches grow.
const WAITING: usize = 2000;
/// Octets in one MULTIAPPEND, at most.
const OCTETS: u64 = 8 << 20;

/// Where a batch ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    messages: usize,
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
    pub(super) fn of(all: u64, budget: u64, keeps: bool) -> Self {
        let most = if keeps { budget / 3 * 2 } else { OCTETS };
        let short = all <= most;
        let octets = if short || !keeps { most } else { budget / 3 }.min(OCTETS);
        let growth = if keeps { 2 } else { 8 };
        Self { messages: if short { WAITING } else { BATCH }, octets, waiting: octets.saturating_mul(growth) }
    }

    /// A batch of so much is ended as soon as it may be.
    pub(super) fn is_full(&self, messages: usize, octets: u64) -> bool {
        messages >= self.messages || octets >= self.octets
    }

    /// To a batch of so much that cannot be ended yet nothing is added.
    pub(super) fn is_overfull(&self, messages: usize, octets: u64) -> bool {
        messages >= WAITING || octets >= self.waiting
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
            assert_eq!(Bounds::of(all, budget, keeps), Bounds { messages, octets, waiting }, "{name}");
        }
    }

    #[test]
    fn beside_a_batch_that_is_held_a_third_of_the_budget_stays_for_the_next_message() {
        for budget in [3 * MIB, 5 * MIB, 12 * MIB, 100 * MIB] {
            for all in [0, budget / 2, budget, u64::MAX] {
                let bounds = Bounds::of(all, budget, true);
                assert!(bounds.octets + budget / 3 <= budget, "{budget}: {bounds:?}");
            }
        }
    }
}
