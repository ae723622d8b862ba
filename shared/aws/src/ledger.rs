//! # Ledger
//! The records as items of one table. The condition of a write stands beside it, in the same request.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ConsumedCapacity, Put, ReturnConsumedCapacity, TransactWriteItem};
use posthorse_domain::migration::{Failure, Folder, FolderNumber, Migration, MigrationId, Moment};
use posthorse_domain::ports::{Ledger, Saved};

use crate::row::{self, Row};
use crate::{DynamoAttempts, Session, cause};

mod listed;
mod pages;
mod sweep;

/// The most folders that one `save_folders` takes: what a transaction takes.
const FOLDERS_AT_ONCE: usize = 100;

pub use listed::Place;

/// The ledger in a DynamoDB table with the keys `pk` and `sk` and two keys-only indexes: `due` by `due` and `next_at`,
/// `listed` by `listed` and `created`.
#[derive(Debug)]
pub struct DynamoLedger {
    client: Client,
    table: String,
    used: Mutex<Used>,
}

/// What the calls of a ledger consumed, in capacity units, as DynamoDB counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Used {
    /// Read units: half a unit per 4 KB, one when consistent.
    pub read: f64,
    /// Write units: one per KB, two in a transaction.
    pub write: f64,
}

impl DynamoLedger {
    /// The ledger in this table.
    pub fn new(session: &Session, table: impl Into<String>) -> Self {
        Self { client: Client::new(session.config()), table: table.into(), used: Mutex::default() }
    }

    /// Counters of failed connects, in the same table.
    pub fn attempts(&self) -> DynamoAttempts {
        DynamoAttempts::new(self.client.clone(), self.table.clone())
    }

    /// What was consumed so far.
    pub fn used(&self) -> Used {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, consumed: Option<&ConsumedCapacity>) {
        let units = consumed.and_then(ConsumedCapacity::capacity_units).unwrap_or_default();
        self.used.lock().unwrap_or_else(PoisonError::into_inner).read += units;
    }

    fn wrote(&self, consumed: Option<&ConsumedCapacity>) {
        let units = consumed.and_then(ConsumedCapacity::capacity_units).unwrap_or_default();
        self.used.lock().unwrap_or_else(PoisonError::into_inner).write += units;
    }

