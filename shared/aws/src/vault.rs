//! # Vault
//! Credentials, each sealed by KMS itself for its migration and side, in a table of their own. Nothing else in AWS holds
//! them, and the table has no point-in-time recovery: what is forgotten is gone.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_types::Blob;
use posthorse_domain::migration::{Failure, MigrationId, Moment, Side};
use posthorse_domain::ports::{Saved, Secret, Vault};

use crate::{Session, cause};

/// The most octets that KMS seals in one call.
const LONGEST: usize = 4096;
/// The index of what no migration has come of yet, by `kept`; its keys and nothing else are in it.
const UNCLAIMED: &str = "unclaimed";
/// The sides that have a credential.
const SIDES: [Side; 2] = [Side::Source, Side::Destination];

/// The vault in a DynamoDB table with the keys `pk` and `sk`, under a KMS key.
#[derive(Debug)]
pub struct KmsVault {
    kms: aws_sdk_kms::Client,
    table: aws_sdk_dynamodb::Client,
    name: String,
    key: String,
}

impl KmsVault {
    /// The vault in this table, sealed with this key (its ARN).
    pub fn new(session: &Session, table: impl Into<String>, key: impl Into<String>) -> Self {
        let kms = aws_sdk_kms::Client::new(session.config());
        let table_client = aws_sdk_dynamodb::Client::new(session.config());
        Self { kms, table: table_client, name: table.into(), key: key.into() }
    }

    /// The credential's row, sealed for its migration and side.
    async fn sealed(&self, id: &MigrationId, side: Side, secret: &Secret) -> Result<PutItemFluentBuilder, Failure> {
        let octets = secret.reveal();
        if octets.is_empty() || octets.len() > LONGEST {
            let what = format!("has {} octets; 1 to {LONGEST} can be kept", octets.len());
            return Err(cause::shape("seal credential", object(id, side), what));
        }
        let encrypt = self.kms.encrypt().key_id(&self.key).plaintext(Blob::new(octets));
        let sealed = encrypt.set_encryption_context(Some(context(id, side))).send().await;
        let sealed = sealed.map_err(|error| cause::sdk("seal credential", object(id, side), &error))?;
        let sealed = sealed.ciphertext_blob.unwrap_or_else(|| Blob::new([]));
        let put = self.table.put_item().table_name(&self.name).set_item(Some(keys(id, side)));
        Ok(put.item("sealed", AttributeValue::B(sealed)))
    }

