//! # Cloud
//! Queue, functions and timer, as a cloud runs the steps: jobs come at least once, late and out of order; up to three
//! invocations live at once; the sweep runs every minute.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use posthorse_domain::migration::{Migration, Stage, State};
use posthorse_domain::ports::{Clock, Job, Queue};
use posthorse_domain::turn::Timing;
use posthorse_embedded::{MemoryVault, StopFlag};
use tokio::time::{Instant, sleep_until};

use super::chance::Chance;
use super::coverage::Coverage;
use super::function::{Body, Ended, Function, Invocation, poison};
use super::planted::Bug;
use super::troubles::Troubles;
use crate::world::{Claimed, Effects, Index, MemoryQueue, World, WorldAnnouncer, WorldClock, WorldMail};

/// Invocations at once.
const AT_ONCE: usize = 3;
/// Between two sweeps.
const SWEEP: Duration = Duration::from_secs(60);
/// Behind a function's own deadline, until the platform ends it.
const RESERVE: Duration = Duration::from_secs(10);
/// What is due later than this no clock of ours sees as due.
const FAR: Duration = Duration::from_secs(2 * 3600);
/// How long a sweep may take.
const SWEEP_TIME: Duration = Duration::from_secs(50);

/// What a step is a function of.
struct Running {
    invocation: Pin<Box<Invocation>>,
    process: Effects,
    stage: Option<Stage>,
    /// Who claims in its name, and until when nobody else may.
    holder: String,
    until: Instant,
}

/// How a drive ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drive {
    /// The migration rests.
    Rests,
    /// Time or invocations were used up.
    UsedUp,
}

/// A world with the parts of a cloud.
pub struct Cloud {
    pub world: World,
    pub vault: Arc<MemoryVault>,
    pub announcer: WorldAnnouncer,
    pub timing: Timing,
    pub troubles: Troubles,
    pub chance: Chance,
    pub bug: Option<Bug>,
    pub coverage: Coverage,
    pub breaches: Vec<String>,
    pub invocations: u32,
    /// Processes that ended before their time.
    pub deaths: u32,
    running: Vec<Running>,
    next_sweep: Instant,
    queue: MemoryQueue,
    /// The last claim.
    last: Claimed,
}

impl Cloud {
    pub fn new(world: World, troubles: Troubles, chance: Chance, bug: Option<Bug>) -> Self {
        // Two clocks that are wrong by 30 s each, and an APPEND that shows ten seconds late: margin / 2 + quiet cover it.
        let timing = Timing { margin: Duration::from_secs(20), quiet: Duration::from_secs(60), messages: None };
        let queue = world.queue.through(Effects::default());
        Self {
            world,
            vault: Arc::default(),
            announcer: WorldAnnouncer::default(),
            timing,
            troubles,
            chance,
            bug,
            coverage: Coverage::default(),
            breaches: Vec::new(),
            invocations: 0,
            deaths: 0,
            running: Vec::new(),
            next_sweep: Instant::now() + SWEEP,
            queue,
            last: Claimed::default(),
        }
    }

    /// Nothing goes wrong any more.
    pub fn heal(&mut self) {
        self.world.effects.heal();
        self.world.source.heal();
        self.world.destination.heal();
        self.world.destination.meddle(|mailbox| mailbox.quota = None);
        self.world.ledger.index(Index::True);
        self.troubles =
            Troubles { parks: self.troubles.parks, kinds: self.troubles.kinds.clone(), ..Default::default() };
    }

    /// The migration's record.
    pub fn record(&self) -> Option<Migration> {
        self.world.ledger.peek(&self.world.id())
    }

    /// Runs until the migration rests and nobody works on it, for so long and so many invocations at most.
    pub async fn drive(&mut self, time: Duration, invocations: u32) -> Drive {
        self.drive_until(time, invocations, |record| !record.state.under_way()).await
    }

