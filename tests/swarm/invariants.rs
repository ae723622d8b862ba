//! # Invariants
//! What must be true after every run, beside the judge of all scenarios.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use posthorse_domain::migration::{Class, Counts};

use super::cloud::Cloud;
use super::sinks::Logged;
use super::troubles::Kind;
use crate::world::{Lenient, PASSWORD};

/// APPENDs of one message that one cause may lead to.
const PER_CAUSE: u32 = 3;
/// Halvings of the largest chunk of these mailboxes, until a message is alone.
const HALVINGS: u32 = 8;
/// Sendings of one job that a sweep may need.
const SENDINGS: usize = 60;

/// Complains of everything that is not as it must be.
pub async fn check(cloud: &Cloud, complaints: &mut Vec<String>, logged: &Logged) {
    let outcome = cloud.world.outcome().await;
    complaints.extend(cloud.world.judge_leniently(&outcome, &[Lenient::Order]).await);
    let Some(report) = &outcome.report else { return };
    parked(cloud, report.quarantined.iter().map(|parked| parked.class), complaints);
    outcomes(&report.totals, cloud, complaints);
    appends(cloud, complaints);
    jobs(cloud, complaints);
    secrets(logged, complaints);
}

/// Only what can really not be delivered is parked.
fn parked(cloud: &Cloud, classes: impl Iterator<Item = Class>, complaints: &mut Vec<String>) {
    let troubles = &cloud.troubles;
    let cuts = troubles.kinds.iter().any(|kind| {
        matches!(kind, Kind::Cuts | Kind::CutsInside | Kind::LateStores | Kind::Errors | Kind::LostAnswers)
    });
    for class in classes {
        let poison = class == Class::Poison && cuts;
        if !troubles.parks && !poison {
            complaints.push(format!("a message is in quarantine as {} for no reason", class.word()));
        }
    }
}

/// Mail vanishes or is folded only where somebody does that.
fn outcomes(totals: &Counts, cloud: &Cloud, complaints: &mut Vec<String>) {
    let kinds = &cloud.troubles.kinds;
    if totals.vanished + totals.gone > 0 && !kinds.contains(&Kind::Expunge) && !kinds.contains(&Kind::Renumber) {
        complaints.push(format!("messages vanished though nobody expunged any: {totals:?}"));
    }
    if totals.blocked + totals.filtered > 0 {
        complaints.push(format!("messages are blocked or filtered for no reason: {totals:?}"));
    }
}

/// At most three APPENDs per message and cause, and never more than the halvings of a chunk on top.
fn appends(cloud: &Cloud, complaints: &mut Vec<String>) {
    let world = &cloud.world;
    let servers = world.source.struck().len() + world.destination.struck().len();
    // What goes wrong again at each try is a cause each time.
    let lasting = cloud.troubles.kinds.iter().any(|kind| matches!(kind, Kind::Full | Kind::BadMessage | Kind::Slow));
    let tries = if lasting { cloud.invocations } else { 0 };
    let causes = tries
        + cloud.deaths
        + count(world.effects.struck().len())
        + count(servers)
        + count(world.effects.throttled().len());
    let mut times: BTreeMap<[u8; 32], u32> = BTreeMap::new();
    for folder in world.source.mailbox().folders.values() {
        for message in folder.messages.values() {
            *times.entry(*blake3::hash(&message.octets).as_bytes()).or_default() += 1;
        }
    }
    for (message, came) in world.destination.log().came {
        let most = times.get(&message).copied().unwrap_or(1) * (PER_CAUSE * (causes + 1) + HALVINGS);
        if came > most {
            complaints.push(format!("a message was appended {came} times, for {causes} causes"));
        }
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A turn's job is sent when it is due, and then by the sweep at growing distances.
fn jobs(cloud: &Cloud, complaints: &mut Vec<String>) {
    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    for line in cloud.world.queue.dump().lines() {
        *sent.entry(line.to_owned()).or_default() += 1;
    }
    for (job, times) in sent.iter().filter(|(_, times)| **times > SENDINGS) {
        complaints.push(format!("{job} was sent {times} times"));
    }
    if cloud.world.queue.dump().contains("example.org") {
        complaints.push("an address is in the queue".into());
    }
}

/// Complains when subscribers were not told of the start or of how each pass before this one ended, or of anything in two ways.
pub fn events(cloud: &Cloud, complaints: &mut Vec<String>) {
    let told = cloud.announcer.told();
    let pass = cloud.record().map_or(0, |record| record.pass.number);
    let ends = |event: &str| ["verified", "exceptions"].iter().any(|end| event.ends_with(end));
    let ended: BTreeSet<u32> = told.iter().filter(|one| ends(&one.event)).map(|one| one.pass.number).collect();
    if !told.iter().any(|one| one.event == "migration.accepted") {
        complaints.push("nobody was told that it was accepted".into());
    }
    for pass in (1..pass).filter(|pass| !ended.contains(pass)) {
        complaints.push(format!("nobody was told how pass {pass} ended"));
    }
    let mut by_id = BTreeMap::new();
    for one in &told {
        let content = (&one.event, one.pass.number);
        if *by_id.entry(&one.id).or_insert(content) != content {
            complaints.push(format!("two events have the id {}", one.id));
        }
        let text = serde_json::to_string(one).unwrap_or_default();
        if text.contains("example.org") || text.contains(PASSWORD) {
            complaints.push(format!("an address or a secret is in the event {}", one.id));
        }
    }
}

fn secrets(logged: &Logged, complaints: &mut Vec<String>) {
    let text = logged.text();
    for word in [PASSWORD, "example.org", "example.net", "Subject:"] {
        if text.contains(word) {
            complaints.push(format!("{word} is in the log"));
        }
    }
}

/// Enters what struck at effects and at servers.
pub fn coverage(cloud: &mut Cloud) {
    let world = &cloud.world;
    for (strike, effect) in world.effects.struck() {
        cloud.coverage.strike(strike.word(), &effect);
    }
    for what in world.effects.throttled() {
        cloud.coverage.count("throttled", what);
    }
    for (server, side) in [(&world.source, "source"), (&world.destination, "destination")] {
        for (command, word) in [("COMPRESS", "compressed"), ("UID COPY", "copied there")] {
            if server.count(command) > 0 {
                cloud.coverage.count(word, side);
            }
        }
    }
    for (fault, moment) in world.source.struck().into_iter().chain(world.destination.struck()) {
        let moment = if moment == "AUTHENTICATE" { "LOGIN".to_owned() } else { moment };
        cloud.coverage.count(&fault, &moment);
    }
}

/// A hash of all effects, all commands with their times, all jobs, and what there is in the end.
pub fn trace(cloud: &Cloud) -> String {
    let world = &cloud.world;
    let mut hash = blake3::Hasher::new();
    for name in world.effects.names() {
        hash.update(name.as_bytes());
    }
    for server in [&world.source, &world.destination] {
        for command in server.log().commands {
            let at: Duration = command.at;
            hash.update(format!("{} {} {}", command.connection, command.line, at.as_micros()).as_bytes());
        }
        for (name, folder) in server.mailbox().folders {
            hash.update(&name);
            for message in folder.messages.into_values() {
                hash.update(&message.octets);
            }
        }
    }
    hash.update(world.queue.dump().as_bytes());
    hash.update(world.ledger.dump().as_bytes());
    hash.update(&cloud.invocations.to_le_bytes());
    hash.finalize().to_hex().chars().take(32).collect()
}
