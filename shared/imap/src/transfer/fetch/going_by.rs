//! # Going by
//! A message that is not held: announced when its header is there, handed over in pieces, believed when its response is whole.

use std::sync::Arc;

use bytes::Bytes;
use posthorse_domain::mail::fallback;
use posthorse_domain::migration::inspect::{Verdict, inspect};
use posthorse_domain::ports::mail::Fate;
use tokio::sync::{mpsc, oneshot};

use super::Fetching;
use crate::transfer::passing::Passing;
use crate::transfer::{Arrival, Coming, Read};
use crate::wire::{Reply, Untagged};

/// Pieces of a message on their way between the two sides.
const PIECES: usize = 8;
/// Octets of a message that goes by after which its header is waited for no longer.
const AWAITED: usize = 256 << 10;

/// A message going by.
pub(super) struct Streaming {
    pub(super) pieces: Option<mpsc::Sender<Bytes>>,
    read: Option<oneshot::Sender<Read>>,
    passing: Passing,
    /// Nobody was told of it yet.
    awaiting: Option<Awaiting>,
}

/// The date of a message stands before its octets in an APPEND, and may have to come from its header: that is waited for.
struct Awaiting {
    at: usize,
    size: u64,
    /// What came so far.
    octets: Vec<u8>,
    pieces: mpsc::Receiver<Bytes>,
    read: oneshot::Receiver<Read>,
}

impl Fetching {
    pub(super) fn begin(&mut self, so_far: &Reply, size: u64) {
        let uid = match so_far {
            Reply::Data(Untagged::Fetch(fetch)) => fetch.uid,
            _ => None,
        };
        let at = self.about(uid);
        let mut streaming = Streaming { pieces: None, read: None, passing: Passing::new(), awaiting: None };
        if let Some(at) = at {
            self.came.insert(at);
            if let Verdict::Park(class, response) = inspect(&self.limits, size, &[]) {
                self.settled(at, Fate::Refused { facts: None, octets: None, class, response });
            } else {
                let (pieces, take) = mpsc::channel(PIECES);
                let (read, learnt) = oneshot::channel();
                streaming.awaiting = Some(Awaiting { at, size, octets: Vec::new(), pieces: take, read: learnt });
                streaming.pieces = Some(pieces);
                streaming.read = Some(read);
            }
        }
        self.streaming = Some(streaming);
    }

    pub(super) fn goes_by(&mut self, octets: Bytes) {
        let Some(streaming) = self.streaming.as_mut().filter(|streaming| streaming.pieces.is_some()) else { return };
        streaming.passing.update(&octets);
        let Some(awaiting) = &mut streaming.awaiting else {
            self.piece = Some(octets);
            return;
        };
        awaiting.octets.extend_from_slice(&octets);
        if streaming.passing.has_header() || awaiting.octets.len() >= AWAITED {
            self.announce();
        }
    }

    /// The header of the message that goes by is there: it can be sent, and what came of it so far is its first piece.
    pub(super) fn announce(&mut self) {
        let parcels = Arc::clone(&self.parcels);
        let Some(streaming) = &mut self.streaming else { return };
        let Some(Awaiting { at, size, octets, pieces, read }) = streaming.awaiting.take() else { return };
        let header = Bytes::copy_from_slice(streaming.passing.header());
        let internal = parcels.get(at).and_then(|parcel| parcel.internal_date.as_deref());
        let date = fallback(internal, &header);
        self.out.push_back(Arrival::Streamed(Coming { at, size, date, header, pieces, read }));
        self.piece = Some(Bytes::from(octets)).filter(|octets| !octets.is_empty());
    }

    /// The response around a message that went by is whole: the message is, too.
    pub(super) fn end(&mut self) {
        if let Some(Streaming { pieces, read: Some(read), passing, .. }) = self.streaming.take() {
            self.believe();
            // First what was learnt, then the end of the pieces: who sees the end finds it there.
            let _ = read.send(passing.finish());
            drop(pieces);
        }
    }
}
