//! # Key
//! Which archive keys are good, and which file each of them is.

use std::path::{Path, PathBuf};

use posthorse_domain::migration::Failure;
use posthorse_domain::ports::archive::bad_key;

use crate::database::DATABASE_FILE;
use crate::lock::LOCK_FILE;

/// An archive key that was checked: it stays inside the directory and is none of the state's own files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key(String);

impl Key {
    /// Takes a relative path of letters, digits, `/`, `.`, `_`, `-` without empty, `.` or `..` parts.
    pub(crate) fn new(operation: &str, key: &str) -> Result<Self, Failure> {
        let reserved = reserved(key).then_some("the state directory keeps that name for itself");
        match bad_key(key).or(reserved) {
            Some(reason) => Err(Failure::store(format!("{operation}, {key:?}: not a key: {reason}"))),
            None => Ok(Self(key.into())),
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    pub(crate) fn under(&self, root: &Path) -> PathBuf {
        root.join(&self.0)
    }

    /// The directories of the key, outermost first, below the root.
    pub(crate) fn directories(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').filter_map(|(at, _)| self.0.get(..at))
    }
}

/// The lock, the database and what SQLite puts beside it (`-wal`, `-shm`, `-journal`).
fn reserved(key: &str) -> bool {
    let top = key.split('/').next().unwrap_or_default();
    top == LOCK_FILE || top.starts_with(DATABASE_FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_inside_and_away_from_the_states_own_files() {
        let rows = [
            ("plan.json", true),
            ("manifest/00001-7-0000000001-p1-e1-t2-v3.jsonl.zst", true),
            ("quarantine/1-7-12.eml", true),
            ("a/..b", true),
            ("", false),
            ("/a", false),
            ("a/", false),
            ("a//b", false),
            (".", false),
            ("..", false),
            ("a/../b", false),
            ("a/./b", false),
            ("a b", false),
            ("a\0", false),
            ("a\\b", false),
            ("ä", false),
            ("a~1~part", false),
            ("lock", false),
            ("lock/a", false),
            ("locker", true),
            ("posthorse.db", false),
            ("posthorse.db-wal", false),
            ("reports/posthorse.db", true),
        ];
        for (key, good) in rows {
            assert_eq!(Key::new("put", key).is_ok(), good, "{key:?}");
        }
    }

    #[test]
    fn directories_come_outermost_first() {
        let key = Key::new("put", "a/b/c.json").unwrap();
        assert_eq!(key.directories().collect::<Vec<_>>(), ["a", "a/b"]);
    }
}
