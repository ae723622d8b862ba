//! # Recognise
//! The lines that a reconciling ends with: former ones under their new UIDs, and those of messages that are there already.

use std::collections::BTreeMap;

use super::amend;
use super::crossing::{Crossing, before};
use super::matches::{has_line, now};
use super::read_back::Sent;
use super::reconcile::Work;
use super::validity::Change;
use crate::mail::{Uid, carry};
use crate::migration::manifest::{Line, Segment, SegmentHead};
use crate::migration::matched::{Matched, second};
use crate::migration::reconciling::Writing;
use crate::migration::{Failure, Folder, Outcome};
use crate::turn::lines::{self, Walk};
use crate::turn::pile::Once;

impl Crossing<'_> {
    /// Writes the new manifest beside the former one, and puts it in its place. The caller's save makes it count.
    pub(super) async fn write(
        &mut self,
        folder: &mut Folder,
        work: &mut Work<'_>,
        matched: &Matched,
    ) -> Result<(), Failure> {
        let known = has_line(work, matched);
        // The position in the former manifest and in the survey is counted in segments.
        let mut small: Vec<Line> = Vec::new();
        if work.change.replaces() {
            self.write_former(folder, work, matched, &mut small).await?;
        }
        self.write_recognised(folder, work, matched, &known, &mut small).await?;
        let replaces = work.change.replaces() && work.at.writing.head.is_none();
        if replaces || !small.is_empty() {
            small.sort_by_key(|line| line.uid);
            self.put(folder, work, small).await?;
        }
        self.conclude(folder, work);
        Ok(())
    }

    async fn write_former(
        &mut self,
        folder: &mut Folder,
        work: &mut Work<'_>,
        matched: &Matched,
        small: &mut Vec<Line>,
    ) -> Result<(), Failure> {
        let (archive, id) = (self.ports.archive, &self.held.record.id);
        let mut walk = Walk::from(archive, id, folder.head.clone());
        let uids = work.uids.clone();
        let mut once = Once::of(Some(&uids));
        let mut at = 0;
        while let Some(segment) = walk.next().await? {
            let newest: Vec<Line> = segment.lines.into_iter().rev().filter(|line| once.is_first(line.uid)).collect();
            at += 1;
            if at <= work.at.writing.old {
                continue;
            }
            let lines = newest.into_iter().filter_map(|line| renewed(work, matched, line)).collect();
            work.at.writing.old = at;
            self.emit(folder, work, lines, small).await?;
        }
        Ok(())
    }

    async fn write_recognised(
        &mut self,
        folder: &mut Folder,
        work: &mut Work<'_>,
        matched: &Matched,
        known: &[Uid],
        small: &mut Vec<Line>,
    ) -> Result<(), Failure> {
        let fresh = std::mem::take(&mut work.source.fresh);
        let lines = recognised(folder, work, matched, known, fresh);
        self.amend_ours(folder, &lines).await?;
        small.extend(lines);
        let (archive, id) = (self.ports.archive, &self.held.record.id);
        let mut walk = Walk::from(archive, id, work.at.source.head.clone());
        let mut at = 0;
        while let Some(segment) = walk.next().await? {
            at += 1;
            if at <= work.at.writing.surveyed {
                continue;
            }
            let lines = recognised(folder, work, matched, known, segment.lines);
            self.amend_ours(folder, &lines).await?;
            work.at.writing.surveyed = at;
            self.emit(folder, work, lines, small).await?;
        }
        Ok(())
    }

    /// Messages of an open chunk are read back like those of any other; what was adopted stays as it is.
    async fn amend_ours(&mut self, folder: &mut Folder, lines: &[Line]) -> Result<(), Failure> {
        let ours = lines.iter().filter(|line| line.outcome == Outcome::Copied);
        let sent: Vec<Sent> =
            ours.filter_map(|line| Some(Sent { to: line.to?, flags: line.flags.clone(), date: line.date })).collect();
        let Some(floor) = sent.iter().map(|one| one.to).min() else { return Ok(()) };
        let unkept = self.amend(sent, BTreeMap::new(), floor).await?;
        amend::count(folder, unkept);
        Ok(())
    }

    /// Of a large folder each portion is a segment and a position; of a small one everything is one segment.
    async fn emit(
        &mut self,
        folder: &mut Folder,
        work: &mut Work<'_>,
        mut lines: Vec<Line>,
        small: &mut Vec<Line>,
    ) -> Result<(), Failure> {
        if work.at.matched.is_none() {
            small.extend(lines);
            return Ok(());
        }
        if !lines.is_empty() {
            lines.sort_by_key(|line| line.uid);
            self.put(folder, work, lines).await?;
        }
        if self.out_of_time() {
            return Err(self.pause(folder, work).await?);
        }
        self.keep_position(folder, work).await
    }

    async fn put(&self, folder: &Folder, work: &mut Work<'_>, lines: Vec<Line>) -> Result<(), Failure> {
        let record = &self.held.record;
        let lo = lines.first().map_or(folder.committed, |line| line.uid);
        let key = Segment::key(folder, lo, record.pass.number, record.epoch, record.turn);
        self.errands.note(&lines);
        let writing = &mut work.at.writing;
        let head = SegmentHead {
            previous: writing.head.clone(),
            source_validity: work.at.basis.source,
            destination_validity: work.at.basis.destination,
            replaces: work.change.replaces() && writing.head.is_none(),
        };
        lines::put(self.ports, self.held, &key, Segment { head, lines }).await?;
        writing.head = Some(key);
        Ok(())
    }

    /// Enters the result into the record.
    fn conclude(&mut self, folder: &mut Folder, work: &Work<'_>) {
        let writing = &work.at.writing;
        if writing.head.is_some() {
            folder.head.clone_from(&writing.head);
            self.errands.progressed();
        }
        folder.counts = folder.counts.plus(&writing.recognised);
        folder.this_pass = folder.this_pass.plus(&writing.recognised);
        folder.retired = folder.retired.plus(&writing.retired);
        if work.change.source {
            folder.committed = Uid::new(0);
        }
        folder.claimed = folder.claimed.max(writing.claimed);
        let settled = before(writing.open.unwrap_or(folder.snapshot));
        folder.committed = folder.committed.max(settled);
        folder.lines_ahead = writing.last > folder.committed;
    }
}

