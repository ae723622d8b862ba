//! # Listed
//! All migrations, the newest first, page by page. The index holds keys alone and is written once per migration, so that a
//! list costs reads and no step pays for it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use posthorse_domain::migration::{Failure, Migration, MigrationId, Moment};

use super::DynamoLedger;
use super::sweep::{READS, key};
use crate::cause;
use crate::row::{self, Row};

/// A place in the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When the migration there was created.
    pub created: Moment,
    /// Which it is.
    pub id: MigrationId,
}

impl DynamoLedger {
    /// At most `limit` migrations (100 at most) behind a place, the newest first, and the place of the last one; none when
    /// there are no more. One that was forgotten meanwhile is left out.
    ///
    /// # Errors
    /// DynamoDB failed.
    pub async fn listed(
        &self,
        after: Option<&Place>,
        limit: usize,
    ) -> Result<(Vec<Migration>, Option<Place>), Failure> {
        let most = limit.clamp(1, READS);
        let query = self.client.query().table_name(&self.table).index_name("listed").scan_index_forward(false);
        let query = query.key_condition_expression("listed = :listed");
        let query = query.expression_attribute_values(":listed", row::listed());
        let query = query.limit(i32::try_from(most).unwrap_or(i32::MAX)).set_exclusive_start_key(after.map(begin));
        let page = query.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
        let page = page.map_err(|error| cause::sdk("list migrations", &self.table, &error))?;
        self.read(page.consumed_capacity());
        let more = page.last_evaluated_key.is_some();
        let places: Vec<Place> = page.items.unwrap_or_default().iter().filter_map(place).collect();
        let next = places.last().cloned().filter(|_| more);
        let keys: Vec<Row> = places.iter().map(|place| key(row::pk(&place.id), row::migration_sk())).collect();
        if keys.is_empty() {
            return Ok((Vec::new(), next));
        }
        let rows = self.rows_of("list migrations", keys, None).await?;
        let records = rows.into_iter().map(row::migration).collect::<Result<Vec<_>, _>>();
        let mut records = records.map_err(|error| cause::shape("list migrations", &self.table, error))?;
        records.sort_by(|one, other| (other.created, &other.id).cmp(&(one.created, &one.id)));
        Ok((records, next))
    }
}

/// The key that DynamoDB goes on behind.
fn begin(place: &Place) -> HashMap<String, AttributeValue> {
    let mut begin = key(row::pk(&place.id), row::migration_sk());
    begin.insert("listed".into(), row::listed());
    begin.insert("created".into(), AttributeValue::N(place.created.millis().to_string()));
    begin
}

fn place(row: &Row) -> Option<Place> {
    let created = row.get("created")?.as_n().ok()?.parse().ok()?;
    Some(Place { created: Moment::from_millis(created), id: row::id(row)? })
}
