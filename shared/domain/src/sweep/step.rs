//! # Sweep step
//! Looks at what is due, reads each record again, and does the one thing that it needs. One write comes first and gives
//! the right to do it; what follows is safe to do twice.

use std::time::Duration;

use super::due::{Due, distance, due};
use super::settled::settled;
use crate::migration::dispose::TRIES;
use crate::migration::{Failure, Migration, MigrationId, Moment, State, rest};
use crate::ports::{Announcer, Archive, Clock, Event, Job, Ledger, Notify, Queue, Saved, Vault};
use crate::turn::announce;

/// Below this much time left nothing more is begun.
const LAST_CHANCE: Duration = Duration::from_secs(2);
/// Credentials of which no migration has come after so long belong to nobody: whoever kept them is dead.
const ORPHANED: Duration = Duration::from_secs(3600);
/// Of so many one sweep looks for the migration.
const ORPHANS: usize = 100;
/// Everything that a migration keeps in the archive.
const OBJECTS: [&str; 5] = ["quarantine/", "manifest/", "index/", "reports/", "plan.json"];

/// The doors that the sweep is given. Both mailboxes are not among them.
pub struct Doors<'a> {
    /// Records.
    pub ledger: &'a dyn Ledger,
    /// Objects.
    pub archive: &'a dyn Archive,
    /// Jobs.
    pub queue: &'a dyn Queue,
    /// Credentials.
    pub vault: &'a dyn Vault,
    /// Time.
    pub clock: &'a dyn Clock,
    /// People who watch.
    pub notify: &'a dyn Notify,
    /// Programs that subscribed; none where nobody can.
    pub announcer: Option<&'a dyn Announcer>,
}

/// What a sweep has done, in migrations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Turns sent again.
    pub resent: Vec<MigrationId>,
    /// Stalled: five tries without progress.
    pub stalled: Vec<MigrationId>,
    /// Deltas begun.
    pub begun: Vec<MigrationId>,
    /// Ended after idle days.
    pub ended: Vec<MigrationId>,
    /// Credentials forgotten.
    pub forgotten: Vec<MigrationId>,
    /// Deleted for good.
    pub removed: Vec<MigrationId>,
    /// Credentials forgotten of which no migration came.
    pub orphaned: Vec<MigrationId>,
    /// What could not be done; the next sweep tries again.
    pub failures: Vec<(MigrationId, Failure)>,
    /// True when there was no time for all that is due.
    pub unfinished: bool,
}

/// Does what is due, for at most `limit` migrations. One that fails keeps no other from its turn.
pub async fn run(doors: &Doors<'_>, limit: usize) -> Result<Swept, Failure> {
    let ids = doors.ledger.due(doors.clock.now(), limit).await?;
    let mut swept = Swept { unfinished: ids.len() >= limit, ..Swept::default() };
    for id in ids {
        if doors.clock.left() < LAST_CHANCE || doors.clock.stopping() {
            swept.unfinished = true;
            break;
        }
        if let Err(failure) = one(doors, &id, &mut swept).await {
            swept.failures.push((id, failure));
        }
    }
    orphans(doors, &mut swept).await?;
    Ok(swept)
}

/// Credentials are kept before their migration's record: an hour later it is known whether one came of them.
async fn orphans(doors: &Doors<'_>, swept: &mut Swept) -> Result<(), Failure> {
    let before = doors.clock.now().before(ORPHANED);
    for id in doors.vault.unclaimed(before, ORPHANS).await? {
        if doors.clock.left() < LAST_CHANCE || doors.clock.stopping() {
            swept.unfinished = true;
            break;
        }
        match orphan(doors, &id, before).await {
            Ok(true) => swept.orphaned.push(id),
            Ok(false) => {}
            Err(failure) => swept.failures.push((id, failure)),
        }
    }
    Ok(())
}

async fn orphan(doors: &Doors<'_>, id: &MigrationId, before: Moment) -> Result<bool, Failure> {
    match doors.ledger.migration(id).await? {
        Some(record) if !record.state.ended() => doors.vault.claim(id).await.map(|()| false),
        Some(_) => doors.vault.forget(id).await.map(|()| false),
        // Whoever keeps them again meanwhile is not dead: then they are younger, and stay.
        None => doors.vault.forget_unclaimed(id, before).await.map(|()| true),
    }
}

