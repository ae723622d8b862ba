//! # Killed
//! What a process said is durable is there after it was killed, at whatever moment.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use posthorse_domain::ports::{Archive, Ledger, Queue};
use posthorse_embedded::{State, StateError};

use crate::record::id;

/// What a writer said: of each kind, the numbers.
type Said = BTreeMap<String, BTreeSet<u64>>;

/// What a writer may take to say a word on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn what_a_killed_process_has_written_is_there() {
    let place = tempfile::tempdir().unwrap();
    let mut said = Said::new();
    for _ in 0..10 {
        said_until_killed(place.path(), random(60), Duration::from_micros(random(4_000)), &mut said);
        holds(place.path(), &said).await;
    }
    delivers(place.path(), &said).await;
}

/// Lets a writer write, kills it some time after so many words, and notes all that it said.
fn said_until_killed(directory: &Path, words: u64, delay: Duration, said: &mut Said) {
    let (mut writer, lines) = writer(directory);
    let mut heard = vec![lines.recv_timeout(PATIENCE).expect("a first word")];
    let locked = State::open(directory).err();
    assert!(matches!(locked, Some(StateError::Locked { .. })), "{locked:?}");
    heard.extend((0..words).map(|_| lines.recv_timeout(PATIENCE).expect("another word")));
    thread::sleep(delay);
    writer.kill().expect("it was alive");
    writer.wait().expect("it is dead");
    for line in heard.into_iter().chain(lines) {
        let (what, number) = line.split_once(' ').expect("a kind and a number");
        said.entry(what.into()).or_default().insert(number.parse().expect("a number"));
    }
}

fn random(below: u64) -> u64 {
    RandomState::new().hash_one("a seed of its own") % below
}

fn writer(directory: &Path) -> (Child, Receiver<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_contracts-writer"));
    let mut writer = command.arg(directory).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("a writer");
    let output = BufReader::new(writer.stdout.take().expect("its output"));
    let (sender, lines) = channel();
    thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    (writer, lines)
}

/// Records are at least as new as was said, objects are there and whole, also those of which nothing was said.
async fn holds(directory: &Path, said: &Said) {
    let state = State::open(directory).expect("a killed process holds no lock");
    let last = |what: &str| said.get(what).and_then(BTreeSet::last).copied().unwrap_or(0);
    let migration = state.ledger.migration(&id("m")).await.unwrap().expect("a migration");
    assert!(migration.version >= last("migration"), "{} < {}", migration.version, last("migration"));
    let folders = state.ledger.folders(&id("m"), 1, 1).await.unwrap();
    let folder = folders.first().expect("a folder");
    assert!(folder.version >= last("folder"), "{} < {}", folder.version, last("folder"));
    let plan = state.archive.get(&id("m"), "plan.json").await.unwrap().map(|octets| octets.to_vec());
    let plan = plan.map_or(0, |octets| String::from_utf8(octets).unwrap().parse().expect("a whole object"));
    assert!(plan >= last("plan"), "{plan} < {}", last("plan"));
    let keys = state.archive.keys(&id("m"), "manifest/").await.unwrap();
    for turn in said.get("object").into_iter().flatten() {
        assert!(keys.contains(&format!("manifest/{turn:08}.jsonl.zst")), "object {turn} is lost");
    }
    for key in keys {
        let octets = state.archive.get(&id("m"), &key).await.unwrap();
        assert!(octets.is_some_and(|octets| octets == key.repeat(200)), "{key} is torn");
    }
}

/// Every job that was said to be sent is delivered.
async fn delivers(directory: &Path, said: &Said) {
    let state = State::open(directory).expect("nobody holds the lock");
    let mut turns = BTreeSet::new();
    while let Some(delivery) = state.queue.receive(Duration::from_secs(3600)).await.unwrap() {
        turns.insert(delivery.job.turn);
    }
    let lost = said.get("job").into_iter().flatten().filter(|turn| !turns.contains(turn)).collect::<Vec<_>>();
    assert!(lost.is_empty(), "{lost:?}");
}
