//! # Validity
//! Whether UIDs still mean what they meant when the folder was opened last.

use super::crossing::Crossing;
use crate::mail::UidValidity;
use crate::migration::Folder;
use crate::migration::folder::Progress;
use crate::ports::mail::Opened;

/// Changes of UIDVALIDITY in one pass after which people are told.
const RESTLESS: u8 = 3;

/// What has changed since the folder was opened last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub source: bool,
    pub destination: bool,
}

impl Change {
    /// True when the former lines do not count as they are.
    pub fn replaces(self) -> bool {
        self.source || self.destination
    }
}

/// What these openings say, held against the record.
pub(super) fn change(folder: &Folder, source: &Opened, destination: &Opened) -> Change {
    // A server without UIDVALIDITY makes no promise about UIDs: each opening is a new one.
    let begun = folder.head.is_some() || folder.intent.is_some();
    let differs = |stored: Option<UidValidity>, now: Option<UidValidity>| {
        (stored.is_some() && stored != now) || (begun && now.is_none())
    };
    Change {
        source: differs(folder.source_validity, source.validity),
        destination: differs(folder.destination_validity, destination.validity),
    }
}

/// True when UIDs mean nothing yet, or nothing any more.
pub(super) fn must_reconcile(folder: &Folder, source: &Opened, destination: &Opened) -> bool {
    // Nothing of ours is there, and what else there is has not been looked at in this pass.
    let unseen = folder.progress == Progress::Planned || source.validity.is_none() || destination.validity.is_none();
    let ours = folder.head.is_some() || folder.intent.is_some();
    let first_sight = !ours && unseen && destination.exists != Some(0);
    change(folder, source, destination).replaces() || first_sight
}

impl Crossing<'_> {
    /// Counts a change, and tells people.
    pub(super) fn changed(&mut self, folder: &mut Folder, change: Change) {
        if !change.replaces() {
            return;
        }
        folder.validity_changes = folder.validity_changes.saturating_add(1);
        let side = if change.source { "source" } else { "destination" };
        let text = format!(
            "folder {}: UIDVALIDITY changed at the {side}; its messages were recognised by content",
            folder.number
        );
        self.errands.warn("uidvalidity-changed", text);
        if folder.validity_changes >= RESTLESS {
            let text = format!(
                "folder {}: UIDVALIDITY keeps changing or is not given; messages are recognised by content",
                folder.number
            );
            self.errands.warn("uidvalidity-restless", text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::FolderName;
    use crate::migration::folder::Role;

    fn opened(validity: Option<u32>, exists: u32) -> Opened {
        Opened { validity: validity.map(UidValidity::new), exists: Some(exists), ..Opened::default() }
    }

    /// Settled once, both sides under UIDVALIDITY 7.
    fn folder() -> Folder {
        let name = || FolderName::from_raw("INBOX");
        let folder = Folder::planned(1, name(), name(), Role::Carry, String::new());
        let validity = Some(UidValidity::new(7));
        let (source_validity, destination_validity) = (validity, validity);
        Folder { source_validity, destination_validity, head: Some("head".into()), progress: Progress::Open, ..folder }
    }

    #[test]
    fn uids_mean_what_they_meant_while_both_validities_stay() {
        let fresh = || Folder { source_validity: None, destination_validity: None, head: None, ..folder() };
        let planned = || Folder { progress: Progress::Planned, ..fresh() };
        // the record, the source's and the destination's UIDVALIDITY, messages there; changed here, there; recognise
        type Case = (&'static str, Folder, Option<u32>, Option<u32>, u32, (bool, bool), bool);
        let cases: [Case; 9] = [
            ("as it was", folder(), Some(7), Some(7), 5, (false, false), false),
            ("the source is renumbered", folder(), Some(8), Some(7), 5, (true, false), true),
            ("the destination is renumbered", folder(), Some(7), Some(8), 5, (false, true), true),
            ("the source says nothing any more", folder(), None, Some(7), 5, (true, false), true),
            ("first sight of an empty folder", planned(), Some(1), Some(1), 0, (false, false), false),
            ("first sight of one with mail", planned(), Some(1), Some(1), 5, (false, false), true),
            ("seen in this pass, nothing of ours there", fresh(), Some(1), Some(1), 5, (false, false), false),
            ("the same without UIDVALIDITY", fresh(), None, Some(1), 5, (false, false), true),
            ("without UIDVALIDITY and empty", fresh(), None, Some(1), 0, (false, false), false),
        ];
        for (name, folder, here, there, exists, (source, destination), recognise) in cases {
            let (here, there) = (opened(here, 9), opened(there, exists));
            assert_eq!(change(&folder, &here, &there), Change { source, destination }, "{name}");
            assert_eq!(must_reconcile(&folder, &here, &there), recognise, "{name}");
        }
    }
}
