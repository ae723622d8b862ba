//! What a directory adds to the contract: drafts, modes, compression, names of its own.

use super::*;
use std::os::unix::fs::PermissionsExt;

fn id() -> MigrationId {
    MigrationId("m-1".into())
}

fn files(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    walk(root, &mut |path| {
        files.push(path.strip_prefix(root).unwrap().to_path_buf());
        Ok(())
    })
    .unwrap();
    files.sort();
    files
}

#[tokio::test]
async fn drafts_of_a_killed_process_are_no_objects_and_are_swept() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    fs::create_dir(root.join("manifest")).unwrap();
    for name in ["plan.json~99-0~part", "manifest/1.jsonl.zst~99-1~part"] {
        fs::write(root.join(name), "torn").unwrap();
    }
    fs::write(root.join("manifest/notes.txt~"), "a person's backup").unwrap();
    let look = Directory::look(root);
    assert_eq!(look.keys(&id(), "").await, Ok(Vec::new()));
    assert_eq!(files(root).len(), 3, "looking takes nothing away");
    let archive = Directory::open(root, None).unwrap();
    assert_eq!(files(root), [PathBuf::from("manifest/notes.txt~")]);
    assert_eq!(archive.keys(&id(), "").await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_put_leaves_the_object_alone_in_its_directory() {
    let place = tempfile::tempdir().unwrap();
    let archive = Directory::open(place.path(), None).unwrap();
    for _ in 0..2 {
        archive.put_once(&id(), "manifest/1.jsonl.zst", Bytes::from_static(b"{}\n")).await.unwrap();
        archive.put(&id(), "reports/1.json", Bytes::from_static(b"{}")).await.unwrap();
    }
    assert_eq!(files(place.path()), [PathBuf::from("manifest/1.jsonl.zst"), PathBuf::from("reports/1.json")]);
}

#[tokio::test]
async fn objects_are_for_the_owner_alone() {
    let place = tempfile::tempdir().unwrap();
    let archive = Directory::open(place.path(), None).unwrap();
    archive.put_once(&id(), "quarantine/1-7-12.eml", Bytes::from_static(b"secret")).await.unwrap();
    archive.put(&id(), "reports/1.json", Bytes::from_static(b"{}")).await.unwrap();
    let mode = |path: &str| place.path().join(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("quarantine"), mode("quarantine/1-7-12.eml")), (0o700, 0o600));
    assert_eq!((mode("reports"), mode("reports/1.json")), (0o700, 0o600));
}

#[tokio::test]
async fn zst_objects_are_zstandard_files_for_everybody() {
    let place = tempfile::tempdir().unwrap();
    let archive = Directory::open(place.path(), None).unwrap();
    let lines = Bytes::from("{\"uid\":1,\"outcome\":\"copied\"}\n".repeat(1000));
    archive.put_once(&id(), "manifest/1.jsonl.zst", lines.clone()).await.unwrap();
    let kept = fs::read(place.path().join("manifest/1.jsonl.zst")).unwrap();
    assert!(kept.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]), "RFC 8878 §3.1.1: the magic number");
    assert!(kept.len() < lines.len() / 10);
    assert_eq!(archive.get(&id(), "manifest/1.jsonl.zst").await, Ok(Some(lines)));
}

#[tokio::test]
async fn a_rotten_object_is_a_failure_and_not_an_absent_one() {
    let place = tempfile::tempdir().unwrap();
    let archive = Directory::open(place.path(), None).unwrap();
    archive.put_once(&id(), "manifest/1.jsonl.zst", Bytes::from_static(b"{}\n")).await.unwrap();
    fs::write(place.path().join("manifest/1.jsonl.zst"), "").unwrap();
    let failure = archive.get(&id(), "manifest/1.jsonl.zst").await.unwrap_err();
    assert!(failure.cause.ends_with("the file is damaged, restore it from a copy"), "{failure}");
}

#[tokio::test]
async fn the_states_own_files_are_neither_listed_nor_written() {
    let place = tempfile::tempdir().unwrap();
    for name in ["lock", "posthorse.db", "posthorse.db-wal", "posthorse.db-shm"] {
        fs::write(place.path().join(name), "ours").unwrap();
    }
    let archive = Directory::open(place.path(), None).unwrap();
    assert_eq!(archive.keys(&id(), "").await, Ok(Vec::new()));
    for key in ["lock", "posthorse.db", "posthorse.db-wal"] {
        assert!(archive.put(&id(), key, Bytes::new()).await.is_err(), "{key}");
        assert!(archive.remove(&id(), key).await.is_err(), "{key}");
    }
}

#[tokio::test]
async fn an_archive_that_is_looked_at_cannot_be_written() {
    let place = tempfile::tempdir().unwrap();
    let look = Directory::look(place.path());
    assert!(look.put(&id(), "plan.json", Bytes::new()).await.is_err());
    assert!(look.put_once(&id(), "plan.json", Bytes::new()).await.is_err());
    assert!(files(place.path()).is_empty());
}

#[tokio::test]
async fn a_failed_put_says_what_where_and_why() {
    let place = tempfile::tempdir().unwrap();
    let archive = Directory::open(place.path(), None).unwrap();
    fs::write(place.path().join("manifest"), "in the way").unwrap();
    let failure = archive.put_once(&id(), "manifest/1.jsonl.zst", Bytes::new()).await.unwrap_err();
    assert!(failure.cause.starts_with("put object once, manifest/1.jsonl.zst: "), "{failure}");
}

#[test]
fn a_name_is_claimed_once_also_without_hard_links() {
    let place = tempfile::tempdir().unwrap();
    let target = place.path().join("a");
    assert_eq!(Draft::write(&target, b"first").unwrap().claim_by_rename(&target).unwrap(), Named::Yes);
    assert_eq!(Draft::write(&target, b"second").unwrap().claim_by_rename(&target).unwrap(), Named::Taken);
    assert_eq!(fs::read(&target).unwrap(), b"first");
    assert_eq!(files(place.path()), [PathBuf::from("a")]);
}
