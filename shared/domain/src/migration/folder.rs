//! # Folder
//! One source folder on its way to one destination folder: the record that the ledger keeps and every commit writes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::label::Label;
use super::reconciling::Reconciling;
use super::recounting::{Recounting, Standing};
use super::{Counts, Intent};
use crate::mail::{Delimiter, FolderName, Uid, UidValidity};

/// A folder's number, given once in the plan; keys, jobs and logs carry it instead of the name.
pub type FolderNumber = u32;

/// Connections lost in a row on several lanes, after which a folder is sent over one.
const LOST_LANES: u8 = 2;

/// What the plan decided to do with a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Its messages are carried.
    Carry,
    /// Left out on request; its messages are counted.
    Filtered,
    /// It cannot be opened at the source or made at the destination.
    Blocked,
}

/// How far the pass at hand has come with a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Progress {
    /// Planned, not yet opened.
    Planned,
    /// Opened and, where needed, reconciled.
    Open,
    /// Everything below the snapshot is settled.
    Copied,
    /// Counted again.
    Verified,
}

/// The record of one folder. Every write is conditional on `epoch` and `version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// From 1.
    pub number: FolderNumber,
    /// The source's name, octet for octet.
    pub source: FolderName,
    /// The source's delimiter for this folder.
    pub source_delimiter: Option<Delimiter>,
    /// The destination's name, octet for octet.
    pub destination: FolderName,
    /// Why it goes there, in words for people.
    pub why: String,
    /// What is done with it.
    pub role: Role,
    /// The source subscribes to it.
    pub subscribed: bool,
    /// The step that holds this record.
    pub epoch: u64,
    /// Raised by every write.
    pub version: u64,
    /// How far this pass is.
    pub progress: Progress,
    /// The source's UIDVALIDITY at the last opening.
    pub source_validity: Option<UidValidity>,
    /// The destination's UIDVALIDITY at the last opening.
    pub destination_validity: Option<UidValidity>,
    /// How often a UIDVALIDITY changed in this pass.
    pub validity_changes: u8,
    /// The pass covers source UIDs below this.
    pub snapshot: Uid,
    /// Every source UID up to this one is settled.
    pub committed: Uid,
    /// APPENDs that may have begun.
    pub intent: Option<Intent>,
    /// The source's HIGHESTMODSEQ when the last pass was counted (RFC 7162).
    pub highest_modseq: Option<u64>,
    /// Key of the newest manifest segment.
    pub head: Option<String>,
    /// The highest destination UID ever claimed for this folder.
    pub claimed: Uid,
    /// Lines were written for UIDs above `committed` (adopted mail): look before sending.
    pub lines_ahead: bool,
    /// What one more APPEND at this destination must look like.
    pub synchronising: bool,
    /// Largest number of messages in the next chunk; halved by a death, 0 means no limit.
    pub chunk_limit: u32,
    /// Counted at the plan, by STATUS.
    pub planned: u64,
    /// Octets at the plan, where the source says them.
    pub planned_octets: Option<u64>,
    /// Over all passes.
    pub counts: Counts,
    /// Of this pass.
    pub this_pass: Counts,
    /// Keywords that the destination does not keep, and on how many messages.
    pub flags_dropped: BTreeMap<String, u64>,
    /// Messages whose INTERNALDATE could not be carried.
    pub dates_replaced: u64,
    /// Messages whose flags changed at the source since they were carried.
    pub flags_changed: u64,
    /// Octets appended in this pass.
    pub octets: u64,
    /// Connections that died under one message alone, one after the other.
    pub deaths: u8,
    /// The source no longer lists it.
    pub gone: bool,
    /// Whole steps that ended before one message alone was carried.
    #[serde(default)]
    pub slow: u8,
    /// Steps in a row in which a server did not open it, for the moment.
    #[serde(default)]
    pub refused: u8,
    /// The destination refused a batch of it: messages are kept until they are answered (`Load::keeps`).
    #[serde(default)]
    pub picky: bool,
    /// Connections lost in a row while batches of it went over several lanes.
    #[serde(default)]
    pub lost_lanes: u8,
    /// What is in quarantine is tried once more.
    #[serde(default)]
    pub retry: bool,
    /// Outcomes of messages that went away at the source before its UIDs changed: they have no UID any more.
    pub retired: Counts,
    /// Why the folder could not be done, for people.
    pub error: Option<String>,
    /// The pass that `progress`, `this_pass` and `octets` are about; 0 in records of before this was kept: the pass at hand.
    #[serde(default)]
    pub pass: u32,
    /// How both sides stood when it was last counted in full; none when that cannot be told apart from other states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// A recount that has not come to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recounting: Option<Recounting>,
    /// What it is in a mailbox of labels; none elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// Mail left to other folders, from this UID on, is decided anew: one that was to carry some of it has none of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anew_from: Option<Uid>,
    /// A reconciling that has not come to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciling: Option<Reconciling>,
    /// The plan made its destination folder: nothing else is there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub made: bool,
}

