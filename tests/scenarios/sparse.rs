//! # Sparse
//! UIDs far apart: gaps of millions cost few commands, and every command is short.

use posthorse_tests::world::World;
use posthorse_tests::world::server::{Profile, Server};

use crate::fill::all_but;

/// Commands of this verb at one server.
fn commands(server: &Server, verb: &str) -> Vec<String> {
    let commands = server.log().commands;
    commands.into_iter().filter(|command| command.verb == verb).map(|command| command.line).collect()
}

#[tokio::test(start_paused = true)]
async fn islands_of_messages_with_gaps_of_hundreds_of_millions_cost_few_fetches() {
    let world = World::new(Profile::dovecot(), Profile::dovecot());
    let inbox = world.source.folder("INBOX");
    let islands = 9_u32;
    for island in 0..islands {
        inbox.uidnext(1 + island * 470_000_000);
        inbox.messages_named(&format!("island-{island}"), 100);
    }
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "").await;
    assert_eq!(outcome.report.unwrap().totals.copied, u64::from(islands) * 100);
    for server in [&world.source, &world.destination] {
        assert!(server.log().commands.iter().all(|command| !command.verb.contains("SEARCH")));
    }
    // From a listing's width at one island to one that reaches the next it is two dozen doublings, at the copy, at the
    // recount, and at the further run's count.
    let fetches = commands(&world.source, "UID FETCH");
    let most = usize::try_from(islands).unwrap() * 24 + 40;
    assert!(fetches.len() < most, "{} UID FETCH, {most} allowed", fetches.len());
}
