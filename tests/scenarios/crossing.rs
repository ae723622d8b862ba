//! # Crossing
//! The plain case, between every two kinds of servers.

use posthorse_tests::world::server::Profile;

use crate::fill::{all_is_well, filled};

/// Every kind of server.
pub fn profiles() -> Vec<Profile> {
    vec![
        Profile::dovecot(),
        Profile::dovecot_prefixed(),
        Profile::cyrus(),
        Profile::courier(),
        Profile::gmail(),
        Profile::exchange(),
        Profile::plain_rfc3501(),
    ]
}

async fn crosses(source: Profile, destination: Profile) {
    println!("{} to {}", source.name, destination.name);
    let world = filled(source, destination);
    let outcome = world.run().await;
    all_is_well(&world, &outcome).await;
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_moves_between_two_dovecots() {
    crosses(Profile::dovecot_prefixed(), Profile::dovecot()).await;
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_moves_from_every_kind_of_server_to_every_kind() {
    for source in profiles() {
        for destination in profiles().into_iter().filter(|profile| profile.name != "Gmail") {
            crosses(source.clone(), destination).await;
        }
    }
}
