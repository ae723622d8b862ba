//! # Survey
//! How far the headers of one side of a folder have been read. What was read lies in the archive, in segments under
//! `index/`, each naming the one before it: only the chain from `head` counts.

use serde::{Deserialize, Serialize};

use super::Folder;
use crate::mail::Uid;

/// A position.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Survey {
    /// It goes on here.
    pub next: Uid,
    /// How many UIDs the next window covers.
    pub width: u32,
    /// It went to the end.
    pub done: bool,
    /// The newest segment.
    pub head: Option<String>,
    /// Messages in all segments.
    pub read: u64,
}

/// The key of an object under `index/`. Epoch, turn, the record's version and a number within the step make it the only
/// one: what a dead step has left behind is in nobody's chain.
pub fn key(folder: &Folder, epoch: u64, turn: u64, what: &str, number: u64) -> String {
    format!("index/{:05}-{what}-e{epoch}-t{turn}-v{}-{number}.jsonl.zst", folder.number, folder.version)
}
