//! # Narrow
//! Slow links: what goes over them is compressed where the server offers it, and only there (RFC 4978).

use posthorse_tests::world::server::{At, Fault, Profile, Quirk, Server};
use posthorse_tests::world::{Lenient, Outcome, World};

use crate::fill::all_but;

/// Octets per second of a slow link.
const NARROW: u64 = 200_000;

/// 60 messages of 40 KB, whose text compresses well.
fn text_mail(source: Profile, destination: Profile) -> World {
    let world = World::new(source, destination);
    let inbox = world.source.folder("INBOX");
    for number in 0..60 {
        inbox.message(&format!("text-{number}")).sized(40_000);
    }
    world
}

async fn moved(world: &World, case: &str) -> Outcome {
    let outcome = world.run().await;
    all_but(world, &outcome, &[Lenient::Order], case).await;
    assert_eq!(outcome.report.as_ref().unwrap().totals.copied, 60, "{case}");
    outcome
}

/// A server that offers compression.
fn offering(profile: Profile) -> Profile {
    profile.capable("COMPRESS=DEFLATE")
}

fn asked(server: &Server) -> usize {
    server.count("COMPRESS")
}

#[tokio::test(start_paused = true)]
async fn a_slow_source_is_asked_to_compress_and_is_done_sooner() {
    let mut took = Vec::new();
    for source in [Profile::dovecot(), offering(Profile::dovecot())] {
        let world = text_mail(source, Profile::dovecot());
        // More than one chunk: the first tells how slow the link is.
        world.source.width(NARROW);
        let began = tokio::time::Instant::now();
        moved(&world, "").await;
        took.push((asked(&world.source), asked(&world.destination), began.elapsed()));
    }
    let [(plain, 0, without), (1.., 0, with)] = took[..] else { panic!("{took:?}") };
    assert!(plain == 0 && with * 4 < without * 3, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_destination_is_asked_to_compress() {
    for destination in [Profile::dovecot(), Profile::cyrus()] {
        let name = destination.name;
        let world = text_mail(Profile::dovecot(), offering(destination));
        world.destination.width(NARROW);
        moved(&world, name).await;
        assert_eq!((asked(&world.source), asked(&world.destination) > 0), (0, true), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fast_link_is_left_as_it_is() {
    let world = text_mail(offering(Profile::dovecot()), offering(Profile::cyrus()));
    world.source.width(20_000_000);
    moved(&world, "").await;
    assert_eq!((asked(&world.source), asked(&world.destination)), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_to_compress_is_asked_once_per_connection() {
    let world = text_mail(offering(Profile::dovecot()).with(Quirk::RefusesCompress), Profile::dovecot());
    world.source.width(NARROW);
    moved(&world, "").await;
    let asked = asked(&world.source);
    let connections = usize::try_from(world.source.log().connections).unwrap();
    assert!((1..=connections).contains(&asked), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_dies_while_it_is_asked_costs_nothing_but_time() {
    for moment in [At::command("COMPRESS"), At::answer("COMPRESS")] {
        let world = text_mail(offering(Profile::dovecot()), offering(Profile::cyrus()));
        for server in [&world.source, &world.destination] {
            server.width(NARROW);
            server.fault(moment.clone().nth(1), Fault::Close);
        }
        moved(&world, &format!("{moment:?}")).await;
        assert!(!world.source.struck().is_empty(), "{moment:?}");
    }
}
