//! # Sink
//! Sends a load: MULTIAPPEND batches, pipelined LITERAL+ or synchronising literals, by what the server can do. A refused
//! batch is replayed singly, which names the culprits exactly. The line end of a batch waits for the answer to the one
//! before, so that a refusal can still keep the source's order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use posthorse_domain::mail::{Flags, InternalDate, Keyword, Uid, UidSet};
use posthorse_domain::migration::answer::{Answer, During, Kind};
use posthorse_domain::migration::inspect::class_of;
use posthorse_domain::migration::{Class, Failure, Trouble};
use posthorse_domain::ports::mail::{Fate, Load, Shown};
use tokio::sync::mpsc::{self, error::TryRecvError};

use super::attempt::Attempt;
use super::stream::Streaming;
use super::unit::{Gone, Message, Unit, What};
use super::{Arrival, HELD};
use crate::connection::{Connection, Lease, WRITE, trouble};
use crate::wire::{
    Append, Code, Command, Condition, Event, FetchItem, MessageLiteral, Range, Reply, Start, Status, Tag, Untagged,
};

/// What is asked of the messages that were just appended: that they are there, and what the server kept of them.
const LOOK: [FetchItem; 3] = [FetchItem::Uid, FetchItem::Flags, FetchItem::InternalDate];
/// Messages in one MULTIAPPEND.
const BATCH: usize = 100;
/// Messages in one while the answer to the one before is still awaited: at a distance batches grow.
const BATCH_WAITING: usize = 1000;
/// Octets in one MULTIAPPEND, at most.
const BATCH_OCTETS: u64 = 8 << 20;
/// Commands on their way before the first OK, and after it.
const CAREFUL: usize = 8;
const TRUSTING: usize = 64;
/// Octets queued for the socket before more messages are taken.
const UNSENT: usize = 1 << 20;
/// Behind an open MULTIAPPEND this is no message: the server answers BAD and adds nothing.
const ABORT: &[u8] = b" )\r\n";

/// How a load went at the destination.
pub(super) struct Sent {
    pub(super) fates: Vec<Fate>,
    pub(super) present: Option<UidSet>,
    pub(super) shown: BTreeMap<Uid, Shown>,
    pub(super) drained: bool,
    pub(super) failure: Option<Failure>,
    pub(super) desynchronised: bool,
    pub(super) stopped_by: Option<Answer>,
}

/// A message that waits to be sent.
pub(super) enum Ready {
    Held(Box<Message>),
    Streamed(Box<Streaming>),
}

/// A MULTIAPPEND whose line is not ended.
struct Open {
    tag: Tag,
    messages: Vec<Message>,
    octets: u64,
}

pub(super) struct Sink<'a> {
    pub(super) connection: &'a mut Connection,
    pub(super) load: &'a Load,
    lease: Lease<'a>,
    fates: Vec<Fate>,
    batches: bool,
    pub(super) plus: bool,
    batch_octets: u64,
    window_octets: u64,
    refused: BTreeSet<Keyword>,
    known: BTreeSet<Keyword>,
    ready: VecDeque<Ready>,
    open: Option<Open>,
    pub(super) streaming: Option<Box<Streaming>>,
    sent: VecDeque<Unit>,
    ended: bool,
    first_ok: bool,
    began: bool,
    present: UidSet,
    shown: BTreeMap<Uid, Shown>,
    looked: bool,
    looked_twice: bool,
    stop: Option<Failure>,
    stopped_by: Option<Answer>,
    desynchronised: bool,
    /// Parcels refused in a row for no reason that can be seen, and the last answer.
    doubtful: Vec<usize>,
    doubted: Option<Answer>,
}

