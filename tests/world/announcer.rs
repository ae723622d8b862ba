//! # Announcer
//! Keeps what subscribers are told; telling them is an effect.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use posthorse_domain::migration::{Announcement, Failure};
use posthorse_domain::ports::Announcer;

use super::effects::Effects;

/// Everything that was told. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct WorldAnnouncer {
    effects: Effects,
    told: Arc<Mutex<Vec<Announcement>>>,
    fails: Arc<AtomicBool>,
}

impl WorldAnnouncer {
    /// Nothing was told yet; tellings are counted there.
    pub fn new(effects: Effects) -> Self {
        Self { effects, ..Self::default() }
    }

    /// The same subscribers, as another process tells them.
    pub fn through(&self, effects: Effects) -> Self {
        Self { effects, ..self.clone() }
    }

    /// From now on nobody can be told, or everybody can again.
    pub fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::Relaxed);
    }

    /// Everything so far, in order, repeats included.
    pub fn told(&self) -> Vec<Announcement> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Announcer for WorldAnnouncer {
    async fn announce(&self, announcements: &[Announcement]) -> Result<(), Failure> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(Failure::store("announce: AccessDeniedException"));
        }
        let told = || self.told.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(announcements);
        self.effects.act("announce".into(), told).await
    }
}
