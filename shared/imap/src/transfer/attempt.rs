//! # Attempt
//! With which flags and date a message is sent, and with which it is sent again after an answer about them. Pure.

use std::collections::BTreeSet;

use posthorse_domain::mail::{DateChoice, Flags, InternalDate, Keyword, Permanent, SystemFlags, carry, fallback};
use posthorse_domain::migration::answer::Kind;
use posthorse_domain::ports::mail::{Facts, Load, Meta};

use super::Read;

/// How a message is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) flags: Flags,
    pub(super) dropped: Vec<String>,
    pub(super) date: Option<InternalDate>,
    pub(super) date_replaced: bool,
    date_step: u8,
    /// The date of the first attempt, and whether it was the source's.
    first_date: (Option<InternalDate>, bool),
    /// Keywords left out after an answer: refused for good once the message is taken without them.
    pub(super) suspects: BTreeSet<Keyword>,
}

impl Attempt {
    /// The first: flags that the folder keeps, less keywords that it refused before.
    pub(super) fn first(parcel: &Meta, load: &Load, refused: &BTreeSet<Keyword>, date: DateChoice) -> Self {
        let mut carried = carry(&parcel.flags, &load.permanent);
        carried.dropped.extend(parcel.odd_flags.iter().cloned());
        let mut attempt = Self {
            flags: carried.flags,
            dropped: carried.dropped,
            date: date.date(),
            date_replaced: date.replaced(),
            date_step: 0,
            first_date: (date.date(), date.replaced()),
            suspects: BTreeSet::new(),
        };
        attempt.drop_keywords(|keyword| refused.contains(keyword));
        attempt
    }

    /// After a refusal: how it is sent again, while the answer may be about flags or date. None when it is about the
    /// message. `known`: keywords that the folder keeps.
    pub(super) fn after(&self, kind: Kind, header: &[u8], known: &BTreeSet<Keyword>) -> Option<Self> {
        match kind {
            Kind::Flag => self.fewer_flags(),
            // QUIRK: Courier 5.0 answers a bad flag in the words of a bad date.
            Kind::Date => self.other_date(header).or_else(|| self.without_new_keywords(known)),
            // A message that asks whether the folder takes its keywords may be refused for them in words nobody taught us.
            Kind::Unknown => self.without_new_keywords(known),
            _ => None,
        }
    }

    /// Without keywords that nobody has seen the folder keep, and with the date it had at first.
    fn without_new_keywords(&self, known: &BTreeSet<Keyword>) -> Option<Self> {
        let mut next = self.new_keywords(known).then(|| self.clone())?;
        next.drop_keywords(|keyword| !known.contains(keyword));
        next.suspects.extend(self.flags.keywords.difference(&next.flags.keywords).cloned());
        (next.date, next.date_replaced) = self.first_date;
        Some(next)
    }

    /// Keywords that nobody has seen this folder keep.
    pub(super) fn new_keywords(&self, known: &BTreeSet<Keyword>) -> bool {
        self.flags.keywords.iter().any(|keyword| !known.contains(keyword))
    }

    /// True when a keyword has to be tried by this message alone. A plain word that the folder promises to keep needs no
    /// question: no server can fail to read it, and a refusal of the batch that it is in names it.
    pub(super) fn must_ask(&self, known: &BTreeSet<Keyword>, permanent: &Permanent) -> bool {
        let asks =
            |keyword: &&Keyword| !(known.contains(*keyword) || keyword.is_plain() && permanent.promises(keyword));
        self.flags.keywords.iter().any(|keyword| asks(&keyword))
    }

    /// After an answer about flags: without keywords, then without any flag. None when there is nothing left to drop.
    fn fewer_flags(&self) -> Option<Self> {
        let mut next = self.clone();
        if !next.flags.keywords.is_empty() {
            next.suspects.extend(next.flags.keywords.iter().cloned());
            next.drop_keywords(|_| true);
            return Some(next);
        }
        if next.flags.system.is_empty() {
            return None;
        }
        next.dropped.extend(next.flags.system.iter().map(|flag| flag.to_string()));
        next.flags.system = SystemFlags::NONE;
        Some(next)
    }

    /// After an answer about the date: the header's own, then none. None when there was none already.
    fn other_date(&self, header: &[u8]) -> Option<Self> {
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
