//! # Count
//! One pair of fresh connections that counts folder after folder: what the source lists, what the manifest says, what the
//! destination shows.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::recount::{DISAGREES, Shown, count, count_whole, not_in_place};
use crate::mail::{Uid, UidSet, window};
use crate::migration::folder::{Progress, Role};
use crate::migration::manifest::Line;
use crate::migration::matching::{Digests, pair_up};
use crate::migration::{Counts, Failure, Folder, Outcome, Trouble};
use crate::ports::mail::{Destination, Head, Opened, Source};
use crate::ports::{Event, Ports};
use crate::turn::{Held, commit, lines};

/// UIDs asked for at once, at first.
const WINDOW: u32 = 10_000;
/// Below this much time left no folder is begun.
const LAST_CHANCE: Duration = Duration::from_millis(1000);

/// What came of one folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// Its counters are final for this pass.
    Done,
    /// Its UIDs mean something else now: copy has to reconcile it first.
    Moved,
}

/// What is left to count, and what came of it. Groups of folders that share a destination.
pub(super) struct Errands {
    groups: Mutex<VecDeque<Vec<Folder>>>,
    done: AtomicU64,
    of: u64,
    moved: AtomicBool,
}

impl Errands {
    pub(super) fn new(groups: VecDeque<Vec<Folder>>, of: u64) -> Self {
        Self { groups: Mutex::new(groups), done: AtomicU64::new(0), of, moved: AtomicBool::new(false) }
    }

    pub(super) fn left(&self) -> usize {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    pub(super) fn outcome(&self) -> Counted {
        if self.moved.load(Ordering::Relaxed) { Counted::Moved } else { Counted::Done }
    }

    fn next(&self) -> Option<Vec<Folder>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn back(&self, group: Vec<Folder>) {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).push_front(group);
    }
}

/// A pair of connections at work.
pub(super) struct Count<'a> {
    ports: &'a Ports<'a>,
    held: &'a Held,
    source: Box<dyn Source>,
    destination: Box<dyn Destination>,
}

impl<'a> Count<'a> {
    pub(super) async fn open(ports: &'a Ports<'a>, held: &'a Held) -> Result<Self, Failure> {
        let (source, destination) = futures::try_join!(ports.mail.source(), ports.mail.destination())?;
        Ok(Self { ports, held, source, destination })
    }

    /// Counts until nothing is left or time is over.
    pub(super) async fn work(mut self, errands: &Errands) -> Result<(), Failure> {
        while let Some(mut group) = errands.next() {
            for at in 0..group.len() {
                let Some(folder) = group.get(at).filter(|folder| folder.progress != Progress::Verified).cloned() else {
                    continue;
                };
                if self.ports.clock.stopping() || self.ports.clock.left() < LAST_CHANCE {
                    errands.back(group);
                    return Ok(());
                }
                let (folder, counted) = self.folder(folder, &group).await?;
                if counted == Counted::Moved {
                    errands.moved.store(true, Ordering::Relaxed);
                }
                if let Some(slot) = group.get_mut(at) {
                    *slot = folder;
                }
                let done = errands.done.fetch_add(1, Ordering::Relaxed) + 1;
                self.ports.notify.tell(Event::Verified { done, of: errands.of });
            }
        }
        futures::join!(self.source.logout(), self.destination.logout());
        Ok(())
    }

    async fn folder(&mut self, mut folder: Folder, group: &[Folder]) -> Result<(Folder, Counted), Failure> {
        let counted = match folder.role {
            Role::Filtered => self.whole(&mut folder, Outcome::Filtered),
            Role::Blocked if folder.head.is_none() => self.whole(&mut folder, Outcome::Blocked),
            Role::Carry | Role::Blocked => self.carried(&mut folder, group).await?,
        };
        if matches!(counted, Counted::Done) {
            folder.progress = Progress::Verified;
        }
        commit(self.ports, self.held, &mut folder).await?;
        Ok((folder, counted))
    }

    fn whole(&mut self, folder: &mut Folder, outcome: Outcome) -> Counted {
        folder.counts = count_whole(folder, outcome);
        folder.this_pass = folder.counts;
        Counted::Done
    }

