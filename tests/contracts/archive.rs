//! # Archive
//! What every archive promises.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use bytes::Bytes;
use posthorse_domain::ports::{Archive, Put};

use crate::place::{Holds, Place, at_once};
use crate::record::id;

type Archives = dyn Place<dyn Archive>;

macro_rules! archive_contract {
    ($place:expr) => {
        sentences! { archive in $place =>
            an_object_reads_back_octet_for_octet
            an_object_that_was_never_put_is_none
            put_once_leaves_the_first_octets
            put_replaces_the_octets
            keys_are_sorted_and_begin_with_the_prefix
            bad_keys_are_refused_by_every_method
            a_removed_object_is_gone_and_its_key_is_free
            removing_what_is_not_there_is_no_error
            objects_of_another_migration_are_not_seen
            everything_is_there_after_opening_again
            eight_writers_of_one_key_have_one_winner
            a_reader_sees_the_old_object_or_the_new_one
        }
    };
}

pub async fn an_object_reads_back_octet_for_octet(place: &Archives) {
    let archive = place.open().await;
    let every = (0..=u8::MAX).collect::<Vec<_>>();
    let rows = [vec![], every.clone(), every.repeat(20_000), b"\x28\xB5\x2F\xFD".to_vec(), b"{}\n".repeat(9_999)];
    for (number, octets) in rows.into_iter().map(Bytes::from).enumerate() {
        for key in [format!("quarantine/{number}-7-12.eml"), format!("manifest/{number}.jsonl.zst")] {
            assert_eq!(archive.put_once(&id("m"), &key, octets.clone()).await, Ok(Put::Done));
            assert!(archive.get(&id("m"), &key).await == Ok(Some(octets.clone())), "{key}");
        }
    }
}

pub async fn an_object_that_was_never_put_is_none(place: &Archives) {
    let archive = place.open().await;
    put(&*archive, "a/b", "x").await;
    for key in ["plan.json", "a", "a/b/c", "a/c", "manifest/1.jsonl.zst"] {
        assert_eq!(archive.get(&id("m"), key).await, Ok(None), "{key}");
    }
}

pub async fn put_once_leaves_the_first_octets(place: &Archives) {
    let archive = place.open().await;
    for key in ["plan.json", "manifest/1.jsonl.zst"] {
        put(&*archive, key, "first").await;
        for octets in ["second", "first", ""] {
            assert_eq!(archive.put_once(&id("m"), key, octets.into()).await, Ok(Put::Exists));
        }
        assert_eq!(text(&*archive, key).await, "first");
    }
}

pub async fn put_replaces_the_octets(place: &Archives) {
    let archive = place.open().await;
    for key in ["reports/1.json", "reports/1.jsonl.zst"] {
        for octets in ["first, and the longest of them", "second", ""] {
            assert_eq!(archive.put(&id("m"), key, octets.into()).await, Ok(()));
            assert_eq!(text(&*archive, key).await, octets);
        }
    }
}

pub async fn keys_are_sorted_and_begin_with_the_prefix(place: &Archives) {
    let archive = place.open().await;
    let all =
        ["manifest/00002-1.zst", "manifest/00001-2.zst", "manifest/00001-10.zst", "plan.json", "a/b/c", "a-b", "a.c"];
    for key in all {
        put(&*archive, key, "x").await;
    }
    let rows = [
        ("manifest/00001-", ["manifest/00001-10.zst", "manifest/00001-2.zst"].as_slice()),
        ("manifest/", &["manifest/00001-10.zst", "manifest/00001-2.zst", "manifest/00002-1.zst"]),
        ("mani", &["manifest/00001-10.zst", "manifest/00001-2.zst", "manifest/00002-1.zst"]),
        ("a", &["a-b", "a.c", "a/b/c"]),
        ("a/", &["a/b/c"]),
        ("plan.json", &["plan.json"]),
        ("plan.json/", &[]),
        ("b", &[]),
        ("quarantine/", &[]),
    ];
    for (prefix, expected) in rows {
        assert_eq!(archive.keys(&id("m"), prefix).await.unwrap(), expected, "{prefix}");
    }
    let mut sorted = all;
    sorted.sort_unstable();
    assert_eq!(archive.keys(&id("m"), "").await.unwrap(), sorted);
}

