//! # Refuses all
//! A destination that refuses everything in words that nobody knows.

use posthorse_tests::world::Lenient;
use posthorse_tests::world::server::{At, Fault, Profile};

use crate::fill::{all_but, filled, told};

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

#[tokio::test(start_paused = true)]
async fn bad_messages_in_a_row_are_parked_when_the_next_one_is_taken() {
    for destination in [Profile::dovecot(), Profile::cyrus(), Profile::exchange(), Profile::courier()] {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        for number in [3, 4, 5] {
            world.destination.refuses_message(&format!("Subject: inbox-{number}\r"), "NO I do not like it");
        }
        let outcome = world.run_without_waiting().await;
        all_but(&world, &outcome, &[Lenient::Order], destination.name).await;
        assert_eq!(outcome.report.unwrap().totals.quarantined, 3, "{}", destination.name);
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_messages_of_a_folder_are_parked_when_waiting_did_not_help() {
    for destination in [Profile::dovecot(), Profile::cyrus(), Profile::exchange(), Profile::courier()] {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        for subject in ["inbox-12", "keyword"] {
            world.destination.refuses_message(&format!("Subject: {subject}\r"), "NO I do not like it");
        }
        let outcome = world.run_without_waiting().await;
        assert_eq!((outcome.state(), world.appended()), ("waiting", 27), "{}", destination.name);
        let outcome = world.run().await;
        all_but(&world, &outcome, &[Lenient::Order], destination.name).await;
        assert_eq!(outcome.report.unwrap().totals.quarantined, 2, "{}", destination.name);
    }
}
