//! # Events
//! What programs that subscribed are told of a migration: everything, at least once, with ids by which repeats are dropped,
//! and however often those who tell them are killed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use posthorse_domain::intake::begin;
use posthorse_domain::intake::obey::{self, obey};
use posthorse_domain::intake::verb::Verb;
use posthorse_domain::migration::{Announcement, Failure, Life, Migration, Request, Stage};
use posthorse_domain::ports::{Job, Ports, Queue};
use posthorse_domain::{copy, plan, sweep, verify};
use posthorse_embedded::{MemoryVault, StopFlag};
use posthorse_tests::world::server::Profile;
use posthorse_tests::world::{Effects, Strike, World, WorldAnnouncer, WorldClock, WorldMail};

use crate::fill::filled;

const MINUTE: Duration = Duration::from_secs(60);
/// Minutes after which nobody believes any more that it ends.
const ENDLESS: usize = 2_000;

/// A world with subscribers, run by functions and a timer.
pub struct Office {
    pub world: World,
    pub vault: MemoryVault,
    announcer: WorldAnnouncer,
}

impl Office {
    /// A mailbox of which one message is refused, and a source that asks for patience once.
    pub fn new() -> Self {
        let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
        world.destination.refuses_message("Subject: inbox-3\r", "NO Message contains invalid header");
        world.source.throttles("UID FETCH", 6, 5 * MINUTE);
        world.connections(1);
        world.remember();
        let announcer = WorldAnnouncer::new(world.effects.clone());
        Self { world, vault: MemoryVault::default(), announcer }
    }

    pub fn clock(&self) -> WorldClock {
        WorldClock::new(self.world.born(), self.world.step, StopFlag::new())
    }

    pub fn record(&self) -> Migration {
        self.world.ledger.peek(&self.world.id()).unwrap()
    }

    /// Signs up, moves everything, finishes; functions that a strike kills are dead, and the timer goes on.
    async fn whole(&self) {
        self.begin().await;
        self.until(|record| record.state.pass_ended()).await;
        // What a person ends before it was told is told no more.
        self.minutes(10).await;
        let own = Effects::default();
        let (ledger, queue) = (self.world.ledger.through(own.clone()), self.world.queue.through(own));
        let clock = self.clock();
        let doors = obey::Doors { ledger: &ledger, queue: &queue, vault: &self.vault, clock: &clock };
        obey(&doors, &self.world.id(), Verb::Finish).await.unwrap();
        self.until(|record| record.told.forgotten).await;
        self.minutes(10).await;
    }

    pub async fn begin(&self) {
        let request = self.world.request();
        let mut options = request.options.clone();
        options.life = Life::HOSTED;
        let request = Request { options, ..request };
        let own = Effects::default();
        let (ledger, queue) = (self.world.ledger.through(own.clone()), self.world.queue.through(own));
        begin::begin(&ledger, &queue, &self.clock(), self.world.id(), request).await.unwrap();
    }

    async fn until(&self, so: impl Fn(&Migration) -> bool) {
        for _ in 0..ENDLESS {
            if so(&self.record()) {
                return;
            }
            self.minutes(1).await;
        }
        panic!("it does not end: {:?}", self.record());
    }

    /// So many sweeps, and all jobs that come in between.
    pub async fn minutes(&self, minutes: usize) {
        for _ in 0..minutes {
            while let Ok(Some(delivery)) = self.world.queue.through(Effects::default()).receive(2 * MINUTE).await {
                let process = self.world.effects.process(&StopFlag::new());
                tokio::select! {
                    biased;
                    () = process.killed() => continue,
                    // One that fails gets its job again.
                    done = self.step(&process, &delivery.job) => if done.is_err() { continue },
                }
                let _done = self.world.queue.through(Effects::default()).acknowledge(&delivery.receipt).await;
            }
            let process = self.world.effects.process(&StopFlag::new());
            tokio::select! {
                biased;
                () = process.killed() => {}
                swept = self.sweep(&process) => drop(swept),
            }
            tokio::time::sleep(MINUTE).await;
        }
    }

    async fn step(&self, process: &Effects, job: &Job) -> Result<Option<Migration>, Failure> {
        let clock = self.clock();
        let mail = WorldMail { effects: process.clone(), ..self.world.mail.clone() };
        let ports = Ports {
            ledger: &self.world.ledger.through(process.clone()),
            archive: &self.world.archive.through(process.clone()),
            queue: &self.world.queue.through(process.clone()),
            mail: &mail,
            clock: &clock,
            notify: &self.world.watcher,
            announcer: Some(&self.announcer.through(process.clone())),
            attempts: None,
        };
        let holder = format!("function {}", self.world.effects.count());
        match job.stage {
            Stage::Plan => plan::step::run(&ports, job, &holder, self.world.timing).await,
            Stage::Copy => copy::step::run(&ports, job, &holder, self.world.timing).await,
            Stage::Verify => verify::step::run(&ports, job, &holder, self.world.timing).await,
        }
    }

