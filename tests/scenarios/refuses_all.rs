//! # Refuses all
//! A destination that refuses everything in words that nobody knows.

use posthorse_tests::world::server::{At, Fault, Profile};

use crate::fill::{filled, told};

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_every_message_is_not_taken_for_a_mailbox_of_bad_messages() {
    for destination in [Profile::dovecot(), Profile::cyrus(), Profile::exchange(), Profile::courier()] {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        world.destination.fault(At::command("APPEND").since(2), Fault::answer("NO Something is wrong"));
        let outcome = world.run_without_waiting().await;
        assert_eq!(outcome.state(), "waiting", "{}\n{}", destination.name, told(&world, &outcome));
        assert!(outcome.report.as_ref().unwrap().totals.quarantined <= 1, "{}", destination.name);
    }
}
