//! # Stores
//! What several functions are given alike: records, objects, jobs, credentials, named by the same settings.

use crate::given::queues;
use crate::settings::Reader;
use crate::{DynamoLedger, KmsVault, S3Archive, Session, SqsQueue};

/// The four stores. Nothing in them belongs to one migration.
pub struct Stores {
    /// Records.
    pub ledger: DynamoLedger,
    /// Objects.
    pub archive: S3Archive,
    /// Jobs.
    pub queue: SqsQueue,
    /// Credentials; the function's role says what it may do with them.
    pub vault: KmsVault,
}

impl Stores {
    /// Reads their names; what is missing is among the reader's problems.
    pub fn read(reader: &mut Reader, session: &Session) -> Self {
        let (table, credentials) = (reader.text("POSTHORSE_LEDGER_TABLE"), reader.text("POSTHORSE_CREDENTIALS_TABLE"));
        let (key, bucket) = (reader.text("POSTHORSE_CREDENTIALS_KEY"), reader.text("POSTHORSE_ARCHIVE_BUCKET"));
        Self {
            ledger: DynamoLedger::new(session, table),
            archive: S3Archive::new(session, bucket),
            queue: SqsQueue::new(session, queues(reader)),
            vault: KmsVault::new(session, credentials, key),
        }
    }
}
