//! # Chance
//! Numbers that look random and follow from a seed (SplitMix64), the same on every machine.

use std::time::Duration;

/// A row of numbers.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The row of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95_7F2D)
    }

    /// Another row that follows from this one: what is taken from it leaves this one as it is.
    pub fn beside(&self) -> Self {
        Self(self.0.rotate_left(23) ^ 0x2545_F491_4F6C_DD1D)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to less than `most`; 0 when there is none.
    pub fn below(&mut self, most: u64) -> u64 {
        self.number().checked_rem(most).unwrap_or(0)
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// True once in `n`.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of these.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let at = usize::try_from(self.below(u64::try_from(from.len()).unwrap_or(1))).unwrap_or(0);
        from.get(at).cloned().unwrap_or_else(|| unreachable!("nothing to pick from"))
    }

    /// So many milliseconds.
    pub fn millis(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(self.between(least, most))
    }

    /// A signed number of milliseconds, up to so many seconds either way.
    pub fn skew(&mut self, seconds: i64) -> i64 {
        let most = u64::try_from(seconds * 1000).unwrap_or(0);
        i64::try_from(self.below(2 * most + 1)).unwrap_or(0) - seconds * 1000
    }
}
