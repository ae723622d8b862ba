//! # Plan step
//! Lists both sides, decides where everything goes, makes what is missing at the destination, and numbers the folders.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{Either, select};

use super::make;
use super::map::{MapError, Plan, map};
use super::print::PlanDocument;
use super::records::{begin, groups_with_news, records, stands};
use super::survey::{Survey, whole};
use super::warnings::{CODES, SUBSCRIPTION};
use crate::mail::FolderName;
use crate::migration::attempts;
use crate::migration::dispose::{Disposal, dispose};
use crate::migration::folder::Role;
use crate::migration::{Failure, Folder, FolderNumber, Migration, MigrationId, Request, Side, Stage, State, Trouble};
use crate::ports::mail::{Destination, Made, Mail, Source, logout};
use crate::ports::{Job, Ledger, Ports, Saved};
use crate::turn::{Claim, Held, Next, Timing, claim, hand_over};

/// Folder records written per call.
const BATCH: usize = 100;
/// Subscriptions asked for between two looks at the clock.
const FLIGHT: usize = 200;
/// Below this much time left nothing more is begun.
const LAST_CHANCE: Duration = Duration::from_millis(1000);
/// Folder records read per page.
const PAGE: usize = 500;

/// What would go where. Nothing is written anywhere.
pub async fn preview(mail: &dyn Mail, request: &Request) -> Result<Result<PlanDocument, MapError>, Failure> {
    let (mut source, mut destination) = open(mail).await?;
    let (here, there) = futures::try_join!(whole(source.as_mut()), whole(destination.as_mut()))?;
    logout(source, destination).await;
    Ok(map(&here, &there, &request.options, &[]).map(|plan| PlanDocument::new(&plan)))
}

/// Runs the job. None when it was stale or a twin: acknowledge and drop it. `Trouble::Usage` when the options name
/// nothing; the record then says so, and nothing was planned.
pub async fn run(ports: &Ports<'_>, job: &Job, holder: &str, timing: Timing) -> Result<Option<Migration>, Failure> {
    let Claim::Held(mut held) = claim(ports, job, holder, timing).await? else { return Ok(None) };
    if spent(ports, &held.record).await? {
        let next = Next::Disposed(attempts::spent(ports.clock.now()));
        return hand_over(ports, *held, next, false).await.map(Some);
    }
    let planned = plan(ports, &mut held).await;
    if !matches!(planned, Ok(Stage::Copy)) {
        ports.mail.dismiss(0);
    }
    match planned {
        Ok(stage) => hand_over(ports, *held, Next::Stage(stage, Duration::ZERO), true).await.map(Some),
        Err(failure) if failure.trouble == Trouble::Conflict => Err(failure),
        Err(failure) if failure.trouble == Trouble::Usage => {
            // A person may make at the source what the options name.
            held.record.survey = None;
            let reason = failure.cause.clone();
            let (state, next_at, stated, resets_tries) = (State::Failed, None, false, true);
            let obstacle = failure.obstacle().map(|obstacle| (failure.side, obstacle));
            let disposal = Disposal { state, reason, next_at, stated, resets_tries, obstacle };
            hand_over(ports, *held, Next::Disposed(disposal), false).await?;
            Err(failure)
        }
        Err(failure) => {
            let proven = match failure.side {
                Side::Destination => held.record.destination_proven,
                _ => held.record.source_proven,
            };
            let disposal = dispose(&failure, false, held.record.tries, proven, ports.clock.now());
            if disposal.obstacle.is_some() {
                count(ports, &held.record).await?;
            }
            hand_over(ports, *held, Next::Disposed(disposal), false).await.map(Some)
        }
    }
}

/// True when the caller who asked for this may have nothing dialled in this hour any more.
async fn spent(ports: &Ports<'_>, record: &Migration) -> Result<bool, Failure> {
    let Some((attempts, caller)) = ports.attempts.zip(attempts::counted(record)) else { return Ok(false) };
    Ok(attempts.count(caller, attempts::hour(ports.clock.now())).await? >= attempts::MOST)
}

/// A connect or a first login has failed.
async fn count(ports: &Ports<'_>, record: &Migration) -> Result<(), Failure> {
    let Some((attempts, caller)) = ports.attempts.zip(attempts::counted(record)) else { return Ok(()) };
    attempts.failed(caller, attempts::hour(ports.clock.now())).await
}

async fn open(mail: &dyn Mail) -> Result<(Box<dyn Source>, Box<dyn Destination>), Failure> {
    futures::try_join!(mail.source(), mail.destination())
}

