//! # Time
//! How much of a step's time is left for what is still to be begun, and for what was sent to show itself.

use std::time::Duration;

use super::crossing::Crossing;
use crate::migration::{Folder, Moment};

/// Below this much time left no chunk is begun and no folder opened; in a short step below a quarter of its time.
pub(super) const LAST_CHANCE: Duration = Duration::from_millis(1500);
/// At most so much longer than its time takes a step that follows one without progress, to begin something.
const GRACE: Duration = Duration::from_secs(10);

impl Crossing<'_> {
    /// True when nothing new may be begun.
    pub(super) fn out_of_time(&self) -> bool {
        let clock = self.ports.clock;
        let least = LAST_CHANCE.min(self.held.step / 4);
        self.spent || clock.stopping() || self.left() < least || clock.now() >= self.deadline().after(self.grace())
    }

    /// The time in which something may be begun.
    pub(super) fn left(&self) -> Duration {
        self.ports.clock.left() + self.grace()
    }

    /// However short steps are, something is settled: one that follows a step without progress may begin its first chunk in
    /// the part of the margin that is there for sending (`Load::until_wall`).
    fn grace(&self) -> Duration {
        let overdue = self.held.record.tries > 1 && self.begun == 0 && !self.errands.has_progressed();
        if overdue { GRACE.min(self.held.timing.margin / 2) } else { Duration::ZERO }
    }

    /// The last moment at which anything may be sent: the lease without its margin, as it was claimed. What the clock
    /// says is left is not enough: a process that was frozen finds as much left as before.
    pub(super) fn deadline(&self) -> Moment {
        let left = self.ports.clock.now().after(self.ports.clock.left());
        self.held.deadline().map_or(left, |claimed| claimed.min(left))
    }

    /// From now on nothing more is sent of a folder's chunk.
    pub(super) fn sent(&mut self, folder: &Folder) {
        self.sent.insert(folder.number, self.ports.clock.monotonic());
    }

    /// For how long what this step sent of a folder's open chunk may still show itself.
    pub(super) fn unrest_of(&self, folder: &Folder) -> Duration {
        let since = |sent: &Duration| self.ports.clock.monotonic().saturating_sub(*sent);
        self.sent.get(&folder.number).map_or(Duration::ZERO, |sent| self.held.timing.quiet.saturating_sub(since(sent)))
    }
}
