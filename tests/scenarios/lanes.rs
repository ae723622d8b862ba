//! # Lanes
//! Batches of one folder over several connections: nothing is lost or doubled, the order stays, and only where it is of use.

use std::collections::BTreeSet;
use std::time::Duration;

use posthorse_tests::world::server::{At, Fault, Profile, Quirk};
use posthorse_tests::world::{Lenient, Outcome, Strike, World};
use tokio::time::Instant;

use crate::fill::{all_but, filled};

/// What each message takes at a destination to which several connections are of use.
const SLOW: Duration = Duration::from_millis(3);

/// Each pair has so many more connections, and batches are of three messages.
fn wide(destination: Profile, lanes: usize) -> World {
    let mut world = filled(Profile::dovecot_prefixed(), destination);
    world.mail.lanes = Some(lanes);
    world
}

async fn all_came_over_lanes(world: &World, lenient: &[Lenient], case: &str) -> Outcome {
    let outcome = world.run_to_the_end().await;
    all_but(world, &outcome, lenient, case).await;
    assert_ne!(world.lanes().len(), 0, "{case}");
    outcome
}

#[tokio::test(start_paused = true)]
async fn one_long_folder_goes_over_the_connections_that_no_other_folder_needs() {
    // messages, short folders beside them, connections, destination; APPENDs come over several connections
    let cases = [
        (2_500, 0, 4, Profile::dovecot(), true),
        (2_500, 0, 2, Profile::cyrus(), true),
        (2_500, 0, 1, Profile::dovecot(), false),
        (1_500, 0, 4, Profile::dovecot(), false),
        (2_500, 0, 4, Profile::courier(), false),
        (2_500, 0, 4, Profile { connection_limit: Some(2), ..Profile::dovecot() }, true),
        (2_500, 0, 4, Profile { connection_limit: Some(1), ..Profile::dovecot() }, false),
        (2_500, 7, 4, Profile::dovecot(), true),
        (2_500, 1, 2, Profile::cyrus(), true),
        (2_500, 7, 1, Profile::dovecot(), false),
        (2_500, 7, 4, Profile::courier(), false),
    ];
    for (messages, folders, connections, destination, several) in cases {
        let case = format!("{messages} messages, {folders} folders, {connections} connections, {}", destination.name);
        let world = World::new(Profile::dovecot(), destination);
        world.connections(connections);
        world.source.folder("INBOX").messages_named("one", messages);
        world.destination.fault(At::append(), Fault::Stall(SLOW));
        for number in 0..folders {
            world.source.folder(&format!("Short {number}")).messages_named("short", 1);
        }
        let outcome = world.run().await;
        let commands = world.destination.log().commands.into_iter();
        let long = commands.filter(|it| it.verb == "APPEND" && !it.line.contains("Short"));
        let senders: BTreeSet<u32> = long.map(|it| it.connection).collect();
        all_but(&world, &outcome, &[], &case).await;
        assert_eq!(senders.len() > 1, several, "{case}: {senders:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_slow_is_not_overtaken() {
    for (at, name) in [(At::literal(), "on its way"), (At::append(), "while it is stored")] {
        for nth in 1..=24 {
            let world = wide(Profile::dovecot(), 2);
            world.destination.fault(at.clone().nth(nth), Fault::Stall(Duration::from_secs(5)));
            all_came_over_lanes(&world, &[], &format!("{nth} is slow {name}")).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_message_is_parked_and_the_others_keep_their_order() {
    for (destination, words) in [
        (Profile::dovecot(), "NO Message contains invalid header"),
        (Profile::cyrus(), "NO Message contains NUL characters"),
        (Profile::dovecot(), "BAD Command Argument Error. 11"),
    ] {
        for number in 1..=12 {
            let world = wide(destination.clone(), 2);
            world.destination.refuses_message(&format!("Subject: inbox-{number}\r"), words);
            let case = format!("inbox-{number} to {}: {words}", destination.name);
            let outcome = all_came_over_lanes(&world, &[], &case).await;
            assert_eq!(outcome.report.unwrap().quarantined.len(), 1, "{case}");
        }
    }
}

/// A server that answers before it has a whole batch takes what follows for commands.
#[tokio::test(start_paused = true)]
async fn an_answer_in_the_middle_of_a_batch_loses_and_doubles_nothing() {
    for words in ["NO System I/O error", "BAD Invalid tag", "NO [OVERQUOTA] Quota exceeded", "NO [LIMIT] Too many"] {
        for nth in 1..=24 {
            let world = wide(Profile::cyrus(), 3);
            world.destination.fault(At::literal().nth(nth), Fault::answer(words));
            all_came_over_lanes(&world, &[], &format!("{words} at {nth}")).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_lost_loses_and_doubles_nothing() {
    for fault in [Fault::LoseAnswer, Fault::Close, Fault::answer("BYE Too many connections")] {
        for nth in 1..=24 {
            let world = wide(Profile::dovecot(), 3);
            world.destination.fault(At::append().nth(nth), fault.clone());
            all_came_over_lanes(&world, &[], &format!("{fault:?} at {nth}")).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_killed_anywhere_loses_and_doubles_nothing() {
    let whole = wide(Profile::dovecot(), 2);
    whole.run().await;
    assert_ne!(whole.lanes().len(), 0);
    for (at, name) in whole.effects.names().iter().enumerate() {
        for strike in [Strike::KillBefore, Strike::KillAfter] {
            let world = wide(Profile::dovecot(), 2);
            world.effects.strike(at + 1, strike);
            let outcome = world.run_to_the_end().await;
            all_but(&world, &outcome, &[Lenient::Order], &format!("{strike:?} {}: {name}", at + 1)).await;
        }
    }
}

/// A server that locks a folder from the first octet of an APPEND on waits for itself. Nothing tells it from a lost connection.
#[tokio::test(start_paused = true)]
async fn where_connections_are_lost_again_and_again_one_is_used() {
    let mut world = World::new(Profile::dovecot(), Profile::dovecot().with(Quirk::LocksFromAppend));
    world.mail.lanes = Some(1);
    world.timing.messages = Some(100);
    world.source.folder("INBOX").messages_named("one", 1_000);
    let outcome = world.run_to_the_end().await;
    all_but(&world, &outcome, &[Lenient::Order], "").await;
    assert_eq!(world.lanes().len(), 2, "each of them was lost");
    assert!(!world.folders().await[0].may_be_wide());
}

/// Servers count connections: what is given up is closed before anything else is opened, or a step ends, and waits for minutes.
#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_made_up_for_within_a_servers_limit() {
    let limited = Profile { connection_limit: Some(4), ..Profile::dovecot() };
    let world = World::new(Profile::dovecot(), limited);
    world.source.folder("INBOX").messages_named("one", 2_500);
    world.destination.fault(At::append(), Fault::Stall(SLOW));
    world.source.fault(At::body().nth(2_200), Fault::Close);
    let begun = Instant::now();
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "").await;
    assert_ne!(world.lanes().len(), 0);
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

/// Each costs as many lines as the chunk has messages.
#[tokio::test(start_paused = true)]
async fn one_look_is_enough_behind_several_connections() {
    for destination in [Profile::dovecot().with(Quirk::NewMailWhenIdle), Profile::cyrus()] {
        let world = World::new(Profile::dovecot(), destination);
        world.source.folder("INBOX").messages_named("one", 2_500);
        world.destination.fault(At::append(), Fault::Stall(SLOW));
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], "").await;
        assert_ne!(world.lanes().len(), 0);
        // The first chunk goes over one connection, and teaches that a look may come too early.
        let is_look = |line: &String| line.starts_with("UID FETCH") && line.contains("DATE") && !line.contains(" 1:*");
        let looks: Vec<String> =
            world.destination.log().commands.into_iter().map(|it| it.line).filter(is_look).collect();
        let floors: BTreeSet<&String> = looks.iter().collect();
        assert!(looks.len() > 1 && looks.len() == floors.len(), "{looks:?}");
    }
}

/// How long it takes to end one is known from the chunk before: what goes out meanwhile makes the first batch, not a hundred.
#[tokio::test(start_paused = true)]
async fn where_batches_are_late_to_end_the_next_chunk_begins_with_larger_ones() {
    let world = World::new(Profile::dovecot(), Profile::dovecot());
    world.source.folder("INBOX").messages_named("one", 12_000);
    world.destination.latency(Duration::from_secs(1));
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "").await;
    let commands = world.destination.log().commands;
    let chunks = commands.split(|it| it.line.starts_with("UID FETCH"));
    let mut batches: Vec<usize> = chunks.map(|chunk| chunk.iter().filter(|it| it.verb == "APPEND").count()).collect();
    batches.retain(|batches| *batches > 0);
    // The first chunk on lanes, and the last one: its 3,000 messages would be five batches that begin with a hundred.
    assert!(matches!(batches[..], [.., 8, 2]), "{batches:?}");
}