    async fn carried(&mut self, folder: &mut Folder, group: &[Folder]) -> Result<Counted, Failure> {
        let mut lines = lines::read(self.ports.archive, &self.held.record.id, folder).await?;
        let (source, destination) = self.open_both(folder).await?;
        let known = !lines.is_empty();
        let differs = |now: &Option<Opened>, stored| known && now.as_ref().is_some_and(|now| now.validity != stored);
        if differs(&source, folder.source_validity) || differs(&destination, folder.destination_validity) {
            return Ok(moved(folder));
        }
        let opened = destination.clone().unwrap_or_default();
        let (shown, present) = futures::try_join!(
            source_shows(self.source.as_mut(), folder, &lines, source, &opened),
            destination_shows(self.destination.as_mut(), destination.is_some())
        )?;
        folder.error = shown.disagrees.clone().or(folder.error.take().filter(|error| !error.starts_with(DISAGREES)));
        let claimed = self.claimed(&lines, group, folder).await?;
        let (lost, found) = self.look_for(&lines, &present, &claimed).await?;
        if !found.is_empty() {
            for line in &found {
                lines.insert(line.uid, line.clone());
            }
            lines::write(self.ports, self.held, folder, found, false).await?;
        }
        let first = group.first().is_some_and(|first| first.number == folder.number);
        let ours = self.claimed(&lines, group, folder).await?;
        let foreign = present.iter().filter(|uid| !ours.contains(*uid)).count();
        let foreign = if first { u64::try_from(foreign).unwrap_or(u64::MAX) } else { 0 };
        let before = folder.this_pass;
        folder.flags_changed = shown.flags_changed;
        folder.counts = count(folder, &lines, &shown, &lost, foreign);
        folder.this_pass = Counts {
            unexplained: folder.counts.unexplained,
            source: before.accounted() - before.unexplained + folder.counts.unexplained,
            arrived: folder.counts.arrived,
            removed: folder.counts.removed,
            gone: folder.counts.gone,
            foreign,
            ..before
        };
        Ok(Counted::Done)
    }

    /// Opens both sides. None: that side cannot be opened, or the folder is gone from the source; the record says which.
    async fn open_both(&mut self, folder: &mut Folder) -> Result<(Option<Opened>, Option<Opened>), Failure> {
        let (from, to) = (folder.source.clone(), folder.destination.clone());
        let (source, destination) = futures::join!(self.source.open(&from), self.destination.open(&to));
        let blocked = folder.role == Role::Blocked;
        let mut openable = |opened: Result<Opened, Failure>, gone: bool| match opened {
            // What copy could not open, try after try, is not waited for here.
            Err(failure)
                if failure.trouble == Trouble::Folder || (blocked && failure.trouble == Trouble::Unavailable) =>
            {
                if !gone {
                    folder.error = Some(failure.to_string());
                }
                Ok(None)
            }
            opened => opened.map(Some),
        };
        let gone = folder.gone;
        let source = openable(source, gone)?;
        Ok((source.filter(|_| !gone), openable(destination, false)?))
    }

    /// Destination UIDs that this folder's lines and those of its siblings name.
    async fn claimed(
        &mut self,
        lines: &BTreeMap<Uid, Line>,
        group: &[Folder],
        folder: &Folder,
    ) -> Result<UidSet, Failure> {
        let mut claimed: UidSet = lines.values().filter_map(|line| line.to).collect();
        for sibling in group.iter().filter(|sibling| sibling.number != folder.number) {
            let theirs = lines::read(self.ports.archive, &self.held.record.id, sibling).await?;
            for to in theirs.values().filter_map(|line| line.to) {
                claimed.insert(to);
            }
        }
        Ok(claimed)
    }

