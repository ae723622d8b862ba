//! # Large
//! Folders with UIDs far apart, folders with many messages, and mailboxes with many folders: few commands.

use posthorse_tests::world::World;
use posthorse_tests::world::server::Profile;

use crate::fill::all_but;

#[tokio::test(start_paused = true)]
async fn uids_all_over_the_range_cost_few_commands() {
    let world = World::new(Profile::dovecot(), Profile::dovecot());
    let inbox = world.source.folder("INBOX");
    for uid in [1, 2, 5_000, 70_000, 1_000_000, 80_000_000, 2_000_000_000, 4_000_000_000] {
        inbox.uidnext(uid);
        inbox.message(&format!("at-{uid}"));
    }
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "").await;
    assert_eq!(outcome.report.unwrap().totals.copied, 8);
    let fetches = world.source.count("UID FETCH");
    assert!(fetches < 200, "{fetches} UID FETCH");
}

#[tokio::test(start_paused = true)]
async fn a_folder_of_several_thousand_messages_is_carried_in_chunks_and_windows() {
    let world = World::new(Profile::dovecot(), Profile::dovecot());
    world.source.folder("INBOX").messages_named("one", 4_000);
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "").await;
    assert_eq!(outcome.report.unwrap().totals.copied, 4_000);
}

#[tokio::test(start_paused = true)]
async fn three_hundred_folders_are_carried_by_one_pair_and_by_four() {
    for connections in [1, 4] {
        let world = World::new(Profile::dovecot(), Profile::dovecot_prefixed());
        world.connections(connections);
        for number in 0..300 {
            let folder = world.source.folder(&format!("Ordner/{number:03}"));
            folder.exists();
            if number % 3 == 0 {
                folder.message(&format!("in-{number}"));
            }
        }
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], &format!("{connections} connections")).await;
        assert_eq!(outcome.report.unwrap().totals.copied, 100);
        assert_eq!(world.arrived().folders.keys().filter(|name| name.starts_with(b"INBOX.Ordner.")).count(), 300);
    }
}