    async fn sweep(&self, process: &Effects) -> Result<sweep::Swept, Failure> {
        let clock = self.clock();
        let doors = sweep::Doors {
            ledger: &self.world.ledger.through(process.clone()),
            archive: &self.world.archive.through(process.clone()),
            queue: &self.world.queue.through(process.clone()),
            vault: &self.vault,
            clock: &clock,
            notify: &self.world.watcher,
            announcer: Some(&self.announcer.through(process.clone())),
        };
        sweep::step::run(&doors, 100).await
    }

    /// Kinds in the order in which they were told first.
    fn kinds(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let told = self.announcer.told().into_iter();
        told.filter(|one| seen.insert(one.event.clone())).map(|one| one.event.replace("migration.", "")).collect()
    }
}

/// What a repeat repeats: everything but the time of telling.
fn content(one: &Announcement) -> (String, String, String) {
    (one.event.clone(), one.migration.clone(), one.pass.number.to_string())
}

const WANTED: [&str; 8] =
    ["accepted", "planned", "waiting", "quarantined", "progress", "exceptions", "finished", "credentials_deleted"];

fn sorted(kinds: &[impl AsRef<str>]) -> Vec<String> {
    let mut kinds: Vec<String> = kinds.iter().map(|kind| kind.as_ref().to_owned()).collect();
    kinds.sort();
    kinds
}

#[tokio::test(start_paused = true)]
async fn everything_is_told_once_in_its_order_and_nothing_between() {
    let office = Office::new();
    office.whole().await;
    let told = office.announcer.told();
    let ids: BTreeSet<&String> = told.iter().map(|one| &one.id).collect();
    assert_eq!(ids.len(), told.len(), "nobody died, and nothing is told twice: {told:#?}");
    assert_eq!(sorted(&office.kinds()), sorted(&WANTED), "{told:#?}");
    assert_eq!(told[0].event, "migration.accepted");
    assert_eq!(told.last().unwrap().event, "migration.credentials_deleted");
    let exceptions = told.iter().find(|one| one.event == "migration.exceptions").unwrap();
    assert_eq!((exceptions.shown.counts.copied, exceptions.shown.counts.quarantined), (28, 1), "{exceptions:?}");
    assert!(exceptions.shown.next.at.is_some(), "a delta comes: {exceptions:?}");
    let waiting = told.iter().find(|one| one.event == "migration.waiting").unwrap();
    assert_eq!((waiting.shown.state, waiting.shown.next.action), ("waiting", "wait"));
}

#[tokio::test(start_paused = true)]
async fn each_event_is_told_though_those_who_tell_it_are_killed_at_any_effect() {
    let whole = Office::new();
    whole.whole().await;
    let names = whole.world.effects.names();
    let mut repeated = 0;
    let near = |at: usize| {
        let from = at.saturating_sub(2);
        names[from..(at + 3).min(names.len())].iter().any(|name| name == "announce")
    };
    let mut struck = 0;
    for at in (1..=names.len()).filter(|at| near(*at) || at % 7 == 0) {
        for strike in [Strike::KillBefore, Strike::KillAfter, Strike::Fail, Strike::LoseAnswer] {
            let case = format!("{} at {at}: {}", strike.word(), names[at - 1]);
            let office = Office::new();
            office.world.effects.strike(at, strike);
            office.whole().await;
            let missing: Vec<_> =
                WANTED.iter().filter(|kind| !office.kinds().iter().any(|told| told == *kind)).collect();
            // A wait that is over before it could be told needs no telling.
            let excused = missing.iter().all(|kind| **kind == "waiting");
            assert!(missing.is_empty() || excused, "{case}: {missing:?} of {:#?}", office.announcer.told());
            let mut by_id = BTreeMap::new();
            for one in office.announcer.told() {
                let known = by_id.entry(one.id.clone()).or_insert_with(|| content(&one));
                assert_eq!(*known, content(&one), "{case}: another event under the same id");
            }
            repeated += office.announcer.told().len() - by_id.len();
            struck += 1;
        }
    }
    assert!(struck > 100 && repeated > 5, "{struck} strikes led to {repeated} repeats");
}

#[tokio::test(start_paused = true)]
async fn mail_moves_on_while_nobody_can_be_told_and_the_rest_is_told_later() {
    let office = Office::new();
    office.announcer.fail(true);
    office.begin().await;
    office.until(|record| record.state.pass_ended()).await;
    assert_eq!(office.record().totals.copied, 28);
    assert_eq!(office.kinds(), Vec::<String>::new());
    office.announcer.fail(false);
    office.minutes(10).await;
    assert_eq!(office.kinds(), ["accepted", "planned", "quarantined", "exceptions"]);
}
