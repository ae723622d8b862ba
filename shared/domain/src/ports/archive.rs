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
