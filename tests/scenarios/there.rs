//! # There
//! Mail that the destination has already, and UIDs that come to mean something else: recognised by content, never copied
//! twice, twins counted.

use std::time::Duration;

use posthorse_domain::migration::report::Report;
use posthorse_tests::world::server::{At, Fault, Profile, Quirk, letter};
use posthorse_tests::world::{Lenient, Outcome, World};

use crate::fill::{all_but, filled, told, without_id};

fn report(outcome: &Outcome) -> &Report {
    outcome.report.as_ref().unwrap()
}

fn destinations() -> [Profile; 5] {
    [Profile::dovecot(), Profile::cyrus(), Profile::exchange(), Profile::courier(), Profile::plain_rfc3501()]
}

/// The name of the folder of work at a destination.
fn work(profile: &Profile) -> String {
    format!("{}Arbeit", profile.prefix)
}

#[tokio::test(start_paused = true)]
async fn what_another_tool_has_copied_is_adopted_and_not_copied_again() {
    for destination in destinations() {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        let inbox = world.destination.folder("INBOX");
        for number in [1, 2, 3, 7] {
            inbox.message(&format!("inbox-{number}")).seen();
        }
        inbox.message("somebody-elses");
        world.destination.folder(&work(&destination)).octets(without_id(3));
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], destination.name).await;
        let totals = report(&outcome).totals;
        assert_eq!((totals.adopted, totals.copied, totals.foreign), (5, 24, 1), "{}", destination.name);
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_twins_one_that_is_there_is_adopted_and_the_other_copied() {
    for destination in destinations() {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        world.destination.folder(&work(&destination)).message("twin").seen();
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], destination.name).await;
        assert_eq!(report(&outcome).totals.adopted, 1, "{}", destination.name);
    }
}