async fn one(doors: &Doors<'_>, id: &MigrationId, swept: &mut Swept) -> Result<(), Failure> {
    // The index may be older than the record: only a consistent read is acted upon.
    let Some(record) = doors.ledger.migration(id).await? else { return Ok(()) };
    let now = doors.clock.now();
    let due = due(&record, now);
    let record = match due {
        Due::Nothing => return Ok(()),
        // Its time of before is over; what is told says what comes next.
        Due::Later | Due::Forget => Migration { next_at: rest::next(&record), ..record },
        _ => record,
    };
    if record.state.ended() {
        doors.vault.forget(id).await?;
    }
    let record = told(doors, record, due).await?;
    match due {
        Due::Nothing => {}
        Due::Later => _ = save(doors, &record).await?,
        Due::Resend => resend(doors, record, swept).await?,
        Due::Doubtful => doubt(doors, record, swept).await?,
        Due::Pass(kind) => {
            let record = record.begin_pass(kind, now);
            if send(doors, record).await? {
                swept.begun.push(id.clone());
            }
        }
        Due::End => {
            let days = record.request.options.life.idle_days;
            let ended = record.end(State::Finished, format!("ended by itself: {days} days without anything new"), now);
            if save(doors, &ended).await? {
                doors.vault.forget(id).await?;
                tell(doors, &ended);
                swept.ended.push(id.clone());
            }
        }
        Due::Forget => {
            if save(doors, &record).await? {
                swept.forgotten.push(id.clone());
            }
        }
        Due::Remove => remove(doors, id, swept).await?,
    }
    Ok(())
}

/// Tells subscribers what this record shows and they do not know, before anything is changed; what is told by now is in the
/// record and saved with the change.
async fn told(doors: &Doors<'_>, record: Migration, due: Due) -> Result<Migration, Failure> {
    match announce(doors.announcer, doors.ledger, &record, doors.clock.now()).await {
        Ok(None) => Ok(record),
        Ok(Some(told)) => Ok(Migration { told, ..record }),
        // Nothing else is to be done for it: it stays due, and the next sweep tries again.
        Err(failure) if matches!(due, Due::Later | Due::Forget) => Err(failure),
        Err(failure) => {
            doors.notify.tell(Event::Untold { cause: failure.cause });
            Ok(record)
        }
    }
}

async fn resend(doors: &Doors<'_>, record: Migration, swept: &mut Swept) -> Result<(), Failure> {
    let resends = record.resends + 1;
    let next_at = Some(doors.clock.now().after(distance(resends)));
    let id = record.id.clone();
    // What waited waits no longer: a job of a time to come would be dropped as early.
    let state = record.stage.state();
    if send(doors, Migration { resends, next_at, state, next_at_stated: false, ..record }).await? {
        swept.resent.push(id);
    }
    Ok(())
}

/// Tries without end: steps that settled something before they died do not count.
async fn doubt(doors: &Doors<'_>, record: Migration, swept: &mut Swept) -> Result<(), Failure> {
    let mark = settled(doors.ledger, &record.id).await?;
    if mark > record.mark {
        return resend(doors, Migration { mark, tries: 0, ..record }, swept).await;
    }
    let reason = format!(
        "No progress in {TRIES} tries: its steps end without a word, the last one while {}. Nothing more is sent until it \
         is resumed.",
        record.stage.state().word()
    );
    let stalled = Migration { state: State::Stalled, reason, lease_until: None, turn: record.turn + 1, ..record };
    // Subscribers are told by the next sweep, which is due at once.
    let next_at = doors.announcer.map_or_else(|| rest::next(&stalled), |_| Some(doors.clock.now()));
    let stalled = Migration { next_at, next_at_stated: false, ..stalled };
    if save(doors, &stalled).await? {
        tell(doors, &stalled);
        swept.stalled.push(stalled.id);
    }
    Ok(())
}

/// Saved first, sent second: who dies in between is mended by the next sweep.
async fn send(doors: &Doors<'_>, record: Migration) -> Result<bool, Failure> {
    if !save(doors, &record).await? {
        return Ok(false);
    }
    let job = Job { migration: record.id, stage: record.stage, turn: record.turn };
    doors.queue.send(&job, Duration::ZERO).await?;
    Ok(true)
}

/// False: somebody else wrote the record meanwhile, and it needs another look.
async fn save(doors: &Doors<'_>, record: &Migration) -> Result<bool, Failure> {
    Ok(doors.ledger.save(record).await? == Saved::Yes)
}

/// Objects first, the row last: a sweep that dies in between finds it again.
async fn remove(doors: &Doors<'_>, id: &MigrationId, swept: &mut Swept) -> Result<(), Failure> {
    for prefix in OBJECTS {
        for key in doors.archive.keys(id, prefix).await? {
            if doors.clock.left() < LAST_CHANCE {
                swept.unfinished = true;
                return Ok(());
            }
            doors.archive.remove(id, &key).await?;
        }
    }
    doors.ledger.forget(id).await?;
    swept.removed.push(id.clone());
    Ok(())
}

fn tell(doors: &Doors<'_>, record: &Migration) {
    let reason = record.reason.clone();
    doors.notify.tell(Event::State { state: record.state, reason, next_at: record.next_at });
}
