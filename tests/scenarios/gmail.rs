//! # Gmail
//! A destination that folds messages with equal Message-IDs.

use posthorse_tests::world::server::Profile;

use crate::crossing::profiles;
use crate::fill::{all_is_well, filled};

#[tokio::test(start_paused = true)]
async fn a_mailbox_moves_to_gmail_which_folds_equal_message_ids() {
    for source in profiles() {
        let world = filled(source, Profile::gmail());
        let outcome = world.run().await;
        all_is_well(&world, &outcome).await;
        assert_eq!(outcome.report.unwrap().totals.merged, 1);
    }
}
