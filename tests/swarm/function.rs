//! # Function
//! One invocation: a process of its own that runs one job. It can be killed by its effects, stand still, be dropped at any
//! await, and the platform ends it when its time is over.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use posthorse_domain::migration::{Failure, MigrationId, Stage};
use posthorse_domain::ports::{Job, Ports, Queue};
use posthorse_domain::sweep::{Doors, step as sweeping};
use posthorse_domain::turn::Timing;
use posthorse_domain::{copy, plan, verify};
use posthorse_embedded::MemoryVault;
use tokio::time::{Instant, Sleep, sleep_until};

use super::planted::{Bug, Doored};
use crate::world::{Effects, MemoryArchive, MemoryLedger, MemoryQueue, Watcher, WorldAnnouncer, WorldClock, WorldMail};

/// Migrations that one sweep looks at.
const AT_ONCE: usize = 50;

/// How an invocation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It answered.
    Done,
    /// It answered with an error; its job comes again.
    Failed(Failure),
    /// A strike killed it.
    Killed,
    /// It was dropped at an await.
    Dropped,
    /// The platform ended it.
    TimedOut,
}

/// What an invocation has to work with.
pub struct Function {
    pub ledger: MemoryLedger,
    pub archive: MemoryArchive,
    pub queue: MemoryQueue,
    pub mail: WorldMail,
    pub clock: WorldClock,
    pub watcher: Watcher,
    pub announcer: WorldAnnouncer,
    pub timing: Timing,
    pub holder: String,
    pub bug: Option<Bug>,
}

/// A message of the queue as a function gets it.
pub struct Body {
    pub text: String,
    /// None for what the queue made up itself.
    pub receipt: Option<String>,
}

/// What acknowledging broke, if anything.
pub type Breach = Option<String>;

impl Function {
    /// Runs the job: decode, step, acknowledge.
    pub async fn run(self, body: Body) -> (Result<(), Failure>, Breach) {
        let Ok(job) = serde_json::from_str::<Job>(&body.text) else {
            // Nothing that can be read: it will not be read better the next time.
            return (self.acknowledge(&body).await, None);
        };
        let mut breach = None;
        if self.bug == Some(Bug::AcknowledgesEarly) {
            breach = self.too_early(&job);
            if let Err(failure) = self.acknowledge(&body).await {
                return (Err(failure), breach);
            }
        }
        match self.step(&job).await {
            Ok(()) => {}
            Err(_) if self.bug == Some(Bug::AnswersNull) => {}
            Err(failure) => return (Err(failure), breach),
        }
        breach = breach.or_else(|| self.too_early(&job));
        (self.acknowledge(&body).await, breach)
    }

    async fn acknowledge(&self, body: &Body) -> Result<(), Failure> {
        match &body.receipt {
            Some(receipt) => self.queue.acknowledge(receipt).await,
            None => Ok(()),
        }
    }

    /// A job may be acknowledged when its turn has passed, or when somebody else has it: otherwise its successor is not
    /// named yet.
    fn too_early(&self, job: &Job) -> Breach {
        let record = self.ledger.peek(&job.migration)?;
        let at_hand = record.turn == job.turn && record.stage == job.stage && record.state.under_way();
        let mine = record.lease_until.is_none_or(|_| record.holder == self.holder);
        let early = record.state == posthorse_domain::migration::State::Waiting;
        let wrong = at_hand && mine && !early;
        wrong.then(|| format!("turn {} was acknowledged before its successor was named", job.turn))
    }

