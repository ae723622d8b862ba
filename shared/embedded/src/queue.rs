//! # Queue
//! Jobs as rows of the same database. A job is hidden by moving the time at which it can be seen. No kill loses one; a power
//! cut may, before the next record is saved: whoever runs the steps then names it again by the ledger.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use posthorse_domain::migration::{Failure, Moment};
use posthorse_domain::ports::{Delivery, Job, Queue};
use rusqlite::{OptionalExtension, Transaction, params};

use crate::cause;
use crate::clock::wall;
use crate::database::Database;

/// The queue in a database file. It measures by the wall clock, since a delay outlives the process.
pub struct SqliteQueue {
    database: Arc<Database>,
}

impl SqliteQueue {
    /// The queue of this database.
    pub fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Queue for SqliteQueue {
    async fn send(&self, job: &Job, delay: Duration) -> Result<(), Failure> {
        let object = &job.migration.0;
        let body = serde_json::to_string(job).map_err(|error| cause::json("send job", object, &error))?;
        let visible_at = now().after(delay).millis();
        self.database.note("send job", object, |tx| {
            let sql = "INSERT INTO jobs (visible_at, body) VALUES (?1, ?2)";
            tx.prepare_cached(sql)?.execute(params![visible_at, body])?;
            Ok(())
        })
    }

    async fn receive(&self, hide: Duration) -> Result<Option<Delivery>, Failure> {
        let now = now();
        let taken = self.database.note("receive job", "queue", |tx| take(tx, now, now.after(hide)))?;
        let Some((number, body)) = taken else { return Ok(None) };
        let receipt = number.to_string();
        let job = serde_json::from_str(&body).map_err(|error| cause::json("receive job", &receipt, &error))?;
        Ok(Some(Delivery { job, receipt }))
    }

    async fn acknowledge(&self, receipt: &str) -> Result<(), Failure> {
        let Ok(number) = receipt.parse::<i64>() else {
            return Err(Failure::store(format!("acknowledge job, {receipt}: not a receipt of this queue")));
        };
        self.database.note("acknowledge job", receipt, |tx| {
            tx.prepare_cached("DELETE FROM jobs WHERE number = ?1")?.execute(params![number])?;
            Ok(())
        })
    }
}

/// Hides the job that has waited longest and hands it out.
fn take(tx: &Transaction<'_>, now: Moment, until: Moment) -> rusqlite::Result<Option<(i64, String)>> {
    let sql = "SELECT number, body FROM jobs WHERE visible_at <= ?1 ORDER BY visible_at, number LIMIT 1";
    let first = tx.prepare_cached(sql)?.query_row(params![now.millis()], |row| Ok((row.get(0)?, row.get(1)?)));
    let Some((number, body)) = first.optional()? else { return Ok(None) };
    let sql = "UPDATE jobs SET visible_at = ?2 WHERE number = ?1";
    tx.prepare_cached(sql)?.execute(params![number, until.millis()])?;
    Ok(Some((number, body)))
}

fn now() -> Moment {
    wall(SystemTime::now())
}
