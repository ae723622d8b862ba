//! # Settings
//! What the template tells the sweep, read once, and the ports made of it.

use posthorse_aws::settings::{Account, Problems, Reader};
use posthorse_aws::{DynamoLedger, EventBridge, KmsVault, S3Archive, Session, SqsQueue, given, telemetry};

/// The ports that the sweep is given; both mailboxes are not among them.
pub struct Settings {
    /// Records.
    pub ledger: DynamoLedger,
    /// Objects.
    pub archive: S3Archive,
    /// Jobs.
    pub queue: SqsQueue,
    /// Credentials, to be forgotten.
    pub vault: KmsVault,
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
        let (table, credentials) = (reader.text("POSTHORSE_LEDGER_TABLE"), reader.text("POSTHORSE_CREDENTIALS_TABLE"));
        let (key, bucket) = (reader.text("POSTHORSE_CREDENTIALS_KEY"), reader.text("POSTHORSE_ARCHIVE_BUCKET"));
        let queues = given::queues(&mut reader);
        let bus = reader.text("POSTHORSE_EVENT_BUS");
        reader.finish()?;
        telemetry::start(level);
        Ok(Self {
            ledger: DynamoLedger::new(&session, table),
            archive: S3Archive::new(&session, bucket),
            queue: SqsQueue::new(&session, queues),
            vault: KmsVault::new(&session, credentials, key),
            announcer: EventBridge::new(&session, bus),
        })
    }
}
