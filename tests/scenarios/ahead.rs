//! # Ahead
//! The next folder is opened while the last chunk of the one before drains. It saves its turns, and nobody notices: what is
//! asked about a folder is answered by that folder.

use std::time::Duration;

use posthorse_domain::migration::Class;
use posthorse_tests::world::server::{At, Fault, Profile, Quirk};
use posthorse_tests::world::{Lenient, World};

use crate::fill::{all_but, all_is_well};

const FOLDERS: u32 = 12;

/// Folders of three messages, of which all but the first have flags; one pair carries them.
fn short_folders(source: Profile, destination: Profile) -> World {
    let world = World::new(source, destination);
    world.connections(1);
    for number in 0..FOLDERS {
        let folder = world.source.folder(&format!("F{number}"));
        folder.message(&format!("{number}-first"));
        folder.message(&format!("{number}-second")).flagged();
        folder.message(&format!("{number}-third")).seen().flagged();
    }
    world
}

fn destinations() -> [Profile; 5] {
    [Profile::dovecot(), Profile::cyrus(), Profile::courier(), Profile::gmail(), Profile::exchange()]
}

#[tokio::test(start_paused = true)]
async fn a_turn_to_the_next_folder_takes_one_round_trip() {
    let trip = Duration::from_millis(100);
    for destination in [Profile::dovecot(), Profile::cyrus()] {
        let name = destination.name;
        let world = short_folders(Profile::dovecot(), destination);
        for server in [&world.source, &world.destination] {
            server.latency(trip);
        }
        let outcome = world.run().await;
        all_is_well(&world, &outcome).await;
        let pass = &outcome.record.as_ref().unwrap().pass;
        let took = pass.last_commit.unwrap().millis() - pass.first_fetch.unwrap().millis();
        let turns = took / i64::try_from(trip.as_millis()).unwrap();
        // Opened, asked and sent one after the other it would be three for each.
        assert!(turns <= i64::from(FOLDERS) + 2, "{name}: {turns}");
    }
}

#[tokio::test(start_paused = true)]
async fn flags_are_set_again_in_the_folder_where_they_were_lost() {
    for destination in destinations() {
        let name = destination.name;
        let world = short_folders(Profile::dovecot(), destination.with(Quirk::ForgetsFlags));
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], name).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_was_refused_is_read_again_from_its_own_folder() {
    for destination in destinations() {
        let name = destination.name;
        let world = short_folders(Profile::dovecot(), destination);
        for number in 0..FOLDERS {
            let folder = world.source.folder(&format!("F{number}"));
            // Too large to be held: when the answer comes its octets are gone.
            folder.message(&format!("{number}-large")).sized(2_000_000 + usize::try_from(number).unwrap());
        }
        world.destination.refuses_message("-large\r", "NO Virus found");
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], name).await;
        let report = outcome.report.unwrap();
        let parked: Vec<u64> = report.quarantined.iter().map(|one| one.size).collect();
        let all: Vec<u64> = (0..FOLDERS).map(|number| 2_000_000 + u64::from(number)).collect();
        assert_eq!(parked.len(), all.len(), "{name}: {parked:?}");
        assert!(all.iter().all(|size| parked.contains(size)), "{name}: {parked:?}");
        assert!(report.quarantined.iter().all(|one| one.class != Class::Unreadable && one.object.is_some()), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_opening_in_advance_that_goes_wrong_harms_neither_folder() {
    let faults = || [Fault::answer("NO [UNAVAILABLE] Later"), Fault::Renumber, Fault::Close];
    for destination in destinations() {
        for (side, verb) in [("source", "EXAMINE"), ("destination", "SELECT")] {
            for n in 1..=6 {
                for (number, fault) in faults().into_iter().enumerate() {
                    let world = short_folders(Profile::dovecot(), destination.clone());
                    let server = if side == "source" { &world.source } else { &world.destination };
                    server.fault(At::command(verb).nth(n), fault);
                    let outcome = world.run().await;
                    let case = format!("{} {side} {n} {number}", destination.name);
                    all_but(&world, &outcome, &[Lenient::Order], &case).await;
                }
            }
        }
    }
}
