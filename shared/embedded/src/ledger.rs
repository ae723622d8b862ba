//! # Ledger
//! The records as rows of SQLite. The condition of a write stands beside it, in the same statement. What leads to
//! a step (a new migration, a first plan, a turn that nobody holds) is durable with its claim, before which it does nothing.

use std::sync::Arc;

use async_trait::async_trait;
use posthorse_domain::migration::{Failure, Folder, FolderNumber, Migration, MigrationId, Moment, State};
use posthorse_domain::ports::{Ledger, Saved};
use rusqlite::{CachedStatement, Connection, Params, Row, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cause;
use crate::database::{Database, Sync};
use crate::off_runtime::off_runtime;

/// The most folders that one `save_folders` takes; the port's promise ends there.
const FOLDERS_AT_ONCE: usize = 100;

/// The ledger in a database file.
pub struct SqliteLedger {
    database: Arc<Database>,
}

impl SqliteLedger {
    /// The ledger of this database.
    pub fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Ledger for SqliteLedger {
    async fn create(&self, migration: &Migration) -> Result<Saved, Failure> {
        let id = &migration.id.0;
        let body = written(id, &Migration { version: 1, ..migration.clone() })?;
        self.database.save("create migration", id, Sync::Later, |tx| {
            let sql = "INSERT INTO migrations (id, version, body) VALUES (?1, 1, ?2) ON CONFLICT DO NOTHING";
            let saved = one_row(tx.prepare_cached(sql)?, params![id, body])?;
            schedule(tx, saved, migration)
        })
    }

    async fn migration(&self, id: &MigrationId) -> Result<Option<Migration>, Failure> {
        let sql = "SELECT body FROM migrations WHERE id = ?1";
        let bodies = self.database.read("read migration", &id.0, |db| column(db, sql, params![id.0]))?;
        bodies.first().map(|body: &String| read(&id.0, body)).transpose()
    }

    async fn save(&self, migration: &Migration) -> Result<Saved, Failure> {
        let id = &migration.id.0;
        let next = migration.version.saturating_add(1);
        let body = written(id, &Migration { version: next, ..migration.clone() })?;
        let (was, next) = (integer(id, migration.version)?, integer(id, next)?);
        self.database.save("save migration", id, sync_of(migration), |tx| {
            let sql = "UPDATE migrations SET version = ?3, body = ?4 WHERE id = ?1 AND version = ?2";
            let saved = one_row(tx.prepare_cached(sql)?, params![id, was, next, body])?;
            schedule(tx, saved, migration)
        })
    }

    async fn due(&self, until: Moment, limit: usize) -> Result<Vec<MigrationId>, Failure> {
        let sql = "SELECT migration FROM due WHERE next_at <= ?1 ORDER BY next_at, migration LIMIT ?2";
        let parameters = params![until.millis(), at_most(limit)];
        let ids = self.database.read("read what is due", "ledger", |db| column(db, sql, parameters))?;
        Ok(ids.into_iter().map(MigrationId).collect())
    }

    async fn folders(&self, id: &MigrationId, from: FolderNumber, limit: usize) -> Result<Vec<Folder>, Failure> {
        let sql = "SELECT body FROM folders WHERE migration = ?1 AND number >= ?2 ORDER BY number LIMIT ?3";
        let parameters = params![id.0, from, at_most(limit)];
        let bodies = self.database.read("read folders", &id.0, |db| column(db, sql, parameters))?;
        bodies.iter().map(|body: &String| read(&id.0, body)).collect()
    }

    async fn save_folders(&self, id: &MigrationId, folders: &[Folder]) -> Result<Saved, Failure> {
        if folders.len() > FOLDERS_AT_ONCE {
            let count = folders.len();
            return Err(Failure::store(format!("save folders, {}: {count} at once; at most {FOLDERS_AT_ONCE}", id.0)));
        }
        let writes = folders.iter().map(|folder| FolderWrite::of(id, folder)).collect::<Result<Vec<_>, _>>()?;
        // Those of a first plan; others may be a person's decision.
        let new = folders.iter().all(|folder| folder.version == 0);
        self.database.save("save folders", &id.0, if new { Sync::Later } else { Sync::Now }, |tx| {
            for write in &writes {
                if write.plan(tx)? == Saved::Refused {
                    return Ok(Saved::Refused);
                }
            }
            Ok(Saved::Yes)
        })
    }

    async fn save_folder(&self, id: &MigrationId, folder: &Folder) -> Result<Saved, Failure> {
        let write = FolderWrite::of(id, folder)?;
        let database = Arc::clone(&self.database);
        off_runtime("save folder", move || {
            database.save("save folder", &write.object(), Sync::Now, |tx| write.commit(tx))
        })
        .await
    }

    async fn forget(&self, id: &MigrationId) -> Result<(), Failure> {
        let forget = self.database.save("forget migration", &id.0, Sync::Now, |tx| {
            tx.execute("DELETE FROM folders WHERE migration = ?1", params![id.0])?;
            tx.execute("DELETE FROM due WHERE migration = ?1", params![id.0])?;
            tx.execute("DELETE FROM migrations WHERE id = ?1", params![id.0])?;
            Ok(Saved::Yes)
        });
        forget.map(drop)
    }
}

/// A turn that nobody holds yet is durable with its claim.
fn sync_of(migration: &Migration) -> Sync {
    let is_next = matches!(migration.state, State::Planning | State::Copying | State::Verifying);
    if is_next && migration.lease_until.is_none() { Sync::Later } else { Sync::Now }
}

/// A folder's row as it is to be, and the version that it must replace.
struct FolderWrite {
    migration: String,
    number: FolderNumber,
    was: i64,
    next: i64,
    epoch: i64,
    body: String,
}

impl FolderWrite {
    fn of(id: &MigrationId, folder: &Folder) -> Result<Self, Failure> {
        let object = format!("{} folder {}", id.0, folder.number);
        let next = folder.version.saturating_add(1);
        Ok(Self {
            migration: id.0.clone(),
            number: folder.number,
            was: integer(&object, folder.version)?,
            next: integer(&object, next)?,
            epoch: integer(&object, folder.epoch)?,
            body: written(&object, &Folder { version: next, ..folder.clone() })?,
        })
    }

    fn object(&self) -> String {
        format!("{} folder {}", self.migration, self.number)
    }

    /// Adds the row (version 0: none may be there) or replaces the one of that version.
    fn plan(&self, tx: &Transaction<'_>) -> rusqlite::Result<Saved> {
        let Self { migration, number, was, next, epoch, body } = self;
        if *was == 0 {
            let sql = "INSERT INTO folders (migration, number, version, epoch, body) VALUES (?1, ?2, ?3, ?4, ?5) \
                       ON CONFLICT DO NOTHING";
            return one_row(tx.prepare_cached(sql)?, params![migration, number, next, epoch, body]);
        }
        let sql = "UPDATE folders SET version = ?4, epoch = ?5, body = ?6 \
                   WHERE migration = ?1 AND number = ?2 AND version = ?3";
        one_row(tx.prepare_cached(sql)?, params![migration, number, was, next, epoch, body])
    }

    /// Replaces the row of that version unless a later holder's epoch is on it.
    fn commit(&self, tx: &Transaction<'_>) -> rusqlite::Result<Saved> {
        let Self { migration, number, was, next, epoch, body } = self;
        let sql = "UPDATE folders SET version = ?4, epoch = ?5, body = ?6 \
                   WHERE migration = ?1 AND number = ?2 AND version = ?3 AND epoch <= ?5";
        one_row(tx.prepare_cached(sql)?, params![migration, number, was, next, epoch, body])
    }
}

/// Keeps the sparse `due` row in step with the migration's row, in the same transaction.
fn schedule(tx: &Transaction<'_>, saved: Saved, migration: &Migration) -> rusqlite::Result<Saved> {
    if saved == Saved::Yes {
        let id = &migration.id.0;
        tx.prepare_cached("DELETE FROM due WHERE migration = ?1")?.execute(params![id])?;
        if let Some(at) = migration.next_at {
            let sql = "INSERT INTO due (migration, next_at) VALUES (?1, ?2)";
            tx.prepare_cached(sql)?.execute(params![id, at.millis()])?;
        }
    }
    Ok(saved)
}

/// Runs a conditional write: it changes its one row, or none.
fn one_row(mut statement: CachedStatement<'_>, parameters: impl Params) -> rusqlite::Result<Saved> {
    Ok(match statement.execute(parameters)? {
        0 => Saved::Refused,
        _ => Saved::Yes,
    })
}

/// The first column of all rows.
fn column(db: &Connection, sql: &str, parameters: impl Params) -> rusqlite::Result<Vec<String>> {
    let first = |row: &Row<'_>| row.get(0);
    db.prepare_cached(sql)?.query_map(parameters, first)?.collect()
}

fn written(object: &str, record: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(record).map_err(|error| cause::json("write record", object, &error))
}

fn read<T: DeserializeOwned>(object: &str, body: &str) -> Result<T, Failure> {
    serde_json::from_str(body).map_err(|error| cause::json("read record", object, &error))
}

/// SQLite's integers have a sign.
fn integer(object: &str, number: u64) -> Result<i64, Failure> {
    i64::try_from(number).map_err(|_| Failure::store(format!("save record, {object}: number {number} is too large")))
}

fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
