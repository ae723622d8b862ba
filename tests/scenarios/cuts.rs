//! # Cuts
//! Connections that end at any point, answers that are lost, messages that are stored later. The mailbox arrives whole,
//! and no innocent message is parked.

use std::time::Duration;

use posthorse_tests::world::server::{At, Fault, Profile, Server};
use posthorse_tests::world::{Lenient, World};

use crate::fill::{all_but, filled};

/// A crossing by each way of sending: MULTIAPPEND, pipelined, synchronising.
fn ways() -> [(Profile, Profile); 3] {
    [
        (Profile::dovecot_prefixed(), Profile::dovecot()),
        (Profile::cyrus(), Profile::exchange()),
        (Profile::dovecot(), Profile::courier()),
    ]
}

async fn nothing_comes_of_it(world: &World, case: &str) {
    let outcome = world.run().await;
    all_but(world, &outcome, &[Lenient::Order], case).await;
    let totals = outcome.report.as_ref().unwrap().totals;
    assert_eq!((totals.copied, totals.quarantined), (29, 0), "{case}: {totals:?}");
}

/// Runs every way of sending with one trouble at the k-th occasion, for every k.
async fn at_each(most: u64, trouble: impl Fn(&World, u64)) {
    for (source, destination) in ways() {
        for k in 1..=most {
            let world = filled(source.clone(), destination.clone());
            trouble(&world, k);
            nothing_comes_of_it(&world, &format!("{} to {}, the {k}-th", source.name, destination.name)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_lost_answer_of_any_append_doubles_nothing() {
    at_each(29, |world, k| {
        world.destination.loses_answer_of_append(k);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_append_that_is_stored_a_second_after_its_connection_ended_is_not_sent_again() {
    at_each(29, |world, k| {
        world.destination.stores_append_later(k, Duration::from_secs(1));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_append_that_is_shown_late_is_not_sent_again() {
    at_each(29, |world, k| {
        world.destination.fault(At::append().nth(k), Fault::ShowLater(Duration::from_secs(1)));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_destination_that_closes_inside_any_literal_gets_the_message_whole_later() {
    at_each(29, |world, k| {
        world.destination.fault(At::literal().nth(k), Fault::CloseAfter(100));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_source_that_closes_inside_any_literal_is_asked_again() {
    at_each(29, |world, k| {
        world.source.fault(At::body().nth(k), Fault::CloseAfter(100));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_source_that_announces_more_octets_than_it_sends_before_it_closes_stores_nothing_short() {
    at_each(29, |world, k| {
        world.source.fault(At::body().nth(k), Fault::Misannounce(500));
        world.source.fault(At::body().nth(k), Fault::CloseAfter(200));
    })
    .await;
}

/// How many commands a server is sent by a crossing without trouble.
async fn commands(source: &Profile, destination: &Profile, server: fn(&World) -> &Server) -> u64 {
    let world = filled(source.clone(), destination.clone());
    world.run().await;
    u64::try_from(server(&world).log().commands.len()).unwrap()
}

async fn at_each_command(server: fn(&World) -> &Server, trouble: fn(&Server, u64)) {
    for (source, destination) in ways() {
        for n in 1..=commands(&source, &destination, server).await {
            let world = filled(source.clone(), destination.clone());
            trouble(server(&world), n);
            nothing_comes_of_it(&world, &format!("{} to {}, command {n}", source.name, destination.name)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_destination_may_close_before_any_command() {
    at_each_command(
        |world| &world.destination,
        |server, n| {
            server.dies_before_command(n);
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_destination_may_close_after_any_command_before_its_answer() {
    at_each_command(
        |world| &world.destination,
        |server, n| {
            server.dies_after_command(n);
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_source_may_close_before_any_command() {
    at_each_command(
        |world| &world.source,
        |server, n| {
            server.dies_before_command(n);
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_source_may_close_after_any_command_before_its_answer() {
    at_each_command(
        |world| &world.source,
        |server, n| {
            server.dies_after_command(n);
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_may_say_bye_at_any_command() {
    at_each_command(
        |world| &world.destination,
        |server, n| {
            server.fault(At::any_command().nth(n), Fault::answer("BYE Server shutting down"));
        },
    )
    .await;
    at_each_command(
        |world| &world.source,
        |server, n| {
            server.fault(At::any_command().nth(n), Fault::answer("BYE Server shutting down"));
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_falls_silent_at_any_command_is_left_after_the_timeout() {
    at_each_command(
        |world| &world.destination,
        |server, n| {
            server.fault(At::any_command().nth(n), Fault::Stall(Duration::from_secs(100_000)));
        },
    )
    .await;
    at_each_command(
        |world| &world.source,
        |server, n| {
            server.fault(At::any_command().nth(n), Fault::Stall(Duration::from_secs(100_000)));
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_dies_at_every_fiftieth_command_is_outlasted() {
    for (source, destination) in ways() {
        let world = filled(source.clone(), destination.clone());
        for n in 1..40 {
            world.destination.dies_before_command(n * 50);
            world.source.dies_after_command(n * 50 + 20);
        }
        nothing_comes_of_it(&world, &format!("{} to {}", source.name, destination.name)).await;
    }
}
