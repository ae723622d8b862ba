//! # Sieve
//! Keeps the matching of two large folders small. Most messages have a fingerprint that occurs once on each side: they are
//! pairs at sight. Others have nothing in common with the other side. Only what is left over is matched with all its
//! fingerprints in memory, by `matching`, and the result is the same as if everything had been.
//!
//! Both sides are gone through several times: once to fill the filters, once per range of fingerprints to find pairs, once
//! to pick out what is left. Memory: three octets of filters per message and side, 24 octets per message of one side and
//! one range, 12 octets per pair.

use crate::mail::{Fingerprint, Uid};
use crate::ports::mail::Head;

/// Messages of one side whose fingerprints are held at a time.
const RANGE: u64 = 500_000;

/// The best fingerprint of a message. What has a Message-ID never meets what has none under it: the digests differ in kind.
fn best(head: &Head) -> Fingerprint {
    head.prints.strong.unwrap_or(head.prints.weak)
}

fn halves(print: &Fingerprint) -> (u64, u64) {
    let number = u128::from_le_bytes(*print.octets());
    let low = |number: u128| u64::try_from(number & u128::from(u64::MAX)).unwrap_or_default();
    (low(number), low(number >> 64))
}

/// A set of fingerprints that may say yes too often, never no.
#[derive(Debug)]
struct Filter {
    words: Vec<u64>,
}

impl Filter {
    /// For so many fingerprints, with so many bits for each.
    fn expecting(messages: u64, bits: u64) -> Self {
        let words = messages.saturating_mul(bits) / 64 + 16;
        Self { words: vec![0; usize::try_from(words).unwrap_or(16)] }
    }

    /// Adds it; true when it may have been there before.
    fn add(&mut self, print: &Fingerprint) -> bool {
        let places = self.places(print);
        let mut there = true;
        for (word, bit) in places {
            if let Some(word) = self.words.get_mut(word) {
                there &= *word & bit != 0;
                *word |= bit;
            }
        }
        there
    }

    fn has(&self, print: &Fingerprint) -> bool {
        self.places(print).into_iter().all(|(word, bit)| self.words.get(word).is_some_and(|word| word & bit != 0))
    }

    fn places(&self, print: &Fingerprint) -> [(usize, u64); 2] {
        let (low, high) = halves(print);
        let words = u64::try_from(self.words.len()).unwrap_or(u64::MAX).max(1);
        [low, high].map(|hash| (usize::try_from((hash >> 6) % words).unwrap_or_default(), 1 << (hash & 63)))
    }
}

/// What one side has.
#[derive(Debug)]
struct Side {
    best: Filter,
    weak: Filter,
    id_date: Filter,
    /// (Message-ID, Date) that more than one message may have.
    twice: Filter,
}

impl Side {
    fn expecting(messages: u64) -> Self {
        let filter = |bits| Filter::expecting(messages, bits);
        Self { best: filter(8), weak: filter(8), id_date: filter(16), twice: filter(8) }
    }

    fn note(&mut self, head: &Head) {
        self.best.add(&best(head));
        self.weak.add(&head.prints.weak);
        if let Some(print) = &head.prints.id_date
            && self.id_date.add(print)
        {
            self.twice.add(print);
        }
    }

    /// True when a message with these fingerprints may have to do with one of this side.
    fn may_meet(&self, head: &Head) -> bool {
        let id_date = head.prints.id_date.is_some_and(|print| self.id_date.has(&print));
        id_date || self.best.has(&best(head)) || self.weak.has(&head.prints.weak)
    }

    fn has_twice(&self, head: &Head) -> bool {
        head.prints.id_date.is_some_and(|print| self.twice.has(&print))
    }
}

/// One message of the destination, and who asked for its fingerprint.
#[derive(Clone, Copy, Debug)]
struct Slot {
    print: [u8; 16],
    there: Uid,
    /// 0: nobody yet.
    here: Uid,
}

/// Not one message alone: `matching` decides.
const MANY: Uid = Uid::new(u32::MAX);

