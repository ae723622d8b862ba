//! # Roll
//! A folder's manifest in sixteen octets per message: what a recount has to know of each line. A folder of a million
//! messages fits into 16 MB.

use super::Outcome;
use super::manifest::{Line, Segment};
use crate::mail::{Fingerprint, Flags, Uid};

const SEEN: u64 = 0x80;
const OUTCOME: u64 = 0x0f;
/// The flags' digest stands above these bits.
const LOW: u64 = 0xff;

/// A line, cut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    uid: Uid,
    /// 0 for none.
    to: Uid,
    /// 56 bits of the flags' digest, then `seen` and the outcome.
    word: u64,
}

impl Entry {
    /// What is kept of a line.
    pub fn of(line: &Line) -> Self {
        let seen = if line.seen { SEEN } else { 0 };
        let word = (print(&line.flags) & !LOW) | seen | number(line.outcome);
        Self { uid: line.uid, to: line.to.unwrap_or_default(), word }
    }

    /// Source UID.
    pub fn uid(self) -> Uid {
        self.uid
    }

    /// Destination UID, where there is one.
    pub fn to(self) -> Option<Uid> {
        Some(self.to).filter(|to| to.get() > 0)
    }

    /// True when a read of ours saw it at the destination.
    pub fn seen(self) -> bool {
        self.word & SEEN != 0
    }

    /// Its outcome.
    pub fn outcome(self) -> Outcome {
        OUTCOMES.into_iter().find(|outcome| number(*outcome) == self.word & OUTCOME).unwrap_or(Outcome::Blocked)
    }

    /// True when it is to be found at the destination.
    pub fn delivered(self) -> bool {
        matches!(self.outcome(), Outcome::Copied | Outcome::Adopted | Outcome::Merged)
    }

    /// True when these are the flags as carried. 56 bits are compared: what they decide is a counter for people.
    pub fn carried(self, flags: &Flags) -> bool {
        (print(flags) ^ self.word) & !LOW == 0
    }
}

const OUTCOMES: [Outcome; 7] = [
    Outcome::Copied,
    Outcome::Adopted,
    Outcome::Merged,
    Outcome::Quarantined,
    Outcome::Filtered,
    Outcome::Vanished,
    Outcome::Blocked,
];

fn number(outcome: Outcome) -> u64 {
    match outcome {
        Outcome::Copied => 0,
        Outcome::Adopted => 1,
        Outcome::Merged => 2,
        Outcome::Quarantined => 3,
        Outcome::Filtered => 4,
        Outcome::Vanished => 5,
        Outcome::Blocked => 6,
    }
}

/// 64 bits that stand for flags in any order and spelling.
fn print(flags: &Flags) -> u64 {
    let print = Fingerprint::of(flags.to_string().to_ascii_lowercase().as_bytes());
    let mut octets = [0; 8];
    octets.iter_mut().zip(print.octets()).for_each(|(to, from)| *to = *from);
    u64::from_le_bytes(octets)
}

/// The lines that count, by UID.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roll {
    entries: Vec<Entry>,
}

impl Roll {
    /// The lines that count, of segments newest first, about this many.
    pub fn expecting(messages: u64) -> Building {
        // More than that is believed when it is there.
        let room = usize::try_from(messages.min(4 << 20)).unwrap_or_default();
        Building(Vec::with_capacity(room))
    }

    /// By UID.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The line of a message.
    pub fn get(&self, uid: Uid) -> Option<Entry> {
        let at = self.entries.binary_search_by_key(&uid, |entry| entry.uid).ok()?;
        self.entries.get(at).copied()
    }

    /// The lines of `lo..=hi`.
    pub fn between(&self, lo: Uid, hi: Uid) -> &[Entry] {
        let from = self.entries.partition_point(|entry| entry.uid < lo);
        let to = self.entries.partition_point(|entry| entry.uid <= hi);
        self.entries.get(from..to).unwrap_or_default()
    }

    /// Source UIDs, sorted.
    pub fn uids(&self) -> Vec<Uid> {
        self.entries.iter().map(|entry| entry.uid).collect()
    }

    /// Destination UIDs that lines name, in the lines' order.
    pub fn places(&self) -> impl Iterator<Item = Uid> {
        self.entries.iter().filter_map(|entry| entry.to())
    }
}

/// A roll in the making.
#[derive(Debug)]
pub struct Building(Vec<Entry>);

impl Building {
    /// Takes the next older segment in.
    pub fn add(&mut self, segment: &Segment) {
        // Of two lines of one segment the later counts.
        self.0.extend(segment.lines.iter().rev().map(Entry::of));
    }

    /// The roll: the first line that was taken in of each message counts.
    pub fn done(mut self) -> Roll {
        self.0.sort_by_key(|entry| entry.uid);
        self.0.dedup_by_key(|entry| entry.uid);
        Roll { entries: self.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::manifest::SegmentHead;

    fn segment(lines: Vec<Line>) -> Segment {
        let head = SegmentHead { previous: None, source_validity: None, destination_validity: None, replaces: false };
        Segment { head, lines }
    }

    fn line(uid: u32, to: u32, outcome: Outcome) -> Line {
        Line { to: Some(Uid::new(to)).filter(|to| to.get() > 0), ..Line::bare(Uid::new(uid), outcome) }
    }

    fn roll(newest_first: Vec<Segment>) -> Roll {
        let mut building = Roll::expecting(2);
        newest_first.iter().for_each(|segment| building.add(segment));
        building.done()
    }

    #[test]
    fn sixteen_octets_hold_a_line() {
        assert_eq!(size_of::<Entry>(), 16);
        let flags = Flags::read([&b"\\Seen"[..], b"$Label"]).0;
        for outcome in OUTCOMES {
            for (seen, to) in [(false, None), (true, Some(Uid::new(u32::MAX)))] {
                let line = Line { seen, to, flags: flags.clone(), ..Line::bare(Uid::new(7), outcome) };
                let entry = Entry::of(&line);
                assert_eq!((entry.uid(), entry.to(), entry.seen()), (Uid::new(7), to, seen));
                assert_eq!((entry.outcome(), entry.delivered()), (outcome, line.delivered()));
                assert!(entry.carried(&Flags::read([&b"$LABEL"[..], b"\\SEEN"]).0));
                assert!(!entry.carried(&Flags::new()));
            }
        }
    }

    #[test]
    fn the_newest_line_of_a_message_counts() {
        let newest = segment(vec![line(2, 20, Outcome::Copied), line(2, 21, Outcome::Adopted)]);
        let oldest =
            segment(vec![line(1, 10, Outcome::Copied), line(2, 0, Outcome::Vanished), line(9, 11, Outcome::Copied)]);
        let roll = roll(vec![newest, oldest]);
        let uids: Vec<u32> = roll.entries().iter().map(|entry| entry.uid().get()).collect();
        assert_eq!(uids, [1, 2, 9]);
        assert_eq!(roll.get(Uid::new(2)).map(Entry::outcome), Some(Outcome::Adopted));
        assert_eq!(roll.get(Uid::new(3)), None);
        assert_eq!(roll.places().map(Uid::get).collect::<Vec<_>>(), [10, 21, 11]);
        assert_eq!(roll.between(Uid::new(2), Uid::new(8)).len(), 1);
    }
}
