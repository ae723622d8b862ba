//! # Refused
//! Messages that do not come: asked for again in halves and alone, and in the end named, or taken for an outage.

use std::collections::BTreeSet;

use posthorse_domain::migration::answer::{Answer, During, Kind};
use posthorse_domain::migration::{Class, Failure, Trouble};
use posthorse_domain::ports::mail::Fate;

use super::{Doubt, Fetching, MANY};
use crate::connection::{Connection, trouble};
use crate::wire::{Code, Condition, Status};

impl Fetching {
    pub(super) fn answered(&mut self, connection: &mut Connection, status: &Status) -> Result<(), Failure> {
        let window = match self.windows.pop_front() {
            Some(window) if status.tag.as_ref() == Some(&window.tag) => window,
            _ => return Err(connection.dies(Trouble::Nonsense, "an answer came to a command that was not given")),
        };
        let missing: Vec<usize> = window.asked.iter().copied().filter(|at| !self.came.contains(at)).collect();
        let bare = std::mem::take(&mut self.bare);
        if missing.is_empty() || self.closed {
            return Ok(());
        }
        if matches!(status.code, Some(Code::MessageLimit { .. })) && missing.len() < window.asked.len() {
            // RFC 9738 §3.1: as many as one command may name were dealt with; the others are asked for next.
            self.queue.push_front(missing);
            return Ok(());
        }
        if status.condition == Condition::Ok {
            self.left_out(missing, &bare);
            return Ok(());
        }
        let answer = connection.answer(status, During::Fetch);
        if let Some(trouble) = trouble(&answer).filter(|trouble| ends(*trouble)) {
            return Err(connection.failure(trouble, answer.words));
        }
        // One bad message can make a whole FETCH fail (Yahoo): halves, down to each alone, which is asked twice.
        if missing.len() > 1 || missing.iter().any(|at| self.again.insert(*at)) {
            self.halves(missing);
            return Ok(());
        }
        for at in missing {
            self.came.insert(at);
            match answer.kind {
                Kind::Gone => self.settled(at, Fate::Vanished),
                Kind::Message(_) => self.settled(at, unreadable(&answer)),
                Kind::Temporary if self.last_chance.contains(&at) => self.settled(at, unreadable(&answer)),
                _ => self.doubts.push(Doubt { at, answer: answer.clone() }),
            }
        }
        if self.doubts.len() < MANY { Ok(()) } else { Err(self.outage(connection)) }
    }

    /// A message came: the ones refused before it were refused for themselves.
    pub(super) fn believe(&mut self) {
        self.something_came = true;
        for doubt in std::mem::take(&mut self.doubts) {
            if doubt.answer.kind == Kind::Temporary && self.last_chance.insert(doubt.at) {
                self.came.remove(&doubt.at);
                self.queue.push_back(vec![doubt.at]);
            } else {
                self.settled(doubt.at, unreadable(&doubt.answer));
            }
        }
    }

    /// At the end of a load: one refused message among others that came is a bad message; several in a row, or nothing but
    /// refusals, may be an outage. Words about a short outage are believed least.
    pub(super) fn ends_in_doubt(&mut self, connection: &Connection) -> Result<(), Failure> {
        let Some(last) = self.doubts.last() else { return Ok(()) };
        let outage = match (self.something_came, self.doubts.len()) {
            (true, 1) => false,
            (true, _) => last.answer.kind == Kind::Temporary,
            (false, count) => count > 1 || last.answer.kind == Kind::Temporary,
        };
        if outage && !self.believe_refusals {
            return Err(self.outage(connection));
        }
        for doubt in std::mem::take(&mut self.doubts) {
            self.settled(doubt.at, unreadable(&doubt.answer));
        }
        Ok(())
    }

    /// What is refused message after message is about the source or the folder, and waits.
    pub(super) fn outage(&self, connection: &Connection) -> Failure {
        let answer = self.doubts.last().map(|doubt| &doubt.answer);
        let trouble = answer.and_then(trouble).unwrap_or(Trouble::Unavailable);
        connection.failure(trouble, answer.map(|answer| answer.words.clone()).unwrap_or_default())
    }

    /// An OK that did not bring everything: the rest is asked for once more; what is then listed and does not come is
    /// unreadable, what is not even listed is gone.
    pub(super) fn left_out(&mut self, missing: Vec<usize>, bare: &BTreeSet<usize>) {
        let (once, twice): (Vec<usize>, Vec<usize>) = missing.into_iter().partition(|at| self.again.insert(*at));
        // Alone a message needs no UID before its literal.
        let (alone, together): (Vec<usize>, Vec<usize>) = once.into_iter().partition(|at| bare.contains(at));
        alone.into_iter().rev().for_each(|at| self.queue.push_front(vec![at]));
        if !together.is_empty() {
            self.queue.push_front(together);
        }
        for at in twice {
            let fate = if bare.contains(&at) {
                let response = "the source answers OK without the message".into();
                Fate::Unreadable { response, class: Class::Unreadable, octets: None }
            } else {
                Fate::Vanished
            };
            self.came.insert(at);
            self.settled(at, fate);
        }
    }

    /// Asks for the same in two commands; for one message, again.
    pub(super) fn halves(&mut self, mut asked: Vec<usize>) {
        let rest = asked.split_off(asked.len().div_ceil(2));
        if !rest.is_empty() {
            self.queue.push_front(rest);
        }
        self.queue.push_front(asked);
    }
}

/// True when a refused FETCH is about more than its messages. "Unavailable" may be about one of them: it is asked for
/// alone before it is believed.
fn ends(trouble: Trouble) -> bool {
    !matches!(trouble, Trouble::Unavailable | Trouble::Folder)
}

pub(super) fn unreadable(answer: &Answer) -> Fate {
    Fate::Unreadable { response: answer.words.clone(), class: Class::Unreadable, octets: None }
}