impl Folder {
    /// A folder as the plan makes it.
    pub fn planned(number: FolderNumber, source: FolderName, destination: FolderName, role: Role, why: String) -> Self {
        Self {
            number,
            source,
            source_delimiter: None,
            destination,
            why,
            role,
            subscribed: false,
            epoch: 0,
            version: 0,
            progress: Progress::Planned,
            source_validity: None,
            destination_validity: None,
            validity_changes: 0,
            snapshot: Uid::new(0),
            committed: Uid::new(0),
            intent: None,
            highest_modseq: None,
            head: None,
            claimed: Uid::new(0),
            lines_ahead: false,
            synchronising: false,
            chunk_limit: 0,
            planned: 0,
            planned_octets: None,
            counts: Counts::default(),
            this_pass: Counts::default(),
            flags_dropped: BTreeMap::new(),
            dates_replaced: 0,
            flags_changed: 0,
            octets: 0,
            deaths: 0,
            gone: false,
            slow: 0,
            refused: 0,
            picky: false,
            lost_lanes: 0,
            retry: false,
            retired: Counts::default(),
            error: None,
            pass: 0,
            standing: None,
            recounting: None,
            label: None,
            anew_from: None,
            reconciling: None,
            made: false,
        }
    }

    /// True when it has been counted in this pass.
    pub fn verified(&self, pass: u32) -> bool {
        self.progress == Progress::Verified && self.is_of(pass)
    }

    /// True when the record has been written in this pass.
    fn is_of(&self, pass: u32) -> bool {
        self.pass == pass || self.pass == 0
    }

    /// Counters of this pass: of a folder without news, whose record the pass does not touch, only the latest count.
    pub fn counts_of(&self, pass: u32) -> Counts {
        // A folder that is not carried counts as a whole in each pass.
        let whole = self.role != Role::Carry && self.head.is_none();
        if whole || self.is_of(pass) {
            return self.this_pass;
        }
        let Counts { arrived, removed, gone, foreign, .. } = self.counts;
        Counts { arrived, removed, gone, foreign, ..Counts::default() }
    }

    /// Octets appended in this pass.
    pub fn octets_of(&self, pass: u32) -> u64 {
        if self.is_of(pass) { self.octets } else { 0 }
    }

    /// From here on the record is about this pass.
    pub fn enter(&mut self, pass: u32) {
        if !self.is_of(pass) {
            self.this_pass = Counts::default();
            self.octets = 0;
            self.validity_changes = 0;
            self.lost_lanes = 0;
        }
        self.pass = pass;
    }

    /// True when nothing of it was ever carried, and nothing is there that it has to be compared with.
    pub fn is_untouched(&self) -> bool {
        let carried = self.head.is_some() || self.intent.is_some() || self.committed > Uid::new(0);
        self.made && !carried && self.chunk_limit == 0 && self.destination_validity.is_none()
    }

    /// True while nothing of it was refused and nothing had to be tried alone: a message of a batch is let go as soon as it is sent.
    pub fn lets_go(&self) -> bool {
        !self.picky && self.chunk_limit == 0 && self.counts.quarantined == 0
    }

    /// True while its batches may go over several lanes. A server that locks a folder from the first octet of an APPEND on would
    /// wait for itself, until a connection counts as dead.
    pub fn may_be_wide(&self) -> bool {
        self.lets_go() && !self.synchronising && self.lost_lanes < LOST_LANES
    }

    /// True when mail that another folder carries is left to that one.
    pub fn yields(&self) -> bool {
        self.label.is_some_and(|label| label.yields)
    }

    /// True when copy has nothing left to do with it in this pass.
    pub fn copied(&self) -> bool {
        self.role != Role::Carry || self.progress >= Progress::Copied || self.error.is_some()
    }
}
