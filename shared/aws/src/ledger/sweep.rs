//! # Sweep
//! What the sweep asks of the ledger: which migrations are due, and forgetting those whose time is over.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, ReturnConsumedCapacity, WriteRequest};
use posthorse_domain::migration::{Failure, MigrationId, Moment};

use super::DynamoLedger;
use crate::cause;
use crate::row::{self, Row};

/// The most keys that one batch reads.
pub(super) const READS: usize = 100;
/// The most rows that one batch deletes.
const DELETES: usize = 25;
/// How often what a batch left over is asked for again, each time twice as late as before.
pub(super) const AGAIN: u32 = 8;
/// The first of these waits.
const PAUSE: Duration = Duration::from_millis(25);
/// More pages of rows than a migration can have.
const PAGES: usize = 1 << 20;

/// The sort key's place in the order, and the id.
type Due = (i64, MigrationId);

impl DynamoLedger {
    /// The index lags behind the rows: what it shows is read again from them, consistently, before anybody acts on it.
    pub(super) async fn due_until(&self, until: Moment, limit: usize) -> Result<Vec<MigrationId>, Failure> {
        let mut shown = Vec::new();
        for shard in 0..row::SHARDS {
            shown.extend(self.due_in(shard, until, limit).await?);
        }
        shown.sort();
        shown.truncate(limit);
        let mut due = Vec::new();
        for some in shown.chunks(READS) {
            due.extend(self.look_again(some).await?);
        }
        due.retain(|(at, _)| *at <= until.millis());
        due.sort();
        Ok(due.into_iter().map(|(_, id)| id).collect())
    }

    async fn due_in(&self, shard: u8, until: Moment, limit: usize) -> Result<Vec<Due>, Failure> {
        let query =
            self.client.query().index_name("due").key_condition_expression("due = :shard AND next_at <= :until");
        let query = query.expression_attribute_values(":shard", row::shard_key(shard));
        let query = query.expression_attribute_values(":until", AttributeValue::N(until.millis().to_string()));
        let rows = self.rows("read what is due", "the index", query, limit).await?;
        Ok(rows.iter().filter_map(due).collect())
    }

    async fn look_again(&self, shown: &[Due]) -> Result<Vec<Due>, Failure> {
        let keys = shown.iter().map(|(_, id)| key(row::pk(id), row::migration_sk())).collect();
        let rows = self.rows_of("read what is due", keys, Some("pk, next_at")).await?;
        Ok(rows.iter().filter_map(due).collect())
    }

    /// The migration's own row sorts last, so it is there as long as any of its folders is: what was interrupted can be
    /// done again.
    pub(super) async fn forget_rows(&self, id: &MigrationId) -> Result<(), Failure> {
        for _ in 0..PAGES {
            let query = self.client.query().consistent_read(true).projection_expression("pk, sk");
            let query = query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", row::pk(id));
            let keys = self.rows("forget migration", &id.0, query, DELETES).await?;
            if keys.is_empty() {
                return Ok(());
            }
            self.delete(id, keys).await?;
        }
        Err(cause::shape("forget migration", &id.0, "rows are left over; forget it again"))
    }

    async fn delete(&self, id: &MigrationId, keys: Vec<Row>) -> Result<(), Failure> {
        let deletes = keys.into_iter().map(|key| DeleteRequest::builder().set_key(Some(key)).build());
        let deletes = deletes.map(|delete| Ok(WriteRequest::builder().delete_request(delete?).build()));
        let deletes: Result<Vec<_>, aws_smithy_types::error::operation::BuildError> = deletes.collect();
        let mut left = deletes.map_err(|error| cause::shape("forget migration", &id.0, error))?;
        for again in 0..AGAIN {
            pause(again).await;
            let batch = self.client.batch_write_item().request_items(&self.table, left);
            let batch = batch.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
            let batch = batch.map_err(|error| cause::sdk("forget migration", &id.0, &error))?;
            batch.consumed_capacity().iter().for_each(|consumed| self.wrote(Some(consumed)));
            left = batch.unprocessed_items.and_then(|mut left| left.remove(&self.table)).unwrap_or_default();
            if left.is_empty() {
                return Ok(());
            }
        }
        Err(cause::shape("forget migration", &id.0, format!("rows are left over after {AGAIN} tries")))
    }
}

fn due(row: &Row) -> Option<Due> {
    let at = row.get("next_at")?.as_n().ok()?.parse().ok()?;
    Some((at, row::id(row)?))
}

pub(super) fn key(pk: AttributeValue, sk: AttributeValue) -> Row {
    [("pk".to_owned(), pk), ("sk".to_owned(), sk)].into()
}

pub(super) async fn pause(again: u32) {
    if again > 0 {
        tokio::time::sleep(PAUSE.saturating_mul(2_u32.saturating_pow(again - 1))).await;
    }
}
