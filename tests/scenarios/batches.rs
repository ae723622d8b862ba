//! # Batches
//! At a distance a batch grows until the one before is answered. Its messages are not held; when it is refused, they are
//! fetched once more, and only the culprit stays out.

use std::time::Duration;

use posthorse_tests::world::World;
use posthorse_tests::world::server::Profile;

use crate::fill::all_but;

const MESSAGES: usize = 1_500;

fn far_away(destination: Profile) -> World {
    let world = World::new(Profile::dovecot(), destination);
    world.connections(1);
    world.source.folder("INBOX").messages_named("one", MESSAGES);
    for server in [&world.source, &world.destination] {
        server.latency(Duration::from_millis(100));
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