/// The sieve. First `note_here` and `note_there` every message; then for each of `ranges`: `offer` every message there,
/// `close_range`, `ask` for every message here, `end_range`; then `is_left_here` and `is_left_there` say what is left.
#[derive(Debug)]
pub struct Sieve {
    here: Side,
    there: Side,
    ranges: u64,
    range: u64,
    slots: Vec<Slot>,
    pairs: Vec<(Uid, Uid)>,
    paired_there: Vec<Uid>,
}

impl Sieve {
    /// For so many messages on each side.
    pub fn expecting(here: u64, there: u64) -> Self {
        let ranges = there.div_ceil(RANGE).max(1);
        Self::in_ranges(here, there, ranges)
    }

    fn in_ranges(here: u64, there: u64, ranges: u64) -> Self {
        Self {
            here: Side::expecting(here),
            there: Side::expecting(there),
            ranges,
            range: 0,
            slots: Vec::new(),
            pairs: Vec::new(),
            paired_there: Vec::new(),
        }
    }

    /// A message of the source.
    pub fn note_here(&mut self, head: &Head) {
        self.here.note(head);
    }

    /// A message of the destination.
    pub fn note_there(&mut self, head: &Head) {
        self.there.note(head);
    }

    /// How many ranges there are.
    pub fn ranges(&self) -> u64 {
        self.ranges
    }

    fn in_range(&self, print: &Fingerprint) -> bool {
        halves(print).1 % self.ranges == self.range
    }

    /// A message of the destination, in this range.
    pub fn offer(&mut self, head: &Head) {
        let print = best(head);
        if self.in_range(&print) && self.here.best.has(&print) {
            let here = if self.there.has_twice(head) || self.here.has_twice(head) { MANY } else { Uid::new(0) };
            self.slots.push(Slot { print: *print.octets(), there: head.uid, here });
        }
    }

    /// All messages of the destination have been offered.
    pub fn close_range(&mut self) {
        self.slots.sort_unstable_by_key(|slot| (slot.print, slot.there));
        for same in self.slots.chunk_by_mut(|a, b| a.print == b.print).filter(|same| same.len() > 1) {
            same.iter_mut().for_each(|slot| slot.here = MANY);
        }
    }

    /// A message of the source, in this range.
    pub fn ask(&mut self, head: &Head) {
        let print = best(head);
        if !self.in_range(&print) {
            return;
        }
        let Ok(at) = self.slots.binary_search_by_key(print.octets(), |slot| slot.print) else { return };
        let alone = !self.here.has_twice(head) && !self.there.has_twice(head);
        if let Some(slot) = self.slots.get_mut(at) {
            slot.here = if alone && slot.here == Uid::new(0) { head.uid } else { MANY };
        }
    }

    /// All messages of the source have asked.
    pub fn end_range(&mut self) {
        let met = self.slots.iter().filter(|slot| slot.here != Uid::new(0) && slot.here != MANY);
        self.pairs.extend(met.map(|slot| (slot.here, slot.there)));
        self.slots = Vec::new();
        self.range += 1;
        if self.range == self.ranges {
            self.pairs.sort_unstable();
            self.paired_there = self.pairs.iter().map(|(_, there)| *there).collect();
            self.paired_there.sort_unstable();
        }
    }

    /// True when this message of the source is to be matched with all its fingerprints.
    pub fn is_left_here(&self, head: &Head) -> bool {
        self.pairs.binary_search_by_key(&head.uid, |(here, _)| *here).is_err() && self.there.may_meet(head)
    }

    /// True when this message of the destination is to be matched with all its fingerprints.
    pub fn is_left_there(&self, head: &Head) -> bool {
        self.paired_there.binary_search(&head.uid).is_err() && self.here.may_meet(head)
    }

    /// Source UID and destination UID of messages that are the same at sight, by source UID.
    pub fn into_pairs(self) -> Vec<(Uid, Uid)> {
        self.pairs
    }
}

#[cfg(test)]
#[path = "sieve_tests.rs"]
mod tests;
