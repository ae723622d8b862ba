//! # Copy step
//! One bounded call: claim, carry what fits into the time, hand over.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;

use super::chunk::Size;
use super::crossing::Crossing;
use crate::mail::{FolderName, Octets};
use crate::migration::dispose::{Disposal, dispose};
use crate::migration::label::Carriers;
use crate::migration::manifest::Line;
use crate::migration::twins::{Home, Twin, Twins};
use crate::migration::{Failure, Folder, Migration, Moment, Side, Stage, Trouble, Warning};
use crate::ports::mail::Meta;
use crate::ports::{Event, Job, Ports};
use crate::turn::{Claim, Held, Next, Timing, claim, folders, hand_over, labels};

/// Folders that share a destination folder; carried one after the other, so that twins are not confused.
pub(super) type Group = Vec<Folder>;

/// What the pairs share during one step.
pub(super) struct Errands {
    groups: Mutex<VecDeque<Group>>,
    warnings: Mutex<Vec<Warning>>,
    progress: Mutex<bool>,
    fetched: Mutex<Option<(Moment, Moment)>>,
    /// Messages that this step may still copy, where that is bounded.
    rations: Option<Mutex<u32>>,
    /// Where folders are labels.
    carriers: Option<Carriers>,
    /// Where a message is delivered under each of its labels.
    twins: Option<Twins>,
}

impl Errands {
    pub(super) fn next(&self) -> Option<Group> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// A group that was taken and not begun.
    fn give_back(&self, group: Group) {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).push_front(group);
    }

    /// True when each message of a folder is sent, in one piece.
    pub(super) fn is_plain(&self) -> bool {
        self.carriers.is_none() && self.twins.is_none() && self.rations.is_none()
    }

    /// A chunk's messages were asked for at `asked` and are committed now.
    pub(super) fn committed(&self, asked: Moment, now: Moment) {
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
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

    fn left(&self) -> usize {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Keeps a warning for the migration's record.
    pub(super) fn warn(&self, code: &str, text: String) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(Warning { code: code.into(), text });
    }

    /// As much of a chunk as the step may still copy; none when that is nothing.
    pub(super) fn ration(&self, size: Size) -> Option<Size> {
        let Some(rations) = &self.rations else { return Some(size) };
        let mut left = rations.lock().unwrap_or_else(PoisonError::into_inner);
        let messages = size.messages.min(*left);
        *left -= messages;
        (messages > 0).then_some(Size { messages, ..size })
    }

    /// Of a ration only so many messages were taken.
    pub(super) fn spare(&self, ration: Size, taken: usize) {
        let Some(rations) = &self.rations else { return };
        let taken = u32::try_from(taken).unwrap_or(u32::MAX);
        *rations.lock().unwrap_or_else(PoisonError::into_inner) += ration.messages.saturating_sub(taken);
    }

    /// True when something was settled in this step.
    pub(super) fn has_progressed(&self) -> bool {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something was settled: the step's tries start anew.
    pub(super) fn progressed(&self) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }
}

/// Runs the job. None when it was stale or a twin: acknowledge and drop it. The caller acknowledges in any case.
pub async fn run(ports: &Ports<'_>, job: &Job, holder: &str, timing: Timing) -> Result<Option<Migration>, Failure> {
    let Claim::Held(mut held) = claim(ports, job, holder, timing).await? else { return Ok(None) };
    let folders = folders::all(ports, &held.record.id).await?;
    let (carriers, twins) = labels::carriers_and_twins(ports, &held.record.id, &folders).await?;
    let groups = groups(folders);
    ports.notify.tell(outlook(&groups));
    let errands = Errands {
        carriers,
        twins,
        groups: Mutex::new(groups.into()),
        warnings: Mutex::default(),
        progress: Mutex::new(false),
        fetched: Mutex::default(),
        rations: timing.messages.map(Mutex::new),
    };
    let failures = carry_all(ports, &held, &errands).await;
    if let Some(conflict) = failures.iter().find(|failure| failure.trouble == Trouble::Conflict) {
        return Err(conflict.clone());
    }
    if let Some((first, last)) = errands.fetched.into_inner().unwrap_or_else(PoisonError::into_inner) {
        held.record.pass.first_fetch = held.record.pass.first_fetch.or(Some(first));
        held.record.pass.last_commit = Some(last);
    }
    for warning in errands.warnings.into_inner().unwrap_or_else(PoisonError::into_inner) {
        held.record.warn(&warning.code, warning.text);
    }
    let progress = errands.progress.into_inner().unwrap_or_else(PoisonError::into_inner);
    let next = next(ports, &held, failures, progress).await?;
    hand_over(ports, *held, next, progress).await.map(Some)
}

/// What is to be carried, of all folders.
fn groups(folders: Vec<Folder>) -> Vec<Group> {
    let mut by_destination: BTreeMap<FolderName, Group> = BTreeMap::new();
    for folder in folders {
        by_destination.entry(folder.destination.clone()).or_default().push(folder);
    }
    let mut groups: Vec<Group> =
        by_destination.into_values().filter(|group| !group.iter().all(Folder::copied)).collect();
    groups.sort_by_key(|group| (Reverse(size(group)), group.first().map(|folder| folder.number)));
    groups
}

