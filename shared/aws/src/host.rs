//! # Host
//! What plan, copy and verify are made of: their settings, read once when the process starts, and the ports on AWS.

use std::fmt;
use std::time::Duration;

use posthorse_domain::migration::{Failure, Migration, Stage, State};
use posthorse_domain::ports::mail::Mail;
use posthorse_domain::ports::{Clock, Job, Ports};
use posthorse_domain::turn::Timing;

use crate::given::{level, tests};
use crate::lambda::Call;
use crate::settings::{Account, Problems, Reader};
use crate::{DynamoAttempts, EventBridge, LambdaClock, LogNotify, Session, Stores, telemetry};

/// Everything that outlives a call. Nothing in it belongs to one migration.
pub struct Host {
    /// Records, objects, jobs, credentials.
    pub stores: Stores,
    /// Events.
    pub announcer: EventBridge,
    /// Failed connects per caller.
    pub attempts: DynamoAttempts,
    /// Timings of the chain.
    pub timing: Timing,
    /// Private networks that may be dialled, as the template spells them.
    pub networks: String,
    /// Ports that may be dialled.
    pub ports: String,
    /// True in the project's own tests: servers are on this machine.
    pub tests: bool,
    step: Duration,
}

impl Host {
    /// Reads the settings, starts the log and makes the ports.
    ///
    /// # Errors
    /// All that is wrong with the settings, together.
    pub fn new(mut reader: Reader) -> Result<Self, Problems> {
        let session = Session::new(&Account::read(&mut reader));
        let level = level(&mut reader);
        let step = reader.seconds("POSTHORSE_STEP_SECONDS");
        let margin = reader.seconds("POSTHORSE_MARGIN_SECONDS");
        let quiet = reader.seconds("POSTHORSE_QUIET_SECONDS");
        let messages = reader.at_most("POSTHORSE_STEP_MESSAGES");
        let stores = Stores::read(&mut reader, &session);
        let bus = reader.text("POSTHORSE_EVENT_BUS");
        let networks = reader.optional("POSTHORSE_ALLOWED_NETWORKS").unwrap_or_default();
        let ports = reader.text("POSTHORSE_ALLOWED_PORTS");
        let tests = tests(&mut reader);
        reader.finish()?;
        telemetry::start(level);
        Ok(Self {
            attempts: stores.ledger.attempts(),
            stores,
            announcer: EventBridge::new(&session, bus),
            timing: Timing { margin, quiet, messages },
            networks,
            ports,
            tests,
            step,
        })
    }

    /// The time of one call.
    pub fn clock(&self, call: &Call) -> LambdaClock {
        LambdaClock::new(self.step, call.deadline)
    }

    /// The doors that a step is given.
    pub fn doors<'a>(&'a self, mail: &'a dyn Mail, clock: &'a dyn Clock) -> Ports<'a> {
        Ports {
            ledger: &self.stores.ledger,
            archive: &self.stores.archive,
            queue: &self.stores.queue,
            mail,
            clock,
            notify: &LogNotify,
            announcer: Some(&self.announcer),
            attempts: Some(&self.attempts),
        }
    }
}

/// A queue holds the jobs of its own stage.
///
/// # Errors
/// This job is for another one.
pub fn expected(job: &Job, stage: Stage) -> Result<(), Failure> {
    let told = || Failure::store(format!("a job of another stage is in the queue of {}", telemetry::word(stage)));
    if job.stage == stage { Ok(()) } else { Err(told()) }
}

/// One line at the end of a step, inside its span: what became of it. Reasons stay in the ledger: they have server's words.
pub fn told(done: Option<&Migration>) {
    match done {
        Some(record) => {
            tracing::Span::current().record("epoch", record.epoch);
            let (outcome, next_at) = (record.state.word(), record.next_at.map(|at| at.rfc3339()));
            match record.state {
                // An alarm counts these lines: they are kept at every level.
                State::Stalled => tracing::error!(outcome, next_at, "ended"),
                _ => tracing::info!(outcome, next_at, "ended"),
            }
        }
        None => tracing::info!(outcome = "dropped", "ended"),
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Host").field("timing", &self.timing).field("step", &self.step).finish_non_exhaustive()
    }
}
