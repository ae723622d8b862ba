//! # Errands
//! What the pairs share during one step.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use futures::task::AtomicWaker;

use super::chunk::Size;
use super::step::{Group, size};
use crate::migration::label::Carriers;
use crate::migration::manifest::Line;
use crate::migration::twins::{Home, Twin, Twins};
use crate::migration::{Folder, Moment, Warning};
use crate::ports::mail::{Lane, Meta};

/// Messages in all open chunks together: about a kilobyte is held for each.
const TOGETHER: u32 = 16_000;

/// What the pairs share during one step.
pub(super) struct Errands {
    groups: Mutex<VecDeque<Group>>,
    warnings: Mutex<Vec<Warning>>,
    progress: AtomicBool,
    /// Pairs at work.
    pairs: AtomicU32,
    /// Connections to the destination that no pair sends over.
    lanes: Mutex<Vec<Lane>>,
    /// A pair may come to send over more of them than it has, and who is told.
    wanted: AtomicBool,
    recruiter: AtomicWaker,
    fetched: Mutex<Option<(Moment, Moment)>>,
    /// Messages that this step may still copy, where that is bounded.
    rations: Option<Mutex<u32>>,
    /// Where folders are labels.
    carriers: Option<Carriers>,
    /// Where a message is delivered under each of its labels.
    twins: Option<Twins>,
}

/// What the pairs leave behind.
pub(super) struct Left {
    /// When the first message was asked for and the last chunk was committed.
    pub fetched: Option<(Moment, Moment)>,
    /// For the migration's record.
    pub warnings: Vec<Warning>,
    /// Something was settled.
    pub progress: bool,
}

impl Errands {
    pub(super) fn new(
        groups: Vec<Group>,
        rations: Option<u32>,
        (carriers, twins): (Option<Carriers>, Option<Twins>),
    ) -> Self {
        Self {
            groups: Mutex::new(groups.into()),
            warnings: Mutex::default(),
            progress: AtomicBool::new(false),
            pairs: AtomicU32::new(0),
            lanes: Mutex::default(),
            wanted: AtomicBool::new(false),
            recruiter: AtomicWaker::new(),
            fetched: Mutex::default(),
            rations: rations.map(Mutex::new),
            carriers,
            twins,
        }
    }

    /// Every pair is done.
    pub(super) fn over(self) -> Left {
        Left {
            fetched: *open(&self.fetched),
            warnings: std::mem::take(&mut open(&self.warnings)),
            progress: self.has_progressed(),
        }
    }

    /// The next group, for whoever asks.
    pub(super) fn next(&self) -> Option<Group> {
        open(&self.groups).pop_front()
    }

    /// The next group, for a pair that has so much before it: the smallest one where that is far more than the largest, and
    /// not the last one, so that nobody waits for it in the end.
    pub(super) fn next_behind(&self, effort: u64) -> Option<Group> {
        let others = self.pairs.load(Ordering::Relaxed) > 1;
        let mut groups = open(&self.groups);
        let is_long = others && groups.front().is_some_and(|largest| size(largest) < effort / 2);
        match (is_long, groups.len()) {
            (true, 1) => None,
            (true, _) => groups.pop_back(),
            (false, _) => groups.pop_front(),
        }
    }

    /// A group that was taken and not begun.
    pub(super) fn give_back(&self, group: Group) {
        let mut groups = open(&self.groups);
        let place = groups.partition_point(|other| size(other) > size(&group));
        groups.insert(place, group);
    }

    /// True when each message of a folder is sent, in one piece.
    pub(super) fn is_plain(&self) -> bool {
        self.carriers.is_none() && self.twins.is_none() && self.rations.is_none()
    }

    /// A chunk's messages were asked for at `asked` and are committed now.
    pub(super) fn committed(&self, asked: Moment, now: Moment) {
        let mut fetched = open(&self.fetched);
        let first = fetched.map_or(asked, |(first, _)| first.min(asked));
        *fetched = Some((first, now));
    }

    /// True when another folder carries this message.
    pub(super) fn leaves(&self, folder: &Folder, meta: &Meta) -> bool {
        self.carriers.as_ref().is_some_and(|carriers| carriers.leaves(folder, meta))
    }

    /// These messages are carried: no other folder takes them.
    pub(super) fn note(&self, lines: &[Line]) {
        if let Some(carriers) = &self.carriers {
            carriers.note(lines.iter());
        }
    }

    /// These messages were carried from this folder.
    pub(super) fn delivered(&self, folder: &Folder, lines: &[Line]) {
        if let Some(twins) = &self.twins {
            twins.note(folder, lines);
        }
    }

    /// The message at the destination, under another label.
    pub(super) fn twin(&self, folder: &Folder, meta: &Meta) -> Option<(Home, Twin)> {
        self.twins.as_ref()?.find(folder, meta)
    }

    /// It could not be copied from there.
    pub(super) fn forget(&self, meta: &Meta) {
        if let Some(twins) = &self.twins {
            twins.forget(meta);
        }
    }

    /// Groups that nobody has taken yet.
    pub(super) fn left(&self) -> usize {
        open(&self.groups).len()
    }

    /// Keeps a warning for the migration's record.
    pub(super) fn warn(&self, code: &str, text: String) {
        open(&self.warnings).push(Warning { code: code.into(), text });
    }

    /// A pair begins to work.
    pub(super) fn pair_begins(&self) {
        self.pairs.fetch_add(1, Ordering::Relaxed);
    }

    /// A pair has ended.
    pub(super) fn pair_ends(&self) {
        self.pairs.fetch_sub(1, Ordering::Relaxed);
    }