    /// Runs until the record is so, or gone.
    pub async fn drive_until(&mut self, time: Duration, invocations: u32, so: impl Fn(&Migration) -> bool) -> Drive {
        let (until, most) = (Instant::now() + time, self.invocations + invocations);
        loop {
            self.begin_due().await;
            if self.running.is_empty() && self.record().is_none_or(|record| so(&record)) {
                return Drive::Rests;
            }
            if Instant::now() >= until || self.invocations >= most {
                return Drive::UsedUp;
            }
            let job = self.queue.next().filter(|_| self.running.len() < AT_ONCE);
            let wake = job.unwrap_or(self.next_sweep).min(self.next_sweep);
            let running = &mut self.running;
            tokio::select! {
                biased;
                (at, ended) = one_ends(running) => {
                    self.watch_holders();
                    self.ended(at, ended);
                }
                () = sleep_until(wake) => self.watch_holders(),
            }
            if Instant::now() >= self.next_sweep {
                self.begin_sweep();
            }
        }
    }

    /// Nobody may claim a turn while another step has it and its time is not over. A step that has handed its turn over and
    /// only acknowledges its job has it no more: the next claim is of another turn.
    fn watch_holders(&mut self) {
        for claimed in self.world.ledger.claims() {
            let last = std::mem::replace(&mut self.last, claimed);
            let at_work =
                |one: &&Running| one.holder == last.holder && one.until > Instant::now() && !one.process.is_dead();
            if last.turn == self.last.turn && self.running.iter().any(|one| at_work(&one)) {
                let turn = last.turn;
                self.breaches.push(format!("turn {turn} was claimed while another step was at work on it"));
            }
        }
    }

    async fn begin_due(&mut self) {
        while self.running.len() < AT_ONCE {
            let hide = self.world.step + self.timing.margin + Duration::from_secs(60);
            let Ok(Some(delivery)) = self.queue.receive(hide).await else { return };
            if self.troubles.late > 0 && self.chance.one_in(self.troubles.late) {
                self.coverage.count("delivered late", "queue");
                self.queue.postpone(&delivery.receipt, self.chance.millis(1_000, 4 * 3_600_000));
                continue;
            }
            if self.troubles.twice > 0 && self.chance.one_in(self.troubles.twice) {
                self.coverage.count("delivered twice", "queue");
                let delay = self.chance.pick(&[0, 100, 5_000, 120_000, 3 * 3_600_000]);
                self.queue.repeat(&delivery.job, Duration::from_millis(delay));
            }
            let text = serde_json::to_string(&delivery.job).unwrap_or_default();
            self.begin(&delivery.job, Body { text, receipt: Some(delivery.receipt) });
            if self.troubles.poison > 0 && self.chance.one_in(self.troubles.poison) {
                self.coverage.count("a job that nobody sent", "queue");
                let text = poison(&self.world.id(), delivery.job.turn, self.chance.number());
                self.begin(&delivery.job, Body { text, receipt: None });
            }
        }
    }

    fn begin(&mut self, job: &Job, body: Body) {
        self.invocations += 1;
        if let Some((_, octets)) = self.troubles.foreign.take_if(|(at, _)| *at == self.invocations) {
            self.world.destination.folder("INBOX").octets(octets.clone());
            self.world.foreign("INBOX", &octets);
        }
        let process = self.world.effects.process(&StopFlag::new());
        let function = self.function(&process, self.world.step, "function");
        let work = function.run(body);
        let drops = self.troubles.drops > 0 && self.chance.one_in(self.troubles.drops);
        let polls = drops.then(|| u32::try_from(self.chance.between(1, 400)).unwrap_or(1));
        let holds = self.record().is_some_and(|record| record.lease_until.is_some());
        if holds && !self.running.is_empty() {
            self.coverage.count("two holders", "lease");
        }
        let invocation = Box::pin(Invocation::new(work, process.clone(), polls, self.world.step + RESERVE));
        let (holder, until) = (format!("function-{}", self.invocations), Instant::now() + self.world.step);
        self.running.push(Running { invocation, process, stage: Some(job.stage), holder, until });
    }

