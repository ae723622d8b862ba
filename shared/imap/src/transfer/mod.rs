//! # Transfer
//! A load on its way: streamed FETCH at the source, an octet budget in between, a sink at the destination. Both sides run
//! in one task; what waits on one side never keeps the other from reading.
//!
//! - `fetch`: asks in windows, one outstanding, and hands messages over in order.
//! - `passing`: what is learnt of a message while its octets go by.
//! - `standing`: a connection that goes on to the next folder while the last chunk of this one drains.
//! - `sink`: sends, in MULTIAPPEND batches, pipelined or synchronising, and matches answers.
//! - `attempt`: how one message is sent next after an answer about its flags or date.
//! - `stream`: a message that is not held.
//! - `unit`: what one tagged answer will be about.

mod attempt;
mod fetch;
mod passing;
mod sink;
mod standing;
mod stream;
mod unit;

use std::any::Any;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::join_all;
use posthorse_domain::mail::window::Span;
use posthorse_domain::mail::{DateChoice, FolderName, UidSet};
use posthorse_domain::migration::{Failure, Trouble};
use posthorse_domain::ports::Clock;
use posthorse_domain::ports::mail::{
    Also, Carried, Destination, Fate, Lane, Load, Mailbox, Meta, Openings, Pair, Source,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use self::fetch::Fetching;
use self::standing::Standing;
use crate::client::{Client, ListingAhead};
use crate::connection::Lease;
use crate::wire::Command;

/// Messages above this many octets are not held: they are cut through in pieces, and each waits until what went before it
/// has its answer.
pub const HELD: u64 = 3 << 19;
/// Octets that one permit of the budget stands for.
const GRAIN: u64 = 1 << 10;

/// What was learnt of a message.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    prints: posthorse_domain::mail::Fingerprints,
    digest: posthorse_domain::mail::Fingerprint,
    size: u64,
    message_id: Option<String>,
}

/// What the source hands to the sink.
pub(crate) enum Arrival {
    /// A message that is held whole.
    Held { at: usize, octets: Bytes, header: Bytes, read: Read, date: DateChoice, permit: Option<OwnedSemaphorePermit> },
    /// A message that goes by.
    Streamed(Coming),
    /// Nothing to be sent: it is gone, unreadable, or over a limit.
    Settled { at: usize, fate: Box<Fate> },
}

/// A message that goes by, while it comes.
pub(crate) struct Coming {
    at: usize,
    size: u64,
    date: DateChoice,
    /// As much of it as came before the message was handed over: for the date, when the destination does not like the source's.
    header: Bytes,
    pieces: mpsc::Receiver<Bytes>,
    read: oneshot::Receiver<Read>,
}

/// A connection to each side.
pub struct ImapPair {
    source: Standing,
    destination: Standing,
    /// In grains: octets that came from the source and have had no answer from the destination; of messages that are let go,
    /// those that are not sent yet.
    budget: Arc<Semaphore>,
    octets: u64,
    /// Messages that the source is asked for already, for a load that begins with them.
    ahead: Option<Fetching>,
    /// A part of the folder that was asked for in advance.
    listing: Option<ListingAhead>,
    /// Further connections to the destination, on which no answer is awaited: batches go out over all of them.
    lanes: Vec<Client>,
    /// How long it takes to end a batch on one of them; zero as long as nobody knows.
    ending: Duration,
    batch: usize,
}

impl ImapPair {
    /// `budget`: octets that may be held between the two, at least three messages of the largest kind.
    pub fn new(source: Client, destination: Client, budget: u64) -> Self {
        let octets = budget.max(3 * HELD);
        let grains = usize::try_from(octets / GRAIN).unwrap_or(usize::MAX);
        let (source, destination) = (Standing::new(source), Standing::new(destination));
        Self {
            source,
            destination,
            budget: Arc::new(Semaphore::new(grains)),
            octets,
            ahead: None,
            listing: None,
            lanes: Vec::new(),
            ending: Duration::ZERO,
            batch: sink::BATCH,
        }
    }

    /// Sends so many messages in a batch that others wait behind.
    #[must_use]
    pub fn in_batches_of(self, messages: usize) -> Self {
        Self { batch: messages, ..self }
    }

