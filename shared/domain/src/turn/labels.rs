//! # Labels
//! Which folder carries which message, of a mailbox whose folders are labels: from the records and the manifests.

use super::lines::Walk;
use crate::migration::label::Carriers;
use crate::migration::{Failure, Folder, MigrationId};
use crate::ports::Ports;

/// Who carries what, by all of a migration's folders; none when no folder leaves mail to another.
pub async fn carriers(ports: &Ports<'_>, id: &MigrationId, folders: &[Folder]) -> Result<Option<Carriers>, Failure> {
    let Some(carriers) = Carriers::of(folders.iter()) else { return Ok(None) };
    for folder in folders.iter().filter(|folder| folder.label.is_some()) {
        let mut walk = Walk::from(ports.archive, id, folder.head.clone());
        while let Some(segment) = walk.next().await? {
            carriers.note(segment.lines.iter());
        }
    }
    Ok(Some(carriers))
}
