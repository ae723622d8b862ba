//! # Recounting
//! How far the recount of one folder has come, and how both sides stood when it was last counted in full.

use serde::{Deserialize, Serialize};

use crate::mail::{Fingerprint, Uid, UidValidity};
use crate::ports::mail::Opened;

/// A folder as one side showed it when it was opened. Equal ones hold the same messages: a UID is never used again, UIDs
/// only rise and UIDNEXT with them (RFC 9051 §2.3.1.1), so that with the same UIDVALIDITY and UIDNEXT nothing has come,
/// and with the same number of messages nothing has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stand {
    /// UIDVALIDITY.
    pub validity: UidValidity,
    /// UIDNEXT.
    pub uid_next: Uid,
    /// EXISTS.
    pub exists: u32,
}

impl Stand {
    /// None when the server leaves one of them out: then only a listing tells.
    pub fn of(opened: &Opened) -> Option<Self> {
        Some(Self { validity: opened.validity?, uid_next: opened.uid_next?, exists: opened.exists? })
    }
}

/// Both sides of a folder at its last full recount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The source.
    pub source: Stand,
    /// The destination.
    pub destination: Stand,
    /// The source's HIGHESTMODSEQ: with the same one no flag has changed (RFC 7162 §3.1.1).
    pub modseq: Option<u64>,
    /// Flags of all of the source's messages, as one sum.
    pub flags: Fingerprint,
}

impl Standing {
    /// As both sides are now, before flags have been read.
    pub fn of(source: &Opened, destination: &Opened) -> Option<Self> {
        Some(Self {
            source: Stand::of(source)?,
            destination: Stand::of(destination)?,
            modseq: source.highest_modseq,
            flags: Fingerprint::default(),
        })
    }

    /// True when neither side can hold other messages than then.
    pub fn same_messages(&self, now: &Self) -> bool {
        self.source == now.source && self.destination == now.destination
    }

    /// True when no flag can have changed at the source. False: its flags have to be read.
    pub fn same_flags(&self, now: &Self) -> bool {
        self.modseq.is_some() && self.modseq == now.modseq
    }
}

/// What a recount is about: with another one it begins anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Basis {
    /// The pass.
    pub pass: u32,
    /// The manifest.
    pub head: Option<String>,
    /// The source's UIDVALIDITY.
    pub source: Option<UidValidity>,
    /// The destination's.
    pub destination: Option<UidValidity>,
}

/// What the source has shown so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceShown {
    /// The listing goes on here.
    pub next: Uid,
    /// How many UIDs the next window covers.
    pub width: u32,
    /// It went to the end.
    pub done: bool,
    /// Messages below the snapshot.
    pub listed: u64,
    /// Messages from the snapshot up.
    pub arrived: u64,
    /// Messages whose flags are not those that were carried.
    pub flags_changed: u64,
    /// Messages below the snapshot that have no line.
    pub without_line: u64,
    /// Flags of all messages, as one sum.
    pub flags: Fingerprint,
    /// It is the second listing: the first one contradicted the number of messages.
    pub again: bool,
    /// The source contradicts itself: how, for people.
    pub disagrees: Option<String>,
    /// Messages that the source says it has, and does not list.
    pub hidden: u64,
    /// The first message that was left to another folder, and that no other folder has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stray: Option<Uid>,
}

/// How the error begins when a source contradicts itself.
pub const DISAGREES: &str = "the source says";

impl SourceShown {
    /// All that was listed.
    pub fn all(&self) -> u64 {
        self.listed.saturating_add(self.arrived)
    }

    /// The source says that it has another number of messages.
    pub fn contradict(&mut self, says: u64) {
        let listed = self.all();
        self.disagrees = Some(format!("{DISAGREES} {says} messages and lists {listed}"));
        self.hidden = says.saturating_sub(listed);
    }
}

/// What the destination has shown so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DestinationShown {
    /// The listing goes on here.
    pub next: Uid,
    /// How many UIDs the next window covers.
    pub width: u32,
    /// It went to the end.
    pub done: bool,
    /// Messages.
    pub present: u64,
    /// Messages that no line names.
    pub foreign: u64,
}

/// A recount that goes on in the next step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recounting {
    /// What it is about.
    pub basis: Basis,
    /// Both sides when it began.
    pub standing: Option<Standing>,
    /// The source.
    pub source: SourceShown,
    /// The destination.
    pub destination: DestinationShown,
    /// Key of the object with the UIDs that are to be looked at in the end; none when there are none.
    pub aside: Option<String>,
    /// Messages at the destination that no line names are being read, to find what is not in its place.
    pub search: Option<super::survey::Survey>,
}
