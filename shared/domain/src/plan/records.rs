//! # Records
//! What a plan makes of the folders' records: new ones, those of a further pass, and which of them say anything new.

use std::collections::{BTreeMap, BTreeSet};

use super::make;
use super::map::{Plan, Planned};
use crate::mail::Uid;
use crate::migration::folder::{Progress, Role};
use crate::migration::{Counts, Folder, FolderNumber};

/// Destination folders that something may have to be carried to.
pub(super) fn groups_with_news(plan: &Plan, known: &[Folder]) -> usize {
    let known: BTreeMap<FolderNumber, &Folder> = known.iter().map(|folder| (folder.number, folder)).collect();
    let news = |planned: &&Planned| {
        planned.role == Role::Carry && known.get(&planned.number).is_none_or(|folder| has_news(folder, planned))
    };
    plan.folders.iter().filter(news).map(|planned| &planned.destination).collect::<BTreeSet<_>>().len()
}

/// The records of this pass: numbers, destinations and what is settled stay.
pub(super) fn records(plan: &Plan, known: Vec<Folder>, refused: &make::Refused) -> Vec<Folder> {
    let mut records: BTreeMap<FolderNumber, Folder> =
        known.into_iter().map(|folder| (folder.number, Folder { gone: true, ..folder })).collect();
    for planned in &plan.folders {
        let error = refused.get(&planned.number).cloned();
        let folder = records.remove(&planned.number).unwrap_or_else(|| fresh(planned));
        records.insert(planned.number, renewed(folder, planned, error));
    }
    for folder in records.values_mut().filter(|folder| folder.gone) {
        folder.progress = Progress::Copied;
        folder.error = None;
    }
    records.into_values().collect()
}

/// What belongs to one pass begins anew.
pub(super) fn begin(folder: &mut Folder, epoch: u64, pass: u32) {
    folder.epoch = epoch;
    folder.pass = pass;
    folder.this_pass = Counts::default();
    folder.octets = 0;
    folder.validity_changes = 0;
}

/// True when a record of an earlier pass can be left as it is: counted then, and nothing that the plan says is new.
pub(super) fn stands(stored: &Folder, now: &Folder) -> bool {
    let as_it_was = Folder { progress: stored.progress, ..now.clone() };
    let news = now.role == Role::Carry && now.progress < Progress::Copied;
    // Records of before standings were kept are written once more.
    stored.pass != 0 && stored.progress == Progress::Verified && !news && as_it_was == *stored
}

fn fresh(planned: &Planned) -> Folder {
    let name = planned.source.name.clone();
    let folder = Folder::planned(planned.number, name, planned.destination.clone(), planned.role, planned.why.clone());
    Folder { made: planned.create, ..folder }
}

fn renewed(folder: Folder, planned: &Planned, error: Option<String>) -> Folder {
    let status = planned.source.status.unwrap_or_default();
    let blocked = error.is_some() || (planned.source.status.is_none() && folder.role == Role::Blocked);
    let error = error.filter(|_| planned.role == Role::Carry);
    let news = has_news(&folder, planned);
    Folder {
        source_delimiter: planned.source.delimiter,
        destination: planned.destination.clone(),
        why: planned.why.clone(),
        role: if error.is_some() { Role::Blocked } else { planned.role },
        subscribed: planned.source.subscribed,
        label: planned.label,
        progress: if news { Progress::Planned } else { Progress::Copied },
        planned: status.messages.map_or(if blocked { folder.planned } else { 0 }, u64::from),
        planned_octets: status.octets,
        gone: false,
        error,
        ..folder
    }
}

/// False when STATUS shows the same UIDVALIDITY and UIDNEXT that the last pass ended with: no UID is new.
fn has_news(folder: &Folder, planned: &Planned) -> bool {
    let status = planned.source.status.unwrap_or_default();
    let settled = folder.intent.is_none() && folder.error.is_none() && folder.committed.next() >= folder.snapshot;
    let same = status.validity.is_some()
        && status.validity == folder.source_validity
        && status.uid_next == Some(folder.snapshot)
        && folder.snapshot > Uid::new(0)
        && folder.destination_validity.is_some();
    !(settled && same && folder.progress >= Progress::Copied)
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
