//! # Read back
//! What the destination shows of a message, right behind its APPEND, against what was sent: some servers drop flags or the
//! date (Exchange keeps `\Flagged` only when it comes by STORE). Pure.

use std::collections::BTreeMap;

use crate::mail::{Flags, InternalDate, SystemFlag, Uid, UidSet, carry};
use crate::ports::mail::{Fate, Meta, Opened, Shown};

/// A message that this migration appended, as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its UID at the destination.
    pub to: Uid,
    /// Flags that it was sent with.
    pub flags: Flags,
    /// Its date as an instant, seconds since 1970 UTC; none where another one is known to have been sent, and is counted.
    pub date: Option<i64>,
}

/// What the destination did not keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unkept {
    /// Messages that lack a system flag, by destination UID: it can be set once more.
    pub system: BTreeMap<SystemFlag, UidSet>,
    /// Flags that cannot be set again, and on how many messages.
    pub lost: BTreeMap<String, u64>,
    /// Messages with another date.
    pub dates: u64,
}

/// What a chunk sent, as far as it is known where it is. `claims`: source UID → destination UID.
pub fn sent(parcels: &[Meta], fates: &[Fate], claims: &BTreeMap<Uid, Uid>) -> Vec<Sent> {
    let one = |(parcel, fate): (&Meta, &Fate)| {
        let Fate::Sent { facts, .. } = fate else { return None };
        let date = facts.date.filter(|_| !facts.date_replaced).map(|date| date.instant());
        Some(Sent { to: *claims.get(&parcel.uid)?, flags: facts.flags.clone(), date })
    };
    parcels.iter().zip(fates).filter_map(one).collect()
}

/// What an interrupted chunk must have sent for a message that was found again: as the source lists it now. Second comes
/// what is known not to have been carried as it is.
pub fn resent(meta: &Meta, to: Uid, opened: &Opened) -> (Sent, Unkept) {
    let carried = carry(&meta.flags, &opened.permanent);
    let date = meta.internal_date.as_deref().and_then(InternalDate::parse).map(|date| date.instant());
    let lost = carried.dropped.iter().chain(&meta.odd_flags).map(|name| (name.clone(), 1)).collect();
    let unkept = Unkept { lost, dates: u64::from(date.is_none()), ..Unkept::default() };
    (Sent { to, flags: carried.flags, date }, unkept)
}

/// Holds what was sent against what is shown. A message that is not shown, and one shown without flags or date, tells
/// nothing.
pub fn unkept(sent: &[Sent], shown: &BTreeMap<Uid, Shown>) -> Unkept {
    let mut unkept = Unkept::default();
    for one in sent {
        let Some(shown) = shown.get(&one.to) else { continue };
        if let Some(flags) = &shown.flags {
            for flag in one.flags.system.without(flags.system).iter() {
                unkept.system.entry(flag).or_default().insert(one.to);
            }
            for keyword in one.flags.keywords.difference(&flags.keywords) {
                *unkept.lost.entry(keyword.to_string()).or_default() += 1;
            }
        }
        unkept.dates += u64::from(one.date.zip(shown.date).is_some_and(|(sent, shown)| sent != shown));
    }
    unkept
}

/// A message as a listing of the destination shows it.
pub fn listed(meta: Meta) -> (Uid, Shown) {
    let date = meta.internal_date.as_deref().and_then(InternalDate::parse).map(|date| date.instant());
    (meta.uid, Shown { flags: Some(meta.flags), date })
}

impl Unkept {
    /// These messages stay without the flag.
    pub fn lose(&mut self, flag: SystemFlag, uids: &UidSet) {
        *self.lost.entry(flag.to_string()).or_default() += u64::try_from(uids.len()).unwrap_or(u64::MAX);
    }

    /// Counts another's beside what is known here.
    pub fn add(&mut self, other: Self) {
        self.system.extend(other.system);
        for (name, count) in other.lost {
            *self.lost.entry(name).or_default() += count;
        }
        self.dates += other.dates;
    }
}

#[cfg(test)]
#[path = "read_back_tests.rs"]
mod tests;
