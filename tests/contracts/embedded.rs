//! # Embedded
//! The suites on one machine: SQLite, a directory, memory, the system's clocks.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use posthorse_domain::ports::{Archive, Clock, Ledger, Queue, Vault};
use posthorse_embedded::{Database, Directory, MemoryVault, SqliteLedger, SqliteQueue, StepClock, StopFlag};
use tempfile::TempDir;

use crate::clock::Watch;
use crate::place::{Holds, Place};

/// A directory that goes away with its test.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(TempDir::new().expect("a directory"))
    }

    fn database(&self) -> std::sync::Arc<Database> {
        Database::open(&self.0.path().join("posthorse.db"), None).expect("a database")
    }
}

#[async_trait]
impl Place<dyn Ledger> for Files {
    async fn open(&self) -> Box<dyn Ledger> {
        Box::new(SqliteLedger::new(self.database()))
    }
}

#[async_trait]
impl Place<dyn Queue> for Files {
    async fn open(&self) -> Box<dyn Queue> {
        Box::new(SqliteQueue::new(self.database()))
    }
}

#[async_trait]
impl Place<dyn Archive> for Files {
    async fn open(&self) -> Box<dyn Archive> {
        Box::new(Directory::open(self.0.path(), None).expect("an archive"))
    }

    fn holds(&self) -> Holds {
        Holds::OneMigration
    }
}

/// Memory outlives nothing: each opening is a vault of its own.
struct Memory;

#[async_trait]
impl Place<dyn Vault> for Memory {
    async fn open(&self) -> Box<dyn Vault> {
        Box::new(MemoryVault::default())
    }
}

impl Watch for StopFlag {
    fn start(&self, budget: Duration) -> Box<dyn Clock> {
        Box::new(StepClock::new(budget, self.clone()))
    }

    fn ask(&self) {
        StopFlag::ask(self);
    }
}

mod ledger {
    ledger_contract!(super::Files::new());
}

mod queue {
    queue_contract!(super::Files::new());
}

mod archive {
    archive_contract!(super::Files::new());
}

mod vault {
    vault_contract!(super::Memory);
}

mod clock {
    clock_contract!(posthorse_embedded::StopFlag::new());
}

#[test]
fn the_wall_clock_is_the_systems() {
    let clock = StepClock::new(Duration::from_secs(1), StopFlag::new());
    let millis = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map(|since| since.as_millis()).unwrap();
    let before = millis();
    let now = u128::try_from(clock.now().millis()).unwrap();
    assert!((before..=millis()).contains(&now));
}
