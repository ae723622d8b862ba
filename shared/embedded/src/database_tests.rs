//! Opening, versions, refusals.

use super::*;
use std::os::unix::fs::PermissionsExt;

fn file() -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join(DATABASE_FILE);
    (place, path)
}

fn asked<T: rusqlite::types::FromSql>(database: &Database, pragma: &str) -> T {
    database.read("read", pragma, |db| db.pragma_query_value(None, pragma, |row| row.get(0))).unwrap()
}

#[test]
fn commits_wait_for_the_disk() {
    let (_place, path) = file();
    let database = Database::open(&path, None).unwrap();
    assert_eq!(asked::<String>(&database, "journal_mode"), "wal");
    assert_eq!(asked::<i64>(&database, "synchronous"), 2, "FULL");
    assert_eq!(asked::<i64>(&database, "user_version"), TABLES);
}

#[test]
fn a_job_waits_for_no_disk_and_a_record_behind_it_does() {
    let (_place, path) = file();
    let database = Database::open(&path, None).unwrap();
    let job = |tx: &Transaction<'_>| tx.execute("INSERT INTO jobs (body) VALUES ('{}')", []);
    database.note("note", "jobs", job).unwrap();
    assert_eq!(asked::<i64>(&database, "synchronous"), 1, "NORMAL");
    assert_eq!(database.save("save", "jobs", Sync::Now, |tx| job(tx).map(|_| Saved::Yes)), Ok(Saved::Yes));
    assert_eq!(asked::<i64>(&database, "synchronous"), 2, "FULL");
}

#[test]
fn all_files_are_for_the_owner_alone() {
    let (place, path) = file();
    let database = Database::open(&path, None).unwrap();
    database.note("note", "jobs", |tx| tx.execute("INSERT INTO jobs (body) VALUES ('{}')", [])).unwrap();
    let modes = std::fs::read_dir(place.path()).unwrap().map(|entry| {
        let entry = entry.unwrap();
        (entry.file_name(), entry.metadata().unwrap().permissions().mode() & 0o777)
    });
    let modes = modes.collect::<std::collections::BTreeMap<_, _>>();
    assert_eq!(modes.len(), 3, "database, log and index: {modes:?}");
    assert!(modes.values().all(|mode| *mode == 0o600), "{modes:?}");
}

#[test]
fn tables_of_a_newer_version_are_left_alone() {
    let (_place, path) = file();
    drop(Database::open(&path, None).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 7).unwrap();
    let newer = StateError::Newer { path: path.clone(), found: 7, known: TABLES };
    assert_eq!(Database::open(&path, None).err(), Some(newer.clone()));
    assert_eq!(Database::look(&path).err(), Some(newer.clone()));
    let words = newer.to_string();
    assert!(words.contains("version 7") && words.contains("use the newer program"), "{words}");
}

#[test]
fn a_file_that_is_no_database_is_damaged() {
    let (_place, path) = file();
    std::fs::write(&path, "From: somebody\r\n".repeat(100)).unwrap();
    let error = Database::open(&path, None).err();
    assert!(matches!(error, Some(StateError::Damaged { .. })), "{error:?}");
}

#[test]
fn a_refused_save_leaves_nothing_behind() {
    let (_place, path) = file();
    let database = Database::open(&path, None).unwrap();
    let saved = database.save("save", "jobs", Sync::Now, |tx| {
        tx.execute("INSERT INTO jobs (body) VALUES ('{}')", [])?;
        Ok(Saved::Refused)
    });
    assert_eq!(saved, Ok(Saved::Refused));
    let count = database.read("count", "jobs", |db| db.query_row("SELECT count(*) FROM jobs", [], |row| row.get(0)));
    assert_eq!(count, Ok(0_i64));
}

#[test]
fn a_panic_in_a_write_leaves_a_database_that_works() {
    let (_place, path) = file();
    let database = Database::open(&path, None).unwrap();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = database.note("note", "jobs", |tx| -> rusqlite::Result<()> {
            tx.execute("INSERT INTO jobs (body) VALUES ('{}')", [])?;
            panic!("in the middle");
        });
    }));
    assert!(panicked.is_err());
    let count = database.note("count", "jobs", |tx| tx.query_row("SELECT count(*) FROM jobs", [], |row| row.get(0)));
    assert_eq!(count, Ok(0_i64));
}

#[test]
fn a_full_disk_is_told_in_so_many_words_and_nothing_of_the_write_stays() {
    let (_place, path) = file();
    let database = Database::open(&path, None).unwrap();
    let pages: i64 = asked(&database, "page_count");
    let room = |pages: i64| {
        database.note("set", "room", |tx| tx.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())))
    };
    let big = "x".repeat(1 << 20);
    let fill = || database.note("send job", "m", |tx| tx.execute("INSERT INTO jobs (body) VALUES (?1)", [&big]));
    room(pages + 2).unwrap();
    let failure = fill().unwrap_err();
    assert_eq!(failure.cause, "send job, m: disk full; free some space, then start it again");
    room(pages + 2000).unwrap();
    assert_eq!(fill(), Ok(1), "it works again once there is room");
}

#[test]
fn looking_needs_a_database_and_changes_none() {
    let (_place, path) = file();
    assert_eq!(Database::look(&path).err(), Some(StateError::Absent { path: path.clone() }));
    let working = Database::open(&path, None).unwrap();
    let look = Database::look(&path).unwrap();
    working.note("write", "jobs", |tx| tx.execute("INSERT INTO jobs (body) VALUES ('{}')", [])).unwrap();
    let count = look.read("count", "jobs", |db| db.query_row("SELECT count(*) FROM jobs", [], |row| row.get(0)));
    assert_eq!(count, Ok(1_i64));
    let failure = look.note("write", "jobs", |tx| tx.execute("DELETE FROM jobs", [])).unwrap_err();
    assert!(failure.cause.contains("readonly"), "{failure}");
}
