//! # Kept
//! Destinations that take a message and not all that comes with it: what was lost is set again, or counted.

use posthorse_tests::world::Lenient;
use posthorse_tests::world::server::{At, Fault, Profile, Quirk};

use crate::fill::{all_but, filled, told};

#[tokio::test(start_paused = true)]
async fn flags_that_append_lost_are_set_again_and_keywords_are_counted() {
    for destination in [Profile::exchange(), Profile::dovecot(), Profile::courier()] {
        let name = destination.name;
        let world = filled(Profile::dovecot_prefixed(), destination.with(Quirk::ForgetsFlags));
        let outcome = world.run().await;
        assert_eq!(outcome.state(), "verified", "{name}\n{}", told(&world, &outcome));
        let there = world.destination.folder("INBOX").messages();
        let flagged = there.iter().filter(|message| message.flags.contains("\\Flagged")).count();
        let seen = there.iter().filter(|message| message.flags.contains("\\Seen")).count();
        assert_eq!((flagged, seen), (4, 6), "{name}");
        let report = outcome.report.unwrap();
        let dropped = &report.folders.iter().find(|folder| folder.source == "INBOX").unwrap().flags_dropped;
        let names: Vec<(&str, u64)> = dropped.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        assert_eq!(names, [("$Forwarded", 1), ("Important", 1)], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn flags_that_cannot_be_set_at_all_are_counted_by_name() {
    let world = filled(Profile::dovecot_prefixed(), Profile::exchange().with(Quirk::ForgetsFlags));
    world.destination.fault(At::command("UID STORE"), Fault::Answer("NO not now".into()));
    let outcome = world.run().await;
    assert_eq!(outcome.state(), "verified", "{}", told(&world, &outcome));
    let report = outcome.report.unwrap();
    let dropped = &report.folders.iter().find(|folder| folder.source == "INBOX").unwrap().flags_dropped;
    assert_eq!((dropped.get("\\Flagged"), dropped.get("\\Seen")), (Some(&4), Some(&6)), "{dropped:?}");
}

#[tokio::test(start_paused = true)]
async fn dates_that_a_destination_ignores_are_counted() {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot().with(Quirk::ForgetsDates));
    let outcome = world.run().await;
    assert_eq!(outcome.state(), "verified", "{}", told(&world, &outcome));
    let replaced: u64 = outcome.report.unwrap().folders.iter().map(|folder| folder.dates_replaced).sum();
    assert_eq!(replaced, 29);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_set_again_where_everything_is_kept() {
    let world = filled(Profile::dovecot_prefixed(), Profile::exchange());
    world.run().await;
    assert_eq!(world.destination.count("UID STORE") + world.destination.count("STORE"), 0);
}

#[tokio::test(start_paused = true)]
async fn flags_that_an_interrupted_append_lost_are_set_again_when_the_chunk_is_settled() {
    for destination in [Profile::exchange(), Profile::dovecot(), Profile::courier()] {
        let name = destination.name;
        let world = filled(Profile::dovecot_prefixed(), destination.with(Quirk::ForgetsFlags));
        world.destination.fault(At::append().nth(1), Fault::LoseAnswer);
        let outcome = world.run().await;
        all_but(&world, &outcome, &[Lenient::Order], name).await;
        let there = world.destination.folder("INBOX").messages();
        let flagged = there.iter().filter(|message| message.flags.contains("\\Flagged")).count();
        assert_eq!(flagged, 4, "{name}");
        let report = outcome.report.unwrap();
        let dropped = &report.folders.iter().find(|folder| folder.source == "INBOX").unwrap().flags_dropped;
        assert_eq!((dropped.get("$Forwarded"), dropped.get("\\Flagged")), (Some(&1), None), "{name}: {dropped:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn dates_that_an_interrupted_append_lost_are_counted_when_the_chunk_is_settled() {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot().with(Quirk::ForgetsDates));
    world.destination.fault(At::append().nth(1), Fault::LoseAnswer);
    let outcome = world.run().await;
    assert_eq!(outcome.state(), "verified", "{}", told(&world, &outcome));
    let replaced: u64 = outcome.report.unwrap().folders.iter().map(|folder| folder.dates_replaced).sum();
    assert_eq!(replaced, 29);
}

#[tokio::test(start_paused = true)]
async fn a_connection_lost_while_flags_are_set_changes_nothing_about_them() {
    for moments in [&[1][..], &[2], &[1, 2, 3, 4, 5]] {
        let world = filled(Profile::dovecot_prefixed(), Profile::exchange().with(Quirk::ForgetsFlags));
        world.connections(1);
        for nth in moments {
            world.destination.fault(At::command("UID STORE").nth(*nth), Fault::Close);
        }
        let outcome = world.run().await;
        all_but(&world, &outcome, &[Lenient::Order], &format!("{moments:?}")).await;
        let report = outcome.report.unwrap();
        let dropped = report.folders.iter().any(|folder| folder.flags_dropped.contains_key("\\Seen"));
        assert!(!dropped && world.destination.count("UID STORE") > moments.len(), "{moments:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_up_at_store_keeps_no_message_from_being_moved() {
    let world = filled(Profile::dovecot_prefixed(), Profile::exchange().with(Quirk::ForgetsFlags));
    world.connections(1);
    world.destination.fault(At::command("UID STORE"), Fault::Close);
    let outcome = world.run().await;
    assert_eq!(outcome.state(), "verified", "{}", told(&world, &outcome));
    let report = outcome.report.unwrap();
    assert_eq!(report.totals.copied, 29);
    let dropped = &report.folders.iter().find(|folder| folder.source == "INBOX").unwrap().flags_dropped;
    assert_eq!((dropped.get("\\Flagged"), dropped.get("\\Seen")), (Some(&4), Some(&6)), "{dropped:?}");
}

#[tokio::test(start_paused = true)]
async fn flags_lost_in_an_open_chunk_are_set_again_although_the_source_has_numbered_its_messages_anew() {
    let world = filled(Profile::dovecot_prefixed(), Profile::exchange().with(Quirk::ForgetsFlags));
    world.connections(1);
    world.destination.fault(At::append().folder("INBOX").nth(5), Fault::LoseAnswer);
    world.source.renumbers_at_examine("INBOX", 2);
    let outcome = world.run().await;
    all_but(&world, &outcome, &[Lenient::Order], "").await;
    let report = outcome.report.unwrap();
    assert!(report.warnings.iter().any(|warning| warning.code == "uidvalidity-changed"), "{:?}", report.warnings);
    assert_eq!((report.totals.copied, report.totals.adopted), (29, 0));
}
