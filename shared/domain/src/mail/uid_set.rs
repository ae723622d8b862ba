//! # UID set
//! Many UIDs as few ranges: what a command names, what an answer lists, what a record keeps.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Uid;

/// A set of UIDs, kept as sorted, disjoint, inclusive ranges that do not touch. Written as in a command: `1:5,7`.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct UidSet {
    ranges: Vec<(u32, u32)>,
}

/// A set named by a server that holds more UIDs than this is not believed.
const MOST: usize = 10_000_000;

impl UidSet {
    /// The empty set.
    pub const fn new() -> Self {
        Self { ranges: Vec::new() }
    }

    /// All UIDs from `lo` to `hi`, both included; empty when `hi` is below `lo`.
    pub fn range(lo: Uid, hi: Uid) -> Self {
        let mut set = Self::new();
        set.insert_range(lo, hi);
        set
    }

    /// Adds one UID. Cheap at the end; 0, which is no message, is left out.
    pub fn insert(&mut self, uid: Uid) {
        self.insert_range(uid, uid);
    }

    /// Adds all UIDs from `lo` to `hi`, both included; none when `hi` is below `lo`.
    pub fn insert_range(&mut self, lo: Uid, hi: Uid) {
        let (lo, hi) = (lo.get().max(1), hi.get());
        if lo > hi {
            return;
        }
        // Ranges that overlap or touch lo..=hi are the ones from `first` up to `after`.
        let first = self.ranges.partition_point(|&(_, end)| end.saturating_add(1) < lo);
        let after = self.ranges.partition_point(|&(start, _)| start <= hi.saturating_add(1));
        let touched = self.ranges.get(first..after).unwrap_or_default();
        let start = touched.first().map_or(lo, |&(start, _)| start.min(lo));
        let end = touched.last().map_or(hi, |&(_, end)| end.max(hi));
        self.ranges.splice(first..after.max(first), [(start, end)]);
    }

    /// Takes one UID out, if it is in.
    pub fn remove(&mut self, uid: Uid) {
        let uid = uid.get();
        let at = self.ranges.partition_point(|&(_, end)| end < uid);
        if let Some(&(start, end)) = self.ranges.get(at).filter(|&&(start, _)| start <= uid) {
            let below = (start, uid.saturating_sub(1));
            let above = (uid.saturating_add(1), end);
            let left = [(start < uid).then_some(below), (uid < end).then_some(above)];
            self.ranges.splice(at..=at, left.into_iter().flatten());
        }
    }

    /// Takes out all UIDs up to `uid`, that one included.
    pub fn remove_through(&mut self, uid: Uid) {
        let uid = uid.get();
        let past = self.ranges.partition_point(|&(_, end)| end <= uid);
        self.ranges.drain(..past);
        if let Some(first) = self.ranges.first_mut() {
            first.0 = first.0.max(uid.saturating_add(1));
        }
    }

    /// True when `uid` is in it.
    pub fn contains(&self, uid: Uid) -> bool {
        let at = self.ranges.partition_point(|&(_, end)| end < uid.get());
        self.ranges.get(at).is_some_and(|&(start, _)| start <= uid.get())
    }

    /// How many UIDs.
    pub fn len(&self) -> usize {
        self.ranges.iter().map(|&range| count(range)).fold(0, usize::saturating_add)
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The lowest.
    pub fn first(&self) -> Option<Uid> {
        self.ranges.first().map(|&(start, _)| Uid::new(start))
    }

    /// The highest.
    pub fn last(&self) -> Option<Uid> {
        self.ranges.last().map(|&(_, end)| Uid::new(end))
    }

    /// Every UID, in order.
    pub fn iter(&self) -> impl Iterator<Item = Uid> {
        self.ranges.iter().flat_map(|&(start, end)| start..=end).map(Uid::new)
    }

    /// The ranges, lowest first: first and last UID of each.
    pub fn ranges(&self) -> impl Iterator<Item = (Uid, Uid)> {
        self.ranges.iter().map(|&(start, end)| (Uid::new(start), Uid::new(end)))
    }

    /// Cut, in order, into sets of which each is written in at most `max_octets` octets and holds at most `max_uids`
    /// UIDs: command lines have a limit. A single range that is longer than `max_octets` when written stands alone.
    pub fn pieces(&self, max_octets: usize, max_uids: usize) -> Vec<Self> {
        let most = u32::try_from(max_uids.max(1)).unwrap_or(u32::MAX);
        let mut pieces = Vec::new();
        let mut piece = Piece::default();
        for &(start, end) in &self.ranges {
            let mut rest = Some(start);
            while let Some(lo) = rest {
                if piece.uids >= most {
                    pieces.push(std::mem::take(&mut piece).set());
                }
                let hi = end.min(lo.saturating_add(most - piece.uids - 1));
                if !piece.fits((lo, hi), max_octets) {
                    pieces.push(std::mem::take(&mut piece).set());
                    continue;
                }
                piece.push((lo, hi));
                rest = hi.checked_add(1).filter(|&next| next <= end);
            }
        }
        if !piece.ranges.is_empty() {
            pieces.push(piece.set());
        }
        pieces
    }

    /// Reads a set as a server writes it (`uid-set`, RFC 9051 §9), in any order. None for 0, `*`, anything that is not
    /// a set, or more than ten million UIDs.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let set: Self = read(text)?.into_iter().collect();
        (set.len() <= MOST).then_some(set)
    }

