//! # Sweeps
//! What the sweep does with records, jobs, objects and credentials.

use std::time::Duration;

use posthorse_domain::intake::{again, begin};
use posthorse_domain::mail::FolderName;
use posthorse_domain::migration::folder::Role;
use posthorse_domain::migration::{Folder, Options, Request, Security, ServerSide};
use posthorse_domain::migration::{Life, Migration, MigrationId, Moment, Side, Stage, State};
use posthorse_domain::ports::{Archive, Clock, Ledger, Ports, Queue, Secret, Vault};
use posthorse_domain::sweep::{Doors, Swept, step};
use posthorse_domain::turn::{Claim, Timing, claim};
use posthorse_embedded::{MemoryVault, StopFlag};
use posthorse_tests::world::server::Profile;
use posthorse_tests::world::{Effects, MemoryArchive, MemoryLedger, MemoryQueue, Strike, Watcher, World, WorldClock};
use tokio::time::Instant;

const DAY: Duration = Duration::from_secs(24 * 3600);
const MINUTE: Duration = Duration::from_secs(60);

struct Office {
    effects: Effects,
    ledger: MemoryLedger,
    archive: MemoryArchive,
    queue: MemoryQueue,
    vault: MemoryVault,
    watcher: Watcher,
    born: Instant,
}

impl Office {
    fn new() -> Self {
        let effects = Effects::default();
        Self {
            ledger: MemoryLedger::new(effects.clone()),
            archive: MemoryArchive::new(effects.clone()),
            queue: MemoryQueue::new(effects.clone()),
            vault: MemoryVault::default(),
            watcher: Watcher::default(),
            born: Instant::now(),
            effects,
        }
    }

    fn clock(&self) -> WorldClock {
        WorldClock::new(self.born, MINUTE, StopFlag::new())
    }

    fn now(&self) -> Moment {
        self.clock().now()
    }

    async fn sweep(&self) -> Swept {
        let clock = self.clock();
        let doors = Doors {
            ledger: &self.ledger,
            archive: &self.archive,
            queue: &self.queue,
            vault: &self.vault,
            clock: &clock,
            notify: &self.watcher,
            announcer: None,
        };
        step::run(&doors, 100).await.unwrap()
    }

    async fn begun(&self) -> Migration {
        let side = |host: &str| ServerSide {
            host: host.into(),
            port: 993,
            security: Security::Tls,
            user: "u".into(),
            tls: None,
        };
        let options = Options { life: Life::HOSTED, ..Options::default() };
        let request = Request { source: side("a"), destination: side("b"), options };
        self.vault.keep(&id(), Side::Source, &Secret::new("s")).await.unwrap();
        begin::begin(&self.ledger, &self.queue, &self.clock(), id(), request).await.unwrap()
    }

    /// Writes the record as a step would have left it.
    async fn left(&self, change: impl FnOnce(&mut Migration)) {
        let mut record = self.record().await;
        change(&mut record);
        let _yes = self.ledger.save(&record).await.unwrap();
    }

    async fn record(&self) -> Migration {
        self.ledger.migration(&id()).await.unwrap().unwrap()
    }

    async fn secret(&self) -> Option<Secret> {
        self.vault.secret(&id(), Side::Source).await.unwrap()
    }
}

fn id() -> MigrationId {
    MigrationId("m".into())
}

async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

#[tokio::test(start_paused = true)]
async fn a_turn_whose_job_was_lost_is_sent_again_at_growing_distances() {
    let office = Office::new();
    office.begun().await;
    let delivery = office.queue.receive(MINUTE).await.unwrap().unwrap();
    office.queue.acknowledge(&delivery.receipt).await.unwrap();
    assert_eq!(office.sweep().await, Swept::default(), "its job may be on the way");
    pass(MINUTE).await;
    let mut minutes = Vec::new();
    for minute in 1..=200 {
        if !office.sweep().await.resent.is_empty() {
            minutes.push(minute);
            assert_eq!(office.queue.receive(DAY).await.unwrap().unwrap().job, delivery.job);
        }
        pass(MINUTE).await;
    }
    assert_eq!(minutes, [1, 6, 16, 36, 76, 136, 196]);
}

#[tokio::test(start_paused = true)]
async fn a_sweep_that_dies_between_save_and_send_is_mended_by_the_next_one() {
    let office = Office::new();
    office.begun().await;
    pass(MINUTE).await;
    office.effects.strike(office.effects.count() + 2, Strike::Fail);
    assert_eq!(office.sweep().await.failures.len(), 1);
    pass(6 * MINUTE).await;
    assert_eq!(office.sweep().await.resent, [id()]);
}

#[tokio::test(start_paused = true)]
async fn five_dead_steps_stall_and_resume_goes_on() {
    let office = Office::new();
    office.begun().await;
    let now = office.now();
    office.left(|record| (record.tries, record.lease_until, record.next_at) = (5, Some(now), Some(now))).await;
    assert_eq!(office.sweep().await.stalled, [id()]);
    let stalled = office.record().await;
    assert_eq!(stalled.state, State::Stalled);
    assert!(stalled.reason.contains("planning"), "{}", stalled.reason);
    assert_eq!(office.sweep().await, Swept::default(), "a person has to look");
    let due = again::resume(stalled, office.now());
    begin::turn(&office.ledger, &office.queue, &office.clock(), due).await.unwrap().unwrap();
    assert_eq!(office.record().await.state, State::Planning);
}

