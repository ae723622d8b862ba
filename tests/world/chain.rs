//! # Chain
//! One process: the start of the same command, then steps one after the other, as the program runs them.

use std::time::Duration;

use posthorse_domain::intake::{again, begin};
use posthorse_domain::migration::{Failure, Migration, MigrationId, PassKind, Request, Stage, State};
use posthorse_domain::ports::{Clock, Job, Ledger, Ports, Queue};
use posthorse_domain::turn::Timing;
use posthorse_domain::{copy, plan, verify};
use posthorse_embedded::StopFlag;
use tokio::time::Instant;

use super::archive::MemoryArchive;
use super::clock::WorldClock;
use super::ledger::MemoryLedger;
use super::mail::WorldMail;
use super::queue::MemoryQueue;
use super::watcher::Watcher;

/// Jobs received that led to nothing, in a row, after which the chain is broken.
const IDLE: u32 = 100;
/// Steps after which nobody believes any more that it ends.
const ENDLESS: u32 = 5_000;

/// What a process runs with.
pub struct Process<'a> {
    pub ledger: &'a MemoryLedger,
    pub archive: &'a MemoryArchive,
    pub queue: &'a MemoryQueue,
    pub mail: &'a WorldMail,
    pub watcher: &'a Watcher,
    pub stop: &'a StopFlag,
    pub born: Instant,
    /// How long one step may work.
    pub step: Duration,
    pub timing: Timing,
    /// Waits for servers by itself.
    pub wait: bool,
    /// Tells one process from the next.
    pub number: u32,
}

impl Process<'_> {
    /// The command, from its start to its end.
    pub async fn run(&self, id: &MigrationId, request: Request, pass: Option<PassKind>) -> Result<Migration, Failure> {
        let clock = self.clock();
        match self.ledger.migration(id).await? {
            None => {
                begin::begin(self.ledger, self.queue, &clock, id.clone(), request).await?;
            }
            Some(record) => {
                if record.lease_until.is_some() {
                    clock.sleep(self.timing.quiet).await;
                }
                let due = again::again(Migration { request, ..record }, pass, clock.now());
                let due = begin::turn(self.ledger, self.queue, &clock, due).await?;
                due.map_err(|refused| Failure::store(refused.0))?;
            }
        }
        self.steps(id).await
    }

    async fn steps(&self, id: &MigrationId) -> Result<Migration, Failure> {
        let mut idle = 0;
        let mut steps = 0;
        loop {
            let clock = self.clock();
            let record = self.record(id).await?;
            if !record.state.under_way() || clock.stopping() {
                return Ok(record);
            }
            if idle > IDLE || steps > ENDLESS {
                return Err(Failure::store(format!("the chain does not end: {idle} jobs for nothing, {steps} steps")));
            }
            let due = record.next_at.map_or(Duration::ZERO, |at| at.since(clock.now()));
            if !due.is_zero() && record.lease_until.is_none() {
                if record.state == State::Waiting && !self.wait {
                    return Ok(record);
                }
                clock.sleep(due.min(Duration::from_secs(60))).await;
                continue;
            }
            let Some(delivery) = self.queue.receive(self.step * 2).await? else {
                begin::send(self.queue, &clock, &record).await?;
                idle += 1;
                continue;
            };
            steps += 1;
            match self.step(&delivery.job, &format!("{}-{steps}", self.number)).await? {
                Some(_) => idle = 0,
                None => idle += 1,
            }
            self.queue.acknowledge(&delivery.receipt).await?;
        }
    }

    async fn record(&self, id: &MigrationId) -> Result<Migration, Failure> {
        let record = self.ledger.migration(id).await?;
        record.ok_or_else(|| Failure::store("the migration is not in the ledger"))
    }

    async fn step(&self, job: &Job, holder: &str) -> Result<Option<Migration>, Failure> {
        let clock = self.clock();
        let ports = Ports {
            ledger: self.ledger,
            archive: self.archive,
            queue: self.queue,
            mail: self.mail,
            clock: &clock,
            notify: self.watcher,
            announcer: None,
            attempts: None,
        };
        match job.stage {
            Stage::Plan => plan::step::run(&ports, job, holder, self.timing).await,
            Stage::Copy => copy::step::run(&ports, job, holder, self.timing).await,
            Stage::Verify => verify::step::run(&ports, job, holder, self.timing).await,
        }
    }

    fn clock(&self) -> WorldClock {
        WorldClock::new(self.born, self.step, self.stop.clone())
    }
}
