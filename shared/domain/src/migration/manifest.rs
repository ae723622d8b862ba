//! # Manifest
//! One line per source message: what became of it. Segments are immutable; each names its predecessor, and only the chain
//! from the folder's `head` counts. The last line of a message wins.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Class, Folder, Outcome};
use crate::mail::{Fingerprint, Fingerprints, FlagPrint, Flags, Uid, UidValidity};
use crate::ports::mail::Head;

/// Octets that a line may take in a segment, for most messages.
const ROOM: usize = 320;

/// What became of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Source UID.
    pub uid: Uid,
    /// Its outcome.
    pub outcome: Outcome,
    /// Destination UID, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Uid>,
    /// True when a read of ours saw it at the destination.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub seen: bool,
    /// How it is recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prints: Option<Fingerprints>,
    /// BLAKE3, 128 bits, of its octets as read at the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Fingerprint>,
    /// Octets as read at the source.
    #[serde(default)]
    pub size: u64,
    /// Flags as carried.
    #[serde(default)]
    pub flags: Flags,
    /// INTERNALDATE as carried, seconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<i64>,
    /// Why, when it is in quarantine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked: Option<Box<Parked>>,
    /// X-GM-MSGID, where folders are labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gmail_id: Option<u64>,
}

/// Why a message was parked and where its octets are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// Kind of reason.
    pub class: Class,
    /// The server's words, or the limit that kept it from being sent.
    pub response: String,
    /// Archive key of the octets; none when the source could not hand them out.
    pub object: Option<String>,
    /// Message-ID, for people.
    pub message_id: Option<String>,
}

/// What a segment says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentHead {
    /// The segment before this one.
    pub previous: Option<String>,
    /// Source UIDVALIDITY that `uid` belongs to.
    pub source_validity: Option<UidValidity>,
    /// Destination UIDVALIDITY that `to` belongs to.
    pub destination_validity: Option<UidValidity>,
    /// True when the lines before this segment no longer count (all were written again, under new UIDs).
    #[serde(default)]
    pub replaces: bool,
}

/// A segment: one object in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// What it says of itself.
    pub head: SegmentHead,
    /// Its lines.
    pub lines: Vec<Line>,
}

impl Line {
    /// A line with nothing but an outcome.
    pub fn bare(uid: Uid, outcome: Outcome) -> Self {
        Self {
            uid,
            outcome,
            to: None,
            seen: false,
            prints: None,
            digest: None,
            size: 0,
            flags: Flags::default(),
            date: None,
            parked: None,
            gmail_id: None,
        }
    }

    /// True when it is to be found at the destination.
    pub fn delivered(&self) -> bool {
        matches!(self.outcome, Outcome::Copied | Outcome::Adopted | Outcome::Merged)
    }

    /// The line as a message to be recognised; none when nothing is known of its header.
    pub fn head(&self) -> Option<Head> {
        let prints = self.prints?;
        let flags = Some(FlagPrint::from(&self.flags));
        Some(Head { uid: self.uid, prints, date: self.date, size: self.size, flags })
    }
}

impl Segment {
    /// The key of the next segment of `folder`. The folder's version and the writing step's epoch are in it, so that no
    /// two commits share a key, also when one step died between segment and record and the next writes the same lines.
    pub fn key(folder: &Folder, lo: Uid, pass: u32, epoch: u64, turn: u64) -> String {
        format!(
            "manifest/{:05}-{}-{:010}-p{}-e{}-t{}-v{}.jsonl.zst",
            folder.number,
            folder.source_validity.map_or(0, UidValidity::get),
            lo.get(),
            pass,
            epoch,
            turn,
            folder.version
        )
    }

    /// JSON lines: the head, then a line per message.
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut out = Vec::with_capacity(ROOM * (self.lines.len() + 1));
        serde_json::to_writer(&mut out, &self.head)?;
        for line in &self.lines {
            out.push(b'\n');
            serde_json::to_writer(&mut out, line)?;
        }
        out.push(b'\n');
        Ok(out)
    }

    /// The inverse of `encode`. Errors name the line.
    pub fn decode(octets: &[u8]) -> Result<Self, serde_json::Error> {
        let mut rows = octets.split(|&octet| octet == b'\n').filter(|row| !row.is_empty());
        let head = serde_json::from_slice(rows.next().unwrap_or_default())?;
        let lines = rows.map(serde_json::from_slice).collect::<Result<_, _>>()?;
        Ok(Self { head, lines })
    }
}

/// The lines that count, from segments newest first.
pub fn fold(newest_first: impl IntoIterator<Item = Segment>) -> BTreeMap<Uid, Line> {
    let mut lines = BTreeMap::new();
    for segment in newest_first {
        for line in segment.lines.into_iter().rev() {
            lines.entry(line.uid).or_insert(line);
        }
        if segment.head.replaces {
            break;
        }
    }
    lines
}
