//! # Claim
//! One conditional write gives a step the exclusive right to a turn, and makes a dead step due by itself.

use std::time::Duration;

use super::Timing;
use crate::migration::{Failure, Migration, Moment, State};
use crate::ports::{Clock, Job, Ports, Saved};

/// What a job is worth when it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worth {
    Due,
    /// It waits for a time that has not come.
    Early,
    /// Its turn has passed, or its migration is over or unknown.
    Stale,
    /// Another step holds the migration: this job is a twin.
    Busy,
}

/// A queue that cannot keep a job for days hands it out early; clocks differ by less than this.
const SLACK: Duration = Duration::from_secs(60);

/// The lease of a step that did not give it back ends a quiet period later: what its last send appended has to show itself.
fn worth(record: &Migration, job: &Job, now: Moment, quiet: Duration) -> Worth {
    if record.turn != job.turn || record.stage != job.stage || !record.state.under_way() {
        return Worth::Stale;
    }
    match record.lease_until {
        Some(until) if until.after(quiet) > now => Worth::Busy,
        None if record.state == State::Waiting && record.next_at.is_some_and(|at| at > now.after(SLACK)) => {
            Worth::Early
        }
        _ => Worth::Due,
    }
}

/// A claimed turn: the migration's record as the ledger has it now.
#[derive(Clone, Debug)]
pub struct Held {
    /// The record, with our epoch.
    pub record: Migration,
    /// What bounds this chain's steps.
    pub timing: Timing,
    /// The time that this step had when it claimed its turn.
    pub step: Duration,
    /// When it did, by both clocks.
    claimed: (Moment, Duration),
}

/// What came of a claim.
#[derive(Debug)]
#[must_use = "a stale or busy job is acknowledged and dropped, never sent again"]
pub enum Claim {
    /// Ours.
    Held(Box<Held>),
    /// Acknowledge and drop the job.
    Dropped(&'static str),
}

/// How often a record that was written meanwhile is read again.
const LOOKS: u32 = 5;

/// Claims the job's turn. `holder` is a word that no other call shares.
pub async fn claim(ports: &Ports<'_>, job: &Job, holder: &str, timing: Timing) -> Result<Claim, Failure> {
    let (first, began) = (ports.clock.now(), ports.clock.monotonic());
    for _ in 0..LOOKS {
        let Some(record) = ports.ledger.migration(&job.migration).await? else {
            return Ok(Claim::Dropped("no such migration"));
        };
        let (now, due) = (ports.clock.now(), first.after(ports.clock.monotonic().saturating_sub(began)));
        if now.since(due).max(due.since(now)) > SLACK {
            return Err(Failure::conflict("the clock jumped while a turn was claimed; its job has to come once more"));
        }
        match worth(&record, job, now, timing.quiet) {
            Worth::Early => return Ok(Claim::Dropped("its time has not come; it is sent again then")),
            Worth::Stale => return Ok(Claim::Dropped("its turn has passed")),
            Worth::Busy => return Ok(Claim::Dropped("another step holds the migration")),
            Worth::Due => {}
        }
        let (step, began) = (ports.clock.left(), ports.clock.monotonic());
        let mine = taken(record, holder, now.after(step), timing);
        if ports.ledger.save(&mine).await? == Saved::Yes || is_ours(ports, &mine).await? {
            let record = Migration { version: mine.version + 1, ..mine };
            return Ok(Claim::Held(Box::new(Held { record, timing, step, claimed: (now, began) })));
        }
        // Not every other writer is a step that has the turn now: a sweep that sends it again has it not, and may die
        // before it sends. The record says which it was.
    }
    Err(Failure::conflict("the migration's record is written again and again; its job has to come once more"))
}

fn taken(record: Migration, holder: &str, deadline: Moment, timing: Timing) -> Migration {
    let lease = deadline.after(timing.margin);
    Migration {
        epoch: record.epoch + 1,
        tries: record.tries + 1,
        lease_until: Some(lease),
        next_at: Some(lease.after(timing.quiet)),
        next_at_stated: false,
        state: record.stage.state(),
        holder: holder.into(),
        ..record
    }
}

/// A conditional write can be refused because our own first try succeeded and its answer was lost: read back once.
async fn is_ours(ports: &Ports<'_>, mine: &Migration) -> Result<bool, Failure> {
    let stored = ports.ledger.migration(&mine.id).await?;
    Ok(stored.is_some_and(|stored| {
        stored.version == mine.version + 1 && stored.epoch == mine.epoch && stored.holder == mine.holder
    }))
}

impl Held {
    /// When the step was to end when it was claimed, by the wall clock of then.
    pub fn deadline(&self) -> Option<Moment> {
        self.record.lease_until.map(|until| until.before(self.timing.margin))
    }

    /// The time, by whichever clock is further: after a wall clock that jumped back the next step would begin before what
    /// this one appended has shown itself; a monotonic one may stand still with its process.
    pub fn now(&self, clock: &dyn Clock) -> Moment {
        let (moment, began) = self.claimed;
        clock.now().max(moment.after(clock.monotonic().saturating_sub(began)))
    }

    /// Saves the record as it stands. `Trouble::Conflict` when somebody else wrote it meanwhile.
    pub async fn save(&mut self, ports: &Ports<'_>) -> Result<(), Failure> {
        if ports.ledger.save(&self.record).await? == Saved::Refused {
            let stored = ports.ledger.migration(&self.record.id).await?;
            let ours = Migration { version: self.record.version + 1, ..self.record.clone() };
            if stored != Some(ours) {
                return Err(Failure::conflict("another step wrote the migration's record"));
            }
        }
        self.record.version += 1;
        Ok(())
    }
}

#[cfg(test)]
#[path = "claim_tests.rs"]
mod tests;
