//! # Settings
//! What the template tells review, read once, and the ports made of it; both mailboxes are not among them.

use posthorse_aws::settings::{Account, Problems, Reader};
use posthorse_aws::{Session, given, telemetry};

/// The ports that review is given. It cannot read any credential.
pub use posthorse_aws::Stores as Settings;

/// Reads the environment and starts the log.
///
/// # Errors
/// All that is wrong with it, together.
pub fn read(mut reader: Reader) -> Result<Settings, Problems> {
    let session = Session::new(&Account::read(&mut reader));
    let level = given::level(&mut reader);
    let stores = Settings::read(&mut reader, &session);
    reader.finish()?;
    telemetry::start(level);
    Ok(stores)
}
