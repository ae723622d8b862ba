//! # Large
//! Folders with UIDs far apart, folders with many messages, and mailboxes with many folders: few commands.

use std::time::Duration;

use posthorse_domain::migration::Counts;
use posthorse_tests::world::server::{Profile, Server};
use posthorse_tests::world::{Strike, World};

use crate::fill::{all_but, filled, told};

#[tokio::test(start_paused = true)]
async fn uids_all_over_the_range_cost_few_commands() {
    let world = World::new(Profile::dovecot(), Profile::dovecot());
    let inbox = world.source.folder("INBOX");
    for uid in [1, 2, 5_000, 70_000, 1_000_000, 80_000_000, 2_000_000_000, 4_000_000_000] {
        inbox.uidnext(uid);
        inbox.message(&format!("at-{uid}"));
    }
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "").await;
    assert_eq!(outcome.report.unwrap().totals.copied, 8);
    let fetches = world.source.count("UID FETCH");
    assert!(fetches < 200, "{fetches} UID FETCH");
}

#[tokio::test(start_paused = true)]
async fn a_folder_of_several_thousand_messages_is_carried_in_chunks_and_windows() {
    let world = World::new(Profile::dovecot(), Profile::dovecot());
    world.source.folder("INBOX").messages_named("one", 4_000);
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "").await;
    assert_eq!(outcome.report.unwrap().totals.copied, 4_000);
}

/// Commands that ask the source for messages whose UIDs lie in this part of all UIDs, by tenths.
fn asked_in(server: &Server, tenths: std::ops::Range<u32>) -> usize {
    let tenth = u32::MAX / 10;
    let first = |line: &str| -> Option<u32> {
        let set = line.strip_prefix("UID FETCH ")?;
        set.split(|octet: char| !octet.is_ascii_digit()).next()?.parse().ok()
    };
    let commands = server.log().commands;
    let asked = commands.iter().filter(|command| command.line.contains("BODY.PEEK[]"));
    asked.filter_map(|command| first(&command.line)).filter(|uid| tenths.contains(&(uid / tenth))).count()
}

#[tokio::test(start_paused = true)]
async fn thirty_thousand_messages_far_apart_cost_no_more_at_the_end_than_at_the_start() {
    let world = World::new(Profile::dovecot(), Profile::dovecot());
    let inbox = world.source.folder("INBOX");
    for number in 1..=30_000 {
        inbox.uidnext(number * 143_000);
        inbox.message(&format!("at-{number}"));
    }
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "").await;
    assert_eq!(outcome.report.unwrap().totals.copied, 30_000);
    for server in [&world.source, &world.destination] {
        let commands = server.log().commands;
        assert!(commands.iter().all(|command| !command.verb.contains("SEARCH")));
        // A set of 4,000 octets, with what stands around it.
        let longest = commands.iter().map(|command| command.octets).max();
        assert!(longest < Some(4_100), "{longest:?}");
        assert!(commands.len() < 700, "{} commands", commands.len());
    }
    let (start, end) = (asked_in(&world.source, 1..4), asked_in(&world.source, 6..9));
    assert!(end * 9 <= start * 10, "{start} commands ask for a third at the start, {end} for one at the end");
}

#[tokio::test(start_paused = true)]
async fn three_hundred_folders_are_carried_by_one_pair_and_by_four() {
    for connections in [1, 4] {
        let world = World::new(Profile::dovecot(), Profile::dovecot_prefixed());
        world.connections(connections);
        for number in 0..300 {
            let folder = world.source.folder(&format!("Ordner/{number:03}"));
            folder.exists();
            if number % 3 == 0 {
                folder.message(&format!("in-{number}"));
            }
        }
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], &format!("{connections} connections")).await;
        assert_eq!(outcome.report.unwrap().totals.copied, 100);
        assert_eq!(world.arrived().folders.keys().filter(|name| name.starts_with(b"INBOX.Ordner.")).count(), 300);
    }
}

