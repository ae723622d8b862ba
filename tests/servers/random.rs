//! # Random
//! A small generator of numbers that repeat: the same seed gives the same mailbox on every machine.

/// SplitMix64 (Steele, Lea, Flood 2014): enough for mail that looks alive, useless for secrets.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator for one thing among many: `stream` and `index` pick an independent run of numbers.
    #[must_use]
    pub fn new(seed: u64, stream: u64, index: u64) -> Self {
        let mut random = Self(seed);
        for salt in [stream, index] {
            random.0 = random.draw() ^ salt.wrapping_mul(0xD6E8_FEB8_6659_FD93);
        }
        random
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit` (0 when `limit` is 0).
    pub fn below(&mut self, limit: u64) -> u64 {
        self.draw().checked_rem(limit).unwrap_or(0)
    }

    /// The same for positions in memory.
    pub fn index(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        usize::try_from(self.below(limit)).unwrap_or(0)
    }

    /// True in `share` of a thousand cases.
    pub fn in_thousand(&mut self, share: u64) -> bool {
        self.below(1000) < share
    }

    /// One of `items`, which must not be empty (else the type's default).
    pub fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        items.get(self.index(items.len())).copied().unwrap_or_default()
    }
}