/// The largest are begun first: none of them is left for one pair alone to the end.
fn size(group: &Group) -> (u64, u64) {
    let left = || group.iter().filter(|folder| !folder.copied());
    (left().filter_map(|folder| folder.planned_octets).sum(), left().map(|folder| folder.planned).sum())
}

/// What is left of this pass.
fn outlook(groups: &[Group]) -> Event {
    let left = || groups.iter().flatten().filter(|folder| !folder.copied());
    Event::Planned {
        folders: u64::try_from(left().count()).unwrap_or(u64::MAX),
        messages: left().map(|folder| folder.planned.saturating_sub(folder.counts.accounted())).sum(),
        octets: left().map(|folder| folder.planned_octets).sum(),
        settled: left().map(|folder| folder.counts.accounted()).sum(),
    }
}

/// The first pair proves the logins alone, so that a wrong password locks nobody out, unless they are proven; then the
/// others join it. Fewer connections than asked for are no failure: the pairs that are there do the work.
async fn carry_all(ports: &Ports<'_>, held: &Held, errands: &Errands) -> Vec<Failure> {
    if errands.left() == 0 {
        return Vec::new();
    }
    let first = match ports.mail.is_proven() {
        true => None,
        false => match ports.mail.pair().await {
            Ok(pair) => Some(pair),
            Err(failure) => return vec![failure],
        },
    };
    let asked = usize::from(held.record.request.options.pairs());
    let more = asked.min(errands.left()).max(1) - usize::from(first.is_some());
    let lead = async {
        match first {
            Some(pair) => Some(Ok(work(Crossing::new(ports, held, errands, pair), errands).await)),
            None => None,
        }
    };
    let others = (0..more).map(|_| async {
        let pair = ports.mail.pair().await?;
        Ok(work(Crossing::new(ports, held, errands, pair), errands).await)
    });
    let (lead, others) = futures::join!(lead, join_all(others));
    let all: Vec<Result<Option<Failure>, Failure>> = lead.into_iter().chain(others).collect();
    match all.iter().any(Result::is_ok) {
        true => all.into_iter().filter_map(Result::ok).flatten().collect(),
        false => all.into_iter().filter_map(Result::err).collect(),
    }
}

/// One pair takes group after group, until none is left, time is over or something ends it.
async fn work(mut crossing: Crossing<'_>, errands: &Errands) -> Option<Failure> {
    let mut failed = None;
    while let Some(mut group) = crossing.reserved.take().or_else(|| errands.next()) {
        failed = crossing.cross(&mut group).await.err();
        if failed.is_some() || crossing.out_of_time() {
            break;
        }
    }
    if let Some(group) = crossing.reserved.take() {
        errands.give_back(group);
    }
    crossing.leave().await;
    failed.or(crossing.postponed.take())
}

async fn next(ports: &Ports<'_>, held: &Held, failures: Vec<Failure>, progress: bool) -> Result<Next, Failure> {
    let left = groups(folders::all(ports, &held.record.id).await?);
    let interrupted = left.iter().flatten().any(|folder| folder.intent.as_ref().is_some_and(|intent| !intent.drained));
    let pause = if interrupted { held.timing.quiet } else { Duration::ZERO };
    let worst = failures.into_iter().filter(|failure| failure.trouble != Trouble::Stopped).max_by_key(weight);
    Ok(match worst {
        Some(failure) => {
            let failure = with_room_needed(failure, &left);
            let proven = match failure.side {
                Side::Destination => held.record.destination_proven,
                _ => held.record.source_proven,
            };
            let now = ports.clock.now();
            let disposal = dispose(&failure, progress, held.record.tries, proven, now);
            Next::Disposed(Disposal { next_at: disposal.next_at.map(|at| at.max(now.after(pause))), ..disposal })
        }
        None if left.is_empty() => Next::Stage(Stage::Verify, Duration::ZERO),
        None => Next::Stage(Stage::Copy, pause),
    })
}

/// A full mailbox: how many octets are still to come, where the source's STATUS says it.
fn with_room_needed(failure: Failure, left: &[Group]) -> Failure {
    let open = left.iter().flatten().filter(|folder| !folder.copied());
    let octets: u64 = open
        .map(|folder| folder.planned_octets.unwrap_or(0).saturating_sub(folder.octets))
        .fold(0, u64::saturating_add);
    if failure.trouble != Trouble::Full || octets == 0 {
        return failure;
    }
    let cause = format!("{}; about {} are still to come", failure.cause.trim_end_matches('.'), Octets::new(octets));
    Failure { cause, ..failure }
}

/// Of several failures the one that needs a person counts first.
fn weight(failure: &Failure) -> u8 {
    match failure.trouble {
        Trouble::Auth => 5,
        Trouble::Store => 4,
        Trouble::Full | Trouble::Budget => 3,
        Trouble::Rate(_) => 2,
        _ => 1,
    }
}
