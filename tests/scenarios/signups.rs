//! # Signups
//! A signed request that comes again, late, twice at once, or whose function dies between two effects begins one migration.

use std::time::Duration;

use posthorse_domain::intake::accept::{Accepted, Doors, accept};
use posthorse_domain::intake::asked::Marks;
use posthorse_domain::migration::attempts::{self, MOST};
use posthorse_domain::migration::{Failure, Life, Migration, MigrationId, Options, Request, Security, ServerSide};
use posthorse_domain::migration::{Side, State};
use posthorse_domain::plan;
use posthorse_domain::ports::{Attempts, Clock, Ledger, Ports, Queue, Secret, Vault};
use posthorse_domain::sweep::{self, Swept};
use posthorse_domain::turn::Timing;
use posthorse_embedded::StopFlag;
use posthorse_tests::world::server::Profile;
use posthorse_tests::world::{
    Effects, MemoryArchive, MemoryLedger, MemoryQueue, Strike, Watcher, World, WorldAttempts, WorldClock, WorldVault,
};
use tokio::time::Instant;

struct Office {
    effects: Effects,
    ledger: MemoryLedger,
    queue: MemoryQueue,
    vault: WorldVault,
    clock: WorldClock,
    attempts: WorldAttempts,
}

impl Office {
    fn new() -> Self {
        let effects = Effects::default();
        Self {
            ledger: MemoryLedger::new(effects.clone()),
            queue: MemoryQueue::new(effects.clone()),
            vault: WorldVault::new(effects.clone()),
            clock: WorldClock::new(Instant::now(), Duration::from_secs(7_200), StopFlag::new()),
            attempts: WorldAttempts::new(effects.clone()),
            effects,
        }
    }

    /// The request of this body comes, signed, under the one id.
    async fn signup(&self, body: &str) -> Result<Accepted, Failure> {
        self.signup_as(&id(), body).await
    }

    async fn signup_as(&self, id: &MigrationId, body: &str) -> Result<Accepted, Failure> {
        let Self { vault, ledger, queue, clock, attempts, .. } = self;
        let doors = Doors { vault, ledger, queue, clock, attempts };
        let secrets = (&Secret::new(format!("old {body}")), &Secret::new(format!("new {body}")));
        accept(&doors, id, &request(), secrets, &Marks(vec![format!("k1.{body}")])).await
    }

    async fn record(&self) -> Migration {
        self.ledger.migration(&id()).await.unwrap().unwrap()
    }

    async fn secrets(&self) -> [Option<Secret>; 2] {
        let of = |side| async move { self.vault.secret(&id(), side).await.unwrap() };
        [of(Side::Source).await, of(Side::Destination).await]
    }

    /// One migration with both credentials of this body, and a job of its turn.
    async fn holds_one_of(&self, body: &str, what: &str) {
        let record = self.record().await;
        assert_eq!((record.state, record.turn, record.version), (State::Accepted, 1, 1), "{what}");
        assert_eq!(record.asked, format!("k1.{body}"), "{what}");
        assert!(record.next_at.is_some(), "{what}");
        let wanted = ["old", "new"].map(|side| Some(Secret::new(format!("{side} {body}"))));
        assert_eq!(self.secrets().await, wanted, "{what}");
        let job = self.queue.receive(Duration::from_secs(60)).await.unwrap().map(|delivery| delivery.job);
        assert_eq!(job.map(|job| (job.migration, job.turn)), Some((id(), 1)), "{what}");
    }
}

fn id() -> MigrationId {
    MigrationId("m".into())
}

fn request() -> Request {
    let side =
        |host: &str| ServerSide { host: host.into(), port: 993, security: Security::Tls, user: "u".into(), tls: None };
    let options = Options { life: Life::HOSTED, ..Options::default() };
    Request { source: side("a"), destination: side("b"), options }
}

