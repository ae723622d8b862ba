//! # Row
//! How records are spelled as DynamoDB items: the record's fields as attributes, without those that are as in a blank record.
//! So a folder's row stays within one write unit, and a field that an older program did not know reads as its blank.
//!
//! The blanks are part of the format: a changed one changes what rows mean that are stored already.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use posthorse_domain::mail::FolderName;
use posthorse_domain::migration::folder::Role;
use posthorse_domain::migration::{
    Folder, FolderNumber, Migration, MigrationId, Moment, Options, Request, Security, ServerSide,
};
use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Error, Map, Number, Value};

/// An item as the SDK has it.
pub(crate) type Row = HashMap<String, AttributeValue>;

/// Over so many values of its hash key the index of what is due is spread.
pub(crate) const SHARDS: u8 = 8;

/// Conditions compare these, so they are written even where they are zero.
const ALWAYS: [&str; 2] = ["version", "epoch"];

/// The hash key of all rows of a migration.
pub(crate) fn pk(id: &MigrationId) -> AttributeValue {
    AttributeValue::S(format!("M#{}", id.0))
}

/// The sort key of the migration's own row; those of its folders sort before it.
pub(crate) fn migration_sk() -> AttributeValue {
    AttributeValue::S("M".into())
}

/// The sort key of a folder. All digits that a number can have, so that their order is the numbers'.
pub(crate) fn folder_sk(number: FolderNumber) -> AttributeValue {
    AttributeValue::S(format!("F#{number:010}"))
}

/// The shard of the index of what is due in which a migration stands.
pub(crate) fn shard(id: &MigrationId) -> AttributeValue {
    let sum = id.0.bytes().fold(0_u8, u8::wrapping_add);
    shard_key(sum % SHARDS)
}

pub(crate) fn shard_key(shard: u8) -> AttributeValue {
    AttributeValue::S(shard.to_string())
}

/// The one hash key of the index of all migrations, which is written when a migration begins and never again.
pub(crate) fn listed() -> AttributeValue {
    AttributeValue::S("M".into())
}

/// The id in a hash key.
pub(crate) fn id(row: &Row) -> Option<MigrationId> {
    let pk = row.get("pk")?.as_s().ok()?;
    pk.strip_prefix("M#").map(|id| MigrationId(id.into()))
}

/// The migration's row; in the index of what is due for as long as it has a `next_at`.
pub(crate) fn of_migration(migration: &Migration) -> Result<Row, Error> {
    let mut row = written(migration, &blank_migration()?)?;
    row.insert("pk".into(), pk(&migration.id));
    row.insert("sk".into(), migration_sk());
    row.insert("listed".into(), listed());
    if migration.next_at.is_some() {
        row.insert("due".into(), shard(&migration.id));
    }
    Ok(row)
}

/// A folder's row.
pub(crate) fn of_folder(id: &MigrationId, folder: &Folder) -> Result<Row, Error> {
    let mut row = written(folder, &blank_folder()?)?;
    row.insert("pk".into(), pk(id));
    row.insert("sk".into(), folder_sk(folder.number));
    Ok(row)
}

/// The migration in a row.
pub(crate) fn migration(row: Row) -> Result<Migration, Error> {
    read(row, blank_migration()?)
}

/// The folder in a row.
pub(crate) fn folder(row: Row) -> Result<Folder, Error> {
    read(row, blank_folder()?)
}

fn blank_migration() -> Result<Value, Error> {
    let nobody = ServerSide { host: String::new(), port: 0, security: Security::Tls, user: String::new(), tls: None };
    let request = Request { source: nobody.clone(), destination: nobody, options: Options::default() };
    let accepted = Migration::accepted(MigrationId(String::new()), request, Moment::from_millis(0));
    serde_json::to_value(Migration { next_at: None, reason: String::new(), ..accepted })
}

fn blank_folder() -> Result<Value, Error> {
    let nameless = FolderName::default();
    serde_json::to_value(Folder::planned(0, nameless.clone(), nameless, Role::Carry, String::new()))
}

fn written(record: &impl Serialize, blank: &Value) -> Result<Row, Error> {
    let Value::Object(fields) = serde_json::to_value(record)? else {
        return Err(Error::custom("a record is not an object"));
    };
    let differs = |(name, value): (String, Value)| {
        let always = ALWAYS.contains(&name.as_str());
        let kept = if always { Some(value) } else { difference(value, blank.get(&name)) };
        kept.map(|value| (name, attribute(value)))
    };
    Ok(fields.into_iter().filter_map(differs).collect())
}

fn read<T: DeserializeOwned>(row: Row, blank: Value) -> Result<T, Error> {
    let mut record = blank;
    for (name, attribute) in
        row.into_iter().filter(|(name, _)| !matches!(name.as_str(), "pk" | "sk" | "due" | "listed"))
    {
        let value = value(attribute)?;
        match record.get_mut(&name) {
            Some(place) => merge(place, value),
            // Another program's field: the record's type says whether it minds.
            None => {
                record.as_object_mut().into_iter().for_each(|fields| _ = fields.insert(name.clone(), value.clone()))
            }
        }
    }
    serde_json::from_value(record)
}

/// What of `value` is not as in `blank`; none when nothing.
fn difference(value: Value, blank: Option<&Value>) -> Option<Value> {
    match (value, blank) {
        (value, Some(blank)) if value == *blank => None,
        (Value::Object(fields), Some(Value::Object(blank))) => {
            let kept = |(name, value): (String, Value)| difference(value, blank.get(&name)).map(|value| (name, value));
            Some(Value::Object(fields.into_iter().filter_map(kept).collect()))
        }
        (value, _) => Some(value),
    }
}

/// Puts what was kept back over the blank.
fn merge(place: &mut Value, kept: Value) {
    match (place, kept) {
        (Value::Object(place), Value::Object(kept)) => {
            for (name, value) in kept {
                merge(place.entry(name).or_insert(Value::Null), value);
            }
        }
        (place, kept) => *place = kept,
    }
}

fn attribute(value: Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(is) => AttributeValue::Bool(is),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text),
        Value::Array(values) => AttributeValue::L(values.into_iter().map(attribute).collect()),
        Value::Object(fields) => {
            AttributeValue::M(fields.into_iter().map(|(name, value)| (name, attribute(value))).collect())
        }
    }
}

fn value(attribute: AttributeValue) -> Result<Value, Error> {
    Ok(match attribute {
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::Bool(is) => Value::Bool(is),
        AttributeValue::N(digits) => Value::Number(number(&digits)?),
        AttributeValue::S(text) => Value::String(text),
        AttributeValue::L(values) => Value::Array(values.into_iter().map(value).collect::<Result<_, _>>()?),
        AttributeValue::M(fields) => {
            let fields = fields.into_iter().map(|(name, attribute)| Ok((name, value(attribute)?)));
            Value::Object(fields.collect::<Result<Map<_, _>, Error>>()?)
        }
        _ => return Err(Error::custom("an attribute of a type that is never written")),
    })
}

/// Whole numbers of 64 bits, and what else JSON has.
fn number(digits: &str) -> Result<Number, Error> {
    serde_json::from_str(digits)
}

#[cfg(test)]
#[path = "row_tests.rs"]
mod tests;
