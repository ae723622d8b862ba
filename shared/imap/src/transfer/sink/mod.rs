//! # Sink
//! Sends a load: MULTIAPPEND batches, pipelined LITERAL+ or synchronising literals, by what the server can do. A refused
//! batch is replayed singly, which names the culprits exactly, or left to a load that keeps its messages.
//!
//! - `bounds`: where a batch ends.
//! - `sending`: how a message goes out, and when it has to wait.
//! - `going_by`: a message that is not held.
//! - `answers`: what a tagged answer means.
//! - `doubts`: refusals that may be about more than their message.
//! - `lanes`: several connections for batches.
//! - `look`: what lies there behind the last APPEND.
//! - `outcome`: what is known when it ends.

mod answers;
mod bounds;
mod doubts;
mod going_by;
mod lanes;
mod look;
mod outcome;
mod sending;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use posthorse_domain::mail::{Keyword, Uid, UidSet};
use posthorse_domain::migration::answer::Answer;
use posthorse_domain::migration::{Failure, Trouble};
use posthorse_domain::ports::mail::{Fate, Load, Shown};
use tokio::sync::mpsc::{self, error::TryRecvError};

pub(super) use self::bounds::BATCH;
use self::bounds::Bounds;
use self::lanes::{Ending, FIRST, turn};
use super::Arrival;
use super::attempt::Attempt;
use super::stream::Streaming;
use super::unit::{Message, Unit, What};
use crate::connection::{Connection, Lease, WRITE};
use crate::wire::{Code, Command, Event, FetchItem, Reply, Start, Status, Tag, Untagged};

/// What is asked of the messages that were just appended: that they are there, and what the server kept of them.
const LOOK: [FetchItem; 3] = [FetchItem::Uid, FetchItem::Flags, FetchItem::InternalDate];
/// Commands on their way before the first OK, and after it.
const CAREFUL: usize = 8;
const TRUSTING: usize = 64;
/// Octets queued for the socket before more messages are taken.
const UNSENT: usize = 256 << 10;
/// Behind an open MULTIAPPEND this is no message: the server answers BAD and adds nothing.
const ABORT: &[u8] = b" )\r\n";

/// How a load went at the destination.
pub(super) struct Sent {
    pub(super) fates: Vec<Fate>,
    pub(super) present: Option<UidSet>,
    pub(super) shown: BTreeMap<Uid, Shown>,
    pub(super) drained: bool,
    pub(super) failure: Option<Failure>,
    pub(super) wide: bool,
    /// How long it takes to end a batch on a lane, for the next load to go by.
    pub(super) ending: Duration,
    pub(super) desynchronised: bool,
    /// The commands of the next folder's opening, none of whose answers was read; none when they were not sent.
    pub(super) next: Vec<Tag>,
    /// Another folder than this load's is open, or will be.
    pub(super) away: bool,
}

/// A message that waits to be sent.
enum Ready {
    Held(Box<Message>),
    Streamed(Box<Streaming>),
}

/// A MULTIAPPEND whose line is not ended.
struct Open {
    tag: Tag,
    lane: usize,
    messages: Vec<Message>,
    octets: u64,
    bounds: Bounds,
}

impl Open {
    /// True for a batch that has what it should.
    fn is_full(&self) -> bool {
        self.bounds.is_full(self.messages.len(), self.octets)
    }

    /// True for a batch to which nothing is added, although it cannot be ended yet.
    fn is_overfull(&self) -> bool {
        self.bounds.is_overfull(self.messages.len(), self.octets)
    }
}

struct Sink<'a> {
    connection: &'a mut Connection,
    /// Further lanes.
    others: Vec<&'a mut Connection>,
    load: &'a Load,
    lease: Lease<'a>,
    fates: Vec<Fate>,
    batches: bool,
    plus: bool,
    /// A batch's messages are held until its answer.
    keeps: bool,
    /// A batch was refused whose messages are not held any more: what is left is left to another load.
    gives_up: bool,
    bounds: Bounds,
    /// Messages in the batch that was opened last.
    before: usize,
    ending: Ending,
    window_octets: u64,
    refused: BTreeSet<Keyword>,
    known: BTreeSet<Keyword>,
    ready: VecDeque<Ready>,
    /// In the order in which they are ended, one on a lane.
    open: VecDeque<Open>,
    streaming: Option<Box<Streaming>>,
    sent: VecDeque<Unit>,
    ended: bool,
    first_ok: bool,
    began: bool,
    present: UidSet,
    shown: BTreeMap<Uid, Shown>,
    looked: bool,
    looked_twice: bool,
    stop: Option<Failure>,
    wide: bool,
    /// The connection that has the folder open was asked what came on others, since the last APPEND.
    in_step: bool,
    desynchronised: bool,
    /// Parcels refused in a row for no reason that can be seen, and the last answer.
    doubtful: Vec<usize>,
    doubted: Option<Answer>,
    /// What opens the next folder, behind the look.
    next: Vec<Command>,
    /// It was sent: another folder than this load's is open.
    away: bool,
}

/// Where and how a load is sent.
pub(super) struct Way<'a> {
    /// The connection that has the folder open.
    pub(super) connection: &'a mut Connection,
    /// Further lanes, for batches that are let go.
    pub(super) others: Vec<&'a mut Connection>,
    /// How long it took to end a batch on a lane; zero when nobody knows.
    pub(super) ending: Duration,
    /// Octets that may be held between the two sides.
    pub(super) budget: u64,
    /// Messages in a batch that others wait behind.
    pub(super) batch: usize,
    pub(super) lease: Lease<'a>,
    /// What opens the next folder.
    pub(super) next: Vec<Command>,
}

