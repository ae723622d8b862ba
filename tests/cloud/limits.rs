//! # Limits
//! What AWS's own limits make of a call, and what a call consumes.

use std::time::Duration;

use bytes::Bytes;
use posthorse_aws::{DynamoLedger, KmsVault, S3Archive, SqsQueue};
use posthorse_domain::mail::FolderName;
use posthorse_domain::migration::{Folder, Migration, Moment, Side, Stage};
use posthorse_domain::ports::{Archive, Job, Ledger, Queue, Saved, Secret, Vault};

use crate::account::{make_bucket, make_credentials, make_key, make_ledger, make_queues, name, session};
use crate::record::{id, migration, planned, under_way};

#[tokio::test]
async fn a_commit_is_one_write_unit() {
    let table = name("ledger");
    make_ledger(&table).await;
    let ledger = DynamoLedger::new(&session(), &table);
    let named = FolderName::from_unicode("INBOX.Persönlich.Briefe");
    let mut folder = Folder { source: named.clone(), destination: named, ..under_way(1) };
    assert_eq!(ledger.save_folders(&id("m"), std::slice::from_ref(&folder)).await, Ok(Saved::Yes));
    let before = ledger.used().write;
    for _ in 0..10 {
        folder.version += 1;
        assert_eq!(ledger.save_folder(&id("m"), &folder).await, Ok(Saved::Yes));
    }
    let used = ledger.used().write - before;
    assert!((used - 10.0).abs() < 0.01, "10 commits used {used} write units");
}

#[tokio::test]
async fn the_longest_names_are_kept() {
    let table = name("ledger");
    make_ledger(&table).await;
    let ledger = DynamoLedger::new(&session(), &table);
    let longest = FolderName::from_raw(vec![0xFF; 8_192]);
    let folder = Folder { source: longest.clone(), destination: longest, ..planned(1) };
    assert_eq!(ledger.save_folders(&id("m"), std::slice::from_ref(&folder)).await, Ok(Saved::Yes));
    assert_eq!(ledger.folders(&id("m"), 1, 1).await, Ok(vec![Folder { version: 1, ..folder }]));
}

#[tokio::test]
async fn migrations_are_listed_newest_first_page_by_page_each_once() {
    let table = name("ledger");
    make_ledger(&table).await;
    let ledger = DynamoLedger::new(&session(), &table);
    assert_eq!(ledger.listed(None, 10).await, Ok((Vec::new(), None)));
    // Two of them began in the same moment.
    let begun = [("a", 5), ("b", 9), ("c", 7), ("d", 9), ("e", 1)];
    for (name, at) in begun {
        let record = Migration { created: Moment::from_millis(at), ..migration(name, None) };
        assert_eq!(ledger.create(&record).await, Ok(Saved::Yes));
        assert_eq!(ledger.save_folders(&id(name), &[planned(1)]).await, Ok(Saved::Yes));
    }
    let saved = ledger.migration(&id("c")).await.unwrap().unwrap();
    assert_eq!(ledger.save(&Migration { turn: 9, ..saved }).await, Ok(Saved::Yes));
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = ledger.listed(after.as_ref(), 2).await.unwrap();
        assert!(page.len() <= 2);
        seen.extend(page);
        after = next;
        if after.is_none() {
            break;
        }
    }
    let times: Vec<i64> = seen.iter().map(|record| record.created.millis()).collect();
    assert_eq!(times, [9, 9, 7, 5, 1]);
    let mut names: Vec<&str> = seen.iter().map(|record| record.id.0.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    assert_eq!(seen.iter().find(|record| record.id.0 == "c").unwrap().turn, 9, "as last written");
    assert_eq!(ledger.forget(&id("c")).await, Ok(()));
    assert_eq!(ledger.listed(None, 100).await.unwrap().0.len(), 4);
}

#[tokio::test]
async fn an_address_of_octets_ends_and_gives_a_file() {
    let bucket = name("archive");
    make_bucket(&bucket).await;
    let archive = S3Archive::new(&session(), &bucket);
    let url = archive.link(&id("m"), "quarantine/1-2-3.eml", "1-2-3.eml", Duration::from_secs(300)).await.unwrap();
    for part in ["m/quarantine/1-2-3.eml?", "X-Amz-Expires=300", "response-content-type=application%2Foctet-stream"] {
        assert!(url.contains(part), "{part} in {url}");
    }
    assert!(url.contains("response-content-disposition=attachment%3B%20filename%3D%221-2-3.eml%22"), "{url}");
    assert!(archive.link(&id("m"), "../x", "x", Duration::from_secs(300)).await.is_err());
}

