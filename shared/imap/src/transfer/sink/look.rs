//! # Look
//! The look behind the last APPEND: only what is seen is claimed.

use std::collections::BTreeMap;

use posthorse_domain::mail::{Flags, InternalDate, Uid, UidSet};
use posthorse_domain::migration::{Failure, Trouble};
use posthorse_domain::ports::mail::Fate;

use super::super::unit::{Unit, What};
use super::lanes::FIRST;
use super::{LOOK, Sink};
use crate::wire::{Command, Fetch, Range};

/// As many UIDs stand for a folder that takes as long to be opened again as a round trip does.
const LARGE: Uid = Uid::new(20_000);

impl Sink<'_> {
    /// True when the look waits for all answers. What is looked at on one lane does not come behind what is on its way on
    /// another; and in a large folder that wait costs less than a SELECT.
    pub(super) fn looks_last(&self) -> bool {
        self.wide || self.connection.shows_late() && self.load.floor > LARGE
    }

    /// NOOP and UID FETCH floor:* behind the last APPEND: only what was seen is claimed.
    pub(super) fn look(&mut self) -> Result<(), Failure> {
        let fetch = Command::fetch(Range::From(self.load.floor), &LOOK, None)
            .map_err(|error| self.connection.dies(Trouble::Ours, error.to_string()))?;
        // QUIRK: what came on other connections Dovecot shows behind the answer to a NOOP, not to a FETCH sent with it.
        if self.wide && !std::mem::replace(&mut self.in_step, true) {
            self.ask(&Command::noop(), What::Noop);
            return Ok(());
        }
        self.present = UidSet::default();
        self.shown = BTreeMap::new();
        // QUIRK: Dovecot 2.3 runs a FETCH that is pipelined behind an APPEND before that APPEND's sync, whatever stands
        // between them (NOOP, CHECK, STATUS); behind a SELECT it shows everything, in the same round trip. That takes a while
        // in a large folder: where all is answered, it is not needed.
        let is_pipelined = !self.sent.is_empty();
        if self.away || is_pipelined && self.connection.shows_late() && !self.looked_twice {
            let select = Command::select(&self.load.destination, self.connection.capabilities().has("CONDSTORE"));
            self.ask(&select, if self.away { What::Back } else { What::Noop });
        } else if !self.in_step {
            self.ask(&Command::noop(), What::Noop);
        }
        self.ask(&fetch, What::Look);
        self.away = false;
        if !self.looked_twice && !self.stops() {
            for command in std::mem::take(&mut self.next) {
                self.ask(&command, What::Next);
                self.away = true;
            }
        }
        Ok(())
    }

    /// Queues a command that brings no message.
    fn ask(&mut self, command: &Command, what: What) {
        let tag = self.connection.queue(command);
        self.sent.push_back(Unit { tag, lane: FIRST, plus: false, what });
    }

    /// True when every UID that APPENDUID told was seen.
    pub(super) fn sees_all(&self) -> bool {
        self.fates.iter().all(|fate| match fate {
            Fate::Sent { to: Some(to), .. } => self.present.contains(*to),
            _ => true,
        })
    }

    /// A message from the floor on, as it lies there.
    pub(super) fn saw(&mut self, fetch: Fetch) {
        let Some(uid) = fetch.uid.filter(|uid| *uid >= self.load.floor) else { return };
        self.present.insert(uid);
        let shown = self.shown.entry(uid).or_default();
        let flags = fetch.flags.map(|words| Flags::read(words.iter().map(AsRef::as_ref)).0);
        shown.flags = flags.or(shown.flags.take());
        let date = fetch.internal_date.as_deref().and_then(InternalDate::parse);
        shown.date = date.map(|date| date.instant()).or(shown.date);
    }
}
