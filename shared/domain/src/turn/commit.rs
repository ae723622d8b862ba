//! # Commit
//! Writing a folder's record under our epoch; a former holder's write is refused by it, and ours by a later holder's.

use super::Held;
use crate::migration::{Failure, Folder};
use crate::ports::{Ports, Saved};

/// Saves the record; afterwards it carries the stored version. A refused write is read back once: equal to what we wrote
/// means that our first try's answer was lost; anything else ends the step.
pub async fn commit(ports: &Ports<'_>, held: &Held, folder: &mut Folder) -> Result<(), Failure> {
    folder.epoch = held.record.epoch;
    if ports.ledger.save_folder(&held.record.id, folder).await? == Saved::Refused {
        let stored = ports.ledger.folders(&held.record.id, folder.number, 1).await?.pop();
        let ours = Folder { version: folder.version + 1, ..folder.clone() };
        if stored != Some(ours) {
            return Err(Failure::conflict(format!("folder {} was written by another step", folder.number)));
        }
    }
    folder.version += 1;
    Ok(())
}
