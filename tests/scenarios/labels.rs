//! # Labels
//! A source whose folders are labels (Gmail): a message shows up in each of its labels' folders and in "All Mail".

use posthorse_domain::migration::PassKind;
use posthorse_domain::migration::label::Labels;
use posthorse_tests::world::server::{At, Fault, Message, Profile, Quirk, Server};
use posthorse_tests::world::{Outcome, Strike, World};

use crate::fill::told;

const ALL: &str = "[Gmail]/All Mail";
const SENT: &str = "[Gmail]/Sent Mail";

/// Puts one message into the folders of all its labels.
fn put(server: &Server, id: u64, folders: &[&str]) {
    for folder in folders {
        server.folder(folder).message(&format!("m{id}")).gmail(id).dated(1_400_000_000 + i64::try_from(id).unwrap(), 0);
    }
}

/// Takes a label from a message.
fn take(server: &Server, id: u64, folder: &str) {
    let folder = server.folder(folder);
    let uid = folder.messages().iter().find(|message| message.gmail_id == Some(id)).unwrap().uid;
    folder.lose(uid);
}

fn mailbox(destination: Profile) -> World {
    let world = World::new(Profile::gmail(), destination);
    let server = &world.source;
    server.folder("[Gmail]").noselect();
    server.folder(ALL).special("\\All");
    server.folder(SENT).special("\\Sent");
    server.folder("[Gmail]/Starred").special("\\Flagged");
    server.folder("[Gmail]/Trash").special("\\Trash");
    put(server, 1, &["INBOX", ALL]);
    put(server, 2, &["INBOX", "Work", "Private", ALL]);
    put(server, 3, &["Private", SENT, ALL, "[Gmail]/Starred"]);
    put(server, 4, &["INBOX", SENT, ALL]);
    put(server, 5, &[ALL]);
    put(server, 6, &[ALL, "[Gmail]/Starred"]);
    put(server, 7, &["[Gmail]/Trash"]);
    world
}

/// What a folder of the destination holds: the numbers of its messages.
fn held(world: &World, folder: &str) -> Vec<u64> {
    let number = |text: String| {
        let (_, rest) = text.split_once("Subject: m").unwrap();
        rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
    };
    let mut held: Vec<u64> =
        world.destination.folder(folder).messages().iter().map(|message| number(message.text())).collect();
    held.sort_unstable();
    held
}

/// Everything that is there, wherever it is.
fn all_held(world: &World) -> Vec<u64> {
    let names: Vec<String> = world
        .destination
        .mailbox()
        .folders
        .values()
        .map(|folder| String::from_utf8(folder.name.clone()).unwrap())
        .collect();
    let mut all: Vec<u64> = names.iter().flat_map(|name| held(world, name)).collect();
    all.sort_unstable();
    all
}

fn bodies(world: &World) -> usize {
    world.source.transcript().matches("BODY[] {").count()
}

fn is_verified(world: &World, outcome: &Outcome) {
    assert_eq!(outcome.state(), "verified", "{}", told(world, outcome));
}

