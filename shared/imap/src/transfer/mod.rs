//! # Transfer
//! A load on its way: streamed FETCH at the source, an octet budget in between, a sink at the destination. Both sides run
//! in one task; what waits on one side never keeps the other from reading.
//!
//! - `fetch`: asks in windows, two outstanding, and hands messages over in order.
//! - `passing`: what is learnt of a message while its octets go by.
//! - `sink`: sends, in MULTIAPPEND batches, pipelined or synchronising, and matches answers.
//! - `attempt`: how one message is sent next after an answer about its flags or date.
//! - `stream`: a message that is not held.
//! - `unit`: what one tagged answer will be about.

mod attempt;
mod fetch;
mod passing;
mod sink;
mod stream;
mod unit;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use posthorse_domain::mail::{DateChoice, FolderName};
use posthorse_domain::migration::{Failure, Trouble};
use posthorse_domain::ports::Clock;
use posthorse_domain::ports::mail::{Carried, Destination, Fate, Load, Mailbox, Openings, Pair, Source};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::client::Client;
use crate::connection::Lease;

/// Messages above this many octets are not held: they are cut through in pieces.
pub const HELD: u64 = 256 << 10;
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
    Streamed { at: usize, size: u64, date: DateChoice, pieces: mpsc::Receiver<Bytes>, read: oneshot::Receiver<Read> },
    /// Nothing to be sent: it is gone, unreadable, or over a limit.
    Settled { at: usize, fate: Box<Fate> },
}

/// A connection to each side.
pub struct ImapPair {
    source: Client,
    destination: Client,
    budget: u32,
}

impl ImapPair {
    /// `budget`: octets that may be held between the two, at least 2 MiB.
    pub fn new(source: Client, destination: Client, budget: u64) -> Self {
        let grains = (budget.max(2 << 20) / GRAIN).try_into().unwrap_or(u32::MAX);
        Self { source, destination, budget: grains }
    }
}

#[async_trait]
impl Pair for ImapPair {
    fn source(&mut self) -> &mut dyn Source {
        &mut self.source
    }

    fn destination(&mut self) -> &mut dyn Destination {
        &mut self.destination
    }

    async fn open(&mut self, source: &FolderName, destination: &FolderName) -> Openings {
        let (source, destination) =
            tokio::join!(Mailbox::open(&mut self.source, source), Mailbox::open(&mut self.destination, destination));
        Openings { source, destination }
    }

    async fn carry(&mut self, load: &Load, clock: &dyn Clock) -> Carried {
        let (give, take) = mpsc::channel(1024);
        let budget = Arc::new(Semaphore::new(usize::try_from(self.budget).unwrap_or(usize::MAX)));
        let octets = u64::from(self.budget) * GRAIN;
        let lease = Lease { clock, until_monotonic: load.until_monotonic, until_wall: load.until_wall };
        let fetching = fetch::run(&mut self.source.connection, load, give, Arc::clone(&budget), octets);
        let sending = sink::run(&mut self.destination.connection, load, take, budget, octets, lease);
        let (fetched, sent) = tokio::join!(fetching, sending);
        outcome(load, fetched, sent)
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
        desynchronised: sent.desynchronised,
        stopped_by: sent.stopped_by,
    }
}