fn begun(answer: &Result<Accepted, Failure>) -> bool {
    matches!(answer, Ok(Accepted::Begun(record)) if record.id == id())
}

#[tokio::test(start_paused = true)]
async fn killed_between_any_two_effects_one_migration_comes_of_it() {
    let whole = Office::new();
    assert!(begun(&whole.signup("one").await));
    let effects = whole.effects.names();
    assert_eq!(effects.len(), 4, "source, destination, record, job: {effects:?}");
    for at in 1..=effects.len() {
        for strike in [Strike::Fail, Strike::LoseAnswer, Strike::KillBefore, Strike::KillAfter] {
            let what = format!("{} at {}", strike.word(), effects[at - 1]);
            let office = Office::new();
            office.effects.strike(at, strike);
            // A killed process never answers; what it has kept of a lock or a number dies with it.
            let first = tokio::time::timeout(Duration::from_secs(1), office.signup("one")).await;
            assert!(!first.as_ref().is_ok_and(begun), "{what}");
            let office = office.revived();
            assert!(begun(&office.signup("one").await), "{what}");
            office.holds_one_of("one", &what).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_of_a_signup_that_died_and_never_came_again_are_forgotten_after_an_hour() {
    let minutes = |minutes: u64| tokio::time::sleep(Duration::from_secs(60 * minutes));
    for at in 1..=4 {
        for strike in [Strike::Fail, Strike::KillBefore, Strike::KillAfter] {
            let office = Office::new();
            office.effects.strike(at, strike);
            let _dead = tokio::time::timeout(Duration::from_secs(1), office.signup("one")).await;
            let office = office.revived();
            let (name, begun) = (office.effects.name(at), office.ledger.peek(&id()).is_some());
            let what = format!("{} at {name}", strike.word());
            let kept = office.secrets().await;
            minutes(59).await;
            assert_eq!(office.sweep().await.orphaned, [], "{what}");
            assert_eq!(office.secrets().await, kept, "{what}: it may still come again");
            minutes(2).await;
            let orphaned = !begun && kept != [None, None];
            assert_eq!(office.sweep().await.orphaned.len(), usize::from(orphaned), "{what}");
            let left = if begun { kept } else { [None, None] };
            assert_eq!(office.secrets().await, left, "{what}");
            assert_eq!(office.sweep().await.orphaned, [], "{what}: once");
            assert_eq!(office.vault.unclaimed(office.clock.now(), 10).await, Ok(vec![]), "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_had_too_many_connects_fail_in_an_hour_begins_nothing_new_and_has_nothing_dialled() {
    let office = Office::new();
    assert!(begun(&office.signup("one").await));
    let now = office.clock.now();
    for _ in 0..MOST {
        office.attempts.failed("k1", attempts::hour(now)).await.unwrap();
    }
    // What has begun is known still; nothing is dialled for it.
    assert!(begun(&office.signup("one").await));
    let world = World::new(Profile::dovecot(), Profile::dovecot());
    let planned = office.plan(&world).await;
    assert_eq!(planned.state, State::Waiting, "{}", planned.reason);
    assert!(planned.reason.contains("in this hour"), "{}", planned.reason);
    assert_eq!(planned.next_at.map(attempts::hour), Some(attempts::hour(now) + 1));
    assert_eq!((world.source.count("LOGIN"), planned.tries, planned.obstacle), (0, 0, None));
    let other = MigrationId("other".into());
    let spent = office.signup_as(&other, "two").await.unwrap();
    let Accepted::Spent(wait) = spent else { panic!("{spent:?}") };
    assert_eq!(office.vault.secret(&other, Side::Source).await, Ok(None), "nothing is kept");
    tokio::time::sleep(wait).await;
    assert!(matches!(office.signup_as(&other, "two").await, Ok(Accepted::Begun(_))));
}

#[tokio::test(start_paused = true)]
async fn each_try_that_reaches_no_mailbox_is_counted() {
    let office = Office::new();
    assert!(begun(&office.signup("one").await));
    let world = World::new(Profile::dovecot(), Profile::dovecot());
    world.source.refuses_logins(9, "NO [AUTHENTICATIONFAILED] wrong");
    let hour = attempts::hour(office.clock.now());
    let planned = office.plan(&world).await;
    assert_eq!(planned.state, State::Failed, "{}", planned.reason);
    assert_eq!(office.attempts.count("k1", hour).await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn a_thousand_twins_at_once_begin_one_migration_and_are_answered_alike() {
    let office = Office::new();
    let answers = futures::future::join_all((0..1_000).map(|_| office.signup("one"))).await;
    assert!(answers.iter().all(begun));
    office.holds_one_of("one", "a thousand").await;
}

#[tokio::test(start_paused = true)]
async fn of_two_bodies_under_one_id_the_second_is_told_and_changes_nothing() {
    let office = Office::new();
    assert!(begun(&office.signup("one").await));
    assert_eq!(office.signup("two").await, Ok(Accepted::Taken));
    office.holds_one_of("one", "later").await;
    // The first one died before its record was written: what it kept still keeps the other out.
    let office = Office::new();
    office.effects.strike(3, Strike::Fail);
    assert!(office.signup("one").await.is_err());
    assert_eq!(office.signup("two").await, Ok(Accepted::Taken));
    assert!(begun(&office.signup("one").await));
    office.holds_one_of("one", "after a death").await;
}

#[tokio::test(start_paused = true)]
async fn of_many_bodies_at_once_one_wins_with_its_own_credentials() {
    let office = Office::new();
    let bodies: Vec<String> = (0..40).map(|number| (number % 4).to_string()).collect();
    let answers = futures::future::join_all(bodies.iter().map(|body| office.signup(body))).await;
    let winners: Vec<&String> =
        bodies.iter().zip(&answers).filter(|(_, answer)| begun(answer)).map(|(body, _)| body).collect();
    assert_eq!(winners.len(), 10);
    assert!(winners.iter().all(|body| *body == winners[0]), "{winners:?}");
    assert_eq!(answers.iter().filter(|answer| **answer == Ok(Accepted::Taken)).count(), 30);
    office.holds_one_of(winners[0], "many bodies").await;
}

impl Office {
    /// The plan's step, between these two servers.
    async fn plan(&self, world: &World) -> Migration {
        let (ledger, queue, clock) = (&self.ledger, &self.queue, &self.clock);
        let job = queue.receive(Duration::from_secs(60)).await.unwrap().unwrap().job;
        let (archive, mail, notify) = (&world.archive, &world.mail, &world.watcher);
        let attempts: Option<&dyn Attempts> = Some(&self.attempts);
        let ports = Ports { ledger, archive, queue, mail, clock, notify, announcer: None, attempts };
        let timing = Timing { margin: Duration::from_secs(20), quiet: Duration::from_secs(2), messages: None };
        plan::step::run(&ports, &job, "function", timing).await.unwrap().unwrap()
    }

    async fn sweep(&self) -> Swept {
        let archive = MemoryArchive::new(self.effects.clone());
        let (ledger, queue, vault, watcher) = (&self.ledger, &self.queue, &self.vault, Watcher::default());
        let (clock, notify) = (&self.clock, &watcher);
        let doors = sweep::Doors { ledger, archive: &archive, queue, vault, clock, notify, announcer: None };
        sweep::step::run(&doors, 10).await.unwrap()
    }

    /// The same stores, seen by another process.
    fn revived(self) -> Self {
        let effects = self.effects.process(&StopFlag::new());
        Self {
            ledger: self.ledger.through(effects.clone()),
            queue: self.queue.through(effects.clone()),
            vault: self.vault.through(effects.clone()),
            clock: self.clock,
            attempts: self.attempts.through(effects.clone()),
            effects,
        }
    }
}
