//! # Notify
//! Events as log lines: numbers and counts. Folder names, and reasons with a server's words in them, stay in the ledger.

use posthorse_domain::ports::{Event, Notify};
use tracing::{error, info};

/// Writes every event to the log, inside the span of its step.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogNotify;

impl Notify for LogNotify {
    fn tell(&self, event: Event) {
        match event {
            Event::Planned { folders, messages, octets, settled } => {
                info!(event = "planned", folders, messages, octets, settled);
            }
            Event::Opened { folder, .. } => info!(event = "opened", folder),
            Event::Reconciling { folder, read } => info!(event = "reconciling", folder, read),
            Event::Committed { folder, messages, octets } => info!(event = "committed", folder, messages, octets),
            Event::Quarantined { folder, uid, class } => info!(event = "quarantined", folder, uid, class = ?class),
            Event::Copied { folder } => {
                let counts = &folder.this_pass;
                let (source, copied, quarantined) = (counts.source, counts.copied, counts.quarantined);
                info!(event = "copied", folder = folder.number, source, copied, quarantined);
            }
            Event::Verified { done, of } => info!(event = "verified", done, of),
            Event::Untold { cause } => error!(event = "untold", cause),
            Event::State { state, next_at, .. } => {
                info!(event = "state", state = state.word(), next_at = next_at.map(|at| at.rfc3339()));
            }
        }
    }
}
