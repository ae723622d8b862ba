//! # Batches
//! At a distance a batch grows until the one before is answered. Its messages are not held; when it is refused, they are
//! fetched once more, and only the culprit stays out.

use std::time::Duration;

use posthorse_tests::world::World;
use posthorse_tests::world::server::{Profile, Quirk};

use crate::fill::all_but;

const MESSAGES: usize = 1_500;
const TRIP: Duration = Duration::from_millis(100);

fn far_away(destination: Profile) -> World {
    let world = World::new(Profile::dovecot(), destination);
    world.connections(1);
    world.source.folder("INBOX").messages_named("one", MESSAGES);
    for server in [&world.source, &world.destination] {
        server.latency(TRIP);
    }
    world
}

/// Times that messages were asked for, all together.
fn asked_for(world: &World) -> u32 {
    let length = |set: &str| {
        let ends = set.split_once(':').unwrap_or((set, set));
        ends.1.parse::<u32>().unwrap() - ends.0.parse::<u32>().unwrap() + 1
    };
    let commands = world.source.log().commands;
    let asked = commands.iter().filter(|command| command.line.ends_with("BODY.PEEK[])"));
    let sets = asked.filter_map(|command| command.line.split(' ').nth(2));
    sets.flat_map(|set| set.split(',')).map(length).sum()
}

#[tokio::test(start_paused = true)]
async fn at_a_distance_many_messages_go_out_in_few_batches() {
    let world = far_away(Profile::dovecot());
    let outcome = world.run().await;
    let (batches, asked) = (world.destination.count("APPEND"), asked_for(&world));
    all_but(&world, &outcome, &[], "").await;
    assert!(batches < MESSAGES / 150, "{batches} batches");
    assert_eq!(usize::try_from(asked).unwrap(), MESSAGES);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_refused_is_fetched_once_more_and_its_culprits_are_parked() {
    for destination in [Profile::dovecot(), Profile::cyrus()] {
        let case = destination.name;
        let world = far_away(destination);
        for number in [700, 701, 1_499] {
            world
                .destination
                .refuses_message(&format!("Subject: one-{number}\r"), "NO Message contains invalid header");
        }
        let outcome = world.run().await;
        let asked = asked_for(&world);
        all_but(&world, &outcome, &[], case).await;
        assert_eq!(outcome.report.unwrap().quarantined.len(), 3, "{case}");
        // The rest of what was asked for in one command comes in vain, once in a folder.
        assert!(usize::try_from(asked).unwrap() <= 2 * MESSAGES, "{case}: {asked}");
    }
}

/// What the source was asked for and when the destination was looked at, in order: a listing, bodies, a look.
fn course(world: &World) -> Vec<(Duration, char)> {
    let kind = |line: &str| match line {
        _ if line.ends_with("RFC822.SIZE)") => Some('l'),
        _ if line.ends_with("BODY.PEEK[])") => Some('b'),
        _ if line.ends_with(":* (UID FLAGS INTERNALDATE)") => Some('?'),
        _ => None,
    };
    let commands = [&world.source, &world.destination].map(|server| server.log().commands);
    let mut course: Vec<_> =
        commands.iter().flatten().filter_map(|command| Some((command.at, kind(&command.line)?))).collect();
    course.sort();
    course
}

#[tokio::test(start_paused = true)]
async fn a_long_folder_is_listed_while_the_chunk_before_drains() {
    let world = World::new(Profile::dovecot(), Profile::dovecot());
    world.connections(1);
    world.source.folder("INBOX").messages_named("one", 13_000);
    for server in [&world.source, &world.destination] {
        server.latency(TRIP);
    }
    let outcome = world.run().await;
    let course = course(&world);
    all_but(&world, &outcome, &[], "").await;
    let last = course.iter().rposition(|(_, kind)| *kind == '?').unwrap();
    let listings: Vec<usize> = (1..last).filter(|at| course[*at].1 == 'l').collect();
    assert!(!listings.is_empty(), "{course:?}");
    for at in listings {
        let (before, kind) = course[at - 1];
        // Behind the answer to a look it would come a whole trip later.
        assert!(kind == 'b' || course[at].0 < before + TRIP, "{course:?}");
    }
}

/// That takes the longer the larger it is.
#[tokio::test(start_paused = true)]
async fn a_large_folder_is_not_opened_again_for_each_look() {
    let mut opened = Vec::new();
    for uid_next in [1, 30_000] {
        let world = far_away(Profile::dovecot().with(Quirk::NewMailWhenIdle));
        world.destination.folder("INBOX").uidnext(uid_next);
        let outcome = world.run().await;
        let looks = course(&world).iter().filter(|(_, kind)| *kind == '?').count();
        opened.push((world.destination.count("SELECT"), looks));
        all_but(&world, &outcome, &[], "").await;
    }
    let [(small, looks), (large, as_many)] = opened[..] else { panic!("{opened:?}") };
    assert!(large < small && looks == as_many, "{opened:?}");
}
