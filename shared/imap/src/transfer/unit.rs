//! # Unit
//! What one tagged answer will be about.

use bytes::Bytes;
use posthorse_domain::ports::mail::Facts;
use tokio::sync::OwnedSemaphorePermit;

use super::Read;
use super::attempt::Attempt;
use crate::wire::Tag;

/// A held message on its way. Its permit is given back when it has its outcome, or is let go.
pub(super) struct Message {
    pub(super) at: usize,
    pub(super) octets: Bytes,
    pub(super) header: Bytes,
    pub(super) read: Read,
    pub(super) attempt: Attempt,
    /// Not in a batch: its own answer is wanted.
    pub(super) alone: bool,
    pub(super) permit: Option<OwnedSemaphorePermit>,
}

impl Message {
    /// Its octets are on their way, and are not wanted again.
    pub(super) fn let_go(&mut self) {
        (self.octets, self.header, self.permit) = (Bytes::new(), Bytes::new(), None);
    }

    pub(super) fn facts(&self) -> Facts {
        self.attempt.facts(&self.read)
    }
}

/// A message that went by.
pub(super) struct Gone {
    pub(super) at: usize,
    pub(super) read: Option<Read>,
    pub(super) attempt: Attempt,
}

/// What was said.
pub(super) enum What {
    /// MULTIAPPEND: all or nothing.
    Batch(Vec<Message>),
    /// APPEND of one.
    Single(Box<Message>),
    /// APPEND of one that was not held.
    Streamed(Box<Gone>),
    /// A MULTIAPPEND that was made to fail, because the one before it was refused.
    Aborted(Vec<Message>),
    /// NOOP before the look, or SELECT of the folder that is open.
    Noop,
    /// SELECT before the look, where another folder is open.
    Back,
    /// UID FETCH from the floor up.
    Look,
    /// The next folder's opening. Unless something else had to be said behind it, its answer is left to whoever opens that folder.
    Next,
}

/// A command and what it is about.
pub(super) struct Unit {
    pub(super) tag: Tag,
    /// The lane that it went out on.
    pub(super) lane: usize,
    /// Literals that did not wait to be asked for.
    pub(super) plus: bool,
    pub(super) what: What,
}
