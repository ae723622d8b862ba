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
async fn every_record_waits_for_the_disk_and_no_job_does() {
    let (_place, database, ledger) = ledger();
    let queue = SqliteQueue::new(database.clone());
    let level = |name: &str| {
        let ask = |db: &Connection| db.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0));
        database.read("read", name, ask).unwrap()
    };
    let side = || ServerSide { host: "a".into(), port: 143, security: Security::Starttls, user: "u".into(), tls: None };
    let request = Request { source: side(), destination: side(), options: Options::default() };
    let accepted = Migration::accepted(id(), request, Moment::from_millis(0));
    let job = Job { migration: id(), stage: Stage::Plan, turn: 1 };
    let sent = || async {
        queue.send(&job, Duration::ZERO).await.unwrap();
        assert_eq!(level("a job is sent"), 1);
    };
    sent().await;
    assert_eq!(ledger.create(&accepted).await, Ok(Saved::Yes));
    assert_eq!(level("create"), 2);
    sent().await;
    assert_eq!(ledger.save(&Migration { version: 1, ..accepted }).await, Ok(Saved::Yes));
    assert_eq!(level("save"), 2);
    sent().await;
    assert_eq!(ledger.save_folders(&id(), &[folder(1)]).await, Ok(Saved::Yes));
    assert_eq!(level("save_folders"), 2);
    sent().await;
    assert_eq!(ledger.save_folder(&id(), &Folder { version: 1, ..folder(1) }).await, Ok(Saved::Yes));
    assert_eq!(level("save_folder"), 2);
    let delivery = queue.receive(Duration::ZERO).await.unwrap().unwrap();
    assert_eq!(level("receive"), 1);
    ledger.forget(&id()).await.unwrap();
    assert_eq!(level("forget"), 2);
    queue.acknowledge(&delivery.receipt).await.unwrap();
    assert_eq!(level("acknowledge"), 1);
}
