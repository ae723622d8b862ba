//! # Waits
//! What passes by itself is waited for, as long as the server says, and costs no message a try.

use std::time::Duration;

use posthorse_tests::world::server::{At, Fault, Profile, Quota};
use posthorse_tests::world::{Lenient, World};
use tokio::time::Instant;

use crate::fill::{all_but, filled, told};

fn destinations() -> [Profile; 4] {
    [Profile::dovecot(), Profile::cyrus(), Profile::exchange(), Profile::courier()]
}

async fn nothing_parked(world: &World, case: &str) {
    let outcome = world.run().await;
    all_but(world, &outcome, &[Lenient::Order], case).await;
    let totals = outcome.report.unwrap().totals;
    assert_eq!((totals.copied, totals.quarantined), (29, 0), "{case}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_the_destination_states_is_the_time_of_the_next_try() {
    let wait = Duration::from_millis(299_961);
    for destination in destinations() {
        for n in 1..=4 {
            let world = filled(Profile::dovecot_prefixed(), destination.clone());
            world.destination.throttles("APPEND", n, wait);
            let begun = Instant::now();
            let outcome = world.run_without_waiting().await;
            let case = format!("{} APPEND {n}", destination.name);
            if world.destination.count("APPEND") < usize::try_from(n).unwrap() {
                continue;
            }
            let record = outcome.record.clone().unwrap();
            assert_eq!(outcome.state(), "waiting", "{case}\n{}", told(&world, &outcome));
            let until = record.next_at.unwrap().millis() - 1_790_000_000_000;
            let born = begun.elapsed();
            assert!(record.next_at_stated && until >= 299_961, "{case}: {until} {born:?}");
            assert!(until <= 299_961 + 30_000, "{case}: {until}");
            assert!(outcome.report.as_ref().unwrap().next_at.is_some(), "{case}");
            nothing_parked(&world, &case).await;
            assert!(begun.elapsed() >= wait, "{case}: {:?}", begun.elapsed());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_the_source_states_is_obeyed_too() {
    let wait = Duration::from_secs(600);
    for verb in ["LIST", "EXAMINE", "UID FETCH", "STATUS", "LOGIN", "AUTHENTICATE"] {
        for n in [1, 3, 6] {
            let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
            world.connections(1);
            world.source.throttles(verb, n, wait);
            let begun = Instant::now();
            nothing_parked(&world, &format!("{verb} {n}")).await;
            if world.source.count(verb) >= usize::try_from(n).unwrap() {
                assert!(begun.elapsed() >= wait, "{verb} {n}: {:?}", begun.elapsed());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttling_source_is_outlasted_however_often_it_asks_to_wait() {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    world.source.fault(At::command("UID FETCH").times(20), Fault::throttled(Duration::from_secs(60)));
    nothing_parked(&world, "20 times").await;
}

#[tokio::test(start_paused = true)]
async fn a_full_mailbox_waits_with_a_reason_and_goes_on_when_there_is_room() {
    for destination in [Profile::dovecot(), Profile::cyrus(), Profile::courier()] {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        world.destination.meddle(|mailbox| mailbox.quota = Some(Quota { octets: 3_000 }));
        let outcome = world.run_without_waiting().await;
        assert_eq!(outcome.state(), "waiting", "{}\n{}", destination.name, told(&world, &outcome));
        let record = outcome.record.clone().unwrap();
        assert!(record.reason.contains("full"), "{}: {}", destination.name, record.reason);
        let warned = record.warnings.iter().any(|warning| warning.code == "no-room");
        assert!(warned, "{}: {:?}", destination.name, record.warnings);
        assert_eq!(outcome.report.as_ref().unwrap().totals.quarantined, 0, "{}", destination.name);
        world.destination.meddle(|mailbox| mailbox.quota = None);
        nothing_parked(&world, destination.name).await;
    }
}

#[tokio::test(start_paused = true)]
async fn exchanges_unavailable_15_for_a_full_mailbox_parks_nothing() {
    let world = filled(Profile::dovecot_prefixed(), Profile::exchange());
    world.destination.meddle(|mailbox| mailbox.quota = Some(Quota { octets: 3_000 }));
    let outcome = world.run_without_waiting().await;
    assert_eq!(outcome.state(), "waiting", "{}", told(&world, &outcome));
    assert_eq!(outcome.report.as_ref().unwrap().totals.quarantined, 0);
    world.destination.meddle(|mailbox| mailbox.quota = None);
    nothing_parked(&world, "Exchange").await;
}

#[tokio::test(start_paused = true)]
async fn a_short_outage_at_any_append_parks_nothing() {
    for destination in destinations() {
        for n in 1..=29 {
            let world = filled(Profile::dovecot_prefixed(), destination.clone());
            world.destination.fault(At::append().nth(n), Fault::answer("NO [UNAVAILABLE] Try again later"));
            nothing_parked(&world, &format!("{} message {n}", destination.name)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_daily_allowance_of_a_source_is_waited_for() {
    let world = filled(Profile::gmail(), Profile::dovecot());
    world.source.fault(
        At::command("UID FETCH").nth(5),
        Fault::answer("NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)"),
    );
    let begun = Instant::now();
    nothing_parked(&world, "Gmail").await;
    assert!(begun.elapsed() >= Duration::from_secs(3600), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn logins_that_fail_now_and_then_are_tried_again() {
    for words in
        ["NO [UNAVAILABLE] Temporary authentication failure", "NO [LIMIT] Too many connections", "BYE Too busy"]
    {
        for n in 2..=5 {
            for source in [true, false] {
                let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
                let server = if source { &world.source } else { &world.destination };
                server.fault(At::command("LOGIN").nth(n), Fault::answer(words));
                server.fault(At::command("AUTHENTICATE").nth(n), Fault::answer(words));
                nothing_parked(&world, &format!("{words}, login {n}")).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_connections_means_fewer_pairs_and_no_failure() {
    for limit in 1..=4 {
        for source in [true, false] {
            let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
            let server = if source { &world.source } else { &world.destination };
            server.change(|profile| Profile { connection_limit: Some(limit), ..profile });
            nothing_parked(&world, &format!("{limit} connections, source {source}")).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_at_the_first_login_is_a_failure_that_says_so() {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    world.source.meddle(|mailbox| mailbox.password = "another".into());
    let outcome = world.run().await;
    assert_eq!(outcome.state(), "failed", "{}", told(&world, &outcome));
    assert!(outcome.record.unwrap().reason.contains("refused the login"));
    assert!(world.source.count("LOGIN") + world.source.count("AUTHENTICATE") <= 1);
}

#[tokio::test(start_paused = true)]
async fn a_password_that_is_changed_in_the_middle_waits_for_a_person() {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    let words = "NO [AUTHENTICATIONFAILED] Authentication failed.";
    world.destination.fault(At::command("LOGIN").since(2), Fault::answer(words));
    world.destination.fault(At::command("AUTHENTICATE").since(2), Fault::answer(words));
    let outcome = world.run_without_waiting().await;
    assert_eq!(outcome.state(), "waiting", "{}", told(&world, &outcome));
    world.destination.heal();
    nothing_parked(&world, "with the right one").await;
}
