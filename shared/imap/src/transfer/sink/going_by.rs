//! # Going by
//! A message too large to be held, on its way out: announced, passed on in pieces, kept open until the source's response is
//! whole.

use bytes::Bytes;
use posthorse_domain::migration::answer::During;
use posthorse_domain::migration::{Failure, Trouble};
use posthorse_domain::ports::mail::Fate;

use super::super::stream::Streaming;
use super::super::unit::{Gone, Unit, What};
use super::super::{Coming, HELD};
use super::lanes::FIRST;
use super::{CAREFUL, Ready, Sink};
use crate::connection::trouble;
use crate::wire::{Append, Condition, MessageLiteral, Status};

impl Sink<'_> {
    pub(super) fn begin_streaming(&mut self, mut streaming: Box<Streaming>) -> Option<Ready> {
        self.close();
        let probe = streaming.attempt.must_ask(&self.known, &self.load.permanent);
        // A refusal should come before the octets are sent when there are many of them, unless as many were taken before.
        let trusted = streaming.coming.size <= (2 * HELD).max(self.connection.largest().saturating_mul(2));
        streaming.plus = self.plus && !probe && trusted;
        // What may come back after a refusal goes first; another streamed message never does.
        let firm = |unit: &Unit| streaming.plus && matches!(unit.what, What::Streamed(_));
        if !self.open.is_empty() || self.sent.len() >= CAREFUL || !self.sent.iter().all(firm) {
            return Some(Ready::Streamed(streaming));
        }
        let literal = if streaming.plus { MessageLiteral::Plus } else { MessageLiteral::Sync };
        streaming.tag = self.connection.tag();
        self.announce(FIRST, &streaming.tag.clone(), &streaming.attempt.clone(), streaming.coming.size, literal, true);
        self.streaming = Some(streaming);
        None
    }

    pub(super) async fn piece(&mut self, piece: Option<Bytes>) -> Result<(), Failure> {
        let Some(mut streaming) = self.streaming.take() else { return Ok(()) };
        match piece {
            Some(octets) => {
                streaming.passed += u64::try_from(octets.len()).unwrap_or(0);
                // The last piece is kept back until the source's response is whole: an APPEND that must not be carried out
                // is then cut inside its literal.
                let octets = std::mem::replace(&mut streaming.last, octets);
                if streaming.answer.is_none() || streaming.plus {
                    self.connection.queue_octets(&streaming.tag, octets);
                }
                self.streaming = Some(streaming);
                Ok(())
            }
            None if streaming.passed < streaming.coming.size => self.source_lost(streaming.coming.at),
            None => {
                let read = streaming.read().await;
                let Streaming { coming: Coming { at, .. }, attempt, tag, plus, answer, last, .. } = *streaming;
                let answered = answer.is_some() && !plus;
                if read.is_none() && !answered {
                    // All announced octets came, and what followed them was no end of a message: its size was wrong.
                    return self.source_lost(at);
                }
                let gone = Gone { at, read, attempt };
                match answer {
                    Some(status) if !plus => self.single_refused(None, Some(gone), &status),
                    answer => {
                        self.connection.queue_octets(&tag, last);
                        self.connection.queue_octets(&tag, Bytes::from_static(Append::TAIL));
                        self.sent.push_back(Unit { tag, lane: FIRST, plus, what: What::Streamed(Box::new(gone)) });
                        match answer {
                            Some(status) => self.answered(FIRST, status),
                            None => Ok(()),
                        }
                    }
                }
            }
        }
    }

    /// The source was lost inside a message. An APPEND cut in its literal adds nothing.
    pub(super) fn source_lost(&mut self, at: usize) -> Result<(), Failure> {
        self.fate(at, Fate::Unsent);
        Err(self.connection.dies(Trouble::Lost, "closed, because the source was lost inside a message"))
    }

    /// The answer to a message whose octets are still going by.
    pub(super) fn answered_early(&mut self, status: Status) -> Result<(), Failure> {
        let Some(mut streaming) = self.streaming.take() else { return Ok(()) };
        let answer = self.connection.answer(&status, During::Append);
        if streaming.passed == 0
            && !streaming.plus
            && status.condition != Condition::Ok
            && let Some(attempt) = streaming.attempt.after(answer.kind, &streaming.coming.header, &self.known)
        {
            streaming.attempt = attempt;
            self.ready.push_front(Ready::Streamed(streaming));
            return Ok(());
        }
        if let Some(trouble) = trouble(&answer).filter(|_| status.condition != Condition::Ok) {
            self.stop_by(trouble, answer);
            if !streaming.plus {
                return Ok(());
            }
        }
        streaming.answer = Some(status);
        self.streaming = Some(streaming);
        Ok(())
    }
}
