//! # Announce
//! Tells subscribers what a stored record shows and they do not know yet. Nothing is saved here: who calls saves what is
//! told by now, and who dies in between tells the same events with the same ids again.

use super::counts::counts;
use crate::migration::told::{due, may_differ};
use crate::migration::{Failure, Migration, Moment, Told};
use crate::ports::{Announcer, Ledger};

/// What is told by now, to be kept in the record; none when there was nothing to tell.
///
/// # Errors
/// They could not be told, or the counters not be read: nothing is to be kept.
pub async fn announce(
    announcer: Option<&dyn Announcer>,
    ledger: &dyn Ledger,
    record: &Migration,
    now: Moment,
) -> Result<Option<Told>, Failure> {
    let Some(announcer) = announcer.filter(|_| may_differ(record, now)) else { return Ok(None) };
    let (announcements, told) = due(record, counts(ledger, &record.id).await?, now);
    if announcements.is_empty() {
        return Ok(None);
    }
    announcer.announce(&announcements).await?;
    Ok(Some(told))
}
