//! Opening, and being told why not.

use super::*;
use bytes::Bytes;
use posthorse_domain::migration::{MigrationId, Moment};
use posthorse_domain::ports::{Archive, Ledger};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

fn names(directory: &Path) -> Vec<PathBuf> {
    let mut names = std::fs::read_dir(directory).unwrap().map(|e| e.unwrap().file_name().into()).collect::<Vec<_>>();
    names.sort();
    names
}

#[test]
fn a_new_state_directory_holds_a_lock_and_a_database_for_the_owner_alone() {
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("state");
    drop(State::open(&directory).unwrap());
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    assert_eq!(names(&directory), [PathBuf::from("lock"), PathBuf::from("posthorse.db")]);
    assert!(names(&directory).iter().all(|name| mode(&directory.join(name)) == 0o600));
}

#[test]
fn a_second_opening_is_refused_until_the_first_is_dropped() {
    let place = tempfile::tempdir().unwrap();
    let first = State::open(place.path()).unwrap();
    let error = State::open(place.path()).err();
    assert_eq!(error, Some(StateError::Locked { path: place.path().join("lock") }));
    drop(first);
    assert!(State::open(place.path()).is_ok());
}

#[tokio::test]
async fn a_locked_state_can_be_looked_at() {
    let place = tempfile::tempdir().unwrap();
    let id = MigrationId("m-1".into());
    assert!(matches!(Look::open(place.path()), Err(StateError::Absent { .. })));
    assert!(names(place.path()).is_empty(), "looking makes nothing");
    let state = State::open(place.path()).unwrap();
    state.archive.put(&id, "plan.json", Bytes::from_static(b"{}")).await.unwrap();
    let look = Look::open(place.path()).unwrap();
    assert_eq!(look.archive.keys(&id, "").await.unwrap(), ["plan.json"]);
    assert_eq!(look.ledger.due(Moment::from_millis(i64::MAX), 10).await, Ok(Vec::new()));
    drop(state);
    assert!(Look::open(place.path()).is_ok(), "also when nobody is at work");
}

#[test]
fn a_place_that_cannot_be_a_directory_is_unwritable() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("file"), "").unwrap();
    let error = State::open(&place.path().join("file")).err();
    assert!(matches!(error, Some(StateError::Unwritable { .. })), "{error:?}");
}

#[test]
fn a_directory_that_nobody_may_write_to_is_unwritable() {
    let place = tempfile::tempdir().unwrap();
    std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o500)).unwrap();
    // The superuser may write everywhere: for it the directory is as good as any.
    let allowed = std::fs::write(place.path().join("try"), "").is_ok();
    let opened = State::open(place.path()).map(drop);
    assert_eq!(allowed, opened.is_ok(), "{opened:?}");
    assert!(allowed || matches!(opened, Err(StateError::Unwritable { .. })), "{opened:?}");
}

#[test]
fn errors_of_the_system_keep_their_kind() {
    let path = Path::new("/state");
    let full = std::io::Error::from(rustix::io::Errno::NOSPC);
    assert_eq!(StateError::io(path, &full), StateError::Full { path: path.into() });
    let readonly = std::io::Error::from(rustix::io::Errno::ROFS);
    assert!(matches!(StateError::io(path, &readonly), StateError::Unwritable { .. }));
    assert!(StateError::Full { path: path.into() }.to_string().contains("disk full"));
}
