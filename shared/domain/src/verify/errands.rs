//! # Errands
//! What is left to count in this step, and what came of it. Groups of folders that share a destination.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::migration::label::Carriers;
use crate::migration::{Folder, FolderNumber, Warning};

/// Folders that share a destination folder.
pub(super) type Group = Vec<Folder>;

/// What came of one folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// Its counters are final for this pass.
    Done,
    /// The time is over; its record says where it goes on.
    Begun,
    /// Its UIDs mean something else now: copy has to reconcile it first.
    Moved,
}

/// Shared by the pairs of a step.
pub(super) struct Errands {
    groups: Mutex<VecDeque<Group>>,
    /// First folders of groups that are not counted to the end.
    open: Mutex<BTreeSet<FolderNumber>>,
    done: AtomicU64,
    of: u64,
    /// Pairs of connections that share the work.
    pub(super) pairs: usize,
    warnings: Mutex<Vec<Warning>>,
    moved: AtomicBool,
    advanced: AtomicBool,
    /// Where folders are labels.
    pub(super) carriers: Option<Carriers>,
    /// Large folders are counted one after the other: each takes memory by the message.
    pub(super) large: futures::lock::Mutex<()>,
}

impl Errands {
    pub(super) fn new(groups: VecDeque<Group>, of: u64, pairs: usize, carriers: Option<Carriers>) -> Self {
        let open = groups.iter().filter_map(|group| Some(group.first()?.number)).collect();
        Self {
            groups: Mutex::new(groups),
            open: Mutex::new(open),
            done: AtomicU64::new(0),
            of,
            pairs: pairs.max(1),
            warnings: Mutex::default(),
            moved: AtomicBool::new(false),
            advanced: AtomicBool::new(false),
            carriers,
            large: futures::lock::Mutex::new(()),
        }
    }

    pub(super) fn left(&self) -> usize {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(super) fn next(&self) -> Option<Group> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// For the next step.
    pub(super) fn back(&self, group: Group) {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).push_front(group);
    }

    /// A group is counted to its end.
    pub(super) fn finished(&self, group: &Group) {
        if let Some(first) = group.first() {
            self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&first.number);
        }
    }

    /// One more folder is counted: how many are by now, of how many.
    pub(super) fn count(&self, counted: Counted) -> (u64, u64) {
        match counted {
            Counted::Begun => self.advanced.store(true, Ordering::Relaxed),
            Counted::Moved => self.moved.store(true, Ordering::Relaxed),
            Counted::Done => {}
        }
        let one = u64::from(counted != Counted::Begun);
        (self.done.fetch_add(one, Ordering::Relaxed) + one, self.of)
    }

    /// Keeps a warning for the migration's record.
    pub(super) fn warn(&self, warning: Option<Warning>) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).extend(warning);
    }

    /// What was warned of.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// True when anything was settled: a folder, or a window of one.
    pub(super) fn progressed(&self) -> bool {
        self.done.load(Ordering::Relaxed) > 0 || self.advanced.load(Ordering::Relaxed)
    }

    /// True when a folder has to be copied again.
    pub(super) fn moved(&self) -> bool {
        self.moved.load(Ordering::Relaxed)
    }

    /// Groups whose first folder has a lower number are counted.
    pub(super) fn cursor(&self) -> FolderNumber {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).first().copied().unwrap_or_default()
    }
}
