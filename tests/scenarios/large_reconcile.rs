//! # Large, reconciled
//! Folders whose mail is recognised over many short steps.

use std::time::Duration;

use posthorse_tests::world::server::Profile;
use posthorse_tests::world::{Lenient, Outcome, Strike, World};

use crate::fill::{all_but, told, without_id};

/// Two folders that share most of their mail, on two servers far enough away that short steps do little.
fn shared(messages: u32) -> World {
    let mut world = World::new(Profile::dovecot(), Profile::dovecot());
    let (here, there) = (world.source.folder("INBOX"), world.destination.folder("INBOX"));
    for number in 1..=messages {
        here.uidnext(number * (u32::MAX / (messages + 2)));
        if number % 7 == 0 {
            // Without Message-ID, each of them twice.
            here.octets(without_id(i64::from(number % 50)));
        } else {
            here.message(&format!("at-{number}")).seen();
        }
    }
    for number in (1..=messages).rev().filter(|number| number % 10 != 0) {
        if number % 7 == 0 {
            there.octets(without_id(i64::from(number % 50)));
        } else {
            there.message(&format!("at-{number}")).seen();
        }
    }
    there.message("somebody-elses");
    world.step = Duration::from_millis(2_500);
    world.source.latency(Duration::from_millis(60));
    world.destination.latency(Duration::from_millis(60));
    world
}

/// Of the messages that `shared` makes, those that the destination lacks.
fn lacking(messages: u32) -> u64 {
    u64::from(messages / 10)
}

#[tokio::test(start_paused = true)]
async fn a_folder_is_reconciled_over_many_steps() {
    let world = shared(600);
    let outcome = world.run().await;
    assert!(outcome.failure.is_none(), "{:?}", outcome.failure);
    all_but(&world, &outcome, &[Lenient::Order], "").await;
    let totals = outcome.report.unwrap().totals;
    assert_eq!((totals.adopted, totals.copied, totals.foreign), (600 - lacking(600), lacking(600), 1));
    let names = world.effects.names();
    let surveys = names.iter().filter(|name| name.starts_with("archive put_once index/00001-")).count();
    assert!(surveys > 3, "{surveys} segments of headers: {names:#?}");
    assert!(world.folders().await.iter().all(|folder| folder.reconciling.is_none()));
}

