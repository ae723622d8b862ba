//! # Places
//! Where delivered messages should be at the destination, and which lines have no place of their own. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::mail::Uid;
use crate::migration::roll::Roll;
use crate::migration::{FolderNumber, Outcome};

/// Where delivered messages should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Destination UID, then source UID.
    by_place: Vec<(Uid, Uid)>,
    /// Source UIDs of lines without a place: they name none.
    pub without: Vec<Uid>,
    /// Source UIDs of lines whose place another line has. A merged message shares its place by right.
    pub sharing: Vec<Uid>,
}

impl Places {
    /// Of all delivered lines. `taken`: places that another folder's lines have.
    pub fn of(roll: &Roll, taken: &BTreeSet<Uid>) -> Self {
        let delivered = || roll.entries().iter().filter(|entry| entry.delivered());
        let mut places = Self::default();
        places.by_place.reserve(roll.entries().len());
        places.by_place.extend(delivered().filter_map(|entry| Some((entry.to()?, entry.uid()))));
        places.by_place.sort_unstable();
        places.without.extend(delivered().filter(|entry| entry.to().is_none()).map(|entry| entry.uid()));
        let merged = |uid: Uid| roll.get(uid).is_some_and(|entry| entry.outcome() == Outcome::Merged);
        for here in places.by_place.chunk_by(|a, b| a.0 == b.0) {
            let free = here.first().is_some_and(|(place, _)| !taken.contains(place));
            if free && here.len() == 1 {
                continue;
            }
            let own = here.iter().map(|(_, uid)| *uid).filter(|uid| !merged(*uid));
            places.sharing.extend(own.skip(usize::from(free)));
        }
        places
    }

    /// True when every line has a place of its own.
    pub fn is_settled(&self) -> bool {
        self.without.is_empty() && self.sharing.is_empty()
    }

    /// Places from `lo` to `hi`, with the source UIDs of their lines.
    pub fn between(&self, lo: Uid, hi: Uid) -> &[(Uid, Uid)] {
        let from = self.by_place.partition_point(|(place, _)| *place < lo);
        let to = self.by_place.partition_point(|(place, _)| *place <= hi);
        self.by_place.get(from..to).unwrap_or_default()
    }
}

/// The places that a folder's own lines name: those of merged messages are other lines' places.
pub fn named(number: FolderNumber, roll: &Roll) -> impl Iterator<Item = (Uid, FolderNumber)> {
    let own = roll.entries().iter().filter(|entry| entry.delivered() && entry.outcome() != Outcome::Merged);
    own.filter_map(move |entry| Some((entry.to()?, number)))
}

/// Of the places that folders with one destination name, those that several of them name, and the folder that has each.
pub fn contested(mut named: Vec<(Uid, FolderNumber)>) -> BTreeMap<Uid, FolderNumber> {
    named.sort_unstable();
    named.dedup();
    named.chunk_by(|a, b| a.0 == b.0).filter(|here| here.len() > 1).filter_map(|here| here.first().copied()).collect()
}

#[cfg(test)]
#[path = "places_tests.rs"]
mod tests;
