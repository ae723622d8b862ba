//! # Sending
//! How a message goes out: in a batch, pipelined, or asked for. The line end of a batch waits for the answer to the one
//! before, so that a refusal can still keep the source's order.

use bytes::Bytes;

use super::super::attempt::Attempt;
use super::super::unit::{Message, Unit, What};
use super::lanes::FIRST;
use super::{ABORT, CAREFUL, Open, Ready, Sink, TRUSTING};
use crate::wire::{Append, MessageLiteral, Tag};

impl Sink<'_> {
    /// Queues one message; gives it back when it has to wait.
    pub(super) fn send(&mut self, next: Ready) -> Option<Ready> {
        if self.lanes().any(|lane| self.lane(lane).is_slow()) {
            // Compression can be asked for only when nothing is on its way.
            self.close();
            if !self.open.is_empty() || !self.sent.is_empty() {
                return Some(next);
            }
            self.lanes().for_each(|lane| self.lane(lane).squeeze_if_slow());
        }
        match next {
            Ready::Held(message) => {
                let size = message.read.size;
                // Empty messages never go by LITERAL+ or in a batch: Cyrus then sends a stray untagged BAD.
                let asks = size == 0 || message.attempt.must_ask(&self.known, &self.load.permanent);
                if self.batches && !asks && !message.alone {
                    return self.batched(message);
                }
                let probe = size == 0 || message.attempt.new_keywords(&self.known);
                self.singly(message, probe)
            }
            Ready::Streamed(streaming) => self.begin_streaming(streaming),
        }
    }

    pub(super) fn batched(&mut self, mut message: Box<Message>) -> Option<Ready> {
        if self.sent.iter().any(|unit| matches!(unit.what, What::Aborted(_))) {
            return Some(Ready::Held(message));
        }
        let is_full = self.open.back().is_some_and(Open::is_full);
        if is_full {
            self.close();
        }
        let free = self.free_lane().filter(|_| is_full || self.open.is_empty());
        let open = match free {
            Some(lane) => Some(self.opened(lane)),
            None if self.open.back().is_some_and(Open::is_overfull) => None,
            None => self.open.pop_back(),
        };
        let Some(mut open) = open else { return Some(Ready::Held(message)) };
        let (tag, first) = (open.tag.clone(), open.messages.is_empty());
        self.announce(open.lane, &tag, &message.attempt, message.read.size, MessageLiteral::Plus, first);
        self.lane(open.lane).queue_octets(&tag, message.octets.clone());
        self.wide |= open.lane != FIRST;
        open.octets += message.read.size;
        if !self.keeps {
            message.let_go();
        }
        open.messages.push(*message);
        self.open.push_back(open);
        None
    }

    /// True while an answer could still bring messages back that belong before the next ones.
    pub(super) fn batch_is_out(&self) -> bool {
        self.sent.iter().any(|unit| matches!(unit.what, What::Batch(_) | What::Aborted(_)))
    }

    /// Ends the line of the first open batch, unless what goes before it is still unanswered.
    pub(super) fn close(&mut self) {
        if self.batch_is_out() || self.open.front().is_some_and(|open| !self.is_behind_all(open.lane)) {
            return;
        }
        if let Some(Open { tag, lane, messages, .. }) = self.open.pop_front() {
            self.lane(lane).queue_octets(&tag, Bytes::from_static(Append::TAIL));
            self.ending.begins(self.lease.clock.monotonic());
            self.sent.push_back(Unit { tag, lane, plus: true, what: What::Batch(messages) });
        }
    }

    /// Makes the open batches fail: their messages are sent later, behind those that have to go first.
    pub(super) fn abort(&mut self) {
        while let Some(Open { tag, lane, messages, .. }) = self.open.pop_front() {
            self.lane(lane).queue_octets(&tag, Bytes::from_static(ABORT));
            self.sent.push_back(Unit { tag, lane, plus: true, what: What::Aborted(messages) });
        }
    }

    pub(super) fn singly(&mut self, message: Box<Message>, probe: bool) -> Option<Ready> {
        self.close();
        let window = if self.first_ok { TRUSTING } else { CAREFUL };
        let on_the_way: u64 = self
            .sent
            .iter()
            .map(|unit| match &unit.what {
                What::Single(message) => message.read.size,
                _ => 0,
            })
            .sum();
        let blocked = !self.open.is_empty()
            || self.batch_is_out()
            || self.sent.len() >= window
            || on_the_way > self.window_octets
            || (probe && !self.sent.is_empty())
            // Behind a message that asks a question about flags nothing is sent before its answer.
            || self.sent.iter().any(|unit| matches!(&unit.what, What::Single(message) if message.attempt.new_keywords(&self.known)));
        if blocked {
            return Some(Ready::Held(message));
        }
        let plus = self.plus && !probe;
        let literal = if plus { MessageLiteral::Plus } else { MessageLiteral::Sync };
        let tag = self.connection.tag();
        self.announce(FIRST, &tag, &message.attempt, message.read.size, literal, true);
        self.connection.queue_octets(&tag, message.octets.clone());
        self.connection.queue_octets(&tag, Bytes::from_static(Append::TAIL));
        self.sent.push_back(Unit { tag, lane: FIRST, plus, what: What::Single(message) });
        None
    }

    pub(super) fn announce(
        &mut self,
        lane: usize,
        tag: &Tag,
        attempt: &Attempt,
        size: u64,
        literal: MessageLiteral,
        first: bool,
    ) {
        self.began = true;
        self.looked = false;
        self.in_step = false;
        let append = Append { flags: &attempt.flags, date: attempt.date, size, literal };
        let parts = match first {
            true => append.head(tag, &self.load.destination, self.connection.literals()),
            false => append.next(),
        };
        for part in parts {
            self.lane(lane).queue_part(tag, part);
        }
    }
}
