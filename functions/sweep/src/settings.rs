//! # Settings
//! What the template tells the sweep, read once, and the ports made of it; both mailboxes are not among them.

use posthorse_aws::settings::{Account, Problems, Reader};
use posthorse_aws::{EventBridge, Session, Stores, given, telemetry};

/// The ports that the sweep is given.
pub struct Settings {
    /// Records, objects, jobs, and credentials to be forgotten.
    pub stores: Stores,
    /// Events.
    pub announcer: EventBridge,
}

impl Settings {
    /// Reads the environment and starts the log.
    ///
    /// # Errors
    /// All that is wrong with it, together.
    pub fn read(mut reader: Reader) -> Result<Self, Problems> {
        let session = Session::new(&Account::read(&mut reader));
        let level = given::level(&mut reader);
        let stores = Stores::read(&mut reader, &session);
        let bus = reader.text("POSTHORSE_EVENT_BUS");
        reader.finish()?;
        telemetry::start(level);
        Ok(Self { stores, announcer: EventBridge::new(&session, bus) })
    }
}
