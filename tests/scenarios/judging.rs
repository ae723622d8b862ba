//! # Judging
//! The judge of all scenarios sees what it is there to see.

use posthorse_tests::world::server::{Profile, Server, USER};
use posthorse_tests::world::{PASSWORD, World};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::fill::filled;

/// What the judge says after somebody has meddled with a finished migration.
async fn complaints(meddle: impl FnOnce(&World)) -> String {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    let outcome = world.run().await;
    assert!(world.judge(&outcome).await.is_empty());
    meddle(&world);
    world.judge(&outcome).await.join("\n")
}

#[tokio::test(start_paused = true)]
async fn a_lost_message_is_seen() {
    let said = complaints(|world| {
        world.destination.folder("INBOX").lose(4);
    })
    .await;
    assert!(said.contains("LOST in INBOX: Subject: inbox-4 (0 of 1)"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_twin_is_seen() {
    let said = complaints(|world| {
        world.destination.folder("Arbeit").lose(7);
    })
    .await;
    assert!(said.contains("LOST in Arbeit: Subject: twin (1 of 2)"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_there_twice_is_seen() {
    let said = complaints(|world| {
        world.destination.folder("INBOX").message("inbox-4");
    })
    .await;
    assert!(said.contains("TWICE in INBOX: Subject: inbox-4 (2 instead of 1)"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn one_changed_octet_is_seen() {
    let said = complaints(|world| {
        world.destination.folder("INBOX").change(|folder| {
            let message = folder.messages.get_mut(&4).unwrap();
            let mut octets = message.octets.to_vec();
            octets[100] ^= 1;
            message.octets = octets.into();
        });
    })
    .await;
    assert!(said.contains("LOST in INBOX: Subject: inbox-4"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn changed_flags_and_dates_are_seen() {
    let flags = complaints(|world| {
        world.destination.folder("INBOX").change(|folder| {
            folder.messages.get_mut(&4).unwrap().flags.insert("\\Draft".into());
        });
    })
    .await;
    assert!(flags.contains("flags or date in INBOX are others"), "{flags}");
    let date = complaints(|world| {
        world.destination.folder("INBOX").change(|folder| {
            folder.messages.get_mut(&4).unwrap().date.seconds += 1;
        });
    })
    .await;
    assert!(date.contains("flags or date in INBOX are others"), "{date}");
}

#[tokio::test(start_paused = true)]
async fn another_order_is_seen() {
    let said = complaints(|world| {
        world.destination.folder("INBOX").change(|folder| {
            let first = folder.messages.remove(&1).unwrap();
            folder.add(first);
        });
    })
    .await;
    assert!(said.contains("order is not kept"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_message_put_into_the_wrong_folder_is_seen() {
    let said = complaints(|world| {
        let message = world.destination.folder("INBOX").messages().remove(0);
        world.destination.folder("INBOX").lose(1);
        world.destination.folder("Arbeit").octets(message.octets.to_vec());
    })
    .await;
    assert!(said.contains("LOST in INBOX") && said.contains("TWICE in Arbeit"), "{said}");
}

/// Another client's command, INBOX selected.
async fn send(server: &Server, command: &str) {
    let mut stream = server.connect();
    let talk = format!("a LOGIN {USER} {PASSWORD}\r\nb SELECT INBOX\r\nc {command}\r\nd LOGOUT\r\n");
    stream.write_all(talk.as_bytes()).await.unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.unwrap();
    assert!(answers.contains("\nc OK"), "{answers}");
}

#[tokio::test(start_paused = true)]
async fn a_flag_may_be_set_again_on_what_was_appended_and_nothing_else_may_be_stored() {
    let breaches = [
        ("UID STORE 1 +FLAGS.SILENT (\\Seen)", "others had put there"),
        ("UID STORE 2 +FLAGS.SILENT (\\Deleted)", "was sent UID STORE 2"),
        ("UID STORE 2 +FLAGS.SILENT (\\Seen \\Deleted)", "was sent UID STORE 2"),
        ("UID STORE 2 +FLAGS (\\Seen)", "was sent UID STORE 2"),
        ("UID STORE 2 -FLAGS.SILENT (\\Seen)", "was sent UID STORE 2"),
        ("UID STORE 2 FLAGS.SILENT (\\Seen)", "was sent UID STORE 2"),
        ("UID STORE 2 +FLAGS.SILENT (\\Seen)", ""),
    ];
    for (command, complaint) in breaches {
        let world = World::new(Profile::dovecot(), Profile::dovecot());
        world.source.folder("INBOX").message("ours").seen();
        world.destination.folder("INBOX").message("theirs").seen();
        let outcome = world.run().await;
        send(&world.destination, command).await;
        let said = world.judge(&outcome).await.join("\n");
        assert!(if complaint.is_empty() { said.is_empty() } else { said.contains(complaint) }, "{command}: {said}");
    }
}
