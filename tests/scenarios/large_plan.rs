//! # Large, planned
//! Mailboxes with very many folders, planned over many short steps.

use std::collections::BTreeSet;
use std::time::Duration;

use posthorse_domain::intake::begin;
use posthorse_domain::migration::{Failure, Migration, Stage};
use posthorse_domain::plan;
use posthorse_domain::ports::{Archive, Job, Ports, Queue};
use posthorse_embedded::StopFlag;
use posthorse_tests::world::server::{At, Fault, Profile};
use posthorse_tests::world::{Effects, Strike, World, WorldClock, WorldMail};

/// Steps after which nobody believes any more that it ends.
const ENDLESS: usize = 500;

/// Plans to the end, by one process after the other if something kills them; the record, and how many steps it took.
async fn planned(world: &World) -> (Migration, usize) {
    world.remember();
    begun(world).await;
    planned_until(world, |_| false).await
}

async fn begun(world: &World) {
    let (ledger, queue) = (world.ledger.through(Effects::default()), world.queue.through(Effects::default()));
    begin::begin(&ledger, &queue, &clock(world), world.id(), world.request()).await.unwrap();
}

/// The same, at most until a step has left the record as wanted.
async fn planned_until(world: &World, wanted: impl Fn(&Migration) -> bool) -> (Migration, usize) {
    let queue = world.queue.through(Effects::default());
    for steps in 1..=ENDLESS {
        let delivery = queue.receive(world.step).await.unwrap();
        if let Some(delivery) = delivery {
            let process = world.effects.process(&StopFlag::new());
            tokio::select! {
                biased;
                () = process.killed() => {}
                done = step(world, &process, &delivery.job, steps) => drop(done.unwrap()),
            }
            queue.acknowledge(&delivery.receipt).await.unwrap();
        }
        let record = world.ledger.peek(&world.id()).unwrap();
        if (record.stage == Stage::Copy || wanted(&record)) && record.lease_until.is_none() {
            return (record, steps);
        }
        assert!(record.state.under_way() && record.next_at.is_some(), "{record:?}");
        if record.lease_until.is_some() || queue.next().is_none() {
            // It died, or died before it sent: sent again when it is due, as a sweep does.
            tokio::time::sleep(Duration::from_secs(60)).await;
            begin::send(&queue, &clock(world), &record).await.unwrap();
        }
    }
    panic!("the plan does not end");
}

fn clock(world: &World) -> WorldClock {
    WorldClock::new(world.born(), world.step, StopFlag::new())
}

async fn step(world: &World, process: &Effects, job: &Job, number: usize) -> Result<Option<Migration>, Failure> {
    let clock = clock(world);
    let mail = WorldMail { effects: process.clone(), ..world.mail.clone() };
    let ports = Ports {
        ledger: &world.ledger.through(process.clone()),
        archive: &world.archive.through(process.clone()),
        queue: &world.queue.through(process.clone()),
        mail: &mail,
        clock: &clock,
        notify: &world.watcher,
        announcer: None,
        attempts: None,
    };
    plan::step::run(&ports, job, &format!("step {number}"), world.timing).await
}

fn many(folders: usize, trip: u64) -> World {
    let mut world = World::new(Profile::dovecot(), Profile::dovecot_prefixed());
    for number in 0..folders {
        world.source.folder(&format!("Ordner/{number:05}")).subscribed();
    }
    world.step = Duration::from_secs(2);
    world.source.latency(Duration::from_millis(trip));
    world.destination.latency(Duration::from_millis(trip));
    world
}

/// A source that has to be asked for each folder's STATUS.
fn asked_one_by_one(folders: usize, trip: u64) -> World {
    let mut world = World::new(Profile::courier(), Profile::dovecot_prefixed());
    for number in 0..folders {
        world.source.folder(&format!("INBOX.Ordner-{number:05}")).subscribed();
    }
    world.step = Duration::from_secs(2);
    world.source.latency(Duration::from_millis(trip));
    world
}

