//! # Checkpoint
//! Which APPENDs of one folder were begun and are not yet settled.

use serde::{Deserialize, Serialize};

use super::Moment;
use crate::mail::Uid;

/// A chunk whose APPENDs may have begun. Written before the first octet is sent, taken away by the commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// First source UID of the chunk.
    pub lo: Uid,
    /// Last source UID of the chunk.
    pub hi: Uid,
    /// No message of this chunk can have a destination UID below this.
    pub floor: Uid,
    /// When it was opened.
    pub started: Moment,
    /// True when every APPEND of it has had its answer: nothing can still arrive.
    pub drained: bool,
    /// How often a connection died under it for no other known reason.
    pub deaths: u8,
}