#[tokio::test(start_paused = true)]
async fn new_uidvalidities_are_reconciled_over_many_steps_and_nothing_is_copied_again() {
    for (source, destination) in [(true, false), (false, true), (true, true)] {
        let world = shared(300);
        let first = world.run().await;
        assert_eq!(first.state(), "verified", "{}", told(&world, &first));
        let before = world.appended();
        if source {
            world.source.folder("INBOX").renumbered(1_800_000_000);
        }
        if destination {
            world.destination.folder("INBOX").renumbered(1_800_000_000);
        }
        let outcome = world.run().await;
        assert!(outcome.failure.is_none(), "{:?}", outcome.failure);
        all_but(&world, &outcome, &[Lenient::Order], &format!("source {source}, destination {destination}")).await;
        assert_eq!(world.appended(), before, "source {source}, destination {destination}");
        let totals = outcome.report.unwrap().totals;
        assert_eq!((totals.adopted, totals.copied), (300 - lacking(300), lacking(300)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_effect_of_a_reconciling_over_many_steps_loses_and_doubles_nothing() {
    let world = shared(210);
    world.run().await;
    let names = world.effects.names();
    let last = names.iter().position(|name| name == "destination APPEND").unwrap();
    for at in 1..=last {
        let strike = if at % 2 == 0 { Strike::KillBefore } else { Strike::KillAfter };
        let world = shared(210);
        world.effects.strike(at, strike);
        let outcome = world.run_to_the_end().await;
        let case = format!("{strike:?} {at}: {}", names[at - 1]);
        let complaints = world.judge_leniently(&outcome, &[Lenient::Order]).await;
        assert!(complaints.is_empty(), "{case}\n{}\n{}", complaints.join("\n"), told(&world, &outcome));
        let totals = outcome.report.unwrap().totals;
        assert_eq!((totals.adopted, totals.copied), (210 - lacking(210), lacking(210)), "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_open_chunk_and_new_uidvalidities_over_many_steps_double_nothing() {
    for (n, examine) in [(1, 4), (2, 5), (3, 6)] {
        let world = shared(300);
        world.destination.stores_append_later(n, Duration::from_millis(900));
        for later in 0..12 {
            world.source.renumbers_at_examine("INBOX", examine + 4 * later);
            world.destination.renumbers_at_select("INBOX", examine + 3 + 5 * later);
        }
        let outcome = world.run_to_the_end().await;
        all_but(&world, &outcome, &[Lenient::Order], &format!("APPEND {n}, EXAMINE {examine}")).await;
    }
}

/// How many steps of copying there were.
fn copying(world: &World) -> usize {
    world.effects.names().iter().filter(|name| name.starts_with("queue send Copy")).count()
}

fn adopted(outcome: &Outcome) -> (u64, u64, u64) {
    let totals = outcome.report.as_ref().unwrap().totals;
    (totals.adopted, totals.copied, totals.foreign)
}

#[tokio::test(start_paused = true)]
async fn a_destination_folder_of_50_000_messages_is_reconciled_and_recounted_by_steps_of_two_seconds() {
    let mut world = World::new(Profile::dovecot(), Profile::dovecot());
    let (here, there) = (world.source.folder("INBOX"), world.destination.folder("INBOX"));
    there.messages_named("old", 25_000);
    for number in 1..=900 {
        here.message(&format!("at-{number}")).seen();
        if number % 9 != 0 {
            there.message(&format!("at-{number}")).seen();
        }
    }
    there.messages_named("more", 24_200);
    world.step = Duration::from_secs(2);
    world.source.latency(Duration::from_millis(30));
    world.destination.latency(Duration::from_millis(30));
    let outcome = world.run().await;
    assert!(outcome.failure.is_none(), "{:?}", outcome.failure);
    assert_eq!((outcome.state(), adopted(&outcome)), ("verified", (800, 100, 49_200)));
    assert_eq!(there.count(), 50_100);
    assert!(copying(&world) >= 10, "{} steps of copying", copying(&world));
    // What a step holds of the folder is what it writes at a time.
    let objects = world.archive.all();
    let most = objects.values().map(|octets| octets.iter().filter(|octet| **octet == b'\n').count()).max();
    assert!(most.is_some_and(|most| most < 4_500), "{most:?} lines in one object");
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_messages_numbered_anew_cost_one_header_each_and_no_body() {
    let world = World::new(Profile::dovecot(), Profile::dovecot());
    world.source.folder("INBOX").messages_named("one", 10_001);
    let first = world.run().await;
    assert_eq!(first.state(), "verified", "{}", told(&world, &first));
    // Every message gets another UID than it had.
    world.source.folder("INBOX").lose(1);
    world.source.folder("INBOX").renumbered(1_800_000_000);
    world.source.forget();
    world.destination.forget();
    let outcome = world.run().await;
    assert_eq!((outcome.state(), outcome.appended), ("verified", 0), "{}", told(&world, &outcome));
    let totals = outcome.report.as_ref().unwrap().totals;
    assert_eq!((totals.copied, totals.gone, totals.adopted), (10_001, 1, 0));
    let (here, there) = (world.source.log(), world.destination.log());
    assert_eq!(here.headers.len(), 10_000, "each is looked at");
    assert_eq!(here.headers.values().max(), Some(&1), "and no header is fetched twice");
    assert!(there.headers.values().all(|times| *times <= 1), "nor at the destination");
    assert_eq!((here.bodies, there.bodies), (0, 0), "no body is fetched");
}