#[tokio::test(start_paused = true)]
async fn each_message_is_carried_once_and_read_once() {
    let world = mailbox(Profile::dovecot());
    let outcome = world.run().await;
    is_verified(&world, &outcome);
    assert_eq!(held(&world, "INBOX"), [1]);
    assert_eq!(held(&world, "Private"), [2, 3], "the first of two labels of one's own, and before Sent");
    assert_eq!(held(&world, "Work"), [0; 0]);
    assert_eq!(all_held(&world), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(bodies(&world), 7);
    let report = outcome.report.as_ref().unwrap();
    assert_eq!((report.totals.copied, report.totals.source), (7, 17), "{report:?}");
    assert_eq!(report.totals.filtered, 10);
    assert!(report.warnings.iter().any(|warning| warning.code == "labels"), "{:?}", report.warnings);
    assert_eq!(world.appended_by_a_further_run().await, 0);
}

#[tokio::test(start_paused = true)]
async fn archived_mail_goes_where_archived_mail_is() {
    let world = mailbox(Profile::dovecot());
    world.destination.folder("Archive").special("\\Archive");
    is_verified(&world, &world.run().await);
    assert_eq!(held(&world, "Archive"), [5, 6]);
}

/// A mailbox of labels, one pair, and a copy for each label.
fn each(destination: Profile) -> World {
    let world = mailbox(destination);
    world.options(|options| options.labels = Labels::Each).connections(1);
    world
}

/// Everything that `each` asks for.
const EACH: [u64; 11] = [1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 7];

/// Each message at the destination is one of the source, with its octets, flags and date.
fn is_exact(world: &World, case: &str) {
    let messages = |server: &Server| -> Vec<_> {
        server.mailbox().folders.into_values().flat_map(|folder| folder.messages.into_values()).collect()
    };
    let source = messages(&world.source);
    for message in messages(&world.destination) {
        let same = source.iter().find(|other| other.octets == message.octets).unwrap();
        assert_eq!((&message.flags, message.date.seconds), (&same.flags, same.date.seconds), "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn on_request_there_is_a_copy_for_each_label_and_archived_mail_once() {
    // Where the destination tells what it copies, every body is read once.
    for (destination, read) in [
        (Profile::dovecot(), 7),
        (Profile::cyrus(), 7),
        (Profile::courier(), 7),
        (Profile::exchange(), 7),
        (Profile::plain_rfc3501(), 11),
        (Profile::dovecot().with(Quirk::NoAppendUid), 10),
    ] {
        let case = format!("{} {:?}", destination.name, destination.quirks);
        let world = each(destination);
        is_verified(&world, &world.run().await);
        assert_eq!(all_held(&world), EACH, "{case}");
        assert_eq!(bodies(&world), read, "{case}");
        is_exact(&world, &case);
        assert_eq!(world.appended_by_a_further_run().await, 0, "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn into_another_gmail_a_message_is_sent_once_and_gets_its_other_labels_there() {
    let world = mailbox(Profile::gmail());
    world.connections(1);
    is_verified(&world, &world.run().await);
    assert_eq!(held(&world, "INBOX"), [1, 2, 4]);
    assert_eq!(held(&world, "Private"), [2, 3]);
    assert_eq!(held(&world, "Work"), [2]);
    assert_eq!((bodies(&world), world.destination.count("UID STORE")), (7, 0));
    let id = |folder: &str| {
        let messages = world.destination.folder(folder).messages();
        messages.iter().find(|message| message.text().contains("Subject: m2\r")).unwrap().gmail_id
    };
    assert!(id("INBOX").is_some() && id("INBOX") == id("Work") && id("Work") == id("Private"), "one message");
    is_exact(&world, "");
    assert_eq!(world.appended_by_a_further_run().await, 0);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_copied_at_the_destination_is_read_again() {
    let lost = || At::answer("UID COPY");
    for (case, at, fault) in [
        ("refused", At::command("UID COPY"), Fault::answer("NO not here")),
        ("not understood", At::command("UID COPY"), Fault::answer("BAD unknown command")),
        ("cut before it", At::command("UID COPY"), Fault::Close),
        ("cut once", At::command("UID COPY").nth(1), Fault::Close),
        ("done, and the answer lost", lost(), Fault::Close),
        ("done, and one answer lost", lost().nth(2), Fault::Close),
    ] {
        for destination in [Profile::dovecot(), Profile::courier(), Profile::gmail()] {
            let world = each(destination.clone());
            world.destination.fault(at.clone(), fault.clone());
            let case = format!("{case}, {}", destination.name);
            let outcome = world.run().await;
            assert_eq!(outcome.state(), "verified", "{case}\n{}", told(&world, &outcome));
            assert_eq!(all_held(&world), EACH, "{case}");
            is_exact(&world, &case);
            assert_eq!(world.appended_by_a_further_run().await, 0, "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_label_gets_a_copy_of_what_is_there_unless_that_is_marked_as_deleted() {
    let world = each(Profile::dovecot());
    is_verified(&world, &world.run().await);
    world.destination.folder("INBOX").change(|folder| {
        folder.messages.get_mut(&1).unwrap().flags.insert("\\Deleted".into());
    });
    for id in [1, 4] {
        put(&world.source, id, &["Work"]);
    }
    let before = bodies(&world);
    is_verified(&world, &world.run_pass(PassKind::Delta).await);
    assert_eq!((held(&world, "Work"), bodies(&world) - before), (vec![1, 2, 4], 1));
    let marked = |message: &Message| message.flags.contains("\\Deleted");
    assert!(!world.destination.folder("Work").messages().iter().any(marked));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_was_moved_or_renumbered_at_the_destination_is_read_again() {
    // INBOX is filled first; its second message is to be copied from there.
    let changes: [(&str, Fault); 2] = [("lost", Fault::Lose(2)), ("renumbered", Fault::Renumber)];
    for (case, fault) in changes {
        let world = each(Profile::dovecot());
        world.destination.fault(At::command("UID COPY").nth(1), fault);
        let outcome = world.run_to_the_end().await;
        let all = all_held(&world);
        let lost = usize::from(case == "lost");
        assert_eq!(all.len(), EACH.len() - lost, "{case}: {all:?}\n{}", told(&world, &outcome));
        for number in 1..=7 {
            assert!(all.contains(&number), "{case}: {number} is nowhere: {all:?}");
        }
        // A COPY that finds nothing is answered OK without COPYUID: then nothing more is copied in this step.
        assert!(bodies(&world) > 7, "{case}: {} bodies", bodies(&world));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_folder_that_is_left_out_would_carry_comes_from_another() {
    for exclude in ["Work", "INBOX", "Private"] {
        let world = mailbox(Profile::dovecot());
        world.options(|options| options.exclude = vec![exclude.into()]);
        is_verified(&world, &world.run().await);
        assert_eq!(all_held(&world), [1, 2, 3, 4, 5, 6, 7], "without {exclude}");
    }
}

#[tokio::test(start_paused = true)]
async fn mail_that_is_archived_between_passes_is_not_copied_again() {
    let world = mailbox(Profile::dovecot());
    is_verified(&world, &world.run().await);
    take(&world.source, 1, "INBOX");
    put(&world.source, 8, &["INBOX", ALL]);
    is_verified(&world, &world.run_pass(PassKind::Delta).await);
    assert_eq!(all_held(&world), [1, 2, 3, 4, 5, 6, 7, 8]);
}

/// "zulu" is read after All Mail, which leaves its mail to it; its message loses that label as it is read.
fn straying() -> World {
    let world = mailbox(Profile::dovecot());
    world.options(|options| options.connections = 1);
    put(&world.source, 9, &["zulu", ALL]);
    world.source.fault(At::body().folder("zulu").times(1), Fault::Vanish);
    world
}

#[tokio::test(start_paused = true)]
async fn mail_that_loses_the_label_it_was_left_to_is_carried_all_the_same() {
    let world = straying();
    let outcome = world.run().await;
    is_verified(&world, &outcome);
    assert_eq!(all_held(&world), [1, 2, 3, 4, 5, 6, 7, 9]);
    let totals = outcome.report.as_ref().unwrap().totals;
    assert_eq!((totals.copied, totals.vanished, totals.source), (8, 1, 19), "{totals:?}");
    assert_eq!(world.appended_by_a_further_run().await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_effect_loses_and_doubles_nothing() {
    let whole = straying();
    whole.run().await;
    let names = whole.effects.names();
    for (at, name) in names.iter().enumerate() {
        let world = straying();
        world.effects.strike(at + 1, Strike::KillAfter);
        assert!(world.run().await.killed, "{name}");
        is_verified(&world, &world.run_to_the_end().await);
        assert_eq!(all_held(&world), [1, 2, 3, 4, 5, 6, 7, 9], "{}: {name}", at + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_effect_loses_and_doubles_no_copy() {
    for destination in [Profile::dovecot(), Profile::gmail()] {
        let whole = each(destination.clone());
        whole.run().await;
        let names = whole.effects.names();
        assert!(names.iter().any(|name| name == "destination UID COPY"), "{names:#?}");
        for (at, name) in names.iter().enumerate() {
            for strike in [Strike::KillBefore, Strike::KillAfter] {
                let world = each(destination.clone());
                world.effects.strike(at + 1, strike);
                assert!(world.run().await.killed, "{name}");
                is_verified(&world, &world.run_to_the_end().await);
                assert_eq!(all_held(&world), EACH, "{} {strike:?} {}: {name}", destination.name, at + 1);
                is_exact(&world, name);
            }
        }
    }
}
