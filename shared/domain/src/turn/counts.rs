//! # Counts
//! The counters of a whole mailbox as its folders have them now.

use crate::migration::{Counts, Failure, MigrationId};
use crate::ports::Ledger;

/// Folder records read per page.
const PAGE: usize = 500;

/// The sum over all folders and passes. Rises while messages are on their way.
///
/// # Errors
/// The ledger failed.
pub async fn counts(ledger: &dyn Ledger, id: &MigrationId) -> Result<Counts, Failure> {
    let (mut from, mut sum) = (0, Counts::default());
    loop {
        let page = ledger.folders(id, from, PAGE).await?;
        let Some(last) = page.last() else { return Ok(sum) };
        from = last.number + 1;
        sum = page.iter().fold(sum, |sum, folder| sum.plus(&folder.counts));
    }
}
