//! # Slow
//! A message that whole steps are too short for is parked by name, and the others are carried.

use std::time::Duration;

use posthorse_domain::migration::Class;
use posthorse_tests::world::server::{At, Fault, Profile};
use posthorse_tests::world::{Lenient, World};

use crate::fill::{all_but, filled};

fn slow(destination: Profile, fault: Fault) -> World {
    let mut world = filled(Profile::dovecot_prefixed(), destination);
    world.step = Duration::from_secs(30);
    world.source.fault(At::body().holding("Subject: inbox-5\r"), fault);
    world
}

#[tokio::test(start_paused = true)]
async fn a_message_that_no_step_is_long_enough_for_is_parked_alone() {
    for destination in [Profile::dovecot(), Profile::courier(), Profile::exchange()] {
        let name = destination.name;
        let world = slow(destination, Fault::StallAfter(20, Duration::from_secs(55)));
        let outcome = world.run().await;
        all_but(&world, &outcome, &[Lenient::Order], name).await;
        let report = outcome.report.unwrap();
        let parked: Vec<_> = report.quarantined.iter().map(|one| (one.uid, one.class, one.object.is_some())).collect();
        assert_eq!(parked, [(5, Class::TooSlow, false)], "{name}");
        assert!(report.quarantined[0].response.contains("whole steps"), "{:?}", report.quarantined);
        assert_eq!(report.totals.copied, 28, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_slow_once_is_carried() {
    let world = slow(Profile::dovecot(), Fault::StallAfter(20, Duration::from_secs(55)));
    world.source.heal();
    world.source.fault(At::body().holding("Subject: inbox-5\r").nth(1), Fault::StallAfter(20, Duration::from_secs(55)));
    let outcome = world.run().await;
    all_but(&world, &outcome, &[Lenient::Order], "").await;
    assert_eq!(outcome.report.unwrap().totals.copied, 29);
}
