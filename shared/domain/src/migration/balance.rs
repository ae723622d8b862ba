//! # Balance
//! Counts by outcome; the books close when `source` is the sum of the outcomes.

use serde::{Deserialize, Serialize};

use super::Outcome;

/// Counters of one folder or of a whole mailbox, in messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Messages that the source had, in all passes together.
    pub source: u64,
    /// Appended by us.
    pub copied: u64,
    /// There before us.
    pub adopted: u64,
    /// Folded by the destination into one that it had.
    pub merged: u64,
    /// Kept for review.
    pub quarantined: u64,
    /// Left out on request.
    pub filtered: u64,
    /// Listed, then gone before they could be read.
    pub vanished: u64,
    /// Behind a folder that cannot be opened or made.
    pub blocked: u64,
    /// No outcome found by the recount. 0, or the state is `unbalanced`.
    pub unexplained: u64,
    /// Came to the source after the snapshot; the next pass takes them.
    pub arrived: u64,
    /// Delivered, then moved or deleted at the destination by somebody.
    pub removed: u64,
    /// Had an outcome, then were deleted at the source.
    pub gone: u64,
    /// At the destination and not ours.
    pub foreign: u64,
}

impl Counts {
    /// One more message with this outcome.
    pub fn add(&mut self, outcome: Outcome) {
        self.source += 1;
        *self.of(outcome) += 1;
    }

    /// The counter of an outcome.
    pub fn of(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Copied => &mut self.copied,
            Outcome::Adopted => &mut self.adopted,
            Outcome::Merged => &mut self.merged,
            Outcome::Quarantined => &mut self.quarantined,
            Outcome::Filtered => &mut self.filtered,
            Outcome::Vanished => &mut self.vanished,
            Outcome::Blocked => &mut self.blocked,
        }
    }

    /// The sum of what must make up `source`.
    pub fn accounted(&self) -> u64 {
        self.copied
            + self.adopted
            + self.merged
            + self.quarantined
            + self.filtered
            + self.vanished
            + self.blocked
            + self.unexplained
    }

    /// True when `source` is the sum of the outcomes and nothing is unexplained.
    pub fn closes(&self) -> bool {
        self.source == self.accounted() && self.unexplained == 0
    }

    /// Both together, counter by counter.
    pub fn plus(self, other: &Self) -> Self {
        Self {
            source: self.source + other.source,
            copied: self.copied + other.copied,
            adopted: self.adopted + other.adopted,
            merged: self.merged + other.merged,
            quarantined: self.quarantined + other.quarantined,
            filtered: self.filtered + other.filtered,
            vanished: self.vanished + other.vanished,
            blocked: self.blocked + other.blocked,
            unexplained: self.unexplained + other.unexplained,
            arrived: self.arrived + other.arrived,
            removed: self.removed + other.removed,
            gone: self.gone + other.gone,
            foreign: self.foreign + other.foreign,
        }
    }
}
