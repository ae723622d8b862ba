//! # Stream
//! A message too large to be held, cut through in pieces.

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::Read;
use super::attempt::Attempt;
use crate::wire::{Status, Tag};

/// A message going by.
pub(super) struct Streaming {
    pub(super) at: usize,
    pub(super) size: u64,
    pub(super) attempt: Attempt,
    /// For the date, when the destination does not like the source's.
    pub(super) header: Bytes,
    pub(super) tag: Tag,
    /// Sent without waiting to be asked.
    pub(super) plus: bool,
    /// Octets that came so far.
    pub(super) passed: u64,
    /// The newest of them, not yet handed on.
    pub(super) last: Bytes,
    /// The answer, when it came before the end.
    pub(super) answer: Option<Status>,
    pieces: mpsc::Receiver<Bytes>,
    read: oneshot::Receiver<Read>,
}

impl Streaming {
    pub(super) fn new(
        at: usize,
        size: u64,
        attempt: Attempt,
        header: Bytes,
        pieces: mpsc::Receiver<Bytes>,
        read: oneshot::Receiver<Read>,
    ) -> Self {
        Self {
            at,
            size,
            attempt,
            header,
            tag: Tag::number(0),
            plus: false,
            passed: 0,
            last: Bytes::new(),
            answer: None,
            pieces,
            read,
        }
    }

    /// The next piece; none at the end, also when the source was lost.
    pub(super) async fn next(streaming: &mut Option<Box<Self>>) -> Option<Bytes> {
        match streaming {
            Some(streaming) => streaming.pieces.recv().await,
            None => None,
        }
    }

    /// What was learnt of it; none when the source was lost.
    pub(super) async fn read(&mut self) -> Option<Read> {
        (&mut self.read).await.ok()
    }
}
