//! # Unwilling
//! Folders that a server does not open, make or fill: for the moment, for good, or because they are gone.

use super::crossing::Crossing;
use crate::mail::FolderName;
use crate::migration::folder::Role;
use crate::migration::{Failure, Folder, FolderNumber, Side, Trouble};
use crate::turn::gone;

/// Tries without progress after which a folder that is refused for the moment counts as one that cannot be opened, and
/// messages that are refused in unknown words count as bad ones.
pub(super) const PATIENCE: u32 = 4;

impl Crossing<'_> {
    /// A folder was open, and then took no message or gave none: somebody may have removed it, so that it is opened, or
    /// made, once more; after that it is blocked, and the others go on.
    pub(super) async fn useless(&mut self, group: &mut [Folder], at: usize, failure: Failure) -> Result<(), Failure> {
        let Some(folder) = group.get_mut(at) else { return Ok(()) };
        if self.useless.insert(folder.number) {
            return Err(Failure { trouble: Trouble::Unavailable, ..failure });
        }
        match failure.side {
            Side::Destination => self.block_all(group, &failure).await,
            _ => self.block(folder, &failure).await,
        }
    }

    pub(super) async fn block_all(&mut self, group: &mut [Folder], failure: &Failure) -> Result<(), Failure> {
        for folder in group.iter_mut().filter(|folder| !folder.copied()) {
            self.block(folder, failure).await?;
        }
        Ok(())
    }

    /// True when a folder is not opened "for the moment" on a second connection too: the other folders come first.
    pub(super) fn is_refused_again(&mut self, number: FolderNumber, failure: &Failure) -> bool {
        failure.trouble == Trouble::Unavailable && !self.refused.insert((number, failure.side))
    }

    /// True when a server refuses one folder for the moment, step after step, while it opens INBOX and nothing else is left to
    /// be done: that is no outage.
    pub(super) async fn is_about_this_folder(&mut self, side: Side, folder: &mut Folder) -> Result<bool, Failure> {
        let inbox = FolderName::from_raw("INBOX");
        let name = if side == Side::Destination { &folder.destination } else { &folder.source };
        if *name == inbox {
            return Ok(false);
        }
        folder.refused = folder.refused.saturating_add(1);
        let often = u32::from(folder.refused) >= PATIENCE && self.held.record.tries >= PATIENCE;
        self.save(folder).await?;
        Ok(often
            && match side {
                Side::Destination => self.pair.destination().open(&inbox).await.is_ok(),
                _ => self.pair.source().open(&inbox).await.is_ok(),
            })
    }

    pub(super) async fn block(&mut self, folder: &mut Folder, failure: &Failure) -> Result<(), Failure> {
        folder.role = Role::Blocked;
        folder.refused = 0;
        folder.error = Some(failure.to_string());
        self.save(folder).await?;
        self.told(folder);
        Ok(())
    }

    /// Somebody removed or renamed the folder at the source. What was not carried by then has vanished with it.
    pub(super) async fn let_go(&mut self, folder: &mut Folder) -> Result<(), Failure> {
        if let Some(warning) = gone::let_go(folder) {
            self.errands.warn(&warning.code, warning.text);
        }
        self.save(folder).await?;
        self.errands.progressed();
        self.told(folder);
        Ok(())
    }
}