#[tokio::test]
async fn a_missing_table_is_told_with_a_hint() {
    let failure = DynamoLedger::new(&session(), "nowhere").migration(&id("m")).await.unwrap_err();
    assert_eq!(failure.side, Side::Store);
    for part in ["read migration, m: ", "check the settings"] {
        assert!(failure.cause.contains(part), "{part}: {failure}");
    }
}

#[tokio::test]
async fn a_secret_of_4096_octets_is_kept_and_none_larger_or_empty() {
    let table = name("credentials");
    make_credentials(&table).await;
    let vault = KmsVault::new(&session(), table, make_key().await);
    let largest = Secret::new(vec![b'x'; 4096]);
    assert_eq!(vault.keep(&id("m"), Side::Source, &largest).await, Ok(()));
    assert_eq!(vault.secret(&id("m"), Side::Source).await, Ok(Some(largest.clone())));
    for octets in [0, 4097] {
        let failure = vault.keep(&id("m"), Side::Source, &Secret::new(vec![b'y'; octets])).await.unwrap_err();
        assert!(failure.cause.contains(&format!("has {octets} octets; 1 to 4096 can be kept")), "{failure}");
    }
    assert_eq!(vault.secret(&id("m"), Side::Source).await, Ok(Some(largest)), "a refused one replaces nothing");
}

#[tokio::test]
async fn a_secret_moved_to_another_side_does_not_open() {
    let table = name("credentials");
    make_credentials(&table).await;
    let vault = KmsVault::new(&session(), &table, make_key().await);
    assert_eq!(vault.keep(&id("m"), Side::Source, &Secret::new("hunter2")).await, Ok(()));
    let client = aws_sdk_dynamodb::Client::new(session().config());
    let mut row = client.scan().table_name(&table).send().await.unwrap().items.unwrap().remove(0);
    row.insert("sk".into(), aws_sdk_dynamodb::types::AttributeValue::S("destination".into()));
    client.put_item().table_name(&table).set_item(Some(row)).send().await.unwrap();
    let failure = vault.secret(&id("m"), Side::Destination).await.unwrap_err();
    assert!(failure.cause.starts_with("unseal credential, m destination: "), "{failure}");
    assert!(!failure.cause.contains("hunter2"), "{failure}");
}

#[tokio::test]
async fn a_job_that_sqs_cannot_hold_back_is_left_to_the_ledger() {
    let queue = SqsQueue::new(&session(), make_queues(&name("jobs")).await);
    let job = Job { migration: id("m"), stage: Stage::Copy, turn: 1 };
    assert_eq!(queue.send(&job, Duration::from_secs(901)).await, Ok(()));
    assert_eq!(queue.receive(Duration::from_secs(1)).await, Ok(None));
    let waiting = waiting(&queue, &job).await;
    assert_eq!(waiting, "1", "only the one of 900 seconds waits");
}

/// Sends one with the longest delay, and asks SQS how many it holds back.
async fn waiting(queue: &SqsQueue, job: &Job) -> String {
    use aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessagesDelayed as Delayed;
    assert_eq!(queue.send(job, Duration::from_secs(900)).await, Ok(()));
    let client = aws_sdk_sqs::Client::new(session().config());
    let url = queue.queues().copy.clone().unwrap();
    let asked = client.get_queue_attributes().queue_url(url).attribute_names(Delayed.clone()).send().await.unwrap();
    asked.attributes().unwrap().get(&Delayed).unwrap().clone()
}

#[tokio::test]
async fn a_queue_that_a_function_was_not_told_of_is_an_error() {
    let queue = SqsQueue::new(&session(), posthorse_aws::queue::Queues::default());
    let job = Job { migration: id("m"), stage: Stage::Verify, turn: 1 };
    let failure = queue.send(&job, Duration::ZERO).await.unwrap_err();
    assert!(failure.cause.contains("send job, verify: this function was not told of that queue"), "{failure}");
    assert_eq!(queue.receive(Duration::ZERO).await, Ok(None));
}

#[tokio::test]
async fn a_key_longer_than_s3_takes_is_refused() {
    let bucket = name("archive");
    make_bucket(&bucket).await;
    let archive = S3Archive::new(&session(), bucket);
    for (length, good) in [(1_022, true), (1_023, false)] {
        let key = "k".repeat(length);
        assert_eq!(archive.put(&id("m"), &key, Bytes::new()).await.is_ok(), good, "{length} octets");
    }
}
