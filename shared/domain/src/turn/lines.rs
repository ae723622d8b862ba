//! # Lines
//! Reading and writing a folder's manifest through the archive. The object is durable before anything names it.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::Held;
use crate::mail::Uid;
use crate::migration::manifest::{Line, Segment, SegmentHead, fold};
use crate::migration::{Failure, Folder, MigrationId};
use crate::ports::{Archive, Ports, Put};

/// More segments than any folder can have: each holds at least one message.
const SEGMENTS: usize = 1 << 24;

/// The lines of `folder` that count.
pub async fn read(archive: &dyn Archive, id: &MigrationId, folder: &Folder) -> Result<BTreeMap<Uid, Line>, Failure> {
    let mut segments = Vec::new();
    let mut key = folder.head.clone();
    for _ in 0..SEGMENTS {
        let Some(at) = key else { break };
        let octets = archive.get(id, &at).await?.ok_or_else(|| missing(&at))?;
        let segment = Segment::decode(&octets).map_err(|cause| Failure::store(format!("read {at}: {cause}")))?;
        key = if segment.head.replaces { None } else { segment.head.previous.clone() };
        segments.push(segment);
    }
    Ok(fold(segments))
}

fn missing(key: &str) -> Failure {
    Failure::store(format!("read {key}: the manifest names this object and it is not there; restore it from a backup"))
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
    let key = Segment::key(folder, lo, record.pass.number, record.turn);
    let head = SegmentHead {
        previous: folder.head.clone(),
        source_validity: folder.source_validity,
        destination_validity: folder.destination_validity,
        replaces,
    };
    let octets = Segment { head, lines }.encode().map_err(|cause| Failure::store(format!("write {key}: {cause}")))?;
    match ports.archive.put_once(&record.id, &key, Bytes::from(octets)).await? {
        Put::Done => {}
        // The key holds epoch, turn and version: only our own lost answer can have put it.
        Put::Exists => return Err(Failure::conflict(format!("{key} is there already"))),
    }
    folder.head = Some(key);
    Ok(())
}
