//! # System flags
//! The flags that every server knows, and sets of them.

use std::fmt;

/// The system flags that a client may set (RFC 9051 §2.3.2). `\Recent` is the server's own and never carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SystemFlag {
    /// `\Answered`
    Answered,
    /// `\Flagged`
    Flagged,
    /// `\Deleted`
    Deleted,
    /// `\Seen`
    Seen,
    /// `\Draft`
    Draft,
}

impl SystemFlag {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Answered, Self::Flagged, Self::Deleted, Self::Seen, Self::Draft];

    /// As it is sent, e.g. `\Seen`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "\\Answered",
            Self::Flagged => "\\Flagged",
            Self::Deleted => "\\Deleted",
            Self::Seen => "\\Seen",
            Self::Draft => "\\Draft",
        }
    }

    /// The system flag that a server spells so, in any case.
    pub fn read(word: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|flag| flag.as_str().as_bytes().eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for SystemFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Some of the system flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SystemFlags(u8);

impl SystemFlags {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// All of them.
    pub const ALL: Self = Self(0b1_1111);

    const fn bit(flag: SystemFlag) -> u8 {
        match flag {
            SystemFlag::Answered => 1,
            SystemFlag::Flagged => 2,
            SystemFlag::Deleted => 4,
            SystemFlag::Seen => 8,
            SystemFlag::Draft => 16,
        }
    }

    /// Adds one.
    pub const fn insert(&mut self, flag: SystemFlag) {
        self.0 |= Self::bit(flag);
    }

    /// Takes one out.
    pub const fn remove(&mut self, flag: SystemFlag) {
        self.0 &= !Self::bit(flag);
    }

    /// True when it is among them.
    pub const fn contains(self, flag: SystemFlag) -> bool {
        self.0 & Self::bit(flag) != 0
    }

    /// True when there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are not among `others`.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Each of them, in the order of `SystemFlag::ALL`.
    pub fn iter(self) -> impl Iterator<Item = SystemFlag> {
        SystemFlag::ALL.into_iter().filter(move |flag| self.contains(*flag))
    }
}

impl FromIterator<SystemFlag> for SystemFlags {
    fn from_iter<I: IntoIterator<Item = SystemFlag>>(flags: I) -> Self {
        let mut set = Self::NONE;
        flags.into_iter().for_each(|flag| set.insert(flag));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_into_it() {
        for flag in SystemFlag::ALL {
            let one = SystemFlags::from_iter([flag]);
            assert!(one.contains(flag) && one.iter().eq([flag]), "{flag}");
            let mut others = SystemFlags::ALL;
            others.remove(flag);
            assert_eq!(SystemFlags::ALL.without(others), one);
            assert!(!others.contains(flag) && one.without(one).is_empty());
        }
        assert!(SystemFlags::ALL.iter().eq(SystemFlag::ALL) && SystemFlags::NONE.is_empty());
    }
}
