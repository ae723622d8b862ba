//! # Folders
//! All of a migration's folder records, read page by page.

use crate::migration::{Failure, Folder, MigrationId};
use crate::ports::Ports;

/// Records read per page.
const PAGE: usize = 500;

/// By number.
pub async fn all(ports: &Ports<'_>, id: &MigrationId) -> Result<Vec<Folder>, Failure> {
    let mut folders: Vec<Folder> = Vec::new();
    loop {
        let from = folders.last().map_or(0, |folder| folder.number + 1);
        let page = ports.ledger.folders(id, from, PAGE).await?;
        if page.is_empty() {
            return Ok(folders);
        }
        folders.extend(page);
    }
}
