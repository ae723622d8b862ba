//! # Attempts
//! Failed connects of a caller in this hour: one row of the ledger's table per caller, which begins anew with each hour.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use posthorse_domain::migration::Failure;
use posthorse_domain::ports::Attempts;

use crate::cause;

/// Others may begin the hour at the same time: then theirs is added to.
const LOOKS: u32 = 3;

/// The counters; a ledger gives them.
#[derive(Debug)]
pub struct DynamoAttempts {
    client: Client,
    table: String,
}

impl DynamoAttempts {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// True when the row was as the condition says, and was written.
    async fn written(&self, caller: &str, update: UpdateItemFluentBuilder) -> Result<bool, Failure> {
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(false)
            }
            Err(error) => Err(cause::sdk("count a failed connect", caller, &error)),
        }
    }

    fn update(&self, caller: &str, hour: i64) -> UpdateItemFluentBuilder {
        let update = self.client.update_item().table_name(&self.table).key("pk", pk(caller)).key("sk", sk());
        let update = update.expression_attribute_values(":hour", AttributeValue::N(hour.to_string()));
        update.expression_attribute_values(":one", AttributeValue::N("1".into()))
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Attempts for DynamoAttempts {
    async fn failed(&self, caller: &str, hour: i64) -> Result<(), Failure> {
        for _ in 0..LOOKS {
            let more = self.update(caller, hour).update_expression("ADD failures :one");
            if self.written(caller, more.condition_expression("of_hour = :hour")).await? {
                return Ok(());
            }
            let first = self.update(caller, hour).update_expression("SET of_hour = :hour, failures = :one");
            let first = first.condition_expression("attribute_not_exists(of_hour) OR of_hour < :hour");
            if self.written(caller, first).await? {
                return Ok(());
            }
        }
        // A later hour has begun there: what failed in this one is of no account any more.
        Ok(())
    }

    async fn count(&self, caller: &str, hour: i64) -> Result<u64, Failure> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let got = get.key("pk", pk(caller)).key("sk", sk()).send().await;
        let got = got.map_err(|error| cause::sdk("read failed connects", caller, &error))?;
        let number = |name: &str| got.item()?.get(name)?.as_n().ok()?.parse::<i64>().ok();
        let failures = number("failures").filter(|_| number("of_hour") == Some(hour));
        Ok(failures.and_then(|failures| u64::try_from(failures).ok()).unwrap_or_default())
    }
}

fn pk(caller: &str) -> AttributeValue {
    AttributeValue::S(format!("A#{caller}"))
}

fn sk() -> AttributeValue {
    AttributeValue::S("A".into())
}