    /// What was read ahead is not wanted: something else is asked for.
    fn forget(&mut self) {
        if let Some(listing) = self.listing.take() {
            self.source.client().give_up_listing(&listing);
        }
        if let Some(tag) = self.ahead.take().as_ref().and_then(Fetching::asked) {
            self.source.connection().abandon(tag.clone());
        }
    }

    /// Goes on with what was read ahead for this load, or begins it.
    fn begin(&mut self, load: &Load) -> Fetching {
        if self.listing.is_some() {
            self.forget();
        }
        match self.ahead.take_if(|ahead| ahead.begins(load)) {
            Some(mut ahead) => {
                ahead.grow(load);
                ahead
            }
            None => {
                self.forget();
                Fetching::of(load)
            }
        }
    }

    /// Takes from the budget what a load does not need whose messages are let go: less of it waits to be sent.
    fn spares(&mut self, load: &Load) -> Option<OwnedSemaphorePermit> {
        let lets_go = !load.keeps && sink::takes_batches(self.destination.connection(), load);
        let spare = u32::try_from(self.octets.saturating_sub(2 * HELD) / GRAIN).unwrap_or_default();
        lets_go.then(|| Arc::clone(&self.budget).try_acquire_many_owned(spare).ok()).flatten()
    }

    /// Both connections in the folders at hand.
    async fn stand(&mut self) -> Result<(), Failure> {
        if self.source.is_away() {
            self.forget();
        }
        tokio::try_join!(self.source.here(), self.destination.here()).map(|_| ())
    }

    /// What opens the next folder at the destination. A folder without UIDVALIDITY is not left before all is settled: it
    /// would not be known again.
    fn next(&self, load: &Load) -> Vec<Command> {
        let then = load.then.as_ref().filter(|_| self.source.may_leave() && self.destination.may_leave());
        then.and_then(|then| self.destination.to_open(&then.destination).ok()).unwrap_or_default()
    }
}

#[async_trait]
impl Pair for ImapPair {
    fn source(&mut self) -> &mut dyn Source {
        self.forget();
        &mut self.source
    }

    fn destination(&mut self) -> &mut dyn Destination {
        &mut self.destination
    }

    async fn open(&mut self, source: &FolderName, destination: &FolderName, also: Also) -> Openings {
        if !self.source.has_gone_on_to(source, also) {
            self.forget();
        }
        let (source, destination) =
            tokio::join!(self.source.open_also(source, also), self.destination.open_also(destination, Also::Nothing));
        let destination = destination.map(|seen| seen.opened);
        match source {
            Ok(mut seen) => {
                // Heard to its end only now, nobody has taken its messages.
                self.ahead = self.source.messages(&mut seen).or(self.ahead.take());
                Openings { source: Ok(seen.opened), destination, listed: seen.listed }
            }
            Err(failure) => Openings { source: Err(failure), destination, listed: None },
        }
    }

    async fn listed(&mut self, span: Span) -> Result<Option<Vec<Meta>>, Failure> {
        let Some(mut listing) = self.listing.take_if(|listing| listing.is_of(span)) else { return Ok(None) };
        let client = self.source.client();
        client.hear_listing(&mut listing).await?;
        client.listed(listing)
    }

    fn widen(&mut self, lane: Lane) {
        let lane: Box<dyn Any> = lane;
        self.lanes.extend(lane.downcast::<Client>().ok().map(|client| *client));
    }

    async fn leave(&mut self) {
        let lanes = join_all(self.lanes.iter_mut().map(|lane| lane.connection.logout()));
        tokio::join!(self.source.connection().logout(), self.destination.connection().logout(), lanes);
    }

    fn part(self: Box<Self>) -> (Vec<Box<dyn Mailbox>>, Vec<Lane>) {
        let Self { source, destination, mut lanes, .. } = *self;
        let mut left: Vec<Box<dyn Mailbox>> = vec![Box::new(source)];
        match destination.is_idle() {
            true => lanes.push(destination.into_client()),
            false => left.push(Box::new(destination)),
        }
        for lane in lanes.extract_if(.., |lane| !lane.takes_batches() || lane.connection.is_dead()) {
            left.push(Box::new(lane));
        }
        (left, lanes.into_iter().map(|lane| -> Lane { Box::new(lane) }).collect())
    }