    fn put(&self, row: Row) -> PutItemFluentBuilder {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(row));
        put.return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    /// Sends a conditional put.
    async fn save_row(&self, operation: &str, object: &str, put: PutItemFluentBuilder) -> Result<Saved, Failure> {
        match put.send().await {
            Ok(done) => {
                self.wrote(done.consumed_capacity());
                Ok(Saved::Yes)
            }
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(Saved::Refused)
            }
            Err(error) => Err(cause::sdk(operation, object, &error)),
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Ledger for DynamoLedger {
    async fn create(&self, migration: &Migration) -> Result<Saved, Failure> {
        let row = written("create migration", &Migration { version: 1, ..migration.clone() })?;
        let put = self.put(row).condition_expression("attribute_not_exists(pk)");
        self.save_row("create migration", &migration.id.0, put).await
    }

    async fn migration(&self, id: &MigrationId) -> Result<Option<Migration>, Failure> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key("pk", row::pk(id)).key("sk", row::migration_sk());
        let got = get.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
        let got = got.map_err(|error| cause::sdk("read migration", &id.0, &error))?;
        self.read(got.consumed_capacity());
        got.item.map(row::migration).transpose().map_err(|error| cause::shape("read migration", &id.0, error))
    }

    async fn save(&self, migration: &Migration) -> Result<Saved, Failure> {
        let next = migration.version.saturating_add(1);
        let row = written("save migration", &Migration { version: next, ..migration.clone() })?;
        let put = self.put(row).condition_expression("#version = :was");
        let put = put.expression_attribute_names("#version", "version");
        let put = put.expression_attribute_values(":was", number(migration.version));
        self.save_row("save migration", &migration.id.0, put).await
    }

    async fn due(&self, until: Moment, limit: usize) -> Result<Vec<MigrationId>, Failure> {
        self.due_until(until, limit).await
    }

    async fn folders(&self, id: &MigrationId, from: FolderNumber, limit: usize) -> Result<Vec<Folder>, Failure> {
        let rows = self.folder_rows(id, from, limit).await?;
        let folders = rows.into_iter().map(row::folder).collect::<Result<Vec<_>, _>>();
        folders.map_err(|error| cause::shape("read folders", &id.0, error))
    }

    async fn save_folders(&self, id: &MigrationId, folders: &[Folder]) -> Result<Saved, Failure> {
        let operation = "save folders";
        if folders.len() > FOLDERS_AT_ONCE {
            let what = format!("{} at once; at most {FOLDERS_AT_ONCE}", folders.len());
            return Err(cause::shape(operation, &id.0, what));
        }
        if folders.is_empty() {
            return Ok(Saved::Yes);
        }
        let writes = folders.iter().map(|folder| self.planned(id, folder)).collect::<Result<Vec<_>, _>>()?;
        let transaction = self.client.transact_write_items().set_transact_items(Some(writes));
        match transaction.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await {
            Ok(done) => {
                done.consumed_capacity().iter().for_each(|consumed| self.wrote(Some(consumed)));
                Ok(Saved::Yes)
            }
            Err(error) if refused(error.as_service_error()) => Ok(Saved::Refused),
            Err(error) => Err(cause::sdk(operation, &id.0, &error)),
        }
    }

    async fn save_folder(&self, id: &MigrationId, folder: &Folder) -> Result<Saved, Failure> {
        let put = self.put(stored(id, folder)?).condition_expression("#version = :was AND #epoch <= :epoch");
        let put = put.expression_attribute_names("#version", "version").expression_attribute_names("#epoch", "epoch");
        let put = put.expression_attribute_values(":was", number(folder.version));
        let put = put.expression_attribute_values(":epoch", number(folder.epoch));
        self.save_row("save folder", &object(id, folder), put).await
    }

    async fn forget(&self, id: &MigrationId) -> Result<(), Failure> {
        self.forget_rows(id).await
    }
}

impl DynamoLedger {
    /// Adds the row (version 0: none may be there) or replaces the one of that version.
    fn planned(&self, id: &MigrationId, folder: &Folder) -> Result<TransactWriteItem, Failure> {
        let put = Put::builder().table_name(&self.table).set_item(Some(stored(id, folder)?));
        let put = match folder.version {
            0 => put.condition_expression("attribute_not_exists(pk)"),
            was => put
                .condition_expression("#version = :was")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":was", number(was)),
        };
        let put = put.build().map_err(|error| cause::shape("save folders", object(id, folder), error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// True when a condition of the transaction did not hold, and nothing else was wrong with it.
fn refused(error: Option<&aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError>) -> bool {
    use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError as E;
    let Some(E::TransactionCanceledException(cancelled)) = error else { return false };
    let codes = cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code());
    let mut codes = codes.filter(|code| *code != "None").peekable();
    codes.peek().is_some() && codes.all(|code| code == "ConditionalCheckFailed")
}

fn written(operation: &str, migration: &Migration) -> Result<Row, Failure> {
    row::of_migration(migration).map_err(|error| cause::shape(operation, &migration.id.0, error))
}

/// The folder's row as it is to be.
fn stored(id: &MigrationId, folder: &Folder) -> Result<Row, Failure> {
    let next = Folder { version: folder.version.saturating_add(1), ..folder.clone() };
    row::of_folder(id, &next).map_err(|error| cause::shape("save folder", object(id, folder), error))
}

fn object(id: &MigrationId, folder: &Folder) -> String {
    format!("{} folder {}", id.0, folder.number)
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
