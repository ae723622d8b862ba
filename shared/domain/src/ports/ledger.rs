//! # Ledger
//! The records, with conditional writes. Nothing else holds the truth about a migration.

use async_trait::async_trait;

use crate::migration::{Failure, Folder, FolderNumber, Migration, MigrationId, Moment};

/// What became of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a refused write means that somebody else holds this record: stop"]
pub enum Saved {
    /// It is durable, or will be before anything relies on it.
    Yes,
    /// The stored record is not the one that was read; nothing was written.
    Refused,
}

/// Records of migrations and their folders. A `Saved::Yes` is durable before it is returned (power loss included), but for what
/// leads to a step (`create`, a first plan, a turn without lease): that is at the latest when the step's turn is claimed, and
/// never later than what is written after it.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Keeps a new migration with version 1; refused when its id is taken.
    async fn create(&self, migration: &Migration) -> Result<Saved, Failure>;

    /// The migration's row as last written (a consistent read).
    async fn migration(&self, id: &MigrationId) -> Result<Option<Migration>, Failure>;

    /// Writes only if the stored version is still `migration.version`; the stored row then has that version plus one.
    async fn save(&self, migration: &Migration) -> Result<Saved, Failure>;

    /// Ids of migrations whose `next_at` is not after `until`, earliest first, at most `limit`.
    async fn due(&self, until: Moment, limit: usize) -> Result<Vec<MigrationId>, Failure>;

    /// Folder records numbered from `from` upwards, in order, at most `limit` (a consistent read).
    async fn folders(&self, id: &MigrationId, from: FolderNumber, limit: usize) -> Result<Vec<Folder>, Failure>;

    /// Adds or replaces planned folders, all or none per call of up to 100. A record is refused (and with it the call) when
    /// a stored one of the same number has another version than `folder.version`; a new one has version 0 here and is stored
    /// with version 1.
    async fn save_folders(&self, id: &MigrationId, folders: &[Folder]) -> Result<Saved, Failure>;

    /// Writes only if the stored record's version is `folder.version` and its epoch is not above `folder.epoch`; the
    /// stored record then has that version plus one. This is the fence: a former holder's epoch is lower.
    async fn save_folder(&self, id: &MigrationId, folder: &Folder) -> Result<Saved, Failure>;

    /// Forgets a migration and all its folders. Used by retention only.
    async fn forget(&self, id: &MigrationId) -> Result<(), Failure>;
}
