//! # Announcer
//! Events on an EventBridge bus: source `posthorse`, the event's name as its detail type, its fields as the detail.

use async_trait::async_trait;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use posthorse_domain::migration::{Announcement, Failure};
use posthorse_domain::ports::Announcer;

use crate::{Session, cause};

/// The source that rules match.
const SOURCE: &str = "posthorse";
/// EventBridge takes so many in one call.
const AT_ONCE: usize = 10;

/// A bus of EventBridge.
#[derive(Debug)]
pub struct EventBridge {
    client: Client,
    bus: String,
}

impl EventBridge {
    /// Tells this bus (its name or ARN).
    pub fn new(session: &Session, bus: impl Into<String>) -> Self {
        Self { client: Client::new(session.config()), bus: bus.into() }
    }

    fn entry(&self, announcement: &Announcement) -> Result<PutEventsRequestEntry, Failure> {
        let detail = serde_json::to_string(announcement);
        let detail = detail.map_err(|error| cause::shape("announce", &announcement.id, error))?;
        let entry = PutEventsRequestEntry::builder().event_bus_name(&self.bus).source(SOURCE);
        Ok(entry.detail_type(&announcement.event).detail(detail).build())
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Announcer for EventBridge {
    async fn announce(&self, announcements: &[Announcement]) -> Result<(), Failure> {
        for some in announcements.chunks(AT_ONCE) {
            let entries = some.iter().map(|one| self.entry(one)).collect::<Result<Vec<_>, _>>()?;
            let put = self.client.put_events().set_entries(Some(entries)).send().await;
            let put = put.map_err(|error| cause::sdk("announce", &self.bus, &error))?;
            // One call can take some entries and leave others.
            if let Some(left) = put.entries().iter().find(|entry| entry.error_code().is_some()) {
                let code = left.error_code().unwrap_or_default();
                return Err(cause::shape("announce", &self.bus, format!("{code}: some events were not taken")));
            }
        }
        Ok(())
    }
}
