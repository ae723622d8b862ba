//! # Headers
//! Reads the headers of one side of a folder, window by window, into segments under `index/`. It goes on where an earlier
//! step left off, and holds a few windows at most.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Held, lines};
use crate::mail::{Uid, UidSet, window};
use crate::migration::manifest::{Line, Segment, SegmentHead};
use crate::migration::survey::{self, Survey};
use crate::migration::{Failure, Folder, Outcome};
use crate::ports::Ports;
use crate::ports::mail::{Mailbox, Meta};

/// Lines in one segment, about.
const SEGMENT: usize = 2_000;
/// Messages that one window of headers aims at, at most.
const MOST: usize = 2_000;

/// What is read.
pub struct Scope<'a> {
    /// Nothing from here up.
    pub below: Option<Uid>,
    /// Nothing is expected from here up.
    pub uid_next: Option<Uid>,
    /// How many messages there are.
    pub exists: Option<u32>,
    /// Flags are read too.
    pub flags: bool,
    /// Messages whose headers are wanted.
    pub wanted: &'a (dyn Fn(Uid) -> bool + Sync),
}

/// One side while it is read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// How far it is.
    pub survey: Survey,
    /// Read, and not in the archive yet.
    pub fresh: Vec<Line>,
}

impl Reading {
    /// Goes on from there.
    pub fn from(survey: Survey) -> Self {
        Self { survey, fresh: Vec::new() }
    }

    /// True when a segment is full.
    pub fn is_full(&self) -> bool {
        self.fresh.len() >= SEGMENT
    }

    /// Reads the next window.
    pub async fn window(
        &mut self,
        mailbox: &mut dyn Mailbox,
        scope: &Scope<'_>,
        left: Duration,
    ) -> Result<(), Failure> {
        let aim = window::aim(left).min(MOST);
        let at = &mut self.survey;
        let width = if at.width == 0 { window::first(scope.exists, aim) } else { at.width };
        let (lo, hi) = window::span(at.next, width, scope.below.or(scope.uid_next));
        let last = hi.is_none();
        let hi = hi.or(scope.below.map(|below| Uid::new(below.get().saturating_sub(1))));
        let empty = scope.exists == Some(0) || hi.is_some_and(|hi| hi < lo);
        let lines = if empty { Vec::new() } else { listed(mailbox, lo, hi, scope).await? };
        at.read += u64::try_from(lines.len()).unwrap_or(u64::MAX);
        at.width = window::window(width, lines.len(), aim);
        at.done = last || empty;
        at.next = hi.map_or(lo, Uid::next);
        self.fresh.extend(lines);
        Ok(())
    }

    /// Reads these messages, which no window showed.
    pub async fn also(&mut self, mailbox: &mut dyn Mailbox, uids: &UidSet) -> Result<(), Failure> {
        let lines = read(mailbox, uids.iter().map(bare).collect()).await?;
        self.survey.read += u64::try_from(lines.len()).unwrap_or(u64::MAX);
        self.fresh.extend(lines);
        Ok(())
    }

    /// Puts what is fresh into the archive. The caller keeps the position in the record.
    pub async fn flush(&mut self, ports: &Ports<'_>, held: &Held, folder: &Folder, what: &str) -> Result<(), Failure> {
        if self.fresh.is_empty() {
            return Ok(());
        }
        let key = survey::key(folder, held.record.epoch, held.record.turn, what, self.survey.read);
        let head = SegmentHead {
            previous: self.survey.head.clone(),
            source_validity: folder.source_validity,
            destination_validity: folder.destination_validity,
            replaces: false,
        };
        lines::put(ports, held, &key, Segment { head, lines: std::mem::take(&mut self.fresh) }).await?;
        self.survey.head = Some(key);
        Ok(())
    }
}

/// What a listing of a window shows, read.
async fn listed(mailbox: &mut dyn Mailbox, lo: Uid, hi: Option<Uid>, scope: &Scope<'_>) -> Result<Vec<Line>, Failure> {
    let mut lines: BTreeMap<Uid, Line> = if scope.flags {
        mailbox.metas(lo, hi).await?.into_iter().map(told).collect()
    } else {
        mailbox.uids(lo, hi).await?.iter().map(bare).collect()
    };
    lines.retain(|uid, _| (scope.wanted)(*uid));
    read(mailbox, lines).await
}

/// A line per message; one without a header has no fingerprints.
async fn read(mailbox: &mut dyn Mailbox, mut lines: BTreeMap<Uid, Line>) -> Result<Vec<Line>, Failure> {
    let uids: UidSet = lines.keys().copied().collect();
    let heads = if uids.is_empty() { Vec::new() } else { mailbox.heads_of(&uids).await? };
    for head in heads {
        if let Some(line) = lines.get_mut(&head.uid) {
            (line.prints, line.date, line.size) = (Some(head.prints), head.date, head.size);
        }
    }
    Ok(lines.into_values().collect())
}

fn bare(uid: Uid) -> (Uid, Line) {
    (uid, Line::bare(uid, Outcome::Adopted))
}

fn told(meta: Meta) -> (Uid, Line) {
    let gmail_id = meta.tags.as_ref().map(|tags| tags.id);
    (meta.uid, Line { flags: meta.flags, gmail_id, ..Line::bare(meta.uid, Outcome::Adopted) })
}
