//! # Recount
//! What both sides list against what the manifest says, for one folder. Pure.

use std::collections::BTreeMap;

use crate::mail::{Permanent, Uid, UidSet, carry};
use crate::migration::manifest::Line;
use crate::migration::{Counts, Folder, Outcome};
use crate::ports::mail::Meta;

/// What the source shows now.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Messages below the snapshot.
    pub listed: UidSet,
    /// Messages from the snapshot up.
    pub arrived: u64,
    /// Messages whose flags are not those that were carried.
    pub flags_changed: u64,
    /// The source contradicts itself: how, for people.
    pub disagrees: Option<String>,
    /// Messages that the source says it has, and does not list.
    pub hidden: u64,
}

/// How the error begins when a source contradicts itself.
pub const DISAGREES: &str = "the source says";

impl Shown {
    /// All that was listed.
    pub fn all(&self) -> u64 {
        u64::try_from(self.listed.len()).unwrap_or(u64::MAX).saturating_add(self.arrived)
    }

    /// The source says that it has another number of messages.
    pub fn contradict(&mut self, says: u64) {
        let listed = self.all();
        self.disagrees = Some(format!("{DISAGREES} {says} messages and lists {listed}"));
        self.hidden = says.saturating_sub(listed);
    }

    /// Takes one window of the source's listing in.
    pub fn add(&mut self, metas: &[Meta], snapshot: Uid, lines: &BTreeMap<Uid, Line>, permanent: &Permanent) {
        for meta in metas {
            if meta.uid >= snapshot {
                self.arrived += 1;
                continue;
            }
            self.listed.insert(meta.uid);
            let carried = lines.get(&meta.uid).filter(|line| line.delivered());
            if carried.is_some_and(|line| carry(&meta.flags, permanent).flags != line.flags) {
                self.flags_changed += 1;
            }
        }
    }
}

/// Delivered lines that are not at the destination under the UID they claim; a UID counts once.
pub fn not_in_place(lines: &BTreeMap<Uid, Line>, present: &UidSet) -> Vec<Uid> {
    let mut used = UidSet::default();
    let mut missing = Vec::new();
    for line in lines.values().filter(|line| line.delivered()) {
        match line.to {
            Some(to) if present.contains(to) && line.outcome == Outcome::Merged => {}
            Some(to) if present.contains(to) && !used.contains(to) => used.insert(to),
            _ => missing.push(line.uid),
        }
    }
    missing
}

/// The folder's counters. `lost` are delivered lines that were found nowhere.
pub fn count(folder: &Folder, lines: &BTreeMap<Uid, Line>, shown: &Shown, lost: &UidSet, foreign: u64) -> Counts {
    let mut counts = folder.retired;
    for line in lines.values() {
        if lost.contains(line.uid) && !line.seen {
            counts.source += 1;
            counts.unexplained += 1;
            continue;
        }
        counts.add(line.outcome);
        if lost.contains(line.uid) {
            counts.removed += 1;
        }
        if line.outcome != Outcome::Vanished && !shown.listed.contains(line.uid) {
            counts.gone += 1;
        }
    }
    let without_line = shown.listed.iter().filter(|uid| !lines.contains_key(uid)).count();
    let without_line = u64::try_from(without_line).unwrap_or(u64::MAX);
    counts.source += without_line;
    // What a folder in error did not hand over is behind it; anywhere else nobody can say what became of it.
    match folder.error {
        Some(_) => counts.blocked += without_line,
        None => counts.unexplained += without_line,
    }
    counts.source += shown.hidden;
    counts.blocked += shown.hidden;
    counts.arrived = shown.arrived;
    counts.foreign = foreign;
    counts
}

/// The counters of a folder that is not carried: all its messages share one outcome.
pub fn count_whole(folder: &Folder, outcome: Outcome) -> Counts {
    let mut counts = folder.retired;
    counts.source += folder.planned;
    *counts.of(outcome) += folder.planned;
    counts
}
