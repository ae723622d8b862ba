//! # Fetch
//! Asks the source for a load's messages in windows of UIDs, one after the other, and hands over what comes. The literal
//! is the message; sizes are hints.
//!
//! - `asking`: the windows that go out.
//! - `going_by`: a message that is not held.
//! - `handing`: what came goes to the sink.
//! - `refused`: a message that does not come is asked for once more, alone.

mod asking;
mod going_by;
mod handing;
mod refused;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use posthorse_domain::mail::{InternalDate, Letterhead, Uid, fallback};
use posthorse_domain::migration::answer::Answer;
use posthorse_domain::migration::inspect::{Limits, Verdict, inspect, placeholder};
use posthorse_domain::migration::{Class, Failure, Trouble};
use posthorse_domain::ports::mail::{Facts, Fate, Load, Meta};
use tokio::sync::{Semaphore, mpsc};

use self::asking::windows;
use self::going_by::Streaming;
use super::passing;
use super::{Arrival, Read};
use crate::client::Aside;
use crate::connection::Connection;
use crate::wire::{Body, Event, Fetch, Reply, Start, Tag, Untagged};

/// Octets of the body that may tell a server's note from a message.
const NOTE: usize = 1024;

/// Messages refused in a row after which no more are asked for.
const MANY: usize = 8;

struct Window {
    tag: Tag,
    asked: Vec<usize>,
}

/// Messages that are asked for: what is on its way, what came, what is still to be asked. Nothing is lost when one of its
/// futures is dropped: messages can be read ahead as long as there is time for it, and handed over later.
pub(super) struct Fetching {
    parcels: Arc<[Meta]>,
    limits: Limits,
    believe_refusals: bool,
    queue: VecDeque<Vec<usize>>,
    windows: VecDeque<Window>,
    /// Came and was not handed over yet; all but the last have their place in the budget.
    out: VecDeque<Arrival>,
    /// A piece of the message that goes by, not handed over yet.
    piece: Option<Bytes>,
    /// Nobody takes what comes any more.
    closed: bool,
    /// What came before it could be taken in.
    aside: VecDeque<Event>,
    /// What went wrong while messages were read ahead.
    failed: Option<Failure>,
    /// Parcels that were handed over.
    came: BTreeSet<usize>,
    /// Parcels asked for a second time.
    again: BTreeSet<usize>,
    /// Parcels listed without their octets, in the window at hand.
    bare: BTreeSet<usize>,
    streaming: Option<Streaming>,
    /// Parcels refused alone and twice in words that may be about all of them, with no other that came in between.
    doubts: Vec<Doubt>,
    /// Parcels refused for the moment while others came: asked for a last time, when all others are through.
    last_chance: BTreeSet<usize>,
    /// Some message of this load came.
    something_came: bool,
}

/// A message that was refused, where nobody knows yet whether it is about the message.
struct Doubt {
    at: usize,
    answer: Answer,
}

impl Fetching {
    /// Of these messages, in UID order.
    pub(super) fn new(parcels: Arc<[Meta]>, limits: Limits) -> Self {
        Self {
            queue: windows(0..parcels.len()),
            parcels,
            limits,
            believe_refusals: false,
            windows: VecDeque::new(),
            out: VecDeque::new(),
            piece: None,
            closed: false,
            aside: VecDeque::new(),
            failed: None,
            came: BTreeSet::new(),
            again: BTreeSet::new(),
            bare: BTreeSet::new(),
            streaming: None,
            doubts: Vec::new(),
            last_chance: BTreeSet::new(),
            something_came: false,
        }
    }

    /// A whole load.
    pub(super) fn of(load: &Load) -> Self {
        let mut fetching = Self::new(Arc::default(), load.limits);
        fetching.grow(load);
        fetching
    }

    /// All of them are asked for already, by another.
    pub(super) fn asked_already(mut self, aside: Aside, connection: &mut Connection) -> Self {
        let unanswered = aside.unanswered().cloned();
        match aside.all().filter(|_| !self.parcels.is_empty()) {
            Some((tag, events)) => {
                self.queue.clear();
                self.windows.push_back(Window { tag, asked: (0..self.parcels.len()).collect() });
                self.aside = events;
            }
            None => unanswered.into_iter().for_each(|tag| connection.abandon(tag)),
        }
        self
    }

    /// True when these messages are the first of the load.
    pub(super) fn begins(&self, load: &Load) -> bool {
        let ours = self.parcels.iter().map(|parcel| parcel.uid);
        self.parcels.len() <= load.parcels.len()
            && ours.eq(load.parcels.iter().take(self.parcels.len()).map(|parcel| parcel.uid))
    }

    /// Goes on with the whole load.
    pub(super) fn grow(&mut self, load: &Load) {
        let from = self.parcels.len();
        self.parcels = Arc::clone(&load.parcels);
        self.limits = load.limits;
        self.believe_refusals = load.believe_refusals;
        self.queue.extend(windows(from..load.parcels.len()));
    }

    /// The command that is on its way.
    pub(super) fn asked(&self) -> Option<&Tag> {
        let window = self.windows.front()?;
        let answered = matches!(self.aside.back(), Some(Event::Response(response)) if response.start == Start::Tagged(window.tag.clone()));
        Some(&window.tag).filter(|_| !answered)
    }

    /// True when there is anything to go on with.
    pub(super) fn has_begun(&self) -> bool {
        let came = !self.out.is_empty() || !self.came.is_empty();
        !self.windows.is_empty() || came || self.failed.is_some()
    }

