//! # Found
//! What the swarm found, as the smallest sentences that show it.

use posthorse_tests::world::server::{At, Fault, Profile, Quirk};
use posthorse_tests::world::{Lenient, World};

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