    /// Looks by fingerprint for what is not in its place. Lines lost for good, and lines found under another UID.
    async fn look_for(
        &mut self,
        lines: &BTreeMap<Uid, Line>,
        present: &UidSet,
        claimed: &UidSet,
    ) -> Result<(UidSet, Vec<Line>), Failure> {
        let missing = not_in_place(lines, present);
        let mut lost: UidSet = missing.iter().copied().collect();
        if missing.is_empty() {
            return Ok((lost, Vec::new()));
        }
        let wanted: Vec<Head> = missing.iter().filter_map(|uid| lines.get(uid)?.head()).collect();
        let free: UidSet = present.iter().filter(|uid| !claimed.contains(*uid)).collect();
        let mut had = Vec::new();
        for piece in free.pieces(4_000, 500) {
            had.extend(self.destination.heads_of(&piece).await?);
        }
        let mut digests = Digests::default();
        let first = pair_up(&wanted, &had, &digests);
        for uid in &first.ambiguous.source {
            if let Some(digest) = self.source.body_digest(*uid).await? {
                digests.source.insert(*uid, digest);
            }
        }
        for uid in &first.ambiguous.destination {
            if let Some(body) = self.destination.body_digest(*uid).await? {
                digests.destination.insert(*uid, body);
            }
        }
        digests.complete = true;
        let mut found = Vec::new();
        for (uid, to) in pair_up(&wanted, &had, &digests).pairs {
            if let Some(line) = lines.get(&uid) {
                lost.remove(uid);
                found.push(Line { to: Some(to), seen: true, ..line.clone() });
            }
        }
        found.sort_by_key(|line| line.uid);
        Ok((lost, found))
    }
}

fn moved(folder: &mut Folder) -> Counted {
    folder.progress = Progress::Planned;
    Counted::Moved
}

/// What the source lists. Listed must be EXISTS: after NOOP it is asked once more, then the folder is in error.
async fn source_shows(
    source: &mut dyn Source,
    folder: &Folder,
    lines: &BTreeMap<Uid, Line>,
    opened: Option<Opened>,
    destination: &Opened,
) -> Result<Shown, Failure> {
    let Some(opened) = opened else { return Ok(Shown::default()) };
    let mut exists = opened.exists;
    let mut shown = Shown::default();
    for _ in 0..2 {
        shown = list(source, folder, lines, destination, exists).await?;
        let listed = shown.all();
        let agrees = |exists: Option<u32>| exists.is_none_or(|exists| u64::from(exists) == listed);
        if agrees(exists) {
            return shows_less(source, folder, shown).await;
        }
        exists = source.exists().await?.or(exists);
        if agrees(exists) {
            return Ok(shown);
        }
        shown.contradict(exists.map_or(listed, u64::from));
    }
    Ok(shown)
}

/// STATUS counted more at the plan than there is to be seen: mail was deleted since, or the source shows a part only.
// QUIRK: Yahoo: an open folder shows the newest messages only, STATUS counts all.
async fn shows_less(source: &mut dyn Source, folder: &Folder, mut shown: Shown) -> Result<Shown, Failure> {
    if folder.planned <= shown.all() {
        return Ok(shown);
    }
    let listing = source.list().await?;
    let status = listing.folders.iter().find(|listed| listed.name == folder.source).and_then(|listed| listed.status);
    if let Some(messages) = status.and_then(|status| status.messages).map(u64::from).filter(|all| *all > shown.all()) {
        shown.contradict(messages);
    }
    Ok(shown)
}

/// One listing, in windows; the last one goes to the end.
async fn list(
    source: &mut dyn Source,
    folder: &Folder,
    lines: &BTreeMap<Uid, Line>,
    destination: &Opened,
    exists: Option<u32>,
) -> Result<Shown, Failure> {
    let mut shown = Shown::default();
    if exists == Some(0) {
        return Ok(shown);
    }
    let (mut lo, mut width) = (1_u32, WINDOW);
    loop {
        let hi = lo.saturating_add(width - 1);
        let last = hi >= folder.snapshot.get();
        let metas = source.metas(Uid::new(lo), Some(Uid::new(hi)).filter(|_| !last)).await?;
        shown.add(&metas, folder.snapshot, lines, &destination.permanent);
        if last {
            return Ok(shown);
        }
        width = window::window(width, metas.len(), 2_000);
        lo = hi.saturating_add(1);
    }
}

async fn destination_shows(destination: &mut dyn Destination, open: bool) -> Result<UidSet, Failure> {
    if !open {
        return Ok(UidSet::default());
    }
    destination.uids(Uid::new(1), None).await
}
