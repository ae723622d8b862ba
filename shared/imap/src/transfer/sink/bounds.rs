//! # Bounds
//! How large a batch becomes: until its answer comes, others wait behind it, and a message that is refused takes the whole
//! batch with it.

/// Messages in one MULTIAPPEND.
pub(in super::super) const BATCH: usize = 100;
/// Messages in one while the answer to the one before is still awaited: at a distance batches grow.
const WAITING: usize = 2000;
/// Octets in one MULTIAPPEND, at most.
const OCTETS: u64 = 8 << 20;
/// Octets in one of several lanes' batches: so many, less of a load that is short, never less than this.
const SHARE: u64 = 2 << 20;
const LEAST: u64 = 256 << 10;
/// Batches of one load on each of several lanes, at least.
const TURNS: u64 = 2;
/// One is ended behind the other: where that takes long, they become so large that it takes no more than a quarter of the time.
const PART: u64 = 4;

/// Where a batch ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Octets of the whole load.
    all: u64,
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
        Self { all, batch, messages, most, octets, waiting: octets.saturating_mul(growth) }
    }

    /// The same for a batch on one of so many lanes behind one of `before` messages, where so many octets go out while one is
    /// ended. The first ones are small: not all are to be ended at the same time. Then they are alike, so that none waits for
    /// long for the one before, and each lane has its part.
    pub(super) fn on_a_lane(&self, lanes: u64, before: usize, meanwhile: u64) -> Self {
        let messages = (2 * before).min(self.most).max(self.batch);
        let part = (self.all / (TURNS * lanes.max(1))).clamp(LEAST, SHARE);
        let octets = meanwhile.saturating_mul(PART).clamp(part, OCTETS);
        Self { messages, most: messages, octets, waiting: octets, ..*self }
    }

    /// Messages in a batch before the first one on a lane, which is twice as large, of a load of so many messages: what goes
    /// out while one is ended makes the first.
    pub(super) fn before_the_first(&self, messages: usize, meanwhile: u64) -> usize {
        let part = u128::from(meanwhile) * u128::try_from(messages).unwrap_or(0) / u128::from(self.all.max(1));
        usize::try_from(part).unwrap_or(messages).min(messages) / 2
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
            assert_eq!(bounds, Bounds { all, batch: 100, messages, most: WAITING, octets, waiting }, "{name}");
        }
    }

    #[test]
    fn batches_on_lanes_become_large() {
        let long = Bounds::of(40 * MIB, 12 * MIB, false, 100);
        for (before, messages) in [(0, 100), (30, 100), (100, 200), (499, 998), (1600, 2000), (2000, 2000)] {
            let expected = Bounds { messages, most: messages, octets: 2 * MIB, waiting: 2 * MIB, ..long };
            assert_eq!(long.on_a_lane(4, before, 0), expected, "behind {before}");
        }
        let asked = Bounds::of(20 * MIB, 12 * MIB, false, 5_000);
        assert_eq!(asked.on_a_lane(4, 0, 0).messages(), 5_000, "as large as asked for");
    }

    #[test]
    fn the_first_batch_on_a_lane_is_what_goes_out_while_one_is_ended() {
        let cases = [
            ("nothing is known", 40 * MIB, 20_000, 0, 100),
            ("soon ended", 40 * MIB, 20_000, MIB / 8, 100),
            ("a round trip away", 40 * MIB, 20_000, MIB, 500),
            ("far away", 40 * MIB, 20_000, 100 * MIB, 2_000),
            ("few messages", 40 * MIB, 6, u64::MAX, 100),
            ("sizes that nobody told", 0, 500, MIB, 500),
        ];
        for (name, all, messages, meanwhile, first) in cases {
            let bounds = Bounds::of(all, 12 * MIB, false, 100);
            let before = bounds.before_the_first(messages, meanwhile);
            assert_eq!(bounds.on_a_lane(4, before, meanwhile).messages(), first, "{name}");
        }
    }

    #[test]
    fn each_lane_has_its_part_unless_the_ends_take_too_long() {
        let cases = [
            ("a long load", 40 * MIB, 4, 0, 2 * MIB),
            ("its batches are soon ended", 40 * MIB, 4, MIB / 2, 2 * MIB),
            ("or are not", 40 * MIB, 4, MIB, 4 * MIB),
            ("or very late", 40 * MIB, 4, u64::MAX, 8 * MIB),
            ("a short load", 8 * MIB, 4, 0, MIB),
            ("on fewer lanes", 8 * MIB, 2, 0, 2 * MIB),
            ("a shorter one", MIB, 4, 0, MIB / 4),
            ("sizes that nobody told", 0, 4, 0, MIB / 4),
        ];
        for (name, all, lanes, meanwhile, octets) in cases {
            let bounds = Bounds::of(all, 12 * MIB, false, 100).on_a_lane(lanes, 0, meanwhile);
            assert_eq!((bounds.octets, bounds.waiting), (octets, octets), "{name}");
        }
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
