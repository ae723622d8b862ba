//! # Worlds
//! The world as a scenario holds it: two servers to fill and to break, and the command to run, again and again.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use posthorse_domain::intake::{again, begin};
use posthorse_domain::migration::report::Report;
use posthorse_domain::migration::request::MapRule;
use posthorse_domain::migration::{
    Failure, Folder, Migration, MigrationId, Options, PassKind, Request, Security, ServerSide,
};
use posthorse_domain::ports::{Clock, Ledger};
use posthorse_domain::turn::Timing;
use posthorse_domain::verify::tell;
use posthorse_embedded::StopFlag;
use tokio::time::Instant;

use super::archive::MemoryArchive;
use super::chain::Process;
use super::clock::WorldClock;
use super::content::Before;
use super::effects::Effects;
use super::judge::{Lenient, judge};
use super::ledger::MemoryLedger;
use super::mail::WorldMail;
use super::queue::MemoryQueue;
use super::server::{Change, Mailbox, Profile, Server, USER};
use super::watcher::Watcher;

/// The password on both servers: a word that is nowhere else.
pub const PASSWORD: &str = "Kx7-geheim-Qz9";
/// Processes until a migration that is killed now and then must have ended.
const PATIENCE: u32 = 60;

/// Two servers, a place for records, and the command that moves one mailbox to the other.
pub struct World {
    /// The server that is read.
    pub source: Server,
    /// The server that is written.
    pub destination: Server,
    /// Every effect, numbered.
    pub effects: Effects,
    /// Records.
    pub ledger: MemoryLedger,
    /// Objects.
    pub archive: MemoryArchive,
    /// Jobs.
    pub queue: MemoryQueue,
    /// What was told to people.
    pub watcher: Watcher,
    /// How long one step may work.
    pub step: Duration,
    /// Timings of the chain.
    pub timing: Timing,
    /// Connections to both servers.
    pub mail: WorldMail,
    request: Mutex<Request>,
    stop: Mutex<StopFlag>,
    born: Instant,
    processes: AtomicU32,
    before: Mutex<Option<Before>>,
}

/// How a process ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The record afterwards; none when the process died before it was there.
    pub record: Option<Migration>,
    /// The report as things stand.
    pub report: Option<Report>,
    /// What ended the process early.
    pub failure: Option<Failure>,
    /// A strike killed it.
    pub killed: bool,
    /// Messages that the destination stored from its first command to its last.
    pub appended: usize,
}

impl World {
    /// Two servers of these kinds with an empty INBOX each. Needs a tokio runtime; time should be paused.
    pub fn new(source: Profile, destination: Profile) -> Self {
        let effects = Effects::default();
        let (source, destination) = (Server::new(source), Server::new(destination));
        for server in [&source, &destination] {
            server.mailbox_for(USER, PASSWORD);
        }
        let mail = WorldMail {
            source: source.clone(),
            destination: destination.clone(),
            effects: effects.clone(),
            silence: Duration::from_secs(60),
            proven: Arc::default(),
            lanes: None,
            tampering: None,
        };
        Self {
            source,
            destination,
            ledger: MemoryLedger::new(effects.clone()),
            archive: MemoryArchive::new(effects.clone()),
            queue: MemoryQueue::new(effects.clone()),
            watcher: Watcher::default(),
            step: Duration::from_secs(120),
            timing: Timing { margin: Duration::from_secs(20), quiet: Duration::from_secs(2), messages: None },
            mail,
            effects,
            request: Mutex::new(request()),
            stop: Mutex::new(StopFlag::new()),
            born: Instant::now(),
            processes: AtomicU32::new(0),
            before: Mutex::new(None),
        }
    }

    /// `--map 'from=to'`.
    pub fn map(&self, from: &str, to: &str) -> &Self {
        self.options(|options| options.map.push(MapRule { from: from.into(), to: to.into() }))
    }

    /// `--connections`.
    pub fn connections(&self, connections: u8) -> &Self {
        self.options(|options| options.connections = connections)
    }

    /// Changes the command's options.
    pub fn options(&self, change: impl FnOnce(&mut Options)) -> &Self {
        change(&mut lock(&self.request).options);
        self
    }

    /// A flag by which the process at hand is asked to stop.
    pub fn stop(&self) -> StopFlag {
        lock(&self.stop).clone()
    }

    /// Runs the command once: to its end, or until a strike kills it.
    pub async fn run(&self) -> Outcome {
        self.process(None, true).await
    }

    /// Runs the command and drops it after so many polls; how often it was polled if it ended before.
    pub async fn run_dropped_after(&self, polls: usize) -> (Outcome, usize) {
        let mut running = Box::pin(self.process(None, true));
        let mut polled = 0;
        let ended = std::future::poll_fn(|cx| {
            if polled == polls {
                return Poll::Ready(None);
            }
            polled += 1;
            running.as_mut().poll(cx).map(Some)
        });
        match ended.await {
            Some(outcome) => (outcome, polled),
            None => {
                drop(running);
                (Outcome { killed: true, ..self.outcome().await }, polled)
            }
        }
    }

    /// How things stand, as an outcome of nothing.
    pub async fn outcome(&self) -> Outcome {
        let record = self.ledger.peek(&id());
        let report = match &record {
            Some(record) => tell::report(&self.ledger, &self.archive, record).await.ok(),
            None => None,
        };
        Outcome { record, report, failure: None, killed: false, appended: 0 }
    }

    /// The request as it stands.
    pub fn request(&self) -> Request {
        lock(&self.request).clone()
    }

    /// When the world began.
    pub fn born(&self) -> Instant {
        self.born
    }

    /// The migration's id.
    pub fn id(&self) -> MigrationId {
        id()
    }

