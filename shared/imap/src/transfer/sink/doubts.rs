//! # Doubts
//! Refusals that may be about more than their message: one in unknown words, several in a row, a BYE.

use posthorse_domain::migration::answer::{Answer, During, Kind};
use posthorse_domain::migration::inspect::class_of;
use posthorse_domain::migration::{Failure, Trouble};
use posthorse_domain::ports::mail::Fate;

use super::super::unit::{Unit, What};
use super::{CAREFUL, Sink};

impl Sink<'_> {
    /// A BYE about a message (Gmail: "Invalid character in literal") names no message: alone on its way it is the one;
    /// among others the connection counts as lost, and the chunk is halved until it is alone.
    pub(super) fn ended_by_a_message(&mut self, failure: &mut Failure) {
        let Some(status) = self.farewell() else { return };
        let answer = self.connection.answer(status, During::Append);
        if !matches!(answer.kind, Kind::Message(_)) {
            return;
        }
        failure.trouble = Trouble::Lost;
        if self.load.parcels.len() > 1 || !self.open.is_empty() {
            return;
        }
        let Some(Unit { tag, lane, plus, what }) = self.sent.pop_front() else { return };
        let message = match what {
            What::Batch(mut messages) if messages.len() == 1 => messages.pop(),
            What::Single(message) => Some(*message),
            what => return self.sent.push_front(Unit { tag, lane, plus, what }),
        };
        // Its answer never came: the intent stays open.
        self.sent.push_front(Unit { tag, lane, plus, what: What::Noop });
        if let Some(message) = message {
            let (class, facts) = (class_of(&message.octets, answer.kind), Some(message.facts()));
            let refused = Fate::Refused { facts, octets: Some(message.octets), class, response: answer.words };
            self.fate(message.at, refused);
        }
    }

    /// A small message was refused, in words that nobody taught us and for nothing that can be seen in it. Once is a bad
    /// message; again and again, with nothing taken in between, is a mailbox that takes nothing.
    pub(super) fn doubt(&mut self, at: usize, answer: Answer) {
        self.doubtful.push(at);
        self.doubted = Some(answer.clone());
        if self.doubtful.len() >= CAREFUL {
            self.stop_by(Trouble::Full, answer);
        }
    }

    /// Two refusals in a row at the end count as a full mailbox, not as two bad messages: both stay to be sent.
    pub(super) fn takes_nothing(&mut self) -> Option<Failure> {
        let few = self.doubtful.len() < CAREFUL;
        if self.doubtful.len() < 2 || (few && self.load.believe_refusals) {
            return None;
        }
        for at in std::mem::take(&mut self.doubtful) {
            self.fate(at, Fate::Unsent);
        }
        let answer = self.doubted.take()?;
        Some(self.connection.failure(Trouble::Full, answer.words))
    }

    /// What is left is left to a load that keeps its messages. So are those whose refusal may have been about more.
    pub(super) fn give_up(&mut self) {
        self.gives_up = true;
        for at in std::mem::take(&mut self.doubtful) {
            self.fate(at, Fate::Unsent);
        }
    }

    pub(super) fn stop_by(&mut self, trouble: Trouble, answer: Answer) {
        self.halt(self.connection.failure(trouble, answer.words));
    }

    /// Nothing more is begun; what is on its way gets its answer. What a server says comes before the end of the step:
    /// a message that was answered was not too slow.
    pub(super) fn halt(&mut self, failure: Failure) {
        let told = self.stop.take().filter(|stop| stop.trouble != Trouble::Stopped);
        self.stop = told.or(Some(failure));
    }
}