/// Commands of the further run at one server.
fn commands(server: &Server) -> Vec<String> {
    server.log().commands.iter().map(|command| command.line.clone()).collect()
}

/// How many of them begin so.
fn counted(commands: &[String], verb: &str) -> usize {
    commands.iter().filter(|line| line.starts_with(verb)).count()
}

/// A world after a pass, with a fresh log on both sides.
async fn settled(source: Profile, destination: Profile) -> World {
    let world = filled(source, destination);
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "the first pass").await;
    world.source.forget();
    world.destination.forget();
    world
}

#[tokio::test(start_paused = true)]
async fn a_delta_without_news_opens_each_folder_once_and_writes_nothing_about_it() {
    for (source, destination) in [
        (Profile::dovecot(), Profile::dovecot_prefixed()),
        (Profile::cyrus(), Profile::dovecot()),
        (Profile::exchange(), Profile::dovecot()),
        (Profile::plain_rfc3501(), Profile::cyrus()),
    ] {
        let world = settled(source.clone(), destination.clone()).await;
        let (case, before) = (format!("{} to {}", source.name, destination.name), world.effects.count());
        let outcome = world.run().await;
        assert_eq!(outcome.state(), "verified", "{case}");
        let (here, there) = (commands(&world.source), commands(&world.destination));
        let folders = world.folders().await.len();
        assert_eq!((counted(&here, "EXAMINE"), counted(&there, "SELECT")), (folders, folders), "{case}: {here:#?}");
        // Without HIGHESTMODSEQ flags are read, one window of a small folder each; nothing else ever is.
        let condstore = source.can("CONDSTORE");
        assert_eq!(counted(&here, "UID FETCH"), if condstore { 0 } else { folders }, "{case}: {here:#?}");
        assert_eq!(counted(&there, "UID FETCH"), 0, "{case}: {there:#?}");
        assert!(!here.iter().chain(&there).any(|line| line.contains("BODY") || line.contains("SEARCH")), "{case}");
        let effects = world.effects.names().split_off(before);
        let written = effects.iter().filter(|name| name.contains("save_folder") || name.contains("manifest"));
        assert_eq!(written.count(), 0, "{case}: {effects:#?}");
        let report = outcome.report.unwrap();
        assert_eq!((report.totals.copied, report.this_pass.source), (29, 0), "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delta_after_one_without_news_sees_whatever_has_changed_on_either_side() {
    type Change = (&'static str, fn(&World), fn(&Counts) -> u64);
    let changes: [Change; 5] = [
        (
            "a message deleted at the destination",
            |world| {
                world.destination.folder("INBOX").lose(5);
            },
            |c| c.removed,
        ),
        (
            "a message delivered to the destination",
            |world| {
                world.destination.folder("INBOX").message("x");
            },
            |c| c.foreign,
        ),
        (
            "a message deleted at the source",
            |world| {
                world.source.folder("INBOX").lose(4);
            },
            |c| c.gone,
        ),
        (
            "one for another at the destination",
            |world| {
                world.destination.folder("INBOX").lose(5).message("x");
            },
            |c| c.removed * c.foreign,
        ),
        (
            "a message moved at the destination and back",
            |world| {
                let folder = world.destination.folder("INBOX");
                let octets = folder.messages()[6].octets.to_vec();
                folder.lose(7).octets(octets);
            },
            |c| 1 - c.foreign - c.removed,
        ),
    ];
    for source in [Profile::dovecot(), Profile::exchange()] {
        for (case, change, counter) in &changes {
            let world = settled(source.clone(), Profile::dovecot()).await;
            world.run().await;
            change(&world);
            let outcome = world.run().await;
            let case = format!("{case}, {}: {:?}", source.name, outcome.report);
            assert_eq!((outcome.state(), outcome.appended), ("verified", 0), "{case}");
            let counts = outcome.report.unwrap().folders.iter().find(|f| f.source == "INBOX").unwrap().counts;
            assert_eq!(counter(&counts), 1, "{case}");
            assert_eq!(counts.accounted(), 13, "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_changed_flag_is_counted_in_a_delta_with_and_without_modification_sequences() {
    for source in [Profile::dovecot(), Profile::exchange()] {
        let world = settled(source.clone(), Profile::dovecot()).await;
        world.source.folder("INBOX").change(|folder| {
            folder.modseq += 1;
            let message = folder.messages.get_mut(&3).unwrap();
            message.modseq = folder.modseq;
            message.flags.insert("\\Draft".into());
        });
        for run in 1..=2 {
            let outcome = world.run().await;
            let folders = outcome.report.unwrap().folders;
            let inbox = folders.iter().find(|folder| folder.source == "INBOX").unwrap();
            assert_eq!(inbox.flags_changed, 1, "{}, run {run}", source.name);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_recount_that_is_asked_for_lists_every_folder_again() {
    let world = settled(Profile::dovecot(), Profile::dovecot()).await;
    let outcome = world.recount().await;
    assert_eq!(outcome.state(), "verified");
    assert_eq!(counted(&commands(&world.destination), "UID FETCH"), world.folders().await.len());
}

/// A world whose folder of sparse UIDs has been carried, with one new message: its recount takes many short steps.
async fn sparse(messages: u32) -> World {
    let mut world = World::new(Profile::dovecot(), Profile::dovecot());
    let inbox = world.source.folder("INBOX");
    for number in 1..=messages {
        inbox.uidnext(number * (u32::MAX / (messages + 2)));
        inbox.message(&format!("at-{number}"));
    }
    let outcome = world.run().await;
    assert_eq!(outcome.state(), "verified", "{}", told(&world, &outcome));
    inbox.message("new");
    world.remember();
    world.destination.folder("INBOX").message("foreign-to-us");
    world.destination.folder("INBOX").lose(3);
    world.remember();
    world.step = Duration::from_millis(2_000);
    world.source.latency(Duration::from_millis(70));
    world.destination.latency(Duration::from_millis(70));
    world
}

#[tokio::test(start_paused = true)]
async fn a_recount_goes_on_from_step_to_step() {
    let world = sparse(900).await;
    let before = world.effects.count();
    let outcome = world.run().await;
    assert!(outcome.failure.is_none(), "{:?}", outcome.failure);
    let report = outcome.report.clone().unwrap();
    let totals = report.totals;
    assert_eq!(outcome.state(), "verified", "{}", told(&world, &outcome));
    assert_eq!((totals.copied, totals.removed, totals.foreign, outcome.appended), (901, 1, 1, 1));
    let effects = world.effects.names().split_off(before);
    let turns = effects.iter().filter(|name| name.starts_with("ledger save (turn")).count();
    // Each step claims and hands over: plan, copy, and three or more for the recount.
    assert!(turns >= 11, "{turns} writes of the migration's record: {effects:#?}");
    assert!(world.folders().await.iter().all(|folder| folder.recounting.is_none()));
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_effect_of_a_recount_over_many_steps_changes_no_count() {
    let world = sparse(210).await;
    world.run().await;
    let names = world.effects.names();
    let first = names.iter().rposition(|name| name.starts_with("queue send Verify (turn 7)")).unwrap() + 1;
    for at in first..=names.len() {
        let strike = if at % 2 == 0 { Strike::KillBefore } else { Strike::KillAfter };
        let world = sparse(210).await;
        world.effects.strike(at, strike);
        let outcome = world.run_to_the_end().await;
        let case = format!("{strike:?} {at}: {}\n{:?}", world.effects.name(at), outcome.failure);
        let totals = outcome.report.as_ref().unwrap().totals;
        assert_eq!(outcome.state(), "verified", "{case}");
        assert_eq!((totals.copied, totals.removed, totals.foreign), (211, 1, 1), "{case}");
        assert_eq!(world.destination.folder("INBOX").count(), 211, "{case}");
    }
}