/// Sends what arrives until the load ends, everything is answered and looked at, or the connection dies.
pub(super) async fn run(way: Way<'_>, load: &Load, mut take: mpsc::Receiver<Arrival>) -> Sent {
    let Way { connection, others, ending, budget, batch, lease, next } = way;
    let plus = connection.capabilities().literal_plus() && !load.synchronising;
    let all = load.parcels.iter().map(|parcel| parcel.size).sum();
    let bounds = Bounds::of(all, budget, load.keeps, batch);
    let mut sink = Sink {
        batches: takes_batches(connection, load),
        connection,
        others,
        load,
        lease,
        fates: vec![Fate::Unsent; load.parcels.len()],
        plus,
        keeps: load.keeps,
        gives_up: false,
        bounds,
        before: 0,
        ending: Ending::new(ending),
        window_octets: budget / 4,
        refused: BTreeSet::new(),
        known: load.keywords.clone(),
        ready: VecDeque::new(),
        open: VecDeque::new(),
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
        wide: false,
        in_step: false,
        desynchronised: false,
        doubtful: Vec::new(),
        doubted: None,
        next,
        away: false,
    };
    sink.before = sink.bounds.before_the_first(load.parcels.len(), sink.meanwhile());
    let failure = sink.run(&mut take).await.err();
    drop(take);
    sink.outcome(failure)
}

/// True when messages go out in batches.
pub(super) fn takes_batches(connection: &Connection, load: &Load) -> bool {
    connection.capabilities().takes_batches() && !load.synchronising
}

impl Sink<'_> {
    async fn run(&mut self, take: &mut mpsc::Receiver<Arrival>) -> Result<(), Failure> {
        loop {
            let over = self.lease.clock.stopping() || self.lease.clock.left().is_zero();
            if over && self.stop.is_none() {
                self.halt(self.connection.failure(Trouble::Stopped, "the step ends; nothing more is begun"));
            }
            if self.stops() {
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
            let heeds = self.heeds();
            let pieces = self.streaming.is_some() && self.wants_pieces();
            tokio::select! {
                biased;
                (lane, event) = turn(self.connection, &mut self.others, &heeds, self.lease), if !heeds.is_empty() => {
                    if let Some(event) = event? {
                        self.event(lane, event)?;
                    }
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
        while self.has_room() && self.unsent_open() < WRITE {
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
        let answered = self.sent.iter().all(is_next);
        let idle = self.ready.is_empty() && self.open.is_empty() && self.streaming.is_none() && answered;
        idle && (self.ended || self.stops()) && (self.looked || !self.began)
    }

    /// True when nothing more is begun.
    fn stops(&self) -> bool {
        self.stop.is_some() || self.gives_up
    }

    fn has_room(&self) -> bool {
        let goes_on = !self.ended && !self.stops();
        goes_on && self.ready.is_empty() && self.streaming.is_none() && self.unsent() < self.most_unsent()
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
                let message = Message { at, octets, header, read, attempt, alone: false, permit };
                self.ready.push_back(Ready::Held(Box::new(message)));
            }
            Arrival::Streamed(coming) => {
                let Some(parcel) = self.load.parcels.get(coming.at) else { return };
                let attempt = Attempt::first(parcel, self.load, &self.refused, coming.date);
                self.ready.push_back(Ready::Streamed(Box::new(Streaming::new(coming, attempt))));
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
        let over = (self.ended || self.stops()) && self.ready.is_empty();
        let others = self.open.len() > 1;
        if self.open.front().is_some_and(|open| over || others || open.is_full()) {
            self.close();
        }
        let behind = !self.looks_last() || self.sent.is_empty();
        let all_out = over && self.open.is_empty() && self.streaming.is_none() && behind;
        let looking = self.sent.iter().any(|unit| matches!(unit.what, What::Look));
        if all_out && self.began && !self.looked && !looking {
            self.look()?;
        }
        Ok(())
    }

    fn event(&mut self, lane: usize, event: Event) -> Result<(), Failure> {
        let Event::Response(response) = event else { return Ok(()) };
        // What comes now is about the next folder, or about none.
        let elsewhere = lane != FIRST || self.sent.front().is_some_and(is_next);
        match Reply::read(&response) {
            Reply::Data(Untagged::Fetch(fetch)) if !elsewhere => {
                self.saw(fetch);
                Ok(())
            }
            Reply::Status(status) if status.tag.is_some() => self.answered(lane, status),
            // Opened again for the look, the folder must still be the same.
            Reply::Status(Status { code: Some(Code::UidValidity(now)), .. })
                if !elsewhere && self.load.destination_validity.is_some_and(|known| known != now) =>
            {
                Err(self.connection.dies(Trouble::Lost, "the destination folder was renumbered under a chunk"))
            }
            Reply::Foreign(_) if response.start != Start::Untagged => {
                Err(self.lane(lane).dies(Trouble::Nonsense, "what came is not IMAP"))
            }
            _ => Ok(()),
        }
    }
}

fn is_next(unit: &Unit) -> bool {
    matches!(unit.what, What::Next)
}