    /// Fetches the whole load. The receiver's end closing early ends it: what is on its way is read and dropped.
    pub(super) async fn run(
        &mut self,
        connection: &mut Connection,
        give: &mpsc::Sender<Arrival>,
        budget: &Arc<Semaphore>,
    ) -> Result<(), Failure> {
        loop {
            self.hand_over(give, budget).await;
            if let Some(failure) = self.failed.take() {
                return Err(failure);
            }
            self.closed |= give.is_closed();
            if self.asks(connection)? {
                let event = self.next(connection).await?;
                self.take(connection, event)?;
                continue;
            }
            if !self.closed {
                self.ends_in_doubt(connection)?;
            }
            if self.out.is_empty() && self.queue.is_empty() {
                return Ok(());
            }
        }
    }

    /// Reads on while nobody takes what comes, as far as the budget allows. Comes back when all is there, or in trouble.
    pub(super) async fn ahead(&mut self, connection: &mut Connection, budget: &Arc<Semaphore>) {
        if let Err(failure) = self.read_ahead(connection, budget).await {
            self.failed = Some(failure);
        }
    }

    async fn read_ahead(&mut self, connection: &mut Connection, budget: &Arc<Semaphore>) -> Result<(), Failure> {
        loop {
            self.secure(budget).await;
            self.pass_on().await;
            if !self.asks(connection)? {
                return Ok(());
            }
            let event = self.next(connection).await?;
            self.take(connection, event)?;
        }
    }

    async fn next(&mut self, connection: &mut Connection) -> Result<Event, Failure> {
        match self.aside.pop_front() {
            Some(event) => Ok(event),
            None => connection.event(None).await,
        }
    }

    fn take(&mut self, connection: &mut Connection, event: Event) -> Result<(), Failure> {
        match event {
            Event::LiteralStart { so_far, octets } => self.begin(&Reply::read(&so_far), octets),
            Event::Piece(octets) => self.goes_by(octets),
            // Whether the literal was as long as announced shows at the end of its response, not here.
            Event::LiteralEnd => self.announce(),
            Event::Response(response) => match Reply::read(&response) {
                Reply::Data(Untagged::Fetch(fetch)) => {
                    if matches!(fetch.body, Some(Body::Streamed(_))) {
                        self.end();
                    }
                    self.fetched(fetch);
                }
                Reply::Status(status) if status.tag.is_some() => self.answered(connection, &status)?,
                Reply::Foreign(_) => return Err(connection.dies(Trouble::Nonsense, "what came is not IMAP")),
                _ => {}
            },
        }
        Ok(())
    }

    fn settled(&mut self, at: usize, fate: Fate) {
        self.out.push_back(Arrival::Settled { at, fate: Box::new(fate) });
    }

    /// The parcel that a FETCH line is about: by its UID, or the only one asked for.
    fn about(&self, uid: Option<Uid>) -> Option<usize> {
        match uid {
            Some(uid) => self.place(uid).filter(|at| !self.came.contains(at)),
            None => self.only(),
        }
    }

    fn place(&self, uid: Uid) -> Option<usize> {
        self.parcels.binary_search_by_key(&uid, |parcel| parcel.uid).ok()
    }

    /// The one parcel of the window at hand, when there is only one: its FETCH line needs no UID before the literal.
    fn only(&self) -> Option<usize> {
        let window = self.windows.front()?;
        window.asked.first().copied().filter(|at| window.asked.len() == 1 && !self.came.contains(at))
    }

    fn fetched(&mut self, fetch: Fetch) {
        let Some(at) = self.about(fetch.uid) else { return };
        match fetch.body {
            Some(Body::Octets(octets)) => self.held(at, octets),
            // Another message's line, spread over several: the octets went by under a UID that came too late.
            Some(Body::Streamed(_)) | Some(Body::Nil) => {
                self.bare.insert(at);
            }
            // FLAGS alone: nobody asked.
            None => {
                self.bare.insert(at);
            }
        }
    }

    fn held(&mut self, at: usize, octets: Bytes) {
        let parcels = Arc::clone(&self.parcels);
        let Some(parcel) = parcels.get(at) else { return };
        if octets.is_empty() && parcel.size > 0 {
            // An empty literal is an empty message only when the source says that it is empty.
            self.bare.insert(at);
            return;
        }
        self.believe();
        let letterhead = Letterhead::of(&octets);
        let head = letterhead.header();
        let header = octets.slice_ref(head);
        let read = passing::held(&octets, &letterhead);
        let size = read.size;
        self.came.insert(at);
        let body = octets.get(head.len()..).unwrap_or_default();
        if placeholder(&letterhead, body.get(..body.len().min(NOTE)).unwrap_or_default()) {
            let response = "the source handed out a note of its own: it cannot export this message".into();
            let fate = Fate::Unreadable { response, class: Class::Placeholder, octets: Some(octets) };
            return self.settled(at, fate);
        }
        let date = fallback(parcel.internal_date.as_deref(), head);
        if let Verdict::Park(class, response) = inspect(&self.limits, size, head) {
            let facts = Some(unsent(parcel, &read, date.date(), date.replaced()));
            return self.settled(at, Fate::Refused { facts, octets: Some(octets), class, response });
        }
        self.out.push_back(Arrival::Held { at, octets, header, read, date, permit: None });
    }
}

/// Facts of a message that is not sent.
fn unsent(parcel: &Meta, read: &Read, date: Option<InternalDate>, date_replaced: bool) -> Facts {
    Facts {
        prints: read.prints,
        digest: read.digest,
        size: read.size,
        flags: parcel.flags.clone(),
        dropped: Vec::new(),
        date,
        date_replaced,
        message_id: read.message_id.clone(),
    }
}