/// A former line as it counts from now on. One whose message is not there any more keeps its outcome in the counters.
fn renewed(work: &mut Work<'_>, matched: &Matched, line: Line) -> Option<Line> {
    let Some(uid) = now(work, matched, line.uid) else {
        if line.outcome == Outcome::Filtered {
            // What was left to another folder is decided again.
            return None;
        }
        work.at.writing.retired.add(line.outcome);
        work.at.writing.retired.gone += 1;
        return None;
    };
    let anew = work.change.destination && line.delivered();
    let to = if anew { second(&matched.pointed, line.uid) } else { line.to };
    let line = Line { uid, to, ..line };
    enter(&mut work.at.writing, &line);
    Some(line)
}

/// Lines of the messages that are there already.
fn recognised(
    folder: &Folder,
    work: &mut Work<'_>,
    matched: &Matched,
    known: &[Uid],
    surveyed: Vec<Line>,
) -> Vec<Line> {
    // What an open chunk appended is copied, not adopted. Before it was opened the folder had been recognised: what has no line
    // and was to be sent by it is its own, also under new UIDs of one side. Of both, what has no line is taken for its own.
    let (intent, change) = (&folder.intent, work.change);
    let is_ours = |uid: Uid, to: Uid| match (intent, change) {
        (Some(intent), Change { destination: false, .. }) => to >= intent.floor,
        (Some(intent), Change { source: false, .. }) => (intent.lo..=intent.hi).contains(&uid),
        (intent, _) => intent.is_some(),
    };
    let settled = if work.change.source { Uid::new(0) } else { folder.committed };
    let mut lines = Vec::new();
    for line in surveyed {
        let Some(to) = second(&matched.adopted, line.uid) else {
            if line.uid > settled && known.binary_search(&line.uid).is_err() {
                let open = work.at.writing.open.unwrap_or(line.uid);
                work.at.writing.open = Some(open.min(line.uid));
            }
            continue;
        };
        let outcome = if is_ours(line.uid, to) { Outcome::Copied } else { Outcome::Adopted };
        let flags = carry(&line.flags, &work.opened.permanent).flags;
        let line = Line { outcome, to: Some(to), seen: true, flags, ..line };
        work.at.writing.recognised.add(outcome);
        enter(&mut work.at.writing, &line);
        lines.push(line);
    }
    lines
}

fn enter(writing: &mut Writing, line: &Line) {
    writing.claimed = writing.claimed.max(line.to.unwrap_or_default());
    writing.last = writing.last.max(line.uid);
}
