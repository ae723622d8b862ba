//! What the contract leaves to the adapter. The promises themselves are tested by the contract suite.

use std::time::Duration;

use super::*;
use crate::queue::SqliteQueue;
use posthorse_domain::mail::FolderName;
use posthorse_domain::migration::folder::Role;
use posthorse_domain::migration::{Options, Request, Security, ServerSide, Stage};
use posthorse_domain::ports::{Job, Queue};

fn ledger() -> (tempfile::TempDir, Arc<Database>, SqliteLedger) {
    let place = tempfile::tempdir().unwrap();
    let database = Database::open(&place.path().join("posthorse.db"), None).unwrap();
    (place, database.clone(), SqliteLedger::new(database))
}

fn folder(number: FolderNumber) -> Folder {
    Folder::planned(number, FolderName::from_raw("A"), FolderName::from_raw("B"), Role::Carry, "same name".into())
}

fn id() -> MigrationId {
    MigrationId("m-1".into())
}

#[tokio::test]
async fn more_than_a_hundred_folders_at_once_are_a_defect_that_shows() {
    let (_place, _database, ledger) = ledger();
    let folders = (1..=101).map(folder).collect::<Vec<_>>();
    let failure = ledger.save_folders(&id(), &folders).await.unwrap_err();
    assert_eq!(failure.cause, "save folders, m-1: 101 at once; at most 100");
    assert_eq!(ledger.folders(&id(), 0, 1).await, Ok(Vec::new()));
    assert_eq!(ledger.save_folders(&id(), &folders[..100]).await, Ok(Saved::Yes));
}

#[tokio::test]
async fn an_epoch_that_sqlite_cannot_hold_is_a_failure() {
    let (_place, _database, ledger) = ledger();
    let failure = ledger.save_folder(&id(), &Folder { epoch: u64::MAX, ..folder(3) }).await.unwrap_err();
    assert!(failure.cause.starts_with("save record, m-1 folder 3: number 18446744073709551615"), "{failure}");
}

#[tokio::test]
async fn a_record_that_cannot_be_read_names_itself() {
    let (_place, database, ledger) = ledger();
    let sql = "INSERT INTO migrations (id, version, body) VALUES ('m-1', 1, '{}')";
    database.note("write", "m-1", |tx| tx.execute(sql, [])).unwrap();
    let failure = ledger.migration(&id()).await.unwrap_err();
    assert!(failure.cause.starts_with("read record, m-1: missing field"), "{failure}");
    assert!(failure.cause.ends_with("was it written by another version?"), "{failure}");
}

#[tokio::test]
async fn records_wait_for_the_disk_but_for_what_one_step_leaves_to_the_next() {
    let (_place, database, ledger) = ledger();
    let queue = SqliteQueue::new(database.clone());
    let waits = || {
        let ask = |db: &Connection| db.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0));
        database.read("read", "synchronous", ask).unwrap() == 2
    };
    let side = || ServerSide { host: "a".into(), port: 143, security: Security::Starttls, user: "u".into(), tls: None };
    let request = Request { source: side(), destination: side(), options: Options::default() };
    let new = Migration::accepted(id(), request, Moment::from_millis(0));
    assert_eq!(ledger.create(&new).await, Ok(Saved::Yes));
    assert!(!waits(), "a migration that nobody has begun");
    let (held, free) = (Some(Moment::from_millis(1)), None);
    let cases = [
        ("a claim", State::Planning, held, true),
        ("a turn", State::Copying, free, false),
        ("its claim", State::Copying, held, true),
        ("a recount to come", State::Verifying, free, false),
        ("a wait, which may last for days", State::Waiting, free, true),
        ("an end", State::Verified, free, true),
    ];
    for (version, (name, state, lease_until, expected)) in (1..).zip(cases) {
        let record = Migration { version, state, lease_until, ..new.clone() };
        assert_eq!(ledger.save(&record).await, Ok(Saved::Yes), "{name}");
        assert_eq!(waits(), expected, "{name}");
    }
    assert_eq!(ledger.save_folders(&id(), &[folder(1)]).await, Ok(Saved::Yes));
    assert!(!waits(), "a plan");
    assert_eq!(ledger.save_folders(&id(), &[Folder { version: 1, ..folder(1) }]).await, Ok(Saved::Yes));
    assert!(waits(), "a decision");
    assert_eq!(ledger.save_folder(&id(), &Folder { version: 2, ..folder(1) }).await, Ok(Saved::Yes));
    assert!(waits(), "a folder: it may be an intent");
    queue.send(&Job { migration: id(), stage: Stage::Plan, turn: 1 }, Duration::ZERO).await.unwrap();
    assert!(!waits(), "a job is sent");
    ledger.forget(&id()).await.unwrap();
    assert!(waits(), "forget");
    let delivery = queue.receive(Duration::ZERO).await.unwrap().unwrap();
    assert!(!waits(), "a job is received");
    queue.acknowledge(&delivery.receipt).await.unwrap();
    assert!(!waits(), "and acknowledged");
}
