//! # Fill
//! A small mailbox with what real ones have: twins, messages without Message-ID, keywords, dates in other zones, one
//! that is large, one that is empty of text, names in other scripts, a folder below a folder.

use posthorse_tests::world::server::{Profile, Server};
use posthorse_tests::world::{Lenient, Outcome, World};

/// The name of a folder below the namespace's prefix, levels joined by the server's delimiter.
pub fn path(profile: &Profile, levels: &[&str]) -> String {
    let delimiter = profile.delimiter.map_or(String::new(), |octet| char::from(octet).to_string());
    format!("{}{}", profile.prefix, levels.join(&delimiter))
}

/// Fills a source: 29 messages in four folders.
pub fn fill(server: &Server, profile: &Profile) {
    let inbox = server.folder("INBOX");
    for number in 1..=12 {
        let message = inbox.message(&format!("inbox-{number}"));
        let message = if number % 2 == 0 { message.seen() } else { message };
        let message = if number % 3 == 0 { message.flagged().answered() } else { message };
        message.dated(1_400_000_000 + number * 86_400, (number % 5 - 2) * 60);
    }
    inbox.message("keyword").flag("$Forwarded").flag("Important");
    let work = server.folder(&path(profile, &["Arbeit"]));
    work.subscribed();
    for number in 1..=6 {
        work.octets(without_id(number)).seen();
    }
    // True twins: the same octets twice, with other flags.
    work.message("twin");
    work.message("twin").seen();
    let below = server.folder(&path(profile, &["Arbeit", "Übung"]));
    for number in 1..=4 {
        below.message(&format!("below-{number}")).answered();
    }
    below.message("large").sized(60_000);
    let sent = server.folder(&path(profile, &["Sent Messages"]));
    sent.messages_named("sent", 3);
}

/// A message that has no Message-ID.
pub fn without_id(number: i64) -> Vec<u8> {
    format!(
        "From: Old <old@example.org>\r\nTo: Anna <anna@example.org>\r\nSubject: old {number}\r\n\
         Date: Sat, 17 Jul 2010 02:44:{number:02} -0700\r\n\r\nNo id {number}.\r\n"
    )
    .into_bytes()
}

/// A world with a filled source.
pub fn filled(source: Profile, destination: Profile) -> World {
    let world = World::new(source.clone(), destination);
    fill(&world.source, &source);
    world
}

/// Ends the test with everything that is known when something is wrong.
pub async fn all_is_well(world: &World, outcome: &Outcome) {
    all_but(world, outcome, &[], "").await;
}

/// As `all_is_well`, leniently, with a word about the case.
pub async fn all_but(world: &World, outcome: &Outcome, lenient: &[Lenient], case: &str) {
    let complaints = world.judge_leniently(outcome, lenient).await;
    assert!(complaints.is_empty(), "{case}\n{}\n{}", complaints.join("\n"), told(world, outcome));
    let appended = world.appended_by_a_further_run().await;
    assert_eq!(appended, 0, "{case}\na further run appended\n{}", told(world, outcome));
}

/// What there is to look at after a failure.
pub fn told(world: &World, outcome: &Outcome) -> String {
    let report = serde_json::to_string_pretty(&outcome.report).unwrap_or_default();
    format!(
        "failure: {:?}\nreport: {report}\n--- source\n{}\n--- destination\n{}",
        outcome.failure,
        world.source.transcript(),
        world.destination.transcript()
    )
}