#[tokio::test(start_paused = true)]
async fn folders_that_no_step_can_ask_all_are_asked_over_several() {
    let world = asked_one_by_one(3_000, 150);
    let (record, steps) = planned(&world).await;
    assert!(steps >= 4, "{steps} steps");
    assert_eq!((record.cursor, record.folders, record.survey), (0, 3_001, None));
    assert!(world.folders().await.iter().all(|folder| folder.error.is_none()));
    let log = world.source.log();
    assert_eq!(log.count("STATUS"), 3_001, "each is asked once");
    assert_eq!(log.count("LSUB"), 1, "listed once");
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_was_lost_or_is_old_is_made_anew() {
    for lost in [true, false] {
        let world = asked_one_by_one(1_000, 350);
        begun(&world).await;
        let (record, _) = planned_until(&world, |record| record.survey.is_some()).await;
        let kept = record.survey.expect("kept for the next step");
        if lost {
            world.archive.remove(&world.id(), &kept).await.unwrap();
        } else {
            tokio::time::sleep(Duration::from_secs(25 * 3600)).await;
        }
        let (record, _) = planned_until(&world, |_| false).await;
        assert_eq!((record.folders, record.survey), (1_001, None));
        assert_eq!(world.source.log().count("LSUB"), 2, "listed twice");
    }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_folders_are_planned_by_steps_of_two_seconds() {
    let world = many(10_000, 45);
    let (record, steps) = planned(&world).await;
    assert!(steps >= 4, "{steps} steps");
    assert_eq!((record.cursor, record.folders), (0, 10_001));
    let folders = world.folders().await;
    let names: BTreeSet<_> = folders.iter().map(|folder| folder.destination.raw().to_vec()).collect();
    assert_eq!((folders.len(), names.len()), (10_001, 10_001));
    assert!(folders.iter().all(|folder| folder.error.is_none() && folder.version == 1), "each is written once");
    let log = world.destination.log();
    assert_eq!((log.count("CREATE"), log.count("SUBSCRIBE")), (10_000, 10_000), "each is asked for once");
}

#[tokio::test(start_paused = true)]
async fn refused_subscriptions_and_names_do_not_keep_a_plan_from_its_end() {
    let world = many(900, 250);
    for number in 0..300 {
        world.source.folder(&format!("a.b/{number:05}")).subscribed();
    }
    world.destination.fault(At::command("SUBSCRIBE"), Fault::answer("NO Not today"));
    let (record, steps) = planned(&world).await;
    assert!(steps >= 3, "{steps} steps");
    let refused = record.warnings.iter().filter(|warning| warning.code == "subscription").count();
    assert_eq!(refused, 1_200);
    assert_eq!(record.warnings.iter().filter(|warning| warning.code == "renamed-folders").count(), 1);
    assert_eq!(world.folders().await.iter().filter(|folder| folder.error.is_none()).count(), 1_201);
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_effect_of_a_plan_over_many_steps_loses_no_folder() {
    for make in [many, asked_one_by_one] {
        killed_at_any_effect(|| make(230, 450)).await;
    }
}

async fn killed_at_any_effect(make: impl Fn() -> World) {
    let first = make();
    let (_, steps) = planned(&first).await;
    assert!(steps >= 2, "{steps} steps");
    let names = first.effects.names();
    // One in forty-five of the many CREATEs, SUBSCRIBEs and STATUSes, and everything else.
    let alike = |name: &str| [" CREATE", " SUBSCRIBE", " STATUS"].iter().any(|verb| name.contains(verb));
    for at in (1..=names.len()).filter(|at| at % 45 == 0 || !alike(&names[at - 1])) {
        let world = make();
        world.effects.strike(at, if at % 2 == 0 { Strike::KillBefore } else { Strike::KillAfter });
        planned(&world).await;
        let folders = world.folders().await;
        let case = format!("killed at {at}, {}", names[at - 1]);
        assert_eq!(
            folders.iter().map(|folder| folder.number).collect::<Vec<_>>(),
            (1..=231).collect::<Vec<_>>(),
            "{case}"
        );
        assert!(folders.iter().all(|folder| folder.error.is_none()), "{case}");
        let there = world.arrived().folders.values().filter(|folder| folder.subscribed).count();
        assert_eq!(there, 230, "{case}");
    }
}
