//! # Pages
//! Queries, page by page: DynamoDB ends a page at 1 MB, whatever was asked for.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnConsumedCapacity};
use posthorse_domain::migration::{Failure, FolderNumber, MigrationId};

use super::DynamoLedger;
use super::sweep::{AGAIN, pause};
use crate::cause;
use crate::row::{self, Row};

impl DynamoLedger {
    /// A folder rows numbered from `from` upwards, at most `limit`.
    pub(super) async fn folder_rows(
        &self,
        id: &MigrationId,
        from: FolderNumber,
        limit: usize,
    ) -> Result<Vec<Row>, Failure> {
        let query = self.client.query().consistent_read(true);
        let query = query.key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to");
        let query = query.expression_attribute_values(":pk", row::pk(id));
        let query = query.expression_attribute_values(":from", row::folder_sk(from));
        let query = query.expression_attribute_values(":to", row::folder_sk(FolderNumber::MAX));
        self.rows("read folders", &id.0, query, limit).await
    }

    /// The rows that a query finds, at most `limit`.
    pub(super) async fn rows(
        &self,
        operation: &str,
        object: &str,
        query: QueryFluentBuilder,
        limit: usize,
    ) -> Result<Vec<Row>, Failure> {
        let query = query.table_name(&self.table).return_consumed_capacity(ReturnConsumedCapacity::Total);
        let (mut rows, mut after) = (Vec::new(), None);
        // No page but the last is empty, so there are no more pages than rows.
        while rows.len() < limit {
            let most = i32::try_from(limit - rows.len()).unwrap_or(i32::MAX);
            let page = query.clone().limit(most).set_exclusive_start_key(after).send().await;
            let page = page.map_err(|error| cause::sdk(operation, object, &error))?;
            self.read(page.consumed_capacity());
            let found = page.items.unwrap_or_default();
            let ended = found.is_empty() || page.last_evaluated_key.is_none();
            rows.extend(found);
            if ended {
                break;
            }
            after = page.last_evaluated_key;
        }
        Ok(rows)
    }

    /// The rows of these keys (at most 100), read consistently; those that are not there are left out.
    pub(super) async fn rows_of(
        &self,
        operation: &str,
        keys: Vec<Row>,
        projection: Option<&str>,
    ) -> Result<Vec<Row>, Failure> {
        let failed = |what: String| cause::shape(operation, &self.table, what);
        let wanted = KeysAndAttributes::builder().consistent_read(true);
        let wanted = wanted.set_projection_expression(projection.map(str::to_owned)).set_keys(Some(keys));
        let mut wanted = Some(wanted.build().map_err(|error| failed(error.to_string()))?);
        let mut found = Vec::new();
        for again in 0..AGAIN {
            let Some(asked) = wanted.take() else { return Ok(found) };
            pause(again).await;
            let batch = self.client.batch_get_item().request_items(&self.table, asked);
            let batch = batch.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
            let batch = batch.map_err(|error| cause::sdk(operation, &self.table, &error))?;
            batch.consumed_capacity().iter().for_each(|consumed| self.read(Some(consumed)));
            found.extend(batch.responses.into_iter().flatten().flat_map(|(_, rows)| rows));
            wanted = batch.unprocessed_keys.and_then(|mut left| left.remove(&self.table));
        }
        if wanted.is_none() { Ok(found) } else { Err(failed(format!("rows are left over after {AGAIN} tries"))) }
    }
}
