//! # Lines
//! Reading and writing a folder's manifest through the archive. The object is durable before anything names it. Segments
//! are read one at a time: nobody holds all lines of a folder.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::Held;
use crate::mail::{Fingerprint, Uid, UidSet};
use crate::migration::manifest::{Line, Segment, SegmentHead};
use crate::migration::roll::Roll;
use crate::migration::{Failure, Folder, MigrationId, Outcome};
use crate::ports::{Archive, Ports, Put};

/// More segments than any folder can have: each holds at least one message.
const SEGMENTS: usize = 1 << 24;

/// A walk along a chain of segments, newest first, up to the one that replaces all before it.
pub struct Walk<'a> {
    archive: &'a dyn Archive,
    id: &'a MigrationId,
    key: Option<String>,
    left: usize,
}

impl<'a> Walk<'a> {
    /// From this segment on.
    pub fn from(archive: &'a dyn Archive, id: &'a MigrationId, head: Option<String>) -> Self {
        Self { archive, id, key: head, left: SEGMENTS }
    }

    /// The next older segment.
    pub async fn next(&mut self) -> Result<Option<Segment>, Failure> {
        let Some(at) = self.key.take().filter(|_| self.left > 0) else { return Ok(None) };
        self.left -= 1;
        let octets = self.archive.get(self.id, &at).await?.ok_or_else(|| missing(&at))?;
        let segment = Segment::decode(&octets).map_err(|cause| Failure::store(format!("read {at}: {cause}")))?;
        self.key = if segment.head.replaces { None } else { segment.head.previous.clone() };
        Ok(Some(segment))
    }

    /// The key of the segment that comes next.
    pub fn rest(&self) -> Option<&String> {
        self.key.as_ref()
    }
}

fn missing(key: &str) -> Failure {
    Failure::store(format!("read {key}: the manifest names this object and it is not there; restore it from a backup"))
}

/// The lines of `folder` that count, cut down.
pub async fn roll(archive: &dyn Archive, id: &MigrationId, folder: &Folder) -> Result<Roll, Failure> {
    let mut building = Roll::expecting(folder.counts.source);
    let mut walk = Walk::from(archive, id, folder.head.clone());
    while let Some(segment) = walk.next().await? {
        building.add(&segment);
    }
    Ok(building.done())
}

/// The lines of these messages that count.
pub async fn of(
    archive: &dyn Archive,
    id: &MigrationId,
    folder: &Folder,
    uids: &UidSet,
) -> Result<BTreeMap<Uid, Line>, Failure> {
    let mut lines = BTreeMap::new();
    let mut walk = Walk::from(archive, id, folder.head.clone());
    while let Some(segment) = walk.next().await? {
        for line in segment.lines.into_iter().rev().filter(|line| uids.contains(line.uid)) {
            lines.entry(line.uid).or_insert(line);
        }
    }
    Ok(lines)
}

/// The lines of messages with one of these strong fingerprints.
pub async fn alike(
    archive: &dyn Archive,
    id: &MigrationId,
    folder: &Folder,
    prints: &BTreeSet<Fingerprint>,
) -> Result<BTreeMap<Uid, Line>, Failure> {
    let strong = |line: &Line| line.prints.and_then(|prints| prints.strong);
    let mut lines = BTreeMap::new();
    let mut walk = Walk::from(archive, id, folder.head.clone());
    while let Some(segment) = walk.next().await? {
        let alike =
            segment.lines.into_iter().rev().filter(|line| strong(line).is_some_and(|own| prints.contains(&own)));
        alike.for_each(|line| {
            lines.entry(line.uid).or_insert(line);
        });
    }
    Ok(lines)
}

/// UIDs above `floor` that have a line, but for those that are to be decided anew.
pub async fn above(archive: &dyn Archive, id: &MigrationId, folder: &Folder, floor: Uid) -> Result<UidSet, Failure> {
    let anew = |outcome| match outcome {
        Outcome::Filtered => folder.anew_from.is_some(),
        Outcome::Quarantined => folder.retry,
        _ => false,
    };
    let mut decided = Vec::new();
    let mut walk = Walk::from(archive, id, folder.head.clone());
    while let Some(segment) = walk.next().await? {
        let lines = segment.lines.iter().rev().filter(|line| line.uid > floor);
        decided.extend(lines.map(|line| (line.uid, anew(line.outcome))));
    }
    // The newest line of a message counts.
    decided.sort_by_key(|(uid, _)| *uid);
    decided.dedup_by_key(|(uid, _)| *uid);
    Ok(decided.into_iter().filter(|(_, anew)| !anew).map(|(uid, _)| uid).collect())
}

/// Writes `lines` as the next segment and makes it the folder's head (in memory; the caller's save makes it count).
pub async fn write(
    ports: &Ports<'_>,
    held: &Held,
    folder: &mut Folder,
    lines: Vec<Line>,
    replaces: bool,
) -> Result<(), Failure> {
    let record = &held.record;
    let lo = lines.first().map_or(folder.committed, |line| line.uid);
    let key = Segment::key(folder, lo, record.pass.number, record.epoch, record.turn);
    let head = SegmentHead {
        previous: folder.head.clone(),
        source_validity: folder.source_validity,
        destination_validity: folder.destination_validity,
        replaces,
    };
    put(ports, held, &key, Segment { head, lines }).await?;
    folder.head = Some(key);
    Ok(())
}

/// Puts a segment under a key that nobody else can have.
pub async fn put(ports: &Ports<'_>, held: &Held, key: &str, segment: Segment) -> Result<(), Failure> {
    let octets = segment.encode().map_err(|cause| Failure::store(format!("write {key}: {cause}")))?;
    match ports.archive.put_once(&held.record.id, key, Bytes::from(octets)).await? {
        Put::Done => Ok(()),
        // The key holds epoch, turn and version: only our own lost answer can have put it.
        Put::Exists => Err(Failure::conflict(format!("{key} is there already"))),
    }
}