    /// Connections that any pair may send over.
    pub(super) fn lend(&self, lanes: impl IntoIterator<Item = Lane>) {
        open(&self.lanes).extend(lanes);
    }

    /// Those that are spare log in from now on.
    pub(super) fn want_lanes(&self) {
        self.wanted.store(true, Ordering::Relaxed);
        self.recruiter.wake();
    }

    /// One pair's share of the connections that were lent.
    pub(super) fn share_of_lanes(&self) -> Vec<Lane> {
        let mut lanes = open(&self.lanes);
        let pairs = usize::try_from(self.pairs.load(Ordering::Relaxed)).unwrap_or(usize::MAX).max(1);
        let kept = lanes.len() - lanes.len().div_ceil(pairs);
        lanes.split_off(kept)
    }

    /// Waits until a pair wants some.
    pub(super) async fn lanes_are_wanted(&self) {
        poll_fn(|cx| {
            self.recruiter.register(cx.waker());
            if self.wanted.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// All connections that were lent and not taken.
    pub(super) fn all_lanes(&self) -> Vec<Lane> {
        std::mem::take(&mut open(&self.lanes))
    }

    /// As much of a chunk as one pair may have open beside the others.
    pub(super) fn share(&self, size: Size) -> Size {
        let share = TOGETHER / self.pairs.load(Ordering::Relaxed).max(1);
        Size { messages: size.messages.min(share), ..size }
    }

    /// As much of a chunk as the step may still copy; none when that is nothing.
    pub(super) fn ration(&self, size: Size) -> Option<Size> {
        let Some(rations) = &self.rations else { return Some(size) };
        let mut left = open(rations);
        let messages = size.messages.min(*left);
        *left -= messages;
        (messages > 0).then_some(Size { messages, ..size })
    }

    /// Of a ration only so many messages were taken.
    pub(super) fn spare(&self, ration: Size, taken: usize) {
        self.unspend(usize::try_from(ration.messages).unwrap_or(usize::MAX).saturating_sub(taken));
    }

    /// So many messages of a ration were not copied after all.
    pub(super) fn unspend(&self, messages: usize) {
        if let Some(rations) = &self.rations {
            *open(rations) += u32::try_from(messages).unwrap_or(u32::MAX);
        }
    }

    /// True when something was settled in this step.
    pub(super) fn has_progressed(&self) -> bool {
        self.progress.load(Ordering::Relaxed)
    }

    /// Something was settled: the step's tries start anew.
    pub(super) fn progressed(&self) {
        self.progress.store(true, Ordering::Relaxed);
    }
}

fn open<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{Errands, Size};
    use crate::mail::FolderName;
    use crate::migration::Folder;
    use crate::migration::folder::Role;

    #[test]
    fn a_pair_with_much_before_it_takes_the_smallest_group_and_not_the_last() {
        let mib = 1 << 20;
        let group = |(number, octets)| {
            let name = || FolderName::from_raw("A");
            let folder = Folder::planned(number, name(), name(), Role::Carry, String::new());
            vec![Folder { planned_octets: Some(octets), ..folder }]
        };
        let cases = [
            ("nothing", 0, 3, 2, Some(1)),
            ("twice as much as the largest", 16 * mib, 3, 2, Some(1)),
            ("more than that", 16 * mib + 2, 3, 2, Some(3)),
            ("nobody else is at work", 16 * mib + 2, 3, 1, Some(1)),
            ("the last one", 16 * mib, 1, 2, Some(1)),
            ("the last one, and much", 16 * mib + 2, 1, 2, None),
        ];
        for (name, effort, groups, pairs, expected) in cases {
            let sizes = [(1, 8 * mib), (2, 4 * mib), (3, mib)];
            let errands = Errands::new(sizes.into_iter().take(groups).map(group).collect(), None, (None, None));
            (0..pairs).for_each(|_| errands.pair_begins());
            let next = errands.next_behind(effort);
            assert_eq!(next.as_ref().map(|group| group[0].number), expected, "{name}");
            next.into_iter().for_each(|group| errands.give_back(group));
            let order: Vec<_> = std::iter::from_fn(|| errands.next()).map(|group| group[0].number).collect();
            assert_eq!(order, [1, 2, 3][..groups], "{name}: given back, it has its place");
        }
    }

    #[test]
    fn pairs_share_what_may_be_open() {
        let errands = Errands::new(Vec::new(), None, (None, None));
        let share = |messages| errands.share(Size { messages, octets: 1 }).messages;
        assert_eq!((share(100), share(50_000)), (100, 16_000), "nobody is at work yet");
        let shares = [16_000, 8_000, 5_333, 4_000].map(|expected| {
            errands.pair_begins();
            (share(50_000), expected)
        });
        assert!(shares.iter().all(|(share, expected)| share == expected), "{shares:?}");
        errands.pair_ends();
        assert_eq!((share(100), share(50_000)), (100, 5_333), "one has ended");
    }

    #[test]
    fn a_ration_is_spent_once_and_what_was_not_used_comes_back() {
        let size = |messages| Size { messages, octets: 7 };
        let free = Errands::new(Vec::new(), None, (None, None));
        assert_eq!(free.ration(size(1000)), Some(size(1000)), "where nothing is bounded");
        free.unspend(5);
        let errands = Errands::new(Vec::new(), Some(100), (None, None));
        assert_eq!(errands.ration(size(60)), Some(size(60)));
        assert_eq!(errands.ration(size(60)), Some(size(40)), "what is left");
        assert_eq!(errands.ration(size(1)), None);
        errands.spare(size(40), 30);
        errands.unspend(5);
        assert_eq!(errands.ration(size(60)), Some(size(15)), "10 were not taken, 5 not copied");
    }
}