    /// Runs the command with `--no-wait`.
    pub async fn run_without_waiting(&self) -> Outcome {
        self.process(None, false).await
    }

    /// Runs the command with `--pass`.
    pub async fn run_pass(&self, pass: PassKind) -> Outcome {
        self.process(Some(pass), true).await
    }

    /// Asks for the recount of a pass that has ended, as `posthorse verify` does, and runs it.
    pub async fn recount(&self) -> Outcome {
        let id = id();
        let record = self.ledger.migration(&id).await.ok().flatten();
        if let Some(record) = record
            && begin::reopen(&self.ledger, &id).await.is_ok()
            && let Ok(due) = again::recount(record, WorldClock::new(self.born, self.step, self.stop()).now())
        {
            let _refused_only_while_another_process_runs = self.ledger.save(&due).await;
        }
        self.run().await
    }

    /// Runs the command again and again while it is killed or its store fails.
    pub async fn run_to_the_end(&self) -> Outcome {
        let mut outcome = self.run().await;
        for _ in 0..PATIENCE {
            if !outcome.killed && outcome.failure.is_none() {
                break;
            }
            outcome = self.run().await;
        }
        outcome
    }

    /// Messages that a further run appends: with nothing new there must be none.
    pub async fn appended_by_a_further_run(&self) -> usize {
        let before = self.appended();
        self.run_to_the_end().await;
        self.appended() - before
    }

    /// What is wrong in the end: nothing, if all is well.
    pub async fn judge(&self, outcome: &Outcome) -> Vec<String> {
        self.judge_leniently(outcome, &[]).await
    }

    /// As `judge`, with things that this scenario cannot ask for.
    pub async fn judge_leniently(&self, outcome: &Outcome, lenient: &[Lenient]) -> Vec<String> {
        let folders = self.folders().await;
        let before = lock(&self.before).clone().unwrap_or_default();
        judge(self, outcome, &folders, &before, lenient)
    }

    /// The folders' records.
    pub async fn folders(&self) -> Vec<Folder> {
        self.ledger.folders(&id(), 0, usize::MAX).await.unwrap_or_default()
    }

    /// A delivery by somebody else at the destination in the middle of things, for the judge to know.
    pub fn foreign(&self, folder: &str, octets: &[u8]) {
        let folder = self.destination.folder(folder).look();
        let name = folder.map(|folder| folder.name).unwrap_or_default();
        if let Some(before) = lock(&self.before).as_mut() {
            before.foreign.push((name, octets.to_vec()));
        }
    }

    /// Both mailboxes as they are now are what everything is judged by. The first run does this by itself.
    pub fn remember(&self) {
        *lock(&self.before) = Some(Before::new(self.source.mailbox(), self.destination.mailbox()));
    }

    /// Messages that the destination has stored so far, by anybody's APPEND or COPY.
    pub fn appended(&self) -> usize {
        let changes = self.destination.changes();
        changes.iter().filter(|change| matches!(change, Change::Appended { .. } | Change::Copied { .. })).count()
    }

    /// Connections that an APPEND came over although they had no folder open: further lanes.
    pub fn lanes(&self) -> BTreeSet<u32> {
        let commands = self.destination.log().commands;
        let over = |verb: &str| commands.iter().filter(|it| it.verb == verb).map(|it| it.connection).collect();
        let (appends, opens): (BTreeSet<u32>, BTreeSet<u32>) = (over("APPEND"), over("SELECT"));
        &appends - &opens
    }

    /// The destination's mailbox as it is now.
    pub fn arrived(&self) -> Mailbox {
        self.destination.mailbox()
    }

    async fn process(&self, pass: Option<PassKind>, wait: bool) -> Outcome {
        if lock(&self.before).is_none() {
            self.remember();
        }
        let stop = self.fresh_stop();
        self.effects.revive(&stop);
        let before = self.appended();
        let process = Process {
            ledger: &self.ledger,
            archive: &self.archive,
            queue: &self.queue,
            mail: &self.mail,
            watcher: &self.watcher,
            stop: &stop,
            born: self.born,
            step: self.step,
            timing: self.timing,
            wait,
            number: self.processes.fetch_add(1, Ordering::Relaxed) + 1,
        };
        let request = lock(&self.request).clone();
        let (mut failure, mut killed) = (None, false);
        let id = id();
        tokio::select! {
            biased;
            () = self.effects.killed() => killed = true,
            ended = process.run(&id, request, pass) => failure = ended.err(),
        }
        self.effects.revive(&stop);
        let record = self.ledger.migration(&id).await.unwrap_or_default();
        let report = match &record {
            Some(record) => tell::report(&self.ledger, &self.archive, record).await.ok(),
            None => None,
        };
        Outcome { record, report, failure, killed, appended: self.appended() - before }
    }

    /// A flag that was asked belongs to a process that has ended.
    fn fresh_stop(&self) -> StopFlag {
        let mut stop = lock(&self.stop);
        let used = self.processes.load(Ordering::Relaxed) > 0 && stop.asked();
        if used {
            *stop = StopFlag::new();
        }
        stop.clone()
    }
}

impl Outcome {
    /// The state's word, `verified`, `waiting` and so on; empty when there is no record.
    pub fn state(&self) -> &'static str {
        self.record.as_ref().map_or("", |record| record.state.word())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The id of a world's one migration.
fn id() -> MigrationId {
    MigrationId("world".into())
}

/// What is asked for, without options.
pub fn request() -> Request {
    let side = |host: &str| ServerSide {
        host: host.into(),
        port: 143,
        security: Security::Plaintext,
        user: USER.into(),
        tls: None,
    };
    Request { source: side("source"), destination: side("destination"), options: Options::default() }
}
