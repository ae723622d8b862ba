//! # Account
//! The emulated AWS of this test process, and what a stack would have made in it: tables, buckets, queues, a key.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use posthorse_aws::Session;
use posthorse_aws::queue::Queues;
use posthorse_aws::settings::{Account, Reader};
use posthorse_tests::cloud::{Counted, Emulator};

/// A name that nothing else in the emulator has.
pub fn name(kind: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{kind}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A session of its own: connections belong to the runtime that made them.
pub fn session() -> Session {
    Session::new(&account())
}

/// A session whose calls are counted.
pub fn counted_session() -> (Session, Counted) {
    let counted = Counted::before(emulator().port()).expect("a counter");
    let endpoint = Some(format!("http://127.0.0.1:{}", counted.port()));
    (Session::new(&Account { endpoint, ..account() }), counted)
}

fn emulator() -> &'static Emulator {
    static EMULATOR: OnceLock<Emulator> = OnceLock::new();
    EMULATOR.get_or_init(|| Emulator::start().expect("an emulated AWS"))
}

fn account() -> Account {
    let mut reader = Reader::new(emulator().environment());
    let account = Account::read(&mut reader);
    reader.finish().expect("the emulator's settings");
    account
}

/// The ledger's table, keyed and indexed as the template does it.
pub async fn make_ledger(table: &str) {
    let due = GlobalSecondaryIndex::builder()
        .index_name("due")
        .key_schema(key("due", KeyType::Hash))
        .key_schema(key("next_at", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .unwrap();
    let listed = GlobalSecondaryIndex::builder()
        .index_name("listed")
        .key_schema(key("listed", KeyType::Hash))
        .key_schema(key("created", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .unwrap();
    let client = aws_sdk_dynamodb::Client::new(session().config());
    let text = ["pk", "sk", "due", "listed"].map(|name| attribute(name, ScalarAttributeType::S));
    let create = client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    let create = create.key_schema(key("pk", KeyType::Hash)).key_schema(key("sk", KeyType::Range));
    let create = create.set_attribute_definitions(Some(text.into()));
    let create = create.attribute_definitions(attribute("next_at", ScalarAttributeType::N));
    let create = create.attribute_definitions(attribute("created", ScalarAttributeType::N));
    create.global_secondary_indexes(due).global_secondary_indexes(listed).send().await.expect("a table");
}

/// The table of credentials.
pub async fn make_credentials(table: &str) {
    let client = aws_sdk_dynamodb::Client::new(session().config());
    let create = client.create_table().table_name(table).billing_mode(BillingMode::PayPerRequest);
    let create = create.key_schema(key("pk", KeyType::Hash)).key_schema(key("sk", KeyType::Range));
    let text = ["pk", "sk", "unclaimed"].map(|name| attribute(name, ScalarAttributeType::S));
    let create = create.set_attribute_definitions(Some(text.into()));
    let create = create.attribute_definitions(attribute("kept", ScalarAttributeType::N));
    let unclaimed = GlobalSecondaryIndex::builder()
        .index_name("unclaimed")
        .key_schema(key("unclaimed", KeyType::Hash))
        .key_schema(key("kept", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .unwrap();
    create.global_secondary_indexes(unclaimed).send().await.expect("a table");
}

/// A key of KMS; its ARN.
pub async fn make_key() -> String {
    let created = aws_sdk_kms::Client::new(session().config()).create_key().send().await.expect("a key");
    created.key_metadata().and_then(|key| key.arn()).expect("an ARN").to_owned()
}

/// An S3 client that spells addresses as the emulator knows them.
pub fn s3() -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(session().config()).force_path_style(true).build();
    aws_sdk_s3::Client::from_conf(config)
}

/// An empty bucket.
pub async fn make_bucket(bucket: &str) {
    s3().create_bucket().bucket(bucket).send().await.expect("a bucket");
}

/// Three empty queues.
pub async fn make_queues(prefix: &str) -> Queues {
    let client = aws_sdk_sqs::Client::new(session().config());
    let mut urls = Vec::new();
    for stage in ["plan", "copy", "verify"] {
        let created = client.create_queue().queue_name(format!("{prefix}-{stage}")).send().await.expect("a queue");
        urls.push(created.queue_url);
    }
    let [plan, copy, verify] = urls.try_into().expect("three queues");
    Queues { plan, copy, verify }
}

fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
}

fn attribute(name: &str, kind: ScalarAttributeType) -> AttributeDefinition {
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
}
