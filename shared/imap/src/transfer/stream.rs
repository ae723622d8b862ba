//! # Stream
//! A message too large to be held, cut through in pieces.

use bytes::Bytes;

use super::attempt::Attempt;
use super::{Coming, Read};
use crate::wire::{Status, Tag};

/// A message going by.
pub(super) struct Streaming {
    pub(super) coming: Coming,
    pub(super) attempt: Attempt,
    pub(super) tag: Tag,
    /// Sent without waiting to be asked.
    pub(super) plus: bool,
    /// Octets that came so far.
    pub(super) passed: u64,
    /// The newest of them, not yet handed on.
    pub(super) last: Bytes,
    /// The answer, when it came before the end.
    pub(super) answer: Option<Status>,
}

impl Streaming {
    pub(super) fn new(coming: Coming, attempt: Attempt) -> Self {
        Self { coming, attempt, tag: Tag::number(0), plus: false, passed: 0, last: Bytes::new(), answer: None }
    }

    /// The next piece; none at the end, also when the source was lost.
    pub(super) async fn next(streaming: &mut Option<Box<Self>>) -> Option<Bytes> {
        match streaming {
            Some(streaming) => streaming.coming.pieces.recv().await,
            None => None,
        }
    }

    /// What was learnt of it; none when the source was lost.
    pub(super) async fn read(&mut self) -> Option<Read> {
        (&mut self.coming.read).await.ok()
    }
}
