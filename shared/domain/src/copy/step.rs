//! # Copy step
//! One bounded call: claim, carry what fits into the time, hand over.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;

use super::crossing::Crossing;
use super::errands::Errands;
use super::lanes::{spare, with_spare};
use crate::mail::{FolderName, Octets};
use crate::migration::dispose::{Disposal, dispose};
use crate::migration::{Failure, Folder, Migration, Side, Stage, Trouble};
use crate::ports::{Event, Job, Ports};
use crate::turn::{Claim, Held, Next, Timing, claim, folders, hand_over, labels};

/// A message takes about as long as so many octets do: it becomes a file of its own.
const MESSAGE: u64 = 64 << 10;

/// Folders that share a destination folder; carried one after the other, so that twins are not confused.
pub(super) type Group = Vec<Folder>;

/// Runs the job. None when it was stale or a twin: acknowledge and drop it. The caller acknowledges in any case.
pub async fn run(ports: &Ports<'_>, job: &Job, holder: &str, timing: Timing) -> Result<Option<Migration>, Failure> {
    let Claim::Held(mut held) = claim(ports, job, holder, timing).await? else { return Ok(None) };
    let folders = folders::all(ports, &held.record.id).await?;
    let labels = labels::carriers_and_twins(ports, &held.record.id, &folders).await?;
    let groups = groups(folders);
    ports.notify.tell(outlook(&groups));
    let spare = spare(&groups, usize::from(held.record.request.options.pairs()));
    let errands = Errands::new(groups, timing.messages, labels);
    let failures = with_spare(ports.mail, &errands, spare, carry_all(ports, &held, &errands)).await;
    if let Some(conflict) = failures.iter().find(|failure| failure.trouble == Trouble::Conflict) {
        return Err(conflict.clone());
    }
    let left = errands.over();
    if let Some((first, last)) = left.fetched {
        held.record.pass.first_fetch = held.record.pass.first_fetch.or(Some(first));
        held.record.pass.last_commit = Some(last);
    }
    for warning in left.warnings {
        held.record.warn(&warning.code, warning.text);
    }
    let next = next(ports, &held, failures, left.progress).await?;
    hand_over(ports, *held, next, left.progress).await.map(Some)
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
pub(super) fn size(group: &Group) -> u64 {
    let left = group.iter().filter(|folder| !folder.copied());
    let effort = |folder: &Folder| effort(folder.planned, folder.planned_octets.unwrap_or(0));
    left.map(effort).fold(0, u64::saturating_add)
}

/// What so many messages of so many octets are to those that carry them, in octets.
pub(super) fn effort(messages: u64, octets: u64) -> u64 {
    octets.saturating_add(messages.saturating_mul(MESSAGE))
}

/// Messages that are left of these folders, as far as their plan tells.
pub(super) fn unsettled<'f>(folders: impl Iterator<Item = &'f Folder>) -> u64 {
    let left = folders.filter(|folder| !folder.copied());
    left.map(|folder| folder.planned.saturating_sub(folder.counts.accounted())).sum()
}

/// What is left of this pass.
fn outlook(groups: &[Group]) -> Event {
    let left = || groups.iter().flatten().filter(|folder| !folder.copied());
    Event::Planned {
        folders: u64::try_from(left().count()).unwrap_or(u64::MAX),
        messages: unsettled(groups.iter().flatten()),
        octets: left().map(|folder| folder.planned_octets).sum(),
        settled: left().map(|folder| folder.counts.accounted()).sum(),
    }
}

/// The first pair proves the logins alone, so that a wrong password locks nobody out, unless they are proven; then the
/// others join it. Fewer connections than asked for are no failure: the pairs that are there do the work.
async fn carry_all(ports: &Ports<'_>, held: &Held, errands: &Errands) -> Vec<Failure> {
    let asked = usize::from(held.record.request.options.pairs()).min(errands.left());
    ports.mail.dismiss(asked);
    if asked == 0 {
        return Vec::new();
    }
    let first = match ports.mail.is_proven() {
        true => None,
        false => match ports.mail.pair().await {
            Ok(pair) => Some(pair),
            Err(failure) => return vec![failure],
        },
    };
    let proven = usize::from(first.is_some());
    let lead = async {
        match first {
            Some(pair) => Some(Ok(work(Crossing::new(ports, held, errands, pair), errands).await)),
            None => None,
        }
    };
    let others = (proven..asked).map(|_| async {
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

/// One pair takes group after group, until none is left, time is over or something ends it. What it sent over is left to the
/// others.
async fn work(mut crossing: Crossing<'_>, errands: &Errands) -> Option<Failure> {
    let mut failed = None;
    errands.pair_begins();
    while let Some(mut group) = crossing.reserved.take().or_else(|| errands.next()) {
        failed = crossing.cross(&mut group).await.err();
        if failed.is_some() || crossing.out_of_time() {
            break;
        }
    }
    if let Some(group) = crossing.reserved.take() {
        errands.give_back(group);
    }
    let failed = failed.or(crossing.postponed.take());
    errands.pair_ends();
    let (mut left, lanes) = crossing.pair.part();
    errands.lend(lanes);
    join_all(left.iter_mut().map(|connection| connection.logout())).await;
    failed
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
            let now = held.now(ports.clock);
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
