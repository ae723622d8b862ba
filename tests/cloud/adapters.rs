//! # Adapters
//! The suites on AWS: DynamoDB, S3, SQS, KMS, the Lambda deadline.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use posthorse_aws::queue::Queues;
use posthorse_aws::{DynamoLedger, KmsVault, LambdaClock, S3Archive, SqsQueue};
use posthorse_domain::migration::{Failure, MigrationId};
use posthorse_domain::ports::{Archive, Clock, Ledger, Put, Queue, Vault};
use tokio::sync::OnceCell;

use crate::account::{make_bucket, make_credentials, make_key, make_ledger, make_queues, name, session};
use crate::clock::Watch;
use crate::place::Place;

/// Something in the account that is made when it is opened first.
struct Made<T>(OnceCell<T>);

impl<T> Made<T> {
    fn new() -> Self {
        Self(OnceCell::new())
    }
}

struct Table(String);
struct Bucket(String);
struct Credentials {
    table: String,
    key: String,
}

#[async_trait]
impl Place<dyn Ledger> for Made<Table> {
    async fn open(&self) -> Box<dyn Ledger> {
        let make = async || {
            let table = name("ledger");
            make_ledger(&table).await;
            Table(table)
        };
        let Table(table) = self.0.get_or_init(make).await;
        Box::new(DynamoLedger::new(&session(), table))
    }
}

#[async_trait]
impl Place<dyn Queue> for Made<Queues> {
    async fn open(&self) -> Box<dyn Queue> {
        let queues = self.0.get_or_init(async || make_queues(&name("jobs")).await).await;
        Box::new(SqsQueue::new(&session(), queues.clone()))
    }

    /// SQS counts whole seconds.
    fn tick(&self) -> Duration {
        Duration::from_secs(1)
    }
}

#[async_trait]
impl Place<dyn Archive> for Made<Bucket> {
    async fn open(&self) -> Box<dyn Archive> {
        let make = async || {
            let bucket = name("archive");
            make_bucket(&bucket).await;
            Bucket(bucket)
        };
        let Bucket(bucket) = self.0.get_or_init(make).await;
        Box::new(Anew(bucket.clone()))
    }
}

#[async_trait]
impl Place<dyn Vault> for Made<Credentials> {
    async fn open(&self) -> Box<dyn Vault> {
        let make = async || {
            let table = name("credentials");
            make_credentials(&table).await;
            Credentials { table, key: make_key().await }
        };
        let made = self.0.get_or_init(make).await;
        Box::new(KmsVault::new(&session(), &made.table, &made.key))
    }
}

/// An archive that is opened anew for every call: the suite hands one archive to threads with runtimes of their own, and
/// a connection lives in the runtime that made it.
struct Anew(String);

impl Anew {
    fn archive(&self) -> S3Archive {
        S3Archive::new(&session(), &self.0)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Archive for Anew {
    async fn put_once(&self, id: &MigrationId, key: &str, octets: Bytes) -> Result<Put, Failure> {
        self.archive().put_once(id, key, octets).await
    }

    async fn put(&self, id: &MigrationId, key: &str, octets: Bytes) -> Result<(), Failure> {
        self.archive().put(id, key, octets).await
    }

    async fn get(&self, id: &MigrationId, key: &str) -> Result<Option<Bytes>, Failure> {
        self.archive().get(id, key).await
    }

    async fn keys(&self, id: &MigrationId, prefix: &str) -> Result<Vec<String>, Failure> {
        self.archive().keys(id, prefix).await
    }

    async fn remove(&self, id: &MigrationId, key: &str) -> Result<(), Failure> {
        self.archive().remove(id, key).await
    }
}

/// Calls whose deadline leaves a step its whole budget.
struct Calls;

impl Watch for Calls {
    fn start(&self, budget: Duration) -> Box<dyn Clock> {
        Box::new(LambdaClock::new(budget, SystemTime::now() + budget + Duration::from_secs(30)))
    }

    fn ask(&self) {
        panic!("nobody asks a function to stop");
    }
}

mod ledger {
    ledger_contract!(super::Made::<super::Table>::new());
}

mod queue {
    queue_contract!(super::Made::<super::Queues>::new());
}

mod archive {
    archive_contract!(super::Made::<super::Bucket>::new());
}

mod vault {
    vault_contract!(super::Made::<super::Credentials>::new());
}

mod clock {
    sentences! { clock in super::Calls =>
        a_sleep_lasts_as_long_as_was_asked
        the_monotonic_clock_never_goes_back
        the_wall_clock_moves_on_while_we_sleep
        what_is_left_shrinks_to_nothing_and_stays_there
        at_first_nobody_has_asked_to_stop
    }
}
