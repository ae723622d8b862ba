//! # Chain
//! The steps of one migration, one after the other in this process, until the pass has ended or has to wait.

use std::time::Duration;

use posthorse_domain::intake::begin;
use posthorse_domain::migration::{Failure, Migration, MigrationId, Stage, State};
use posthorse_domain::ports::mail::Mail;
use posthorse_domain::ports::{Clock, Ledger, Notify, Ports, Queue};
use posthorse_domain::turn::Timing;
use posthorse_domain::{copy, plan, verify};
use posthorse_embedded::{State as Store, StepClock, StopFlag};

/// What a chain runs with.
pub struct Chain<'a> {
    /// The state directory.
    pub store: &'a Store,
    /// Both mailboxes.
    pub mail: &'a dyn Mail,
    /// Who watches.
    pub notify: &'a dyn Notify,
    /// A person's wish to stop.
    pub stop: &'a StopFlag,
    /// How long one step may work.
    pub step: Duration,
    /// Timings of the chain.
    pub timing: Timing,
    /// Wait for servers by itself.
    pub wait: bool,
}

/// What draining may take once a person asked to stop.
const DRAINING: Duration = Duration::from_secs(10);
/// Jobs received that led to nothing, in a row, after which the chain is broken.
const IDLE: u32 = 100;

impl Chain<'_> {
    /// Runs until the pass has ended, a person asked to stop, or (without `wait`) there is something to wait for.
    pub async fn run(&self, id: &MigrationId) -> Result<Migration, Failure> {
        let mut idle = 0;
        let mut steps = 0_u64;
        loop {
            let clock = StepClock::new(self.step, self.stop.clone());
            let record = self.record(id).await?;
            if !record.state.under_way() || clock.stopping() || idle > IDLE {
                return Ok(record);
            }
            let due = record.next_at.map_or(Duration::ZERO, |at| at.since(clock.now()));
            if !due.is_zero() && record.lease_until.is_none() {
                if record.state == State::Waiting && !self.wait {
                    return Ok(record);
                }
                clock.sleep(due.min(Duration::from_secs(60))).await;
                continue;
            }
            let Some(delivery) = self.store.queue.receive(self.step * 2).await? else {
                // The send of a saved turn was lost with its process, or with the power: name the successor again.
                begin::send(&self.store.queue, &clock, &record).await?;
                idle += 1;
                continue;
            };
            steps += 1;
            let holder = format!("{}-{}", std::process::id(), steps);
            let clock = StepClock::new(self.step, self.stop.clone());
            let done = tokio::select! {
                done = self.step(&clock, &delivery.job, &holder) => done?,
                // What is not drained by then is settled at the next start, as after a kill.
                () = self.out_of_patience() => return self.record(id).await,
            };
            match done {
                Some(_) => idle = 0,
                None => idle += 1,
            }
            self.store.queue.acknowledge(&delivery.receipt).await?;
        }
    }

    /// Comes back when draining has taken as long as it may: a server is silent.
    async fn out_of_patience(&self) {
        self.stop.wait().await;
        tokio::time::sleep(DRAINING).await;
    }

    async fn record(&self, id: &MigrationId) -> Result<Migration, Failure> {
        let record = self.store.ledger.migration(id).await?;
        record.ok_or_else(|| Failure::store(format!("migration {} is not in the ledger", id.0)))
    }

    async fn step(
        &self,
        clock: &StepClock,
        job: &posthorse_domain::ports::Job,
        holder: &str,
    ) -> Result<Option<Migration>, Failure> {
        let ports = Ports {
            ledger: &self.store.ledger,
            archive: &self.store.archive,
            queue: &self.store.queue,
            mail: self.mail,
            clock,
            notify: self.notify,
            announcer: None,
            attempts: None,
        };
        tracing::debug!(step = ?job.stage, migration = %job.migration.0, turn = job.turn, "begins");
        let done = match job.stage {
            Stage::Plan => plan::step::run(&ports, job, holder, self.timing).await,
            Stage::Copy => copy::step::run(&ports, job, holder, self.timing).await,
            Stage::Verify => verify::step::run(&ports, job, holder, self.timing).await,
        }?;
        if let Some(record) = &done {
            tracing::info!(step = ?job.stage, migration = %job.migration.0, turn = job.turn, epoch = record.epoch, outcome = record.state.word(), "ended");
        }
        Ok(done)
    }
}
