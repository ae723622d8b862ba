//! # Settled
//! How much of a migration is settled, as one number that grows with every commit: steps that die after commits are no
//! tries without progress.

use crate::migration::folder::Progress;
use crate::migration::{Failure, Folder, MigrationId};
use crate::ports::Ledger;

/// Folder records read per page.
const PAGE: usize = 500;

/// Reads all folders and adds them up.
pub(super) async fn settled(ledger: &dyn Ledger, id: &MigrationId) -> Result<u64, Failure> {
    let (mut from, mut sum) = (0, 0_u64);
    loop {
        let page = ledger.folders(id, from, PAGE).await?;
        let Some(last) = page.last() else { return Ok(sum) };
        from = last.number + 1;
        sum = page.iter().map(of).fold(sum, u64::saturating_add);
    }
}

fn of(folder: &Folder) -> u64 {
    let rank = match folder.progress {
        Progress::Planned => 0,
        Progress::Open => 1,
        Progress::Copied => 2,
        Progress::Verified => 3,
    };
    folder.counts.accounted().saturating_add(rank)
}