#[tokio::test(start_paused = true)]
async fn more_twins_at_the_destination_than_at_the_source_stay_there() {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    for _ in 0..4 {
        world.destination.folder("Arbeit").message("twin");
    }
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "").await;
    let totals = report(&outcome).totals;
    assert_eq!((totals.adopted, totals.foreign), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn messages_with_one_message_id_and_different_bodies_are_different_messages() {
    let world = World::new(Profile::dovecot(), Profile::dovecot());
    let inbox = world.source.folder("INBOX");
    inbox.octets(letter("same", "one\r\n"));
    inbox.octets(letter("same", "two\r\n"));
    world.destination.folder("INBOX").octets(letter("same", "two\r\n"));
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "").await;
    assert_eq!((report(&outcome).totals.adopted, report(&outcome).totals.copied), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_destination_without_uidplus_or_with_lying_appenduid_is_read_and_not_believed() {
    for destination in destinations() {
        for quirk in [
            None,
            Some(Quirk::NoAppendUid),
            Some(Quirk::AppendUidTooHigh),
            Some(Quirk::AppendUidSwapped),
            Some(Quirk::AppendUidOfOtherValidity),
        ] {
            let profile = match quirk {
                None => destination.clone().incapable("UIDPLUS"),
                Some(quirk) => destination.clone().with(quirk),
            };
            let world = filled(Profile::dovecot_prefixed(), profile);
            let outcome = world.run().await;
            all_but(&world, &outcome, &[], &format!("{} {quirk:?}", destination.name)).await;
            assert_eq!(report(&outcome).totals.copied, 29);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_the_destination_takes_and_drops_is_unexplained_and_not_called_copied() {
    for destination in destinations() {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        world.destination.fault(At::append().holding("Subject: inbox-5\r"), Fault::Drop);
        let outcome = world.run().await;
        assert_eq!(outcome.state(), "unbalanced", "{}\n{}", destination.name, told(&world, &outcome));
        assert_eq!(report(&outcome).totals.unexplained, 1, "{}", destination.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_uidvalidity_of_the_source_between_two_runs_copies_nothing_again() {
    for destination in destinations() {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        world.run().await;
        for folder in ["INBOX", "INBOX.Arbeit"] {
            world.source.folder(folder).renumbered(1_800_000_000);
        }
        let before = world.appended();
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], destination.name).await;
        assert_eq!(world.appended(), before, "{}", destination.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_uidvalidity_of_the_destination_between_two_runs_copies_nothing_again() {
    for destination in destinations() {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        world.run().await;
        for folder in ["INBOX", &work(&destination)] {
            world.destination.folder(folder).renumbered(1_800_000_000);
        }
        world.source.folder("INBOX").message("new");
        let before = world.appended();
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], destination.name).await;
        assert_eq!(world.appended(), before + 1, "{}", destination.name);
    }
}

#[tokio::test(start_paused = true)]
async fn new_uidvalidities_on_both_sides_between_two_runs_copy_nothing_again() {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    world.run().await;
    // One message goes, so that all UIDs behind it become others.
    world.source.folder("INBOX").lose(3);
    world.source.folder("INBOX").renumbered(1_800_000_000);
    world.destination.folder("INBOX").renumbered(1_800_000_000);
    world.source.folder("INBOX.Arbeit").renumbered(1_800_000_000);
    let before = world.appended();
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "").await;
    assert_eq!(world.appended(), before);
    assert_eq!(report(&outcome).totals.gone, 1);
}

#[tokio::test(start_paused = true)]
async fn a_uidvalidity_that_changes_at_any_opening_copies_nothing_twice() {
    for destination in [Profile::dovecot(), Profile::courier(), Profile::exchange()] {
        for n in 1..=4 {
            for folder in ["INBOX", "INBOX.Arbeit"] {
                let world = filled(Profile::dovecot_prefixed(), destination.clone());
                world.source.renumbers_at_examine(folder, n);
                let outcome = world.run().await;
                let case = format!("source, {folder}, EXAMINE {n}, to {}", destination.name);
                all_but(&world, &outcome, &[], &case).await;
            }
            for folder in ["INBOX".to_owned(), work(&destination)] {
                let world = filled(Profile::dovecot_prefixed(), destination.clone());
                world.destination.renumbers_at_select(&folder, n);
                let outcome = world.run().await;
                all_but(&world, &outcome, &[], &format!("{}, {folder}, SELECT {n}", destination.name)).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_uidvalidity_that_changes_with_a_lost_connection_in_the_middle_copies_nothing_twice() {
    for destination in [Profile::dovecot(), Profile::courier(), Profile::exchange()] {
        for k in 1..=13 {
            let world = filled(Profile::dovecot_prefixed(), destination.clone());
            world.destination.loses_answer_of_append(k);
            world.destination.renumbers_at_select("INBOX", 2);
            let outcome = world.run().await;
            let case = format!("{}, message {k}", destination.name);
            all_but(&world, &outcome, &[Lenient::Order], &case).await;

            let world = filled(Profile::dovecot_prefixed(), destination.clone());
            world.source.fault(At::body().folder("INBOX").nth(k), Fault::CloseAfter(10));
            world.source.renumbers_at_examine("INBOX", 2);
            let outcome = world.run().await;
            all_but(&world, &outcome, &[Lenient::Order], &format!("source, {case}")).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_uidvalidity_that_changes_under_an_open_folder_copies_nothing_twice() {
    for destination in [Profile::dovecot(), Profile::exchange()] {
        for n in 1..=3 {
            let world = filled(Profile::dovecot_prefixed(), destination.clone());
            world.destination.fault(At::command("APPEND").folder("INBOX").nth(n), Fault::Renumber);
            let outcome = world.run().await;
            all_but(&world, &outcome, &[Lenient::Order], &format!("{} APPEND {n}", destination.name)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_append_that_is_stored_late_is_not_sent_again_when_uids_mean_nothing_any_more() {
    for destination in destinations() {
        for quirk in [None, Some(Quirk::NoUidValidity)] {
            for (n, millis) in [(1, 100), (2, 900), (6, 1_900)] {
                let source = quirk.map_or(Profile::dovecot_prefixed(), |quirk| Profile::plain_rfc3501().with(quirk));
                let world = filled(source, destination.clone());
                world.connections(1);
                world.destination.stores_append_later(n, Duration::from_millis(millis));
                world.source.renumbers_at_examine("INBOX", 2);
                let outcome = world.run().await;
                let case = format!("{quirk:?}, APPEND {n} to {} {millis} ms late", destination.name);
                all_but(&world, &outcome, &[Lenient::Order], &case).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn servers_without_uidvalidity_copy_nothing_twice() {
    for quirk in [Quirk::NoUidValidity, Quirk::UidValidityZero] {
        for source in [true, false] {
            let (from, to) = (Profile::plain_rfc3501(), Profile::plain_rfc3501());
            let (from, to) = if source { (from.with(quirk), to) } else { (from, to.with(quirk)) };
            let world = filled(from, to);
            let outcome = world.run().await;
            let case = format!("{quirk:?}, source {source}");
            all_but(&world, &outcome, &[], &case).await;
            world.source.folder("INBOX").message("new");
            let outcome = world.run().await;
            all_but(&world, &outcome, &[], &case).await;
            assert_eq!(outcome.appended, 1, "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_deleted_at_the_destination_after_it_was_verified_is_not_resurrected() {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    world.run().await;
    world.destination.folder("INBOX").lose(5);
    world.source.folder("INBOX").message("new");
    let outcome = world.run().await;
    assert_eq!(outcome.appended, 1, "{}", told(&world, &outcome));
    assert_eq!((outcome.state(), report(&outcome).totals.removed), ("verified", 1));
}

#[tokio::test(start_paused = true)]
async fn a_delta_copies_new_mail_and_nothing_else() {
    for destination in destinations() {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        world.run().await;
        world.source.folder("INBOX").messages_named("later", 3);
        world.source.folder("INBOX.Neu").message("in-a-new-folder");
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], destination.name).await;
        assert_eq!(outcome.appended, 4, "{}", destination.name);
        assert_eq!(report(&outcome).this_pass.copied, 4, "{}", destination.name);
    }
}

#[tokio::test(start_paused = true)]
async fn others_who_deliver_to_the_destination_all_the_while_are_left_alone() {
    for destination in destinations() {
        for n in 1..=6 {
            let world = filled(Profile::dovecot_prefixed(), destination.clone());
            let octets = letter("foreign", "from somebody else\r\n");
            world.remember();
            world.foreign("INBOX", &octets);
            world.destination.fault(At::command("APPEND").folder("INBOX").nth(n), Fault::Deliver(octets));
            let outcome = world.run().await;
            if world.destination.folder("INBOX").count() == 14 {
                all_but(&world, &outcome, &[], &format!("{} APPEND {n}", destination.name)).await;
                assert_eq!(report(&outcome).totals.foreign, 1);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_destination_that_numbers_anew_from_below_is_not_looked_at_from_above() {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    world.run().await;
    for uid in 1..=10 {
        world.destination.folder("INBOX").lose(uid);
    }
    world.destination.folder("INBOX").renumbered(1_800_000_000);
    world.source.folder("INBOX").message("new");
    let outcome = world.run().await;
    let totals = outcome.report.as_ref().unwrap().totals;
    assert_eq!((outcome.state(), outcome.appended), ("verified", 1), "{}", told(&world, &outcome));
    assert_eq!((totals.copied, totals.removed, totals.unexplained), (30, 10, 0));
}
