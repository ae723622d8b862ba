//! # Outcome
//! What is known of a load when its sending ends, however that came.

use posthorse_domain::migration::Failure;
use posthorse_domain::ports::mail::Fate;

use super::super::unit::{Unit, What};
use super::{Sent, Sink, is_next};

impl Sink<'_> {
    /// What is still on its way has no outcome.
    pub(super) fn outcome(mut self, mut died: Option<Failure>) -> Sent {
        if let Some(failure) = &mut died {
            self.ended_by_a_message(failure);
            self.lose_all();
        }
        let takes_nothing = self.takes_nothing();
        let next = self.sent.iter().filter(|unit| is_next(unit)).map(|unit| unit.tag.clone()).collect();
        let drained = self.sent.iter().all(is_next) && self.open.is_empty() && self.streaming.is_none();
        for unit in std::mem::take(&mut self.sent) {
            self.unknown(unit);
        }
        for message in std::mem::take(&mut self.open).into_iter().flat_map(|open| open.messages) {
            self.fate(message.at, Fate::Unknown);
        }
        if let Some(streaming) = self.streaming.take() {
            self.fate(streaming.coming.at, Fate::Unknown);
        }
        let present = (self.looked || !self.began).then_some(self.present);
        Sent {
            fates: self.fates,
            present: present.filter(|_| drained),
            shown: self.shown,
            drained,
            failure: died.or(self.stop).or(takes_nothing),
            wide: self.wide,
            ending: self.ending.learnt(),
            desynchronised: self.desynchronised,
            next,
            away: self.away,
        }
    }

    /// Nobody knows what became of it.
    pub(super) fn unknown(&mut self, unit: Unit) {
        match unit.what {
            What::Batch(messages) | What::Aborted(messages) => {
                messages.into_iter().for_each(|message| self.fate(message.at, Fate::Unknown));
            }
            What::Single(message) => self.fate(message.at, Fate::Unknown),
            What::Streamed(gone) => self.fate(gone.at, Fate::Unknown),
            What::Noop | What::Back | What::Look | What::Next => {}
        }
    }

    /// Notes what became of a parcel.
    pub(super) fn fate(&mut self, at: usize, fate: Fate) {
        if let Some(place) = self.fates.get_mut(at) {
            *place = fate;
        }
    }
}