    async fn step(&self, job: &Job) -> Result<(), Failure> {
        let doored = Doored::new(self);
        let ports = Ports {
            ledger: &doored.ledger,
            archive: &doored.archive,
            queue: &self.queue,
            mail: &doored.mail,
            clock: &doored.clock,
            notify: &self.watcher,
            announcer: Some(&self.announcer),
            attempts: None,
        };
        let quiet = if self.bug == Some(Bug::NoQuiet) { Duration::ZERO } else { self.timing.quiet };
        let (holder, timing) = (self.holder.as_str(), Timing { quiet, ..self.timing });
        let done = match job.stage {
            Stage::Plan => plan::step::run(&ports, job, holder, timing).await,
            Stage::Copy => copy::step::run(&ports, job, holder, timing).await,
            Stage::Verify => verify::step::run(&ports, job, holder, timing).await,
        }?;
        if done.is_none() && self.bug == Some(Bug::SendsStaleJobsAgain) {
            self.queue.send(job, Duration::from_secs(1)).await?;
        }
        Ok(())
    }

    /// Runs the sweep.
    pub async fn sweep(self, vault: Arc<MemoryVault>) -> (Result<(), Failure>, Breach) {
        let doors = Doors {
            ledger: &self.ledger,
            archive: &self.archive,
            queue: &self.queue,
            vault: vault.as_ref(),
            clock: &self.clock,
            notify: &self.watcher,
            announcer: Some(&self.announcer),
        };
        (sweeping::run(&doors, AT_ONCE).await.map(|_| ()), None)
    }
}

/// Jobs that no step of ours ever sent.
pub fn poison(id: &MigrationId, turn: u64, nth: u64) -> String {
    let job = |id: &str, stage, turn| {
        let job = Job { migration: MigrationId(id.into()), stage, turn };
        serde_json::to_string(&job).unwrap_or_default()
    };
    match nth % 8 {
        0 => String::new(),
        1 => "null".into(),
        2 => "{\"migration\":".into(),
        3 => format!("{{\"migration\":\"{}\",\"stage\":\"copy\",\"turn\":{turn},\"more\":1}}", id.0),
        4 => format!("{{\"migration\":\"{}\",\"stage\":\"copy\",\"turn\":-1}}", id.0),
        5 => job("somebody-else", Stage::Copy, turn),
        6 => job(&id.0, Stage::Copy, turn + 7),
        _ => job(&id.0, Stage::Verify, turn.saturating_sub(1)),
    }
}

/// What an invocation does, and whether it broke a promise on its way.
type Work = Pin<Box<dyn Future<Output = (Result<(), Failure>, Breach)>>>;

/// An invocation on its way.
pub struct Invocation {
    work: Work,
    process: Effects,
    /// Polls after which it is dropped.
    polls: Option<u32>,
    until: Instant,
    alarm: Pin<Box<Sleep>>,
}

impl Invocation {
    /// Begins; the platform ends it `time` from now, not counting what it stands still.
    pub fn new(
        work: impl Future<Output = (Result<(), Failure>, Breach)> + 'static,
        process: Effects,
        polls: Option<u32>,
        time: Duration,
    ) -> Self {
        let until = Instant::now() + time;
        Self { work: Box::pin(work), process, polls, until, alarm: Box::pin(sleep_until(until)) }
    }

    /// Comes back at this time.
    fn wake_at(&mut self, at: Instant, cx: &mut Context<'_>) {
        self.alarm.as_mut().reset(at);
        let _is_in_the_future = self.alarm.as_mut().poll(cx);
    }
}

impl Future for Invocation {
    type Output = (Ended, Breach);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(until) = self.process.frozen_until() {
            self.wake_at(until, cx);
            return Poll::Pending;
        }
        let until = self.until + self.process.frozen();
        if Instant::now() >= until {
            return Poll::Ready((Ended::TimedOut, None));
        }
        if let Some(polls) = &mut self.polls {
            match polls.checked_sub(1) {
                Some(left) => *polls = left,
                None => return Poll::Ready((Ended::Dropped, None)),
            }
        }
        if let Poll::Ready((result, breach)) = self.work.as_mut().poll(cx) {
            return Poll::Ready((result.map_or_else(Ended::Failed, |()| Ended::Done), breach));
        }
        if self.process.is_dead() {
            return Poll::Ready((Ended::Killed, None));
        }
        let wake = self.process.frozen_until().unwrap_or(until);
        self.wake_at(wake, cx);
        Poll::Pending
    }
}
