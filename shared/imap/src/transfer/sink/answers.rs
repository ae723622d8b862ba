//! # Answers
//! What a tagged answer means for the messages it is about.

use std::collections::VecDeque;

use posthorse_domain::mail::UidSet;
use posthorse_domain::migration::answer::{During, Kind};
use posthorse_domain::migration::inspect::class_of;
use posthorse_domain::migration::{Class, Failure, Trouble};
use posthorse_domain::ports::mail::Fate;

use super::super::attempt::Attempt;
use super::super::unit::{Gone, Message, Unit, What};
use super::lanes::FIRST;
use super::{Ready, Sink};
use crate::connection::trouble;
use crate::wire::{Code, Condition, Status};

impl Sink<'_> {
    pub(super) fn answered(&mut self, lane: usize, status: Status) -> Result<(), Failure> {
        if lane == FIRST
            && let Some(streaming) = &mut self.streaming
            && status.tag.as_ref() == Some(&streaming.tag)
        {
            return self.answered_early(status);
        }
        let first = self.sent.iter().position(|unit| unit.lane == lane);
        let first = first.filter(|at| self.sent.get(*at).map(|unit| &unit.tag) == status.tag.as_ref());
        let Some(unit) = first.and_then(|at| self.sent.remove(at)) else {
            return Err(self.uncalled_for(lane, &status));
        };
        if status.condition == Condition::Ok {
            return self.accepted(unit, &status);
        }
        if status.condition == Condition::Bad && unit.plus && !matches!(unit.what, What::Aborted(_)) {
            // Dovecot 2.3 answers BAD to an APPEND line it cannot read and has by then run the literal as commands.
            // One that says what the matter is (throttled, full) has read the line; the connection is of no use all the same.
            let answer = self.connection.answer(&status, During::Append);
            let known = trouble(&answer);
            self.desynchronised = known.is_none();
            self.unknown(unit);
            // Something else may still be on its way: the connection is of no use, and the intent stays open.
            let tag = self.lane(lane).tag();
            self.sent.push_back(Unit { tag, lane, plus: true, what: What::Noop });
            return Err(self.lane(lane).dies(
                known.unwrap_or(Trouble::Lost),
                format!("the destination answered BAD to an APPEND: {}", answer.words),
            ));
        }
        self.refused_unit(unit, status)
    }

    /// An answer to a batch that is not all sent yet leaves open what becomes of the rest: it may be taken for commands.
    fn uncalled_for(&mut self, lane: usize, status: &Status) -> Failure {
        let is_early = self.open.iter().any(|open| open.lane == lane && Some(&open.tag) == status.tag.as_ref());
        if !is_early {
            return self.lane(lane).dies(Trouble::Nonsense, "an answer came to a command that was not given");
        }
        let answer = self.connection.answer(status, During::Append);
        let known = trouble(&answer);
        self.desynchronised = known.is_none() && status.condition == Condition::Bad;
        let trouble = known.unwrap_or(Trouble::Lost);
        self.lane(lane)
            .dies(trouble, format!("the destination answered before it had all of a batch: {}", answer.words))
    }

    pub(super) fn accepted(&mut self, unit: Unit, status: &Status) -> Result<(), Failure> {
        if matches!(unit.what, What::Next) {
            return Ok(());
        }
        self.first_ok = true;
        let uids = self.append_uids(status)?;
        match unit.what {
            What::Noop | What::Back | What::Next => {}
            // QUIRK: Dovecot 2.3 runs a pipelined FETCH before the sync of the APPEND in front of it: look once more, now
            // that every APPEND has its answer, before anybody reads headers.
            What::Look if !self.looked_twice && !self.sees_all() => {
                self.looked_twice = true;
                self.in_step = false;
            }
            What::Look => {
                self.looked = true;
                if self.looked_twice && self.sees_all() {
                    self.connection.showed_late();
                }
            }
            What::Batch(messages) | What::Aborted(messages) => {
                if self.wide {
                    self.ending.is_over(self.lease.clock.monotonic());
                }
                let told = uids.filter(|uids| uids.len() == messages.len());
                let mut told = told.iter().flat_map(UidSet::iter).collect::<VecDeque<_>>();
                for message in messages {
                    let to = told.pop_front();
                    self.learn(&message.attempt);
                    self.fate(message.at, Fate::Sent { facts: message.facts(), to });
                }
            }
            What::Single(message) => {
                self.learn(&message.attempt);
                let to = uids.and_then(|uids| uids.first());
                self.fate(message.at, Fate::Sent { facts: message.facts(), to });
            }
            What::Streamed(gone) => {
                self.learn(&gone.attempt);
                self.connection.took(gone.read.as_ref().map_or(0, |read| read.size));
                let to = uids.and_then(|uids| uids.first());
                let fate = gone.read.as_ref().map(|read| Fate::Sent { facts: gone.attempt.facts(read), to });
                self.fate(gone.at, fate.unwrap_or(Fate::Unknown));
            }
        }
        Ok(())
    }

    /// A message was taken. The folder keeps these keywords, and they need no question any more; those that were left out it does not.
    pub(super) fn learn(&mut self, attempt: &Attempt) {
        self.doubtful.clear();
        self.known.extend(attempt.flags.keywords.iter().cloned());
        self.refused.extend(attempt.suspects.difference(&self.known).cloned());
    }

    /// APPENDUID's UIDs; another UIDVALIDITY than the folder's ends the chunk.
    pub(super) fn append_uids(&mut self, status: &Status) -> Result<Option<UidSet>, Failure> {
        let Some(Code::AppendUid { validity, uids }) = &status.code else { return Ok(None) };
        match self.load.destination_validity {
            // QUIRK: DavMail swaps the two numbers: a validity that is one of the UIDs seen is only a wrong number.
            Some(known) if known != *validity => Ok(None),
            _ => Ok(uids.clone()),
        }
    }

    pub(super) fn refused_unit(&mut self, unit: Unit, status: Status) -> Result<(), Failure> {
        let answer = self.connection.answer(&status, During::Append);
        match unit.what {
            What::Noop | What::Next => Ok(()),
            What::Back => {
                // The look behind it would be one at another folder.
                self.sent.clear();
                Err(self.connection.dies(Trouble::Lost, format!("the folder was not opened again: {}", answer.words)))
            }
            What::Look => Err(self
                .connection
                .failure(Trouble::Lost, format!("the look behind a chunk was refused: {}", answer.words))),
            What::Aborted(messages) => {
                self.again(messages, false);
                Ok(())
            }
            What::Batch(messages) => {
                if let Some(trouble) = trouble(&answer) {
                    self.stop_by(trouble, answer);
                    return Ok(());
                }
                // All or nothing: nothing was added. Each alone tells which one it is. What was begun behind it waits.
                self.abort();
                match self.keeps {
                    true => self.again(messages, true),
                    false => self.give_up(),
                }
                Ok(())
            }
            What::Single(message) => self.single_refused(Some(message), None, &status),
            What::Streamed(gone) => self.single_refused(None, Some(*gone), &status),
        }
    }

    /// Puts messages back: singles to the front, those of an aborted batch behind the singles that wait.
    pub(super) fn again(&mut self, messages: Vec<Message>, alone: bool) {
        self.looked = false;
        let back = messages.into_iter().map(|message| Ready::Held(Box::new(Message { alone, ..message })));
        if alone {
            back.rev().for_each(|message| self.ready.push_front(message));
        } else {
            let singles =
                self.ready.iter().take_while(|ready| matches!(ready, Ready::Held(message) if message.alone)).count();
            let rest = self.ready.split_off(singles);
            self.ready.extend(back);
            self.ready.extend(rest);
        }
    }

    pub(super) fn single_refused(
        &mut self,
        message: Option<Box<Message>>,
        gone: Option<Gone>,
        status: &Status,
    ) -> Result<(), Failure> {
        let answer = self.connection.answer(status, During::Append);
        if let Some(trouble) = trouble(&answer) {
            self.stop_by(trouble, answer);
            return Ok(());
        }
        if let Some(mut message) = message {
            if let Some(attempt) = message.attempt.after(answer.kind, &message.header, &self.known) {
                message.attempt = attempt;
                message.alone = true;
                self.looked = false;
                self.ready.push_front(Ready::Held(message));
                return Ok(());
            }
            let class = class_of(&message.octets, answer.kind);
            let facts = Some(message.facts());
            let octets = Some(message.octets.clone());
            self.fate(message.at, Fate::Refused { facts, octets, class, response: answer.words.clone() });
            // QUIRK: Exchange says "Command Argument Error. 11" to what it does not like in a message and to any message
            // when the mailbox is full.
            if matches!(answer.kind, Kind::Unknown | Kind::Message(Class::Refused)) && class == Class::Refused {
                self.doubt(message.at, answer);
            }
        } else if let Some(gone) = gone {
            let class = class_of(b"-", answer.kind);
            let facts = gone.read.as_ref().map(|read| gone.attempt.facts(read));
            self.fate(gone.at, Fate::Refused { facts, octets: None, class, response: answer.words });
        }
        Ok(())
    }
}