    fn begin_sweep(&mut self) {
        self.next_sweep = Instant::now() + SWEEP;
        // Only what is far from due is not looked at: that would be work for nothing.
        let far = self.now().after(FAR);
        if self.record().is_none_or(|record| record.next_at.is_none_or(|at| at > far)) {
            return;
        }
        let index = self.troubles.index(&mut self.chance);
        if index != Index::True {
            self.coverage.count("stale index", "sweep");
        }
        self.world.ledger.index(index);
        let process = self.world.effects.process(&StopFlag::new());
        let function = self.function(&process, SWEEP_TIME, "sweep");
        let work = function.sweep(Arc::clone(&self.vault));
        let invocation = Box::pin(Invocation::new(work, process.clone(), None, SWEEP_TIME));
        let (holder, until) = (String::new(), Instant::now());
        self.running.push(Running { invocation, process, stage: None, holder, until });
    }

    fn function(&mut self, process: &Effects, budget: Duration, who: &'static str) -> Function {
        let world = &self.world;
        let skew = self.troubles.skew(&mut self.chance);
        let mut clock = WorldClock::new(world.born(), budget, StopFlag::new()).skewed(skew);
        if skew != 0 {
            self.coverage.count("clock wrong by up to 30 s", who);
        }
        match self.troubles.jump(&mut self.chance) {
            Some((after, millis)) => {
                self.coverage.count("clock jumps an hour", who);
                clock = clock.jumping(Instant::now() + after, millis);
            }
            // Only one of the two clocks may fail a frozen process.
            None if self.chance.one_in(2) => clock = clock.standing_still_with(process.clone()),
            None => {}
        }
        Function {
            ledger: world.ledger.through(process.clone()),
            archive: world.archive.through(process.clone()),
            queue: world.queue.through(process.clone()),
            mail: WorldMail {
                source: world.source.clone(),
                destination: world.destination.clone(),
                effects: process.clone(),
                silence: Duration::from_secs(60),
                proven: Arc::default(),
                lanes: world.mail.lanes,
                tampering: None,
            },
            clock,
            watcher: world.watcher.clone(),
            announcer: self.announcer.through(process.clone()),
            timing: self.timing,
            holder: format!("function-{}", self.invocations),
            bug: self.bug,
        }
    }

    fn ended(&mut self, at: usize, (ended, breach): (Ended, Option<String>)) {
        let running = self.running.remove(at);
        self.breaches.extend(breach);
        let stage = running.stage.map_or("sweep", |stage| match stage {
            Stage::Plan => "plan",
            Stage::Copy => "copy",
            Stage::Verify => "verify",
        });
        match ended {
            Ended::Dropped => self.coverage.count("dropped at an await", stage),
            Ended::TimedOut => self.coverage.count("ended by the platform", "function"),
            Ended::Done | Ended::Failed(_) | Ended::Killed => {}
        }
        if ended != Ended::Done {
            self.deaths += 1;
        }
        let spent = ended == Ended::Done && running.stage == Some(Stage::Copy) && running.process.frozen().is_zero();
        let goes_on = self.record().is_some_and(|record| record.stage == Stage::Copy && record.state == State::Copying);
        if spent && goes_on {
            self.coverage.count("deadline", "copy");
        }
    }

    /// The cloud's own true clock.
    pub fn clock(&self) -> WorldClock {
        WorldClock::new(self.world.born(), Duration::from_secs(60), StopFlag::new())
    }

    /// True time.
    pub fn now(&self) -> posthorse_domain::migration::Moment {
        self.clock().now()
    }
}

/// The first that ends, in the order they began.
async fn one_ends(running: &mut [Running]) -> (usize, (Ended, Option<String>)) {
    poll_fn(|cx| {
        for (at, one) in running.iter_mut().enumerate() {
            if let Poll::Ready(ended) = one.invocation.as_mut().poll(cx) {
                return Poll::Ready((at, ended));
            }
        }
        Poll::Pending
    })
    .await
}
