//! # Archive
//! Objects: manifest segments, quarantined octets, reports.

use async_trait::async_trait;
use bytes::Bytes;

use crate::migration::{Failure, MigrationId};

/// What became of a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The object is durable now.
    Done,
    /// An object of that key was there before; it was not touched.
    Exists,
}

/// Objects that are written once and read whole. Keys are relative paths of letters, digits, `/`, `.`, `_`, `-`; a key
/// ending in `.zst` is compressed by the adapter and read back plain.
#[async_trait]
pub trait Archive: Send + Sync {
    /// Writes an object that must not exist yet. Durable before it returns (power loss included).
    async fn put_once(&self, id: &MigrationId, key: &str, octets: Bytes) -> Result<Put, Failure>;

    /// Writes an object, or replaces the one of that key, in one piece: a reader sees the old one or the new one.
    async fn put(&self, id: &MigrationId, key: &str, octets: Bytes) -> Result<(), Failure>;

    /// The object's octets; none when there is no such object.
    async fn get(&self, id: &MigrationId, key: &str) -> Result<Option<Bytes>, Failure>;

    /// Keys that begin with `prefix`, sorted.
    async fn keys(&self, id: &MigrationId, prefix: &str) -> Result<Vec<String>, Failure>;

    /// Takes an object away. Used by retention and by people's decisions only; absent is not an error.
    async fn remove(&self, id: &MigrationId, key: &str) -> Result<(), Failure>;
}

/// Why this is no key; none for a good one.
pub fn bad_key(key: &str) -> Option<&'static str> {
    if !key.chars().all(allowed) {
        Some("letters, digits, `/`, `.`, `_`, `-` only")
    } else if key.split('/').any(|part| matches!(part, "" | "." | "..")) {
        Some("a relative path without empty, `.` or `..` parts only")
    } else {
        None
    }
}

/// True when keys can begin so.
pub fn good_prefix(prefix: &str) -> bool {
    let directories = prefix.rsplit_once('/').map_or("", |(directories, _)| directories);
    let inside = prefix.is_empty() || !prefix.starts_with('/');
    let plain = directories.is_empty() || directories.split('/').all(|part| !matches!(part, "" | "." | ".."));
    inside && plain && prefix.chars().all(allowed)
}

fn allowed(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '/' | '.' | '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_may_end_anywhere() {
        let rows = [
            ("", true),
            ("manifest", true),
            ("manifest/", true),
            ("manifest/00001-", true),
            ("a/b/", true),
            ("/", false),
            ("/a", false),
            ("../", false),
            ("a/../b", false),
            ("a//", false),
            ("a b", false),
        ];
        for (prefix, good) in rows {
            assert_eq!(good_prefix(prefix), good, "{prefix:?}");
        }
    }
}