#[tokio::test(start_paused = true)]
async fn steps_that_commit_before_they_die_do_not_stall() {
    let office = Office::new();
    office.begun().await;
    let name = FolderName::from_raw("INBOX");
    let mut folder = Folder::planned(1, name.clone(), name, Role::Carry, "same".into());
    folder.counts.copied = 7;
    let _yes = office.ledger.save_folders(&id(), &[folder]).await.unwrap();
    for (sweep, stalls) in [(1, false), (2, true)] {
        let now = office.now();
        office.left(|record| (record.tries, record.lease_until, record.next_at) = (5, Some(now), Some(now))).await;
        let swept = office.sweep().await;
        assert_eq!((swept.stalled.is_empty(), swept.resent.is_empty()), (!stalls, stalls), "sweep {sweep}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_day_after_a_pass_a_delta_begins() {
    let office = Office::new();
    office.begun().await;
    let now = office.now();
    office
        .left(|record| {
            record.state = State::Verified;
            record.pass.finished = Some(now);
            record.next_at = Some(now.after(DAY));
        })
        .await;
    pass(DAY - MINUTE).await;
    assert_eq!(office.sweep().await, Swept::default());
    pass(MINUTE).await;
    assert_eq!(office.sweep().await.begun, [id()]);
    let record = office.record().await;
    assert_eq!((record.pass.number, record.stage, record.state), (2, Stage::Plan, State::Planning));
    assert!(office.secret().await.is_some());
}

#[tokio::test(start_paused = true)]
async fn idle_days_end_a_migration_and_its_credentials_go_with_it() {
    let office = Office::new();
    office.begun().await;
    let then = office.now().after(30 * DAY);
    office.left(|record| (record.state, record.next_at) = (State::Failed, Some(then))).await;
    pass(30 * DAY).await;
    assert_eq!(office.sweep().await.ended, [id()]);
    assert_eq!(office.record().await.state, State::Finished);
    assert!(office.secret().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn what_an_end_missed_is_mended_and_retention_deletes_everything() {
    let office = Office::new();
    office.begun().await;
    let keys = ["manifest/a.zst", "quarantine/1-1-1.eml", "quarantine/1-1-1.json", "reports/1.json", "plan.json"];
    for key in keys {
        office.archive.put(&id(), key, "x".into()).await.unwrap();
    }
    let over = office.record().await.end(State::Cancelled, "ended by cancel", office.now());
    let _yes = office.ledger.save(&over).await.unwrap();
    assert!(office.secret().await.is_some(), "whoever ended it died");
    assert_eq!(office.sweep().await.forgotten, [id()]);
    assert!(office.secret().await.is_none());
    pass(89 * DAY).await;
    assert_eq!(office.sweep().await, Swept::default());
    assert_eq!(office.archive.all().len(), keys.len());
    pass(DAY).await;
    assert_eq!(office.sweep().await.removed, [id()]);
    assert!(office.archive.all().is_empty());
    assert!(office.ledger.migration(&id()).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn what_waited_for_its_time_is_not_early_when_it_is_sent_again() {
    let office = Office::new();
    office.begun().await;
    let now = office.now();
    office.left(|record| (record.state, record.next_at) = (State::Waiting, Some(now))).await;
    pass(2 * MINUTE).await;
    assert_eq!(office.sweep().await.resent, [id()]);
    let record = office.record().await;
    // A claim drops the job of a waiting migration whose time has not come.
    assert_eq!(record.state, State::Planning);
    assert!(record.next_at > Some(office.now()));
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_a_sweep_wrote_while_it_was_claimed_is_claimed_all_the_same() {
    let office = Office::new();
    office.begun().await;
    let job = office.queue.receive(MINUTE).await.unwrap().unwrap().job;
    pass(MINUTE).await;
    // The function stands still before it writes its claim. A sweep writes the turn, and cannot send it.
    let (claim_written, sent) = (office.effects.count() + 1, office.effects.count() + 3);
    office.effects.strike(claim_written, Strike::Freeze(MINUTE));
    office.effects.strike(sent, Strike::Fail);
    let world = World::new(Profile::dovecot(), Profile::dovecot());
    let ledger = office.ledger.through(office.effects.process(&StopFlag::new()));
    let clock = office.clock();
    let ports = Ports {
        ledger: &ledger,
        archive: &office.archive,
        queue: &office.queue,
        mail: &world.mail,
        clock: &clock,
        notify: &office.watcher,
        announcer: None,
        attempts: None,
    };
    let timing = Timing { margin: MINUTE, quiet: MINUTE, messages: None };
    let (claimed, swept) = tokio::join!(claim(&ports, &job, "function", timing), office.sweep());
    assert_eq!(swept.failures.len(), 1, "{swept:?}");
    assert!(matches!(claimed.unwrap(), Claim::Held(_)), "nobody else has the turn, and its job would be gone");
}