    async fn carry(&mut self, load: &Load, clock: &dyn Clock) -> Carried {
        if let Err(failure) = self.stand().await {
            return unsent(load, failure);
        }
        let mut fetching = self.begin(load);
        let _spare = self.spares(load);
        let next = self.next(load);
        let then = load.then.as_ref().filter(|_| !next.is_empty());
        let mut ahead = Some(Fetching::new(Arc::clone(&load.ahead), load.limits)).filter(|_| then.is_none());
        let mut fetched = None;
        let (source, budget, listing) = (&mut self.source, &self.budget, &mut self.listing);
        self.lanes.retain_mut(|lane| lane.connection.is_well());
        let others = self.lanes.iter_mut().filter(|lane| load.wide && lane.takes_batches());
        let others = others.map(|lane| &mut lane.connection).collect();
        let sent = {
            let (give, take) = mpsc::channel(1024);
            let lease = Lease { clock, until_monotonic: load.until_monotonic, until_wall: load.until_wall };
            let reading = async {
                let came = fetching.run(source.connection(), &give, budget).await;
                let all = came.is_ok() && !give.is_closed();
                drop(give);
                fetched = Some(came);
                if all {
                    if let Some(then) = then {
                        ahead = source.go_ahead(then, load.limits).await;
                    } else if let Some(span) = load.listing {
                        *listing = source.client().ask_to_list(span).ok();
                        if let Some(listing) = listing {
                            let heard = source.client().hear_listing(listing).await;
                            ahead.take_if(|_| heard.is_err());
                        }
                    }
                    if let Some(ahead) = &mut ahead {
                        ahead.ahead(source.connection(), budget).await;
                    }
                }
                // There is no end but the sink's.
                std::future::pending::<Infallible>().await
            };
            let (connection, budget, batch) = (self.destination.connection(), self.octets, self.batch);
            let way = sink::Way { connection, others, ending: self.ending, budget, batch, lease, next };
            tokio::select! {
                biased;
                sent = sink::run(way, load, take) => sent,
                never = reading => match never {},
            }
        };
        let fetched = match fetched {
            Some(fetched) => fetched,
            // What is still on its way is read and dropped.
            None => fetching.run(source.connection(), &nobody(), budget).await,
        };
        self.ending = sent.ending;
        self.ahead = ahead.filter(Fetching::has_begun);
        if let Some(then) = then.filter(|_| sent.away) {
            self.destination.asked_for(&then.destination, &sent.next);
        }
        if sent.failure.is_some() || fetched.is_err() {
            self.forget();
        }
        outcome(load, fetched, sent)
    }
}

/// A way to nobody.
fn nobody() -> mpsc::Sender<Arrival> {
    mpsc::channel(1).0
}

/// Nothing was done.
fn unsent(load: &Load, failure: Failure) -> Carried {
    Carried {
        fates: vec![Fate::Unsent; load.parcels.len()],
        present: Some(UidSet::default()),
        shown: BTreeMap::new(),
        drained: true,
        failure: Some(failure),
        died_alone: None,
        wide: false,
        desynchronised: false,
    }
}

fn outcome(load: &Load, fetched: Result<(), Failure>, sent: sink::Sent) -> Carried {
    let failure = match (sent.failure, fetched) {
        // The destination's end made the source stop; its failure is the one to tell.
        (Some(failure), _) => Some(failure),
        (None, fetched) => fetched.err(),
    };
    let lost = failure.as_ref().is_some_and(|failure| matches!(failure.trouble, Trouble::Lost | Trouble::Nonsense));
    let alone = load.parcels.first().filter(|_| lost && load.parcels.len() == 1).map(|parcel| parcel.uid);
    Carried {
        fates: sent.fates,
        present: sent.present,
        shown: sent.shown,
        drained: sent.drained,
        failure,
        died_alone: alone,
        wide: sent.wide,
        desynchronised: sent.desynchronised,
    }
}
