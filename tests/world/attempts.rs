//! # Attempts
//! Failed connects per caller and hour, in memory; counting is an effect.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use posthorse_domain::migration::Failure;
use posthorse_domain::ports::Attempts;

use super::effects::Effects;

/// What has failed. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct WorldAttempts {
    effects: Effects,
    failed: Arc<Mutex<BTreeMap<(String, i64), u64>>>,
}

impl WorldAttempts {
    /// Nothing has failed yet; countings are counted there.
    pub fn new(effects: Effects) -> Self {
        Self { effects, failed: Arc::default() }
    }

    /// The same counters, as another process sees them.
    pub fn through(&self, effects: Effects) -> Self {
        Self { effects, ..self.clone() }
    }
}

#[async_trait]
impl Attempts for WorldAttempts {
    async fn failed(&self, caller: &str, hour: i64) -> Result<(), Failure> {
        let count = || {
            let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            *failed.entry((caller.to_owned(), hour)).or_default() += 1;
        };
        self.effects.act("attempts failed".into(), count).await
    }

    async fn count(&self, caller: &str, hour: i64) -> Result<u64, Failure> {
        self.effects.alive().await;
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(failed.get(&(caller.to_owned(), hour)).copied().unwrap_or_default())
    }
}
