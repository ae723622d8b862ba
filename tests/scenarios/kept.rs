//! # Kept
//! Destinations that take a message and not all that comes with it: what was lost is set again, or counted.

use posthorse_tests::world::server::{At, Fault, Profile, Quirk};

use crate::fill::{filled, told};

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
