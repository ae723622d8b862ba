//! # Left
//! Mail that another label's folder carries: its lines are written ahead of the chunks that are sent.

use super::account;
use super::crossing::{Crossing, before};
use super::outlook::Outlook;
use crate::mail::UidSet;
use crate::migration::manifest::Line;
use crate::migration::{Failure, Folder, Outcome, Side, Trouble};
use crate::turn::lines;

/// Messages listed at once in a folder most of whose mail other folders carry.
const WINDOW: usize = 1_000;
/// Lines of one segment.
const SEGMENT: usize = 5_000;

impl Crossing<'_> {
    /// Messages that a window of the listing aims at, where so many are wanted.
    pub(super) fn aim(&self, folder: &Folder, wanted: usize) -> usize {
        if folder.yields() { wanted.max(WINDOW) } else { wanted }
    }

    /// Keeps what is held small, and ends the step in time: a folder may leave all its mail to others.
    pub(super) async fn note_left_in_time(
        &mut self,
        folder: &mut Folder,
        outlook: &mut Outlook,
        known: &mut UidSet,
    ) -> Result<(), Failure> {
        let late = self.out_of_time();
        if outlook.left.len() >= SEGMENT || late {
            self.note_left(folder, outlook, known).await?;
        }
        if late && folder.yields() && outlook.metas.is_empty() {
            self.save(folder).await?;
            return Err(Failure::new(Side::Store, Trouble::Stopped, "no time left to go through a folder's labels"));
        }
        Ok(())
    }

    /// Writes down what was left to other folders. The next save makes it count.
    pub(super) async fn note_left(
        &mut self,
        folder: &mut Folder,
        outlook: &mut Outlook,
        known: &mut UidSet,
    ) -> Result<(), Failure> {
        if outlook.left.is_empty() {
            return Ok(());
        }
        let left = std::mem::take(&mut outlook.left);
        let id = |meta: &crate::ports::mail::Meta| meta.tags.as_ref().map(|tags| tags.id);
        let new: Vec<Line> = left
            .iter()
            .map(|meta| Line { gmail_id: id(meta), size: meta.size, ..Line::bare(meta.uid, Outcome::Filtered) })
            .collect();
        let listed: UidSet = left.iter().chain(&outlook.metas).map(|meta| meta.uid).collect();
        account::enter(folder, &new, &listed, known, before(outlook.next));
        lines::write(self.ports, self.held, folder, new, false).await?;
        self.errands.progressed();
        Ok(())
    }
}