/// Sends what arrives until the load ends, everything is answered and looked at, or the connection dies.
pub(super) async fn run(
    connection: &mut Connection,
    load: &Load,
    mut take: mpsc::Receiver<Arrival>,
    octets: u64,
    lease: Lease<'_>,
) -> Sent {
    let plus = connection.capabilities().literal_plus() && !load.synchronising;
    let mut sink = Sink {
        batches: plus && connection.capabilities().has("MULTIAPPEND"),
        connection,
        load,
        lease,
        fates: vec![Fate::Unsent; load.parcels.len()],
        plus,
        batch_octets: (octets / 4).min(BATCH_OCTETS),
        window_octets: octets / 4,
        refused: BTreeSet::new(),
        known: load.keywords.clone(),
        ready: VecDeque::new(),
        open: None,
        streaming: None,
        sent: VecDeque::new(),
        ended: false,
        first_ok: false,
        began: false,
        present: UidSet::default(),
        shown: BTreeMap::new(),
        looked: false,
        looked_twice: false,
        stop: None,
        stopped_by: None,
        desynchronised: false,
        doubtful: Vec::new(),
        doubted: None,
    };
    let failure = sink.run(&mut take).await.err();
    drop(take);
    sink.outcome(failure)
}

impl Sink<'_> {
    fn outcome(mut self, mut died: Option<Failure>) -> Sent {
        if let Some(failure) = &mut died {
            self.ended_by_a_message(failure);
        }
        let takes_nothing = self.takes_nothing();
        let drained = self.sent.is_empty() && self.open.is_none() && self.streaming.is_none();
        for unit in std::mem::take(&mut self.sent) {
            self.unknown(unit);
        }
        for message in self.open.take().into_iter().flat_map(|open| open.messages) {
            self.fate(message.at, Fate::Unknown);
        }
        if let Some(streaming) = self.streaming.take() {
            self.fate(streaming.at, Fate::Unknown);
        }
        let present = (self.looked || !self.began).then_some(self.present);
        Sent {
            fates: self.fates,
            present: present.filter(|_| drained),
            shown: self.shown,
            drained,
            failure: died.or(self.stop).or(takes_nothing),
            desynchronised: self.desynchronised,
            stopped_by: self.stopped_by,
        }
    }

    /// A BYE about a message (Gmail: "Invalid character in literal") names no message: alone on its way it is the one;
    /// among others the connection counts as lost, and the chunk is halved until it is alone.
    fn ended_by_a_message(&mut self, failure: &mut Failure) {
        let Some(status) = self.connection.farewell() else { return };
        let answer = self.connection.answer(status, During::Append);
        if !matches!(answer.kind, Kind::Message(_)) {
            return;
        }
        failure.trouble = Trouble::Lost;
        if self.load.parcels.len() > 1 || self.open.is_some() {
            return;
        }
        let Some(Unit { tag, plus, what }) = self.sent.pop_front() else { return };
        let message = match what {
            What::Batch(mut messages) if messages.len() == 1 => messages.pop(),
            What::Single(message) => Some(*message),
            what => return self.sent.push_front(Unit { tag, plus, what }),
        };
        // Its answer never came: the intent stays open.
        self.sent.push_front(Unit { tag, plus, what: What::Noop });
        if let Some(message) = message {
            let (class, facts) = (class_of(&message.octets, answer.kind), Some(message.facts()));
            let refused = Fate::Refused { facts, octets: Some(message.octets), class, response: answer.words };
            self.fate(message.at, refused);
        }
    }

    fn unknown(&mut self, unit: Unit) {
        match unit.what {
            What::Batch(messages) | What::Aborted(messages) => {
                messages.into_iter().for_each(|message| self.fate(message.at, Fate::Unknown));
            }
            What::Single(message) => self.fate(message.at, Fate::Unknown),
            What::Streamed(gone) => self.fate(gone.at, Fate::Unknown),
            What::Noop | What::Look => {}
        }
    }

    fn fate(&mut self, at: usize, fate: Fate) {
        if let Some(place) = self.fates.get_mut(at) {
            *place = fate;
        }
    }

    async fn run(&mut self, take: &mut mpsc::Receiver<Arrival>) -> Result<(), Failure> {
        loop {
            let over = self.lease.clock.stopping() || self.lease.clock.left().is_zero();
            if over && self.stop.is_none() {
                self.halt(self.connection.failure(Trouble::Stopped, "the step ends; nothing more is begun"));
            }
            if self.stop.is_some() {
                take.close();
                self.ready.clear();
                self.abort();
            }
            self.send_ready()?;
            self.take_all(take)?;
            if self.is_done() {
                return Ok(());
            }
            let room = self.has_room();
            let waits = !self.sent.is_empty() || self.connection.unsent() > 0 || self.streaming.is_some();
            let pieces = self.streaming.is_some() && self.wants_pieces();
            tokio::select! {
                biased;
                event = self.connection.turn(Some(self.lease)), if waits => if let Some(event) = event? {
                    self.event(event)?;
                },
                piece = Streaming::next(&mut self.streaming), if pieces => self.piece(piece).await?,
                arrival = take.recv(), if room => match arrival {
                    Some(arrival) => self.arrived(arrival),
                    None => self.ended = true,
                },
            }
        }
    }

    /// What has come already is taken before anything is written: short messages go out together.
    fn take_all(&mut self, take: &mut mpsc::Receiver<Arrival>) -> Result<(), Failure> {
        while self.has_room() && self.connection.unsent() < WRITE {
            match take.try_recv() {
                Ok(arrival) => self.arrived(arrival),
                Err(TryRecvError::Disconnected) => self.ended = true,
                Err(TryRecvError::Empty) => return Ok(()),
            }
            self.send_ready()?;
        }
        Ok(())
    }

    fn is_done(&self) -> bool {
        let idle = self.ready.is_empty() && self.open.is_none() && self.streaming.is_none() && self.sent.is_empty();
        idle && (self.ended || self.stop.is_some()) && (self.looked || !self.began)
    }

    fn has_room(&self) -> bool {
        !self.ended
            && self.stop.is_none()
            && self.ready.is_empty()
            && self.streaming.is_none()
            && self.connection.unsent() < UNSENT
    }

    fn wants_pieces(&self) -> bool {
        let waiting = self.streaming.as_ref().is_some_and(|streaming| self.connection.is_waiting(&streaming.tag));
        !waiting && self.connection.unsent() < UNSENT
    }

    fn arrived(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Settled { at, fate } => self.fate(at, *fate),
            Arrival::Held { at, octets, header, read, date, permit } => {
                let Some(parcel) = self.load.parcels.get(at) else { return };
                let attempt = Attempt::first(parcel, self.load, &self.refused, date);
                let message = Message { at, octets, header, read, attempt, alone: false, _permit: permit };
                self.ready.push_back(Ready::Held(Box::new(message)));
            }
            Arrival::Streamed { at, size, date, pieces, read } => {
                let Some(parcel) = self.load.parcels.get(at) else { return };
                let attempt = Attempt::first(parcel, self.load, &self.refused, date);
                let streaming = Streaming::new(at, size, attempt, pieces, read);
                self.ready.push_back(Ready::Streamed(Box::new(streaming)));
            }
        }
    }

    /// Queues what may go out now.
    fn send_ready(&mut self) -> Result<(), Failure> {
        while self.streaming.is_none() {
            let Some(next) = self.ready.pop_front() else { break };
            if let Some(waits) = self.send(next) {
                self.ready.push_front(waits);
                break;
            }
        }
        let over = (self.ended || self.stop.is_some()) && self.ready.is_empty();
        if self.open.as_ref().is_some_and(|open| over || self.is_full(open)) {
            self.close();
        }
        let all_out = over && self.open.is_none() && self.streaming.is_none();
        let looking = self.sent.iter().any(|unit| matches!(unit.what, What::Look));
        if all_out && self.began && !self.looked && !looking {
            self.look()?;
        }
        Ok(())
    }

    fn is_full(&self, open: &Open) -> bool {
        open.messages.len() >= BATCH || open.octets >= self.batch_octets
    }

    fn is_overfull(&self, open: &Open) -> bool {
        open.messages.len() >= BATCH_WAITING || open.octets >= 2 * self.batch_octets
    }

    /// True while an answer could still bring messages back that belong before the next ones.
    fn batch_is_out(&self) -> bool {
        self.sent.iter().any(|unit| matches!(unit.what, What::Batch(_) | What::Aborted(_)))
    }

    /// Queues one message; gives it back when it has to wait.
    fn send(&mut self, next: Ready) -> Option<Ready> {
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

    fn batched(&mut self, message: Box<Message>) -> Option<Ready> {
        if self.sent.iter().any(|unit| matches!(unit.what, What::Aborted(_))) {
            return Some(Ready::Held(message));
        }
        if self.open.as_ref().is_some_and(|open| self.is_full(open)) {
            self.close();
            if self.open.as_ref().is_some_and(|open| self.is_overfull(open)) {
                return Some(Ready::Held(message));
            }
        }
        let mut open = match self.open.take() {
            Some(open) => open,
            None => Open { tag: self.connection.tag(), messages: Vec::new(), octets: 0 },
        };
        self.announce(&open.tag, &message.attempt, message.read.size, MessageLiteral::Plus, open.messages.is_empty());
        self.connection.queue_octets(&open.tag, message.octets.clone());
        open.octets += message.read.size;
        open.messages.push(*message);
        self.open = Some(open);
        None
    }

    pub(super) fn announce(&mut self, tag: &Tag, attempt: &Attempt, size: u64, literal: MessageLiteral, first: bool) {
        self.began = true;
        self.looked = false;
        let append = Append { flags: &attempt.flags, date: attempt.date, size, literal };
        let parts = match first {
            true => append.head(tag, &self.load.destination, self.connection.literals()),
            false => append.next(),
        };
        for part in parts {
            self.connection.queue_part(tag, part);
        }
    }

    /// Ends the open batch's line, unless the one before it is still unanswered.
    fn close(&mut self) {
        if self.batch_is_out() {
            return;
        }
        if let Some(open) = self.open.take() {
            self.connection.queue_octets(&open.tag, Bytes::from_static(Append::TAIL));
            self.sent.push_back(Unit { tag: open.tag, plus: true, what: What::Batch(open.messages) });
        }
    }

    /// Makes the open batch fail: its messages are sent later, behind those that have to go first.
    fn abort(&mut self) {
        if let Some(open) = self.open.take() {
            self.connection.queue_octets(&open.tag, Bytes::from_static(ABORT));
            self.sent.push_back(Unit { tag: open.tag, plus: true, what: What::Aborted(open.messages) });
        }
    }

    fn singly(&mut self, message: Box<Message>, probe: bool) -> Option<Ready> {
        if self.open.is_some() {
            self.close();
        }
        let window = if self.first_ok { TRUSTING } else { CAREFUL };
        let on_the_way: u64 = self
            .sent
            .iter()
            .map(|unit| match &unit.what {
                What::Single(message) => message.read.size,
                _ => 0,
            })
            .sum();
        let blocked = self.open.is_some()
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
        self.announce(&tag, &message.attempt, message.read.size, literal, true);
        self.connection.queue_octets(&tag, message.octets.clone());
        self.connection.queue_octets(&tag, Bytes::from_static(Append::TAIL));
        self.sent.push_back(Unit { tag, plus, what: What::Single(message) });
        None
    }

    fn begin_streaming(&mut self, mut streaming: Box<Streaming>) -> Option<Ready> {
        if self.open.is_some() {
            self.close();
        }
        let probe = streaming.attempt.must_ask(&self.known, &self.load.permanent);
        // A refusal should come before the octets are sent when there are many of them, unless as many were taken before.
        let trusted = streaming.size <= (2 * HELD).max(self.connection.largest().saturating_mul(2));
        streaming.plus = self.plus && !probe && trusted;
        // What may come back after a refusal goes first; another streamed message never does.
        let firm = |unit: &Unit| streaming.plus && matches!(unit.what, What::Streamed(_));
        if self.open.is_some() || self.sent.len() >= CAREFUL || !self.sent.iter().all(firm) {
            return Some(Ready::Streamed(streaming));
        }
        let literal = if streaming.plus { MessageLiteral::Plus } else { MessageLiteral::Sync };
        streaming.tag = self.connection.tag();
        self.announce(&streaming.tag.clone(), &streaming.attempt.clone(), streaming.size, literal, true);
        self.streaming = Some(streaming);
        None
    }

    async fn piece(&mut self, piece: Option<Bytes>) -> Result<(), Failure> {
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
            None if streaming.passed < streaming.size => self.source_lost(streaming.at),
            None => {
                let read = streaming.read().await;
                let Streaming { at, attempt, tag, plus, answer, last, .. } = *streaming;
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
                        self.sent.push_back(Unit { tag, plus, what: What::Streamed(Box::new(gone)) });
                        match answer {
                            Some(status) => self.answered(status),
                            None => Ok(()),
                        }
                    }
                }
            }
        }
    }

    /// The source was lost inside a message. An APPEND cut in its literal adds nothing.
    fn source_lost(&mut self, at: usize) -> Result<(), Failure> {
        self.fate(at, Fate::Unsent);
        Err(self.connection.dies(Trouble::Lost, "closed, because the source was lost inside a message"))
    }

    /// True when every UID that APPENDUID told was seen.
    fn sees_all(&self) -> bool {
        self.fates.iter().all(|fate| match fate {
            Fate::Sent { to: Some(to), .. } => self.present.contains(*to),
            _ => true,
        })
    }

    /// NOOP and UID FETCH floor:* behind the last APPEND: only what was seen is claimed.
    fn look(&mut self) -> Result<(), Failure> {
        let fetch = Command::fetch(Range::From(self.load.floor), &LOOK, None)
            .map_err(|error| self.connection.failure(Trouble::Ours, error.to_string()))?;
        self.present = UidSet::default();
        self.shown = BTreeMap::new();
        // QUIRK: Dovecot 2.3 runs a FETCH that is pipelined behind an APPEND before that APPEND's sync, whatever stands
        // between them (NOOP, CHECK, STATUS); behind a SELECT it shows everything, in the same round trip.
        let first = match self.connection.shows_late() && !self.looked_twice {
            true => Command::select(&self.load.destination, self.connection.capabilities().has("CONDSTORE")),
            false => Command::noop(),
        };
        let tag = self.connection.queue(&first);
        self.sent.push_back(Unit { tag, plus: false, what: What::Noop });
        let tag = self.connection.queue(&fetch);
        self.sent.push_back(Unit { tag, plus: false, what: What::Look });
        Ok(())
    }

    fn event(&mut self, event: Event) -> Result<(), Failure> {
        let Event::Response(response) = event else { return Ok(()) };
        match Reply::read(&response) {
            Reply::Data(Untagged::Fetch(fetch)) => {
                if let Some(uid) = fetch.uid.filter(|uid| *uid >= self.load.floor) {
                    self.present.insert(uid);
                    let shown = self.shown.entry(uid).or_default();
                    shown.flags =
                        fetch.flags.map(|words| Flags::read(words.iter().map(AsRef::as_ref)).0).or(shown.flags.take());
                    let date = fetch.internal_date.as_deref().and_then(InternalDate::parse);
                    shown.date = date.map(|date| date.instant()).or(shown.date);
                }
                Ok(())
            }
            Reply::Status(status) if status.tag.is_some() => self.answered(status),
            // Opened again for the look, the folder must still be the same.
            Reply::Status(Status { code: Some(Code::UidValidity(now)), .. })
                if self.load.destination_validity.is_some_and(|known| known != now) =>
            {
                Err(self.connection.dies(Trouble::Lost, "the destination folder was renumbered under a chunk"))
            }
            Reply::Foreign(_) if response.start != Start::Untagged => {
                Err(self.connection.dies(Trouble::Nonsense, "what came is not IMAP"))
            }
            _ => Ok(()),
        }
    }

    fn answered(&mut self, status: Status) -> Result<(), Failure> {
        if let Some(streaming) = &mut self.streaming
            && status.tag.as_ref() == Some(&streaming.tag)
        {
            return self.answered_early(status);
        }
        let unit = match self.sent.pop_front() {
            Some(unit) if status.tag.as_ref() == Some(&unit.tag) => unit,
            other => {
                self.sent.extend(other);
                self.sent.rotate_right(1.min(self.sent.len()));
                return Err(self.connection.dies(Trouble::Nonsense, "an answer came to a command that was not given"));
            }
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
            self.sent.push_back(Unit { tag: self.connection.tag(), plus: true, what: What::Noop });
            return Err(self.connection.dies(
                known.unwrap_or(Trouble::Lost),
                format!("the destination answered BAD to an APPEND: {}", answer.words),
            ));
        }
        self.refused_unit(unit, status)
    }

    /// The answer to a message whose octets are still going by.
    fn answered_early(&mut self, status: Status) -> Result<(), Failure> {
        let Some(mut streaming) = self.streaming.take() else { return Ok(()) };
        let answer = self.connection.answer(&status, During::Append);
        if streaming.passed == 0
            && !streaming.plus
            && status.condition != Condition::Ok
            && let Some(attempt) = streaming.attempt.after(answer.kind, &[], &self.known)
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

    fn accepted(&mut self, unit: Unit, status: &Status) -> Result<(), Failure> {
        self.first_ok = true;
        let uids = self.append_uids(status)?;
        match unit.what {
            What::Noop => {}
            // QUIRK: Dovecot 2.3 runs a pipelined FETCH before the sync of the APPEND in front of it: look once more, now
            // that every APPEND has its answer, before anybody reads headers.
            What::Look if !self.looked_twice && !self.sees_all() => self.looked_twice = true,
            What::Look => {
                self.looked = true;
                if self.looked_twice && self.sees_all() {
                    self.connection.showed_late();
                }
            }
            What::Batch(messages) | What::Aborted(messages) => {
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
    fn learn(&mut self, attempt: &Attempt) {
        self.doubtful.clear();
        self.known.extend(attempt.flags.keywords.iter().cloned());
        self.refused.extend(attempt.suspects.difference(&self.known).cloned());
    }

    /// APPENDUID's UIDs; another UIDVALIDITY than the folder's ends the chunk.
    fn append_uids(&mut self, status: &Status) -> Result<Option<UidSet>, Failure> {
        let Some(Code::AppendUid { validity, uids }) = &status.code else { return Ok(None) };
        match self.load.destination_validity {
            // QUIRK: DavMail swaps the two numbers: a validity that is one of the UIDs seen is only a wrong number.
            Some(known) if known != *validity => Ok(None),
            _ => Ok(uids.clone()),
        }
    }

    fn refused_unit(&mut self, unit: Unit, status: Status) -> Result<(), Failure> {
        let answer = self.connection.answer(&status, During::Append);
        match unit.what {
            What::Noop => Ok(()),
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
                self.again(messages, true);
                Ok(())
            }
            What::Single(message) => self.single_refused(Some(message), None, &status),
            What::Streamed(gone) => self.single_refused(None, Some(*gone), &status),
        }
    }

    /// Puts messages back: singles to the front, those of an aborted batch behind the singles that wait.
    fn again(&mut self, messages: Vec<Message>, alone: bool) {
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

    fn single_refused(
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

    /// A small message was refused, in words that nobody taught us and for nothing that can be seen in it. Once is a bad
    /// message; again and again, with nothing taken in between, is a mailbox that takes nothing.
    fn doubt(&mut self, at: usize, answer: Answer) {
        self.doubtful.push(at);
        self.doubted = Some(answer.clone());
        if self.doubtful.len() >= CAREFUL {
            self.stop_by(Trouble::Full, answer);
        }
    }

    /// Two refusals in a row at the end count as a full mailbox, not as two bad messages: both stay to be sent.
    fn takes_nothing(&mut self) -> Option<Failure> {
        let few = self.doubtful.len() < CAREFUL;
        if self.doubtful.len() < 2 || (few && self.load.believe_refusals) {
            return None;
        }
        for at in std::mem::take(&mut self.doubtful) {
            self.fate(at, Fate::Unsent);
        }
        let answer = self.doubted.take()?;
        let failure = self.connection.failure(Trouble::Full, answer.words.clone());
        self.stopped_by = self.stopped_by.take().or(Some(answer));
        Some(failure)
    }

    fn stop_by(&mut self, trouble: Trouble, answer: Answer) {
        let failure = self.connection.failure(trouble, answer.words.clone());
        self.stopped_by = Some(answer);
        self.halt(failure);
    }

    /// Nothing more is begun; what is on its way gets its answer.
    fn halt(&mut self, failure: Failure) {
        self.stop = self.stop.take().or(Some(failure));
    }
}