/// Lists both mailboxes, then plans folders in the order of their numbers, from the record's cursor on, as far as time allows.
/// What comes next: copying, or the rest of the plan.
async fn plan(ports: &Ports<'_>, held: &mut Held) -> Result<Stage, Failure> {
    let (mut source, mut destination) = open(ports.mail).await?;
    held.record.source_proven = true;
    held.record.destination_proven = true;
    let over = || ports.clock.stopping() || ports.clock.left() < LAST_CHANCE;
    let survey = Survey::further(ports, &held.record, source.as_mut(), destination.as_mut(), &over).await?;
    let Some((here, there)) = survey.done() else {
        logout(source, destination).await;
        survey.keep(ports, &mut held.record).await?;
        return Ok(Stage::Plan);
    };
    let known = known(ports.ledger, &held.record.id).await?;
    // Versions fence what was read; a later holder's records are not ours to read for that.
    if known.iter().any(|folder| folder.epoch > held.record.epoch) {
        return Err(Failure::conflict("a later step wrote the folders"));
    }
    let options = &held.record.request.options;
    let mut plan = map(here, there, options, &known)
        .map_err(|problem| Failure::new(Side::Source, Trouble::Usage, problem.to_string()))?;
    let from = held.record.cursor;
    // The pairs that will copy are on their way meanwhile; this one becomes the first of them.
    let pairs = usize::from(options.pairs()).min(groups_with_news(&plan, &known));
    let make = async {
        let made = make::folders(destination.as_mut(), &mut plan, from, &over).await?;
        let to = subscribe(destination.as_mut(), &mut plan, (from, made.to), &over).await?;
        Ok::<_, Failure>((made, to))
    };
    let (made, to) = beside(make, ports.mail.prepare(pairs.saturating_sub(1))).await?;
    match pairs > 0 && to == FolderNumber::MAX {
        true => ports.mail.give_back(source, destination).await,
        false => logout(source, destination).await,
    }
    warn(&mut held.record, &plan, from);
    let stored: BTreeMap<FolderNumber, Folder> = known.iter().map(|folder| (folder.number, folder.clone())).collect();
    let records = records(&plan, known, &made.refused);
    held.record.folders = records.iter().map(|folder| folder.number).max().unwrap_or(0);
    let to = write(ports, &held.record, records, &stored, (from, to), &over).await?;
    if to < FolderNumber::MAX {
        held.record.cursor = to;
        survey.keep(ports, &mut held.record).await?;
        return Ok(Stage::Plan);
    }
    held.record.cursor = 0;
    held.record.survey = None;
    let document = serde_json::to_vec_pretty(&PlanDocument::new(&plan))
        .map_err(|cause| Failure::store(format!("write plan.json: {cause}")))?;
    ports.archive.put(&held.record.id, "plan.json", Bytes::from(document)).await?;
    Ok(Stage::Copy)
}

/// Does the work, and something else for as long as that takes.
async fn beside<T>(work: impl Future<Output = T>, other: impl Future<Output = ()>) -> T {
    match select(pin!(work), pin!(other)).await {
        Either::Left((done, _)) => done,
        Either::Right(((), work)) => work.await,
    }
}

/// Warnings of the plan; what earlier steps of the same plan had to say of subscriptions stays.
fn warn(record: &mut Migration, plan: &Plan, from: FolderNumber) {
    record
        .warnings
        .retain(|warning| !CODES.contains(&warning.code.as_str()) || (from > 0 && warning.code == SUBSCRIPTION));
    for warning in plan.warnings.clone() {
        record.warn(&warning.code, warning.text);
    }
}

/// Folders behind the first number up to the second.
type Range = (FolderNumber, FolderNumber);

/// Writes the records of a range, and returns how far: to its end, or to where time was over.
async fn write(
    ports: &Ports<'_>,
    record: &Migration,
    mut records: Vec<Folder>,
    stored: &BTreeMap<FolderNumber, Folder>,
    (from, to): Range,
    over: &(dyn Fn() -> bool + Sync),
) -> Result<FolderNumber, Failure> {
    records.retain(|folder| folder.number > from && folder.number <= to);
    records.retain(|folder| !stored.get(&folder.number).is_some_and(|stored| stands(stored, folder)));
    records.sort_by_key(|folder| folder.number);
    for folder in &mut records {
        begin(folder, record.epoch, record.pass.number);
    }
    let batches = records.chunks(BATCH);
    let count = batches.len();
    for (at, batch) in batches.enumerate() {
        if ports.ledger.save_folders(&record.id, batch).await? == Saved::Refused {
            return Err(Failure::conflict("another step wrote the plan"));
        }
        if at + 1 < count && over() {
            return Ok(batch.last().map_or(from, |folder| folder.number));
        }
    }
    Ok(to)
}

async fn known(ledger: &dyn Ledger, id: &MigrationId) -> Result<Vec<Folder>, Failure> {
    let mut known: Vec<Folder> = Vec::new();
    loop {
        let from = known.last().map_or(0, |folder| folder.number + 1);
        let page = ledger.folders(id, from, PAGE).await?;
        if page.is_empty() {
            return Ok(known);
        }
        known.extend(page);
    }
}

/// Subscribes to folders of a range, and returns how far: to its end, or to where time was over; one flight at least. A
/// refused subscription is a warning: the mail is there all the same.
async fn subscribe(
    destination: &mut dyn Destination,
    plan: &mut Plan,
    (from, to): Range,
    over: &(dyn Fn() -> bool + Sync),
) -> Result<FolderNumber, Failure> {
    let wanted: BTreeSet<_> = plan.subscriptions.iter().filter(|number| **number > from && **number <= to).collect();
    let mut names: Vec<(FolderNumber, FolderName)> = plan
        .folders
        .iter()
        .filter(|planned| wanted.contains(&planned.number) && planned.role == Role::Carry)
        .map(|planned| (planned.number, planned.destination.clone()))
        .collect();
    names.sort();
    let mut seen = BTreeSet::new();
    names.retain(|(_, name)| seen.insert(name.clone()));
    let mut asked = 0;
    for flight in names.chunks(FLIGHT) {
        let flown: Vec<FolderName> = flight.iter().map(|(_, name)| name.clone()).collect();
        for (name, made) in flown.iter().zip(destination.subscribe(&flown).await?) {
            if let Made::Refused(words) = made {
                let text = format!("'{}' could not be subscribed at the destination: {words}", name.unicode());
                plan.warnings.push(crate::migration::Warning { code: SUBSCRIPTION.into(), text });
            }
        }
        asked += flight.len();
        if asked < names.len() && over() {
            return Ok(flight.last().map_or(from, |(number, _)| *number));
        }
    }
    Ok(to)
}