    /// Reads a set whose order carries a meaning: in APPENDUID the n-th UID is the n-th message's (RFC 4315 §3). None
    /// too when it does not rise from start to end.
    pub fn parse_ascending(text: &[u8]) -> Option<Self> {
        let ranges = read(text)?;
        let rises = ranges.iter().zip(ranges.iter().skip(1)).all(|(one, next)| one.1 < next.0);
        if rises { Self::parse(text) } else { None }
    }
}

/// A piece under construction.
#[derive(Default)]
struct Piece {
    ranges: Vec<(u32, u32)>,
    octets: usize,
    uids: u32,
}

impl Piece {
    fn fits(&self, range: (u32, u32), max_octets: usize) -> bool {
        self.ranges.is_empty() || self.octets + 1 + spelled(range).len() <= max_octets
    }

    fn push(&mut self, range: (u32, u32)) {
        self.octets += usize::from(!self.ranges.is_empty()) + spelled(range).len();
        self.uids = self.uids.saturating_add((range.1 - range.0).saturating_add(1));
        self.ranges.push(range);
    }

    fn set(self) -> UidSet {
        UidSet { ranges: self.ranges }
    }
}

fn count((start, end): (u32, u32)) -> usize {
    usize::try_from(end - start).unwrap_or(usize::MAX).saturating_add(1)
}

fn spelled((start, end): (u32, u32)) -> String {
    if start == end { start.to_string() } else { format!("{start}:{end}") }
}

fn read(text: &[u8]) -> Option<Vec<(Uid, Uid)>> {
    text.split(|&octet| octet == b',').map(read_range).collect()
}

fn read_range(text: &[u8]) -> Option<(Uid, Uid)> {
    let mut ends = text.splitn(2, |&octet| octet == b':').map(read_number);
    let one = ends.next()??;
    let other = ends.next().unwrap_or(Some(one))?;
    // RFC 9051 §9, uid-range: 2:4 and 4:2 are the same.
    Some((Uid::new(one.min(other)), Uid::new(one.max(other))))
}

fn read_number(text: &[u8]) -> Option<u32> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let number = if digits { std::str::from_utf8(text).ok()?.parse().ok()? } else { 0 };
    (number > 0).then_some(number)
}

impl FromIterator<Uid> for UidSet {
    fn from_iter<I: IntoIterator<Item = Uid>>(uids: I) -> Self {
        uids.into_iter().map(|uid| (uid, uid)).collect()
    }
}

impl FromIterator<(Uid, Uid)> for UidSet {
    fn from_iter<I: IntoIterator<Item = (Uid, Uid)>>(ranges: I) -> Self {
        let mut ranges: Vec<_> = ranges.into_iter().collect();
        ranges.sort_unstable(); // so that each insertion is at the end
        let mut set = Self::new();
        for (lo, hi) in ranges {
            set.insert_range(lo, hi);
        }
        set
    }
}

impl Extend<Uid> for UidSet {
    fn extend<I: IntoIterator<Item = Uid>>(&mut self, uids: I) {
        uids.into_iter().for_each(|uid| self.insert(uid));
    }
}

impl fmt::Display for UidSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, &range) in self.ranges.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{}", spelled(range))?;
        }
        Ok(())
    }
}

impl fmt::Debug for UidSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UidSet({self})")
    }
}

impl Serialize for UidSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UidSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(Self::new());
        }
        let ranges = read(text.as_bytes()).ok_or_else(|| de::Error::custom("not a UID set"))?;
        Ok(ranges.into_iter().collect())
    }
}

#[cfg(test)]
#[path = "uid_set_tests.rs"]
mod tests;
