//! # Found
//! What the swarm found, as the smallest sentences that show it.

use posthorse_tests::world::server::{At, Fault, Profile, Quirk};
use posthorse_tests::world::{Lenient, Strike, World};

use crate::fill::all_but;

#[tokio::test(start_paused = true)]
async fn a_mapped_folder_whose_name_was_refused_stays_where_it_is_in_the_next_pass() {
    let world = World::new(Profile::dovecot(), Profile::dovecot_prefixed());
    world.map("Sent", "INBOX/Work");
    world.source.folder("Sent").messages_named("sent", 3);
    world.source.folder("Sent/Old").messages_named("old", 2);
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "the first pass").await;
    world.source.folder("Sent").message("later");
    let outcome = world.run().await;
    assert_eq!(outcome.state(), "verified", "{:?}", outcome.failure);
    assert_eq!(outcome.appended, 1);
}

#[tokio::test(start_paused = true)]
async fn a_parked_message_that_was_never_read_is_known_again_when_its_folder_has_no_uidvalidity() {
    for fault in [Fault::Nil, Fault::Placeholder] {
        let world = World::new(Profile::plain_rfc3501().with(Quirk::NoUidValidity), Profile::dovecot());
        world.source.folder("INBOX").messages_named("one", 5);
        world.source.fault(At::body().holding("Subject: one-3\r"), fault.clone());
        for pass in 1..=3 {
            let outcome = world.run().await;
            let totals = outcome.report.as_ref().unwrap().totals;
            let case = format!("{fault:?}, pass {pass}: {totals:?}");
            assert_eq!((totals.source, totals.copied, totals.quarantined, totals.gone), (5, 4, 1, 0), "{case}");
        }
        let outcome = world.run().await;
        all_but(&world, &outcome, &[Lenient::Order], &format!("{fault:?}")).await;
    }
}

/// Of two folders with the same destination the first has an open chunk, and the source does not open it for the moment. What
/// the second sends is not what the first sent, though it looks the same.
#[tokio::test(start_paused = true)]
async fn a_folder_put_off_with_its_chunk_open_takes_no_message_of_another_for_its_own() {
    for strike in [Strike::LoseAnswer, Strike::KillAfter] {
        let world = World::new(Profile::dovecot(), Profile::dovecot());
        world.map("Old", "Work").connections(1);
        for folder in ["Old", "Work"] {
            world.source.folder(folder).messages_named("same", 9);
        }
        world.effects.strike_first("ledger save_folder", strike);
        for nth in [2, 3] {
            let examine = At::command("EXAMINE").folder("Old").nth(nth);
            world.source.fault(examine, Fault::answer("NO [UNAVAILABLE] Backend is down"));
        }
        let outcome = world.run_to_the_end().await;
        all_but(&world, &outcome, &[], &format!("{strike:?}")).await;
    }
}
