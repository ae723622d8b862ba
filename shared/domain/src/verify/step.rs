//! # Verify step
//! Counts folder after folder on fresh connections, then closes the books and writes the report.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;

use super::count::Count;
use super::errands::Errands;
use super::tell;
use crate::migration::dispose::dispose;
use crate::migration::{Counts, Failure, Folder, Migration, Stage, State, Trouble};
use crate::ports::{Job, Ports};
use crate::turn::{Claim, Held, Next, Timing, claim, folders, hand_over, labels};

/// Runs the job. None when it was stale or a twin: acknowledge and drop it. The caller acknowledges in any case.
pub async fn run(ports: &Ports<'_>, job: &Job, holder: &str, timing: Timing) -> Result<Option<Migration>, Failure> {
    let Claim::Held(mut held) = claim(ports, job, holder, timing).await? else { return Ok(None) };
    let mut progress = false;
    let next = match recount(ports, &mut held, &mut progress).await {
        Ok(next) => next,
        Err(failure) if failure.trouble == Trouble::Conflict => return Err(failure),
        Err(failure) => {
            let proven = held.record.source_proven && held.record.destination_proven;
            Next::Disposed(dispose(&failure, progress, held.record.tries, proven, ports.clock.now()))
        }
    };
    if let Next::Ended(state, reason) = &next {
        held.record.state = *state;
        held.record.reason = reason.clone();
        held.record.pass.finished = Some(ports.clock.now());
        tell::write(ports, &held.record).await?;
    }
    hand_over(ports, *held, next, progress).await.map(Some)
}

async fn recount(ports: &Ports<'_>, held: &mut Held, progress: &mut bool) -> Result<Next, Failure> {
    let folders = folders::all(ports, &held.record.id).await?;
    let (pass, cursor) = (held.record.pass.number, held.record.cursor);
    let total = u64::try_from(folders.len()).unwrap_or(u64::MAX);
    let is_open = |folder: &Folder| folder.number >= cursor && !folder.verified(pass);
    let yields = folders.iter().any(|folder| folder.yields() && is_open(folder));
    let carriers = if yields { labels::carriers(ports, &held.record.id, &folders).await? } else { None };
    let mut groups: BTreeMap<_, Vec<Folder>> = BTreeMap::new();
    for folder in folders {
        groups.entry(folder.destination.clone()).or_default().push(folder);
    }
    let mut open: Vec<Vec<Folder>> = groups
        .into_values()
        .filter(|group| group.first().is_some_and(|first| first.number >= cursor))
        .filter(|group| group.iter().any(|folder| !folder.verified(pass)))
        .collect();
    open.sort_by_key(|group| group.first().map(|folder| folder.number));
    let errands = Errands::new(open.into(), total, usize::from(held.record.request.options.pairs()), carriers);
    if errands.left() > 0 {
        let counted = count_all(ports, held, &errands).await;
        *progress = errands.progressed();
        errands.warnings().into_iter().for_each(|warning| held.record.warn(&warning.code, warning.text));
        // Folders without news have no other mark that they were looked at in this pass.
        held.record.cursor = errands.cursor();
        counted?;
    }
    if errands.moved() {
        held.record.cursor = 0;
        return Ok(Next::Stage(Stage::Copy, Duration::ZERO));
    }
    if errands.left() > 0 {
        return Ok(Next::Stage(Stage::Verify, Duration::ZERO));
    }
    held.record.cursor = 0;
    close(ports, held).await
}

/// The first connections prove the logins alone, unless they are proven; then the others join them. Fewer connections than
/// asked for are no failure.
async fn count_all(ports: &Ports<'_>, held: &Held, errands: &Errands) -> Result<(), Failure> {
    let first = if ports.mail.is_proven() { None } else { Some(Count::open(ports, held).await?) };
    let more = errands.pairs.min(errands.left()).max(1) - usize::from(first.is_some());
    let lead = async {
        match first {
            Some(count) => Some(Ok(count.work(errands).await)),
            None => None,
        }
    };
    let others = (0..more).map(|_| async { Ok(Count::open(ports, held).await?.work(errands).await) });
    let (lead, others) = futures::join!(lead, join_all(others));
    let all: Vec<Result<Result<(), Failure>, Failure>> = lead.into_iter().chain(others).collect();
    match all.iter().any(Result::is_ok) {
        true => all.into_iter().flatten().fold(Ok(()), Result::and),
        false => all.into_iter().filter_map(Result::err).next().map_or(Ok(()), Err),
    }
}

/// Adds the folders up and names the state.
async fn close(ports: &Ports<'_>, held: &mut Held) -> Result<Next, Failure> {
    let folders = folders::all(ports, &held.record.id).await?;
    let sum = |of: &dyn Fn(&Folder) -> Counts| folders.iter().map(of).fold(Counts::default(), |a, b| a.plus(&b));
    let record = &mut held.record;
    let pass = record.pass.number;
    record.totals = sum(&|folder| folder.counts);
    record.this_pass = sum(&|folder| folder.counts_of(pass));
    record.pass.octets = folders.iter().map(|folder| folder.octets_of(pass)).sum();
    let in_error = folders.iter().filter(|folder| folder.error.is_some()).count();
    let totals = record.totals;
    let (state, reason) = if !totals.closes() {
        (
            State::Unbalanced,
            format!(
                "{} messages have no known outcome; start the same command again, or look at the report's folders",
                totals.unexplained
            ),
        )
    } else if totals.quarantined + totals.blocked > 0 || in_error > 0 {
        (
            State::Exceptions,
            format!(
                "{} messages in quarantine, {} behind folders that cannot be opened or made",
                totals.quarantined, totals.blocked
            ),
        )
    } else {
        (State::Verified, "every message has an outcome and the balance closes".into())
    };
    Ok(Next::Ended(state, reason))
}
