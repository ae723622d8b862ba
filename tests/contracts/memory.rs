//! # Memory
//! The suites on the adapters of the simulated world: what scenarios show there would be worth little if these kept
//! other promises.

use async_trait::async_trait;
use posthorse_domain::ports::{Archive, Ledger, Queue};
use posthorse_tests::world::{MemoryArchive, MemoryLedger, MemoryQueue};

use crate::place::{Holds, Place};

#[async_trait]
impl Place<dyn Ledger> for MemoryLedger {
    async fn open(&self) -> Box<dyn Ledger> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Place<dyn Queue> for MemoryQueue {
    async fn open(&self) -> Box<dyn Queue> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Place<dyn Archive> for MemoryArchive {
    async fn open(&self) -> Box<dyn Archive> {
        Box::new(self.clone())
    }

    fn holds(&self) -> Holds {
        Holds::OneMigration
    }
}

mod ledger {
    ledger_contract!(posthorse_tests::world::MemoryLedger::default());
}

mod queue {
    queue_contract!(posthorse_tests::world::MemoryQueue::default());
}

mod archive {
    archive_contract!(posthorse_tests::world::MemoryArchive::default());
}
