//! # Notify
//! Events for a callback: a progress bar, a log, a channel's sender.

use posthorse_domain::ports::{Event, Notify};

/// Calls its function with every event, on the thread where it happened. The function must not wait.
///
/// ```
/// use posthorse_domain::ports::{Event, Notify};
/// use posthorse_embedded::Tell;
///
/// let (sender, receiver) = std::sync::mpsc::channel();
/// // A receiver that is gone loses events and nothing else.
/// let watchers = Tell(move |event| drop(sender.send(event)));
/// watchers.tell(Event::Reconciling { folder: 1, read: 512 });
/// assert_eq!(receiver.recv(), Ok(Event::Reconciling { folder: 1, read: 512 }));
/// ```
pub struct Tell<F>(
    /// What is called.
    pub F,
);

impl<F: Fn(Event) + Send + Sync> Notify for Tell<F> {
    fn tell(&self, event: Event) {
        (self.0)(event);
    }
}