    async fn unsealed(&self, id: &MigrationId, side: Side, sealed: Blob) -> Result<Secret, Failure> {
        let decrypt = self.kms.decrypt().key_id(&self.key).ciphertext_blob(sealed);
        let opened = decrypt.set_encryption_context(Some(context(id, side))).send().await;
        let opened = opened.map_err(|error| cause::sdk("unseal credential", object(id, side), &error))?;
        let octets = opened.plaintext.ok_or_else(|| cause::shape("unseal credential", object(id, side), "is empty"))?;
        Ok(Secret::new(octets.into_inner()))
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Vault for KmsVault {
    async fn keep(&self, id: &MigrationId, side: Side, secret: &Secret) -> Result<(), Failure> {
        let kept = self.sealed(id, side, secret).await?.send().await;
        kept.map(|_| ()).map_err(|error| cause::sdk("keep credential", object(id, side), &error))
    }

    async fn keep_first(
        &self,
        id: &MigrationId,
        side: Side,
        secret: &Secret,
        marks: &[String],
        at: Moment,
    ) -> Result<Saved, Failure> {
        let mark = |index: usize| format!(":mark{index}");
        let put = self.sealed(id, side, secret).await?;
        let put = put.item(UNCLAIMED, AttributeValue::S(UNCLAIMED.into()));
        let mut put = put.item("kept", moment(at));
        let listed = (0..marks.len()).map(mark).collect::<Vec<_>>().join(", ");
        if let Some(first) = marks.first() {
            put = put.item("mark", AttributeValue::S(first.clone()));
        }
        for (index, text) in marks.iter().enumerate() {
            put = put.expression_attribute_values(mark(index), AttributeValue::S(text.clone()));
        }
        put = match marks.is_empty() {
            true => put.condition_expression("attribute_not_exists(pk)"),
            false => put.condition_expression(format!("attribute_not_exists(pk) OR mark IN ({listed})")),
        };
        match put.send().await {
            Ok(_) => Ok(Saved::Yes),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(Saved::Refused)
            }
            Err(error) => Err(cause::sdk("keep credential", object(id, side), &error)),
        }
    }

    async fn unclaimed(&self, before: Moment, limit: usize) -> Result<Vec<MigrationId>, Failure> {
        // A migration has two rows.
        let rows = i32::try_from(limit.saturating_mul(SIDES.len())).unwrap_or(i32::MAX);
        let query = self.table.query().table_name(&self.name).index_name(UNCLAIMED).limit(rows);
        let query = query.key_condition_expression("unclaimed = :unclaimed AND kept < :before");
        let query = query.expression_attribute_values(":unclaimed", AttributeValue::S(UNCLAIMED.into()));
        let found = query.expression_attribute_values(":before", moment(before)).send().await;
        let found = found.map_err(|error| cause::sdk("find credentials", &self.name, &error))?;
        let ids: BTreeSet<MigrationId> = found.items().iter().filter_map(migration).collect();
        Ok(ids.into_iter().take(limit).collect())
    }

    async fn claim(&self, id: &MigrationId) -> Result<(), Failure> {
        for side in SIDES {
            let update = self.table.update_item().table_name(&self.name).set_key(Some(keys(id, side)));
            let update =
                update.update_expression("REMOVE unclaimed, kept").condition_expression("attribute_exists(pk)");
            match update.send().await {
                Err(error) if !error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                    return Err(cause::sdk("claim credential", object(id, side), &error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn forget_unclaimed(&self, id: &MigrationId, before: Moment) -> Result<(), Failure> {
        for side in SIDES {
            let delete = self.table.delete_item().table_name(&self.name).set_key(Some(keys(id, side)));
            // What has no `kept` is claimed, and no condition on it holds.
            let delete = delete.condition_expression("kept < :before");
            match delete.expression_attribute_values(":before", moment(before)).send().await {
                Err(error) if !error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                    return Err(cause::sdk("forget credential", object(id, side), &error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn secret(&self, id: &MigrationId, side: Side) -> Result<Option<Secret>, Failure> {
        let get = self.table.get_item().table_name(&self.name).consistent_read(true);
        let got = get.set_key(Some(keys(id, side))).send().await;
        let got = got.map_err(|error| cause::sdk("read credential", object(id, side), &error))?;
        let Some(mut row) = got.item else { return Ok(None) };
        match row.remove("sealed") {
            Some(AttributeValue::B(sealed)) => self.unsealed(id, side, sealed).await.map(Some),
            _ => Err(cause::shape("read credential", object(id, side), "the row holds no credential")),
        }
    }

    async fn forget(&self, id: &MigrationId) -> Result<(), Failure> {
        for side in SIDES {
            let delete = self.table.delete_item().table_name(&self.name).set_key(Some(keys(id, side)));
            let deleted = delete.send().await;
            deleted.map_err(|error| cause::sdk("forget credential", object(id, side), &error))?;
        }
        Ok(())
    }
}

/// What a sealed credential is bound to: it opens for this migration and side only, and AWS's trail of uses says whose it was.
fn context(id: &MigrationId, side: Side) -> HashMap<String, String> {
    [("migration".to_owned(), id.0.clone()), ("side".to_owned(), side.to_string())].into()
}

fn keys(id: &MigrationId, side: Side) -> HashMap<String, AttributeValue> {
    let text = |text: String| AttributeValue::S(text);
    [("pk".to_owned(), text(format!("M#{}", id.0))), ("sk".to_owned(), text(side.to_string()))].into()
}

fn moment(at: Moment) -> AttributeValue {
    AttributeValue::N(at.millis().to_string())
}

fn migration(row: &HashMap<String, AttributeValue>) -> Option<MigrationId> {
    Some(MigrationId(row.get("pk")?.as_s().ok()?.strip_prefix("M#")?.to_owned()))
}

fn object(id: &MigrationId, side: Side) -> String {
    format!("{} {side}", id.0)
}
