//! # UID
//! Numbers that mean something: a message's UID, the validity that it belongs to, and a count of octets.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// A message's number in its folder (RFC 9051 §2.3.1.1), from 1 to 2³²−1. 0 is no message: "none yet" as a watermark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Uid(u32);

impl Uid {
    /// The UID with this number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The UID after it; the highest UID is its own next.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a folder's UIDs belong to: with another UIDVALIDITY they are other UIDs (RFC 9051 §2.3.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UidValidity(u32);

impl UidValidity {
    /// The UIDVALIDITY with this number. 0 is not allowed by the RFC; whoever reads one treats it as none.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for UidValidity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A count of octets; adding saturates. Shown to people with a decimal unit: `12.3 MB`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Octets(u64);

impl Octets {
    /// So many octets.
    pub const fn new(count: u64) -> Self {
        Self(count)
    }

    /// How many.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl Add for Octets {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Octets {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Octets {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self(0), Add::add)
    }
}

impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1000 {
            return write!(f, "{} B", self.0);
        }
        let mut unit: u128 = 1;
        for name in ["kB", "MB", "GB", "TB", "PB", "EB"] {
            unit *= 1000;
            let tenths = (u128::from(self.0) * 10 + unit / 2) / unit;
            if tenths < 10_000 {
                return write!(f, "{}.{} {name}", tenths / 10, tenths % 10);
            }
        }
        write!(f, "{} B", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_shown_with_one_decimal_of_the_unit_that_fits() {
        for (octets, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (12_340, "12.3 kB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (12_345_678, "12.3 MB"),
            (50_000_000_000, "50.0 GB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(Octets::new(octets).to_string(), shown);
        }
    }

    #[test]
    fn numbers_saturate_instead_of_wrapping() {
        assert_eq!(Uid::new(u32::MAX).next(), Uid::new(u32::MAX));
        assert_eq!(Uid::new(0).next(), Uid::new(1));
        assert_eq!([Octets::new(u64::MAX), Octets::new(1)].into_iter().sum::<Octets>(), Octets::new(u64::MAX));
    }

    #[test]
    fn records_carry_plain_numbers() {
        assert_eq!(serde_json::to_string(&(Uid::new(7), UidValidity::new(8), Octets::new(9))).unwrap(), "[7,8,9]");
        assert_eq!(serde_json::from_str::<Uid>("7").unwrap(), Uid::new(7));
    }
}
