//! # Kills
//! A death at every effect, at every pair of effects, at every await, of one process after the other on one machine.

use std::time::Duration;

use super::chance::Chance;
use super::scene::fill;
use crate::world::server::{Profile, Quirk};
use crate::world::{Lenient, Outcome, Strike, World};

/// What came of striking everywhere.
#[derive(Clone, Debug, Default)]
pub struct Killed {
    /// Migrations that were run.
    pub runs: usize,
    /// Points that were struck at.
    pub points: usize,
    /// What was wrong, each with its case.
    pub complaints: Vec<String>,
}

impl Killed {
    /// Both together.
    pub fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.points += other.points;
        self.complaints.extend(other.complaints);
    }
}

/// One of 25 scenarios, filled by a seed.
pub fn scenario(number: usize, seed: u64) -> World {
    let (source, destination) = servers(number);
    let world = World::new(source.clone(), destination.clone());
    let mut chance = Chance::new(seed);
    let subjects = fill(&mut chance, &world.source, &source, "k");
    let first = subjects.first().map_or("", String::as_str);
    match number % 5 {
        // The first five are these kinds with plain servers.
        0..=2 => {}
        3 => {
            world.map("Sent Messages", "INBOX/Work");
            world.map("Work", "INBOX/Work");
        }
        _ => {
            world.destination.folder("INBOX").message(first);
            world.destination.folder("INBOX").message("foreign");
        }
    }
    match number / 5 {
        1 => drop(world.destination.loses_answer_of_append(chance.between(1, 20))),
        2 => {
            let last = subjects.last().map_or("", String::as_str);
            let words = "NO Message contains invalid header";
            world.destination.refuses_message(&format!("Subject: {last}\r"), words);
        }
        3 => drop(world.destination.stores_append_later(chance.between(1, 20), Duration::from_secs(1))),
        4 => drop(world.source.renumbers_at_examine("INBOX", chance.between(1, 3))),
        _ => {}
    }
    world
}

fn servers(number: usize) -> (Profile, Profile) {
    match number % 5 {
        0 => (Profile::dovecot_prefixed(), Profile::dovecot()),
        1 => (Profile::dovecot(), Profile::courier()),
        2 => (Profile::cyrus(), Profile::exchange()),
        3 => (Profile::courier(), Profile::cyrus()),
        _ => (Profile::exchange(), Profile::dovecot_prefixed().with(Quirk::NoAppendUid)),
    }
}

/// Three messages and a twin, in two folders.
fn small() -> World {
    let world = World::new(Profile::dovecot_prefixed(), Profile::dovecot());
    let inbox = world.source.folder("INBOX");
    inbox.message("a").seen();
    inbox.message("twin");
    let more = world.source.folder("INBOX.More");
    more.message("twin").flagged();
    world
}

async fn judged(world: &World, outcome: &Outcome, case: &str, killed: &mut Killed) {
    killed.runs += 1;
    let mut complaints = world.judge_leniently(outcome, &[Lenient::Order]).await;
    complaints.extend(world.ledger.breaches());
    let more = world.appended_by_a_further_run().await;
    if more > 0 {
        complaints.push(format!("a further run appended {more}"));
    }
    killed.complaints.extend(complaints.into_iter().map(|complaint| format!("{case}: {complaint}")));
}

/// Strikes at every effect of a scenario.
pub async fn effects(number: usize, seed: u64, strikes: &[Strike]) -> Killed {
    let mut killed = Killed::default();
    let world = scenario(number, seed);
    let outcome = world.run_to_the_end().await;
    let names = world.effects.names();
    judged(&world, &outcome, &format!("scenario {number}, seed {seed}, without a strike"), &mut killed).await;
    for (at, name) in names.iter().enumerate() {
        for strike in strikes {
            let world = scenario(number, seed);
            world.effects.strike(at + 1, *strike);
            let outcome = world.run_to_the_end().await;
            killed.points += 1;
            let case = format!("scenario {number}, seed {seed}, {} {} ({name})", strike.word(), at + 1);
            judged(&world, &outcome, &case, &mut killed).await;
        }
    }
    killed
}

/// Kills at every pair of effects of a small migration; `part` of `parts`, to share the work.
pub async fn pairs(part: usize, parts: usize) -> Killed {
    let mut killed = Killed::default();
    let world = small();
    world.run_to_the_end().await;
    let count = world.effects.count();
    for first in (1..=count).filter(|first| first % parts == part) {
        for then in 1..=count {
            let world = small();
            world.effects.strike(first, Strike::KillAfter);
            world.effects.strike(first + then, Strike::KillAfter);
            let outcome = world.run_to_the_end().await;
            killed.points += 1;
            judged(&world, &outcome, &format!("killed after {first} and {then} later"), &mut killed).await;
        }
    }
    killed
}

/// Drops the process at every await of a scenario; every `every`-th, beginning with `from`.
pub async fn awaits(number: usize, seed: u64, from: usize, every: usize) -> Killed {
    let mut killed = Killed::default();
    let (_, count) = scenario(number, seed).run_dropped_after(usize::MAX).await;
    for polls in (from..count).step_by(every.max(1)) {
        let world = scenario(number, seed);
        let (mut outcome, _) = world.run_dropped_after(polls).await;
        if outcome.killed {
            outcome = world.run_to_the_end().await;
        }
        killed.points += 1;
        judged(&world, &outcome, &format!("scenario {number}, seed {seed}, dropped after {polls} polls"), &mut killed)
            .await;
    }
    killed
}
