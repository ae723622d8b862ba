//! # Folders
//! Folders that cannot be opened or made, and names that do not fit.

use posthorse_domain::migration::report::Report;
use posthorse_tests::world::server::Profile;
use posthorse_tests::world::{Outcome, World};

use crate::fill::{all_but, filled, told};

fn report(outcome: &Outcome) -> &Report {
    outcome.report.as_ref().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_source_folder_that_cannot_be_opened_is_blocked_and_the_rest_goes_on() {
    for words in
        ["NO [NOPERM] Permission denied", "NO Unable to open this mailbox.", "NO [SERVERBUG] Internal error occurred."]
    {
        let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
        let locked = world.source.folder("INBOX.Kaputt");
        locked.messages_named("behind", 2);
        locked.locked(words);
        let outcome = world.run().await;
        assert_eq!(outcome.state(), "exceptions", "{words}\n{}", told(&world, &outcome));
        let folder = report(&outcome).folders.iter().find(|folder| folder.source == "INBOX.Kaputt").unwrap();
        assert!(folder.error.is_some(), "{words}");
        assert_eq!(report(&outcome).totals.copied, 29, "{words}");
        assert!(report(&outcome).totals.closes(), "{words}");
        // Another run after it was mended brings it.
        world.source.folder("INBOX.Kaputt").change(|folder| folder.locked = None);
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], words).await;
        assert_eq!(outcome.appended, 2, "{words}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_is_refused_for_the_moment_for_ever_keeps_no_other_waiting() {
    for connections in [1, 4] {
        for words in [
            "NO [SERVERBUG] Internal error occurred.",
            "NO [UNAVAILABLE] Mailbox is busy",
            "NO [INUSE] Mailbox is locked",
        ] {
            for source in [true, false] {
                let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
                world.connections(connections);
                world.source.folder("INBOX.Aaa").messages_named("behind", 2);
                let folder = if source { world.source.folder("INBOX.Aaa") } else { world.destination.folder("Aaa") };
                folder.locked(words);
                let case = format!("{words}, {connections} connections, source {source}");
                let first = world.run_without_waiting().await;
                assert_eq!(world.appended(), 29, "{case}\n{}", told(&world, &first));
                let outcome = world.run().await;
                assert_eq!(outcome.state(), "exceptions", "{case}\n{}", told(&world, &outcome));
                let complaints = world.judge(&outcome).await;
                assert!(complaints.is_empty(), "{case}\n{}\n{}", complaints.join("\n"), told(&world, &outcome));
                folder.change(|folder| folder.locked = None);
                let outcome = world.run().await;
                all_but(&world, &outcome, &[], &case).await;
                assert_eq!(world.appended(), 31, "{case}");
                // A later pass meets the trouble again.
                world.source.folder("INBOX.Aaa").message("new");
                folder.locked(words);
                let outcome = world.run().await;
                assert_eq!(outcome.state(), "exceptions", "{case}\n{}", told(&world, &outcome));
                folder.change(|folder| folder.locked = None);
                let outcome = world.run().await;
                all_but(&world, &outcome, &[], &case).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_destination_folder_that_cannot_be_opened_is_blocked_and_the_rest_goes_on() {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    world.destination.folder("Arbeit").locked("NO [NOPERM] Permission denied");
    let outcome = world.run().await;
    assert_eq!(outcome.state(), "exceptions", "{}", told(&world, &outcome));
    let totals = report(&outcome).totals;
    assert_eq!((totals.blocked, totals.copied), (8, 21), "{}", told(&world, &outcome));
    world.destination.folder("Arbeit").change(|folder| folder.locked = None);
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "mended").await;
    assert_eq!(outcome.appended, 8);
}

#[tokio::test(start_paused = true)]
async fn names_that_the_destination_refuses_are_changed_and_shown() {
    let world = World::new(Profile::cyrus(), Profile::courier());
    for name in ["a.b", "a_b", "Straße/Nord", "x.y/z.w", "INBOX/Unter", "tab\u{e9}"] {
        world.source.folder(name).message(&name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-"));
    }
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "").await;
    assert_eq!(report(&outcome).totals.copied, 6);
    let mut names: Vec<&str> = report(&outcome).folders.iter().map(|folder| folder.destination.as_str()).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "two folders became one: {names:?}");
}

#[tokio::test(start_paused = true)]
async fn names_that_differ_only_in_case_stay_two_folders_on_a_server_that_does_not_tell_them_apart() {
    let world = World::new(Profile::dovecot(), Profile::exchange());
    world.source.folder("Rechnungen").message("one");
    world.source.folder("RECHNUNGEN").message("two");
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "").await;
    assert_eq!(report(&outcome).totals.copied, 2);
}

#[tokio::test(start_paused = true)]
async fn an_undecodable_name_is_carried_as_it_is() {
    for destination in [Profile::dovecot(), Profile::courier(), Profile::cyrus()] {
        let world = World::new(Profile::plain_rfc3501(), destination.clone());
        world.source.folder_of("anna", b"B&bad").message("odd");
        world.source.folder_of("anna", b"Latin\xe9").message("latin");
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], destination.name).await;
        assert_eq!(report(&outcome).totals.copied, 2, "{}", destination.name);
    }
}

#[tokio::test(start_paused = true)]
async fn containers_and_empty_folders_are_made_only_when_they_are_needed() {
    let world = World::new(Profile::dovecot(), Profile::dovecot_prefixed());
    world.source.folder("Kunden").noselect();
    world.source.folder("Kunden/Nord").message("north");
    world.source.folder("Leer").exists();
    world.source.folder("Nur ein Name").noselect();
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "").await;
    let names: Vec<String> =
        world.arrived().folders.keys().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    assert!(names.contains(&"INBOX.Leer".to_owned()), "{names:?}");
    assert!(names.contains(&"INBOX.Kunden.Nord".to_owned()), "{names:?}");
    assert!(!names.contains(&"INBOX.Nur ein Name".to_owned()), "{names:?}");
}
