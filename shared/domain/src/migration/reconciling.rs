//! # Reconciling
//! How far the reconciling of one folder has come. What is under way lies in the archive; until the end the folder's own
//! manifest and counters stay as they are.

use serde::{Deserialize, Serialize};

use super::Counts;
use super::recounting::Basis;
use super::survey::Survey;
use crate::mail::Uid;

/// A position.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reconciling {
    /// What it is about.
    pub basis: Basis,
    /// Source UIDs below this are looked at; later ones belong to the next pass.
    pub snapshot: Uid,
    /// Headers of the source.
    pub source: Survey,
    /// Headers of the destination.
    pub destination: Survey,
    /// Nothing that an open chunk appended has come since the destination was read.
    pub rested: bool,
    /// Key of the object with the digests of bodies read so far.
    pub digests: Option<String>,
    /// Key of the object that says what belongs together.
    pub matched: Option<String>,
    /// Lines written so far.
    pub writing: Writing,
}

/// Lines are written, segment by segment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Writing {
    /// Segments of the former manifest that are done.
    pub old: u64,
    /// Segments of the source's survey that are done.
    pub surveyed: u64,
    /// The newest segment of the new manifest.
    pub head: Option<String>,
    /// Messages recognised.
    pub recognised: Counts,
    /// Outcomes of messages that went away at the source before its UIDs changed.
    pub retired: Counts,
    /// The highest destination UID of all lines.
    pub claimed: Uid,
    /// The lowest source UID without a line.
    pub open: Option<Uid>,
    /// The highest source UID with a line.
    pub last: Uid,
}
