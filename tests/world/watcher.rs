//! # Watcher
//! Keeps what people who watch are told.

use std::sync::{Arc, Mutex, PoisonError};

use posthorse_domain::ports::{Event, Notify};

/// Everything that was told. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Watcher(Arc<Mutex<Vec<Event>>>);

impl Watcher {
    /// Everything so far, in order.
    pub fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Notify for Watcher {
    fn tell(&self, event: Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }
}
