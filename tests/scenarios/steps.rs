//! # Steps
//! Steps that are hardly longer than it takes to open a folder, and steps that may carry a few messages only.

use std::time::Duration;

use posthorse_tests::world::World;
use posthorse_tests::world::server::Profile;

use crate::fill::{all_but, filled};

/// Both servers are far away: a login and an opening take about a second.
fn far(step: Duration) -> World {
    let mut world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    world.step = step;
    for server in [&world.source, &world.destination] {
        server.latency(Duration::from_millis(100));
    }
    world
}

#[tokio::test(start_paused = true)]
async fn steps_too_short_to_open_a_folder_in_carry_everything_all_the_same() {
    for millis in [800, 1_000, 1_500, 2_000, 3_000] {
        let world = far(Duration::from_millis(millis));
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], &format!("steps of {millis} ms")).await;
        assert_eq!(outcome.report.unwrap().totals.copied, 29);
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_carries_no_more_messages_than_it_may() {
    for connections in [1, 4] {
        let mut world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
        world.timing.messages = Some(7);
        world.connections(connections);
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], "").await;
        assert_eq!(outcome.report.unwrap().totals.copied, 29);
        // A plan, five steps for 29 messages, a recount.
        let turn = outcome.record.unwrap().turn;
        assert!(turn > 5 + 2, "{turn} turns with {connections} pairs");
    }
}
