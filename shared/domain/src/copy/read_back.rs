//! # Read back
//! What the destination shows of a message, right behind its APPEND, against what was sent: some servers drop flags or the
//! date (Exchange keeps `\Flagged` only when it comes by STORE). Pure.

use std::collections::BTreeMap;

use crate::mail::{SystemFlag, Uid, UidSet};
use crate::ports::mail::{Fate, Parcel, Shown};

/// What the destination did not keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unkept {
    /// Messages that lack a system flag, by destination UID: it can be set once more.
    pub system: BTreeMap<SystemFlag, UidSet>,
    /// Keywords, and on how many messages.
    pub keywords: BTreeMap<String, u64>,
    /// Messages with another date.
    pub dates: u64,
}

/// Holds what was sent against what is shown. `claims`: source UID → destination UID. A message that is not shown, and one
/// shown without flags or date, tells nothing.
pub fn unkept(parcels: &[Parcel], fates: &[Fate], claims: &BTreeMap<Uid, Uid>, shown: &BTreeMap<Uid, Shown>) -> Unkept {
    let mut unkept = Unkept::default();
    for (parcel, fate) in parcels.iter().zip(fates) {
        let Fate::Sent { facts, .. } = fate else { continue };
        let Some((to, shown)) = claims.get(&parcel.uid).and_then(|to| Some((*to, shown.get(to)?))) else { continue };
        if let Some(flags) = &shown.flags {
            for flag in facts.flags.system.difference(&flags.system) {
                unkept.system.entry(*flag).or_default().insert(to);
            }
            for keyword in facts.flags.keywords.difference(&flags.keywords) {
                *unkept.keywords.entry(keyword.to_string()).or_default() += 1;
            }
        }
        let sent = facts.date.map(|date| date.instant());
        let differs = sent.zip(shown.date).is_some_and(|(sent, shown)| sent != shown);
        unkept.dates += u64::from(differs && !facts.date_replaced);
    }
    unkept
}

#[cfg(test)]
#[path = "read_back_tests.rs"]
mod tests;
