//! # Labels
//! Which folder carries which message, of a mailbox whose folders are labels, and where messages are already: from the records
//! and the manifests.

use super::lines::Walk;
use crate::migration::label::Carriers;
use crate::migration::manifest::Line;
use crate::migration::twins::Twins;
use crate::migration::{Failure, Folder, MigrationId};
use crate::ports::Ports;

/// Who carries what, by all of a migration's folders; none when no folder leaves mail to another.
pub async fn carriers(ports: &Ports<'_>, id: &MigrationId, folders: &[Folder]) -> Result<Option<Carriers>, Failure> {
    let Some(carriers) = Carriers::of(folders.iter()) else { return Ok(None) };
    walk(ports, id, folders, |_, lines| carriers.note(lines.iter())).await?;
    Ok(Some(carriers))
}

/// The same for copy, with what has been delivered under one label and may be wanted under others; none while nothing is left
/// to be copied.
pub async fn carriers_and_twins(
    ports: &Ports<'_>,
    id: &MigrationId,
    folders: &[Folder],
) -> Result<(Option<Carriers>, Option<Twins>), Failure> {
    let open = |folder: &Folder| folder.label.is_some() && !folder.copied();
    if !folders.iter().any(open) {
        return Ok((None, None));
    }
    let (carriers, twins) = (Carriers::of(folders.iter()), Twins::of(folders));
    if carriers.is_none() && twins.is_none() {
        return Ok((None, None));
    }
    let note = |folder: &Folder, lines: &[Line]| {
        carriers.iter().for_each(|carriers| carriers.note(lines.iter()));
        twins.iter().for_each(|twins| twins.note(folder, lines));
    };
    walk(ports, id, folders, note).await?;
    Ok((carriers, twins))
}

/// Goes through the manifests of all folders that are labels.
async fn walk(
    ports: &Ports<'_>,
    id: &MigrationId,
    folders: &[Folder],
    note: impl Fn(&Folder, &[Line]),
) -> Result<(), Failure> {
    for folder in folders.iter().filter(|folder| folder.label.is_some()) {
        let mut walk = Walk::from(ports.archive, id, folder.head.clone());
        while let Some(segment) = walk.next().await? {
            note(folder, &segment.lines);
        }
    }
    Ok(())
}