pub async fn bad_keys_are_refused_by_every_method(place: &Archives) {
    let archive = place.open().await;
    let m = id("m");
    for key in
        ["", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/..", "./a", "a b", "a\\b", "a\0", "a~", "ä"]
    {
        assert!(archive.put_once(&m, key, Bytes::new()).await.is_err(), "put_once {key:?}");
        assert!(archive.put(&m, key, Bytes::new()).await.is_err(), "put {key:?}");
        assert!(archive.get(&m, key).await.is_err(), "get {key:?}");
        assert!(archive.remove(&m, key).await.is_err(), "remove {key:?}");
    }
    for prefix in ["/", "../", "a/../", "a b"] {
        assert!(archive.keys(&m, prefix).await.is_err(), "keys {prefix:?}");
    }
    assert_eq!(archive.keys(&m, "").await, Ok(vec![]));
}

pub async fn a_removed_object_is_gone_and_its_key_is_free(place: &Archives) {
    let archive = place.open().await;
    put(&*archive, "quarantine/1-7-12.eml", "x").await;
    put(&*archive, "quarantine/1-7-13.eml", "y").await;
    assert_eq!(archive.remove(&id("m"), "quarantine/1-7-12.eml").await, Ok(()));
    assert_eq!(archive.get(&id("m"), "quarantine/1-7-12.eml").await, Ok(None));
    assert_eq!(archive.keys(&id("m"), "").await.unwrap(), ["quarantine/1-7-13.eml"]);
    put(&*archive, "quarantine/1-7-12.eml", "z").await;
}

pub async fn removing_what_is_not_there_is_no_error(place: &Archives) {
    let archive = place.open().await;
    for key in ["plan.json", "a/b/c"] {
        assert_eq!(archive.remove(&id("m"), key).await, Ok(()));
    }
}

pub async fn objects_of_another_migration_are_not_seen(place: &Archives) {
    let archive = place.open().await;
    put(&*archive, "a/b", "x").await;
    let (other, seen) = (archive.keys(&id("m-2"), "").await.unwrap(), archive.get(&id("m-2"), "a/b").await.unwrap());
    match place.holds() {
        Holds::ManyMigrations => assert_eq!((other, seen), (vec![], None)),
        Holds::OneMigration => assert_eq!((other, seen), (vec!["a/b".into()], Some("x".into()))),
    }
}

pub async fn everything_is_there_after_opening_again(place: &Archives) {
    let archive = place.open().await;
    put(&*archive, "manifest/1.jsonl.zst", "x").await;
    assert_eq!(archive.put(&id("m"), "plan.json", "y".into()).await, Ok(()));
    drop(archive);
    let again = place.open().await;
    assert_eq!(again.keys(&id("m"), "").await.unwrap(), ["manifest/1.jsonl.zst", "plan.json"]);
    assert_eq!(
        (text(&*again, "manifest/1.jsonl.zst").await, text(&*again, "plan.json").await),
        ("x".into(), "y".into())
    );
    assert_eq!(again.put_once(&id("m"), "manifest/1.jsonl.zst", "z".into()).await, Ok(Put::Exists));
}

pub async fn eight_writers_of_one_key_have_one_winner(place: &Archives) {
    let archive = place.open().await;
    for round in 0..10 {
        let (key, start) = (format!("manifest/{round}.jsonl.zst"), Barrier::new(8));
        let answers = at_once(8, async |number| {
            start.wait();
            archive.put_once(&id("m"), &key, number.to_string().into()).await.unwrap()
        });
        let winners = answers.iter().enumerate().filter(|(_, put)| **put == Put::Done).map(|(number, _)| number);
        assert_eq!(winners.map(|number| number.to_string()).collect::<Vec<_>>(), [text(&*archive, &key).await]);
    }
}

pub async fn a_reader_sees_the_old_object_or_the_new_one(place: &Archives) {
    let archive = place.open().await;
    let versions = [Bytes::from(vec![b'a'; 300_000]), Bytes::from(vec![b'b'; 200_000])];
    assert_eq!(archive.put(&id("m"), "plan.json", versions[0].clone()).await, Ok(()));
    let (writing, reads) = (AtomicBool::new(true), AtomicU32::new(0));
    at_once(2, async |number| {
        if number == 0 {
            // As often as it takes for somebody to read meanwhile.
            for (written, version) in versions.iter().cycle().enumerate() {
                if written >= 40 && reads.load(Ordering::SeqCst) > 0 {
                    break;
                }
                assert_eq!(archive.put(&id("m"), "plan.json", version.clone()).await, Ok(()));
            }
            writing.store(false, Ordering::SeqCst);
        }
        while writing.load(Ordering::SeqCst) {
            let seen = archive.get(&id("m"), "plan.json").await.unwrap().expect("an object");
            assert!(versions.contains(&seen), "{} octets", seen.len());
            reads.fetch_add(1, Ordering::SeqCst);
        }
    });
}

async fn put(archive: &dyn Archive, key: &str, octets: &'static str) {
    assert_eq!(archive.put_once(&id("m"), key, octets.into()).await, Ok(Put::Done), "{key}");
}

async fn text(archive: &dyn Archive, key: &str) -> String {
    let octets = archive.get(&id("m"), key).await.unwrap().expect("an object");
    String::from_utf8(octets.to_vec()).unwrap()
}
