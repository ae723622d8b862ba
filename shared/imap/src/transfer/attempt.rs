//! # Attempt
//! With which flags and date a message is sent, and with which it is sent again after an answer about them. Pure.

use std::collections::BTreeSet;

use posthorse_domain::mail::{DateChoice, Flags, InternalDate, Keyword, carry, fallback};
use posthorse_domain::ports::mail::{Facts, Load, Parcel};

use super::Read;

/// How a message is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) flags: Flags,
    pub(super) dropped: Vec<String>,
    pub(super) date: Option<InternalDate>,
    pub(super) date_replaced: bool,
    date_step: u8,
}

impl Attempt {
    /// The first: flags that the folder keeps, less keywords that it refused before.
    pub(super) fn first(parcel: &Parcel, load: &Load, refused: &BTreeSet<Keyword>, date: DateChoice) -> Self {
        let mut carried = carry(&parcel.flags, &load.permanent);
        carried.dropped.extend(parcel.odd_flags.iter().cloned());
        let mut attempt = Self {
            flags: carried.flags,
            dropped: carried.dropped,
            date: date.date(),
            date_replaced: date.replaced(),
            date_step: 0,
        };
        attempt.drop_keywords(|keyword| refused.contains(keyword));
        attempt
    }

    /// Keywords that nobody has seen this folder keep.
    pub(super) fn new_keywords(&self, known: &BTreeSet<Keyword>) -> bool {
        self.flags.keywords.iter().any(|keyword| !known.contains(keyword))
    }

    /// After an answer about flags: without keywords, then without any flag. None when there is nothing left to drop.
    pub(super) fn fewer_flags(&self) -> Option<Self> {
        let mut next = self.clone();
        if !next.flags.keywords.is_empty() {
            next.drop_keywords(|_| true);
            return Some(next);
        }
        if next.flags.system.is_empty() {
            return None;
        }
        next.dropped.extend(next.flags.system.iter().map(ToString::to_string));
        next.flags.system.clear();
        Some(next)
    }

    /// After an answer about the date: the header's own, then none. None when there was none already.
    pub(super) fn other_date(&self, header: &[u8]) -> Option<Self> {
        let before = self.date?;
        let date = match self.date_step {
            0 => fallback(None, header).date().filter(|date| *date != before),
            _ => None,
        };
        Some(Self { date, date_replaced: true, date_step: self.date_step + 1, ..self.clone() })
    }

    fn drop_keywords(&mut self, unwanted: impl Fn(&Keyword) -> bool) {
        let (gone, kept): (BTreeSet<_>, BTreeSet<_>) =
            std::mem::take(&mut self.flags.keywords).into_iter().partition(|keyword| unwanted(keyword));
        self.dropped.extend(gone.iter().map(ToString::to_string));
        self.flags.keywords = kept;
    }

    /// What is remembered of a message that was sent like this.
    pub(super) fn facts(&self, read: &Read) -> Facts {
        Facts {
            prints: read.prints,
            digest: read.digest,
            size: read.size,
            flags: self.flags.clone(),
            dropped: self.dropped.clone(),
            date: self.date,
            date_replaced: self.date_replaced,
            message_id: read.message_id.clone(),
        }
    }
}

#[cfg(test)]
#[path = "attempt_tests.rs"]
mod tests;
