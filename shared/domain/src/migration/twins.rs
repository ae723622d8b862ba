//! # Twins
//! Where the messages of a mailbox of labels (Gmail) have been delivered: for its other labels a message can be copied at
//! the destination, instead of being read at the source once more. Pure.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::folder::Role;
use super::manifest::Line;
use super::{Folder, FolderNumber, Outcome};
use crate::mail::{Fingerprint, Fingerprints, FolderName, Uid, UidValidity};
use crate::ports::mail::Meta;

/// Messages that are remembered: some 25 MB. Those beyond are read again.
const MOST: usize = 200_000;

/// A folder of the destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// Its name there.
    pub name: FolderName,
    /// What its UIDs belong to.
    pub validity: UidValidity,
}

/// A message that this migration has appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twin {
    /// The number of the folder it was carried from.
    pub of: FolderNumber,
    /// Its UID at the destination.
    pub to: Uid,
    /// How it is recognised.
    pub prints: Fingerprints,
    /// BLAKE3, 128 bits, of its octets.
    pub digest: Fingerprint,
    /// Octets.
    pub size: u64,
}

/// Delivered messages by X-GM-MSGID.
#[derive(Debug, Default)]
pub struct Twins(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    homes: BTreeMap<FolderNumber, Home>,
    twins: BTreeMap<u64, Twin>,
}

impl Twins {
    /// None unless several folders of a mailbox of labels get copies of the same messages.
    pub fn of(folders: &[Folder]) -> Option<Self> {
        let each = |folder: &&Folder| folder.role == Role::Carry && folder.label.is_some_and(|label| !label.yields);
        (folders.iter().filter(each).count() > 1).then(Self::default)
    }

    /// Takes note of messages that were carried from a folder. What was found at the destination already is left out: its
    /// octets nobody has compared.
    pub fn note(&self, folder: &Folder, lines: &[Line]) {
        let Some(validity) = folder.destination_validity else { return };
        let home = Home { name: folder.destination.clone(), validity };
        let mut known = self.known();
        if known.homes.insert(folder.number, home.clone()).is_some_and(|before| before != home) {
            known.twins.retain(|_, twin| twin.of != folder.number);
        }
        let appended = lines.iter().filter(|line| line.seen && line.outcome == Outcome::Copied);
        for (id, twin) in appended.filter_map(|line| Some((line.gmail_id?, twin(folder, line)?))) {
            if known.twins.len() < MOST {
                known.twins.entry(id).or_insert(twin);
            }
        }
    }

    /// The message at the destination, in another folder than the one that `folder` goes to.
    pub fn find(&self, folder: &Folder, meta: &Meta) -> Option<(Home, Twin)> {
        let known = self.known();
        let twin = *known.twins.get(&meta.tags.as_ref()?.id)?;
        let home = known.homes.get(&twin.of).filter(|home| home.name != folder.destination)?;
        Some((home.clone(), twin))
    }

    /// It could not be copied: it is not looked for again.
    pub fn forget(&self, meta: &Meta) {
        if let Some(tags) = &meta.tags {
            self.known().twins.remove(&tags.id);
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn twin(folder: &Folder, line: &Line) -> Option<Twin> {
    Some(Twin { of: folder.number, to: line.to?, prints: line.prints?, digest: line.digest?, size: line.size })
}

#[cfg(test)]
mod tests {
    use super::super::label::{Kind, Label};
    use super::*;
    use crate::mail::{Flags, fingerprints};
    use crate::ports::mail::Tags;

    fn folder(number: FolderNumber, name: &str, validity: u32) -> Folder {
        let name = FolderName::from_raw(name);
        let label = Some(Label { kind: Kind::Own, yields: false });
        let destination_validity = Some(UidValidity::new(validity));
        let planned = Folder::planned(number, name.clone(), name, Role::Carry, String::new());
        Folder { label, destination_validity, ..planned }
    }

    fn line(id: u64, to: u32, outcome: Outcome) -> Line {
        let (prints, digest) = (Some(fingerprints(b"Subject: x\n\n")), Some(Fingerprint::of(b"x")));
        let to = Some(Uid::new(to));
        Line { to, seen: true, prints, digest, gmail_id: Some(id), ..Line::bare(Uid::new(1), outcome) }
    }

    fn meta(id: u64) -> Meta {
        let tags = Some(Tags { id, labels: Vec::new() });
        Meta { uid: Uid::new(1), flags: Flags::new(), odd_flags: Vec::new(), internal_date: None, size: 1, tags }
    }

    #[test]
    fn only_what_was_appended_to_another_folder_is_a_twin() {
        let (work, inbox) = (folder(1, "Work", 7), folder(2, "INBOX", 7));
        let twins = Twins::of(&[work.clone(), inbox.clone()]).unwrap();
        let unseen = Line { seen: false, ..line(4, 40, Outcome::Copied) };
        let recognised = Line { digest: None, ..line(5, 50, Outcome::Copied) };
        twins.note(&work, &[line(1, 10, Outcome::Copied), line(2, 20, Outcome::Adopted), unseen, recognised]);
        let found = |folder: &Folder, id| twins.find(folder, &meta(id)).map(|(_, twin)| twin.to.get());
        assert_eq!([1, 2, 3, 4, 5].map(|id| found(&inbox, id)), [Some(10), None, None, None, None]);
        assert_eq!(found(&work, 1), None, "a folder holds a message once");
        twins.forget(&meta(1));
        assert_eq!(found(&inbox, 1), None);
    }

    #[test]
    fn a_folder_that_is_numbered_anew_has_no_twins_of_before() {
        let (work, inbox) = (folder(1, "Work", 7), folder(2, "INBOX", 7));
        let twins = Twins::of(&[work.clone(), inbox.clone()]).unwrap();
        twins.note(&work, &[line(1, 10, Outcome::Copied)]);
        twins.note(&folder(1, "Work", 8), &[line(2, 20, Outcome::Copied)]);
        assert!(twins.find(&inbox, &meta(1)).is_none());
        assert_eq!(twins.find(&inbox, &meta(2)).map(|(home, _)| home.validity.get()), Some(8));
    }

    #[test]
    fn where_each_message_is_carried_once_nothing_is_remembered() {
        let once = |folder: Folder| Folder { label: Some(Label { kind: Kind::Own, yields: true }), ..folder };
        assert!(Twins::of(&[once(folder(1, "Work", 7)), once(folder(2, "INBOX", 7))]).is_none());
        assert!(Twins::of(&[folder(1, "Work", 7)]).is_none());
    }
}
