//! # Claim
//! Which UID at the destination belongs to which message that was sent, by the server's own word (RFC 4315).

use std::collections::{BTreeMap, BTreeSet};

use crate::mail::{Uid, UidSet};

/// What a drained chunk can claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Source UID → destination UID, for every message that was sent.
    Told(BTreeMap<Uid, Uid>),
    /// The server's word is missing or does not hold: headers must be matched.
    Ask,
}

/// Believes APPENDUID only when every message of the chunk has one, each was seen (`present`) from `floor` up, none was
/// claimed before in this folder and no two are the same. One doubt and nothing is believed.
pub fn claim(sent: &[(Uid, Option<Uid>)], present: &UidSet, claimed: &UidSet, floor: Uid) -> Claim {
    // QUIRK: DavMail swaps the numbers of APPENDUID; Gmail names a UID for a message that it then folds into another.
    let told: Option<BTreeMap<Uid, Uid>> = sent
        .iter()
        .map(|(from, to)| to.map(|to| (*from, to)))
        .map(|pair| pair.filter(|(_, to)| *to >= floor && present.contains(*to) && !claimed.contains(*to)))
        .collect();
    match told {
        Some(told) if distinct(&told) && told.len() == sent.len() => Claim::Told(told),
        _ => Claim::Ask,
    }
}

fn distinct(told: &BTreeMap<Uid, Uid>) -> bool {
    told.values().collect::<BTreeSet<_>>().len() == told.len()
}

#[cfg(test)]
#[path = "claim_tests.rs"]
mod tests;
