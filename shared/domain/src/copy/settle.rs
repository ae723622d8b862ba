//! # Settle
//! Finds out what an interrupted chunk has done at the destination, before anything of it is sent again.

use std::collections::BTreeMap;
use std::time::Duration;

use super::crossing::Crossing;
use super::read_back::{self, Unkept};
use super::{account, amend};
use crate::mail::{Uid, UidSet, carry};
use crate::migration::manifest::Line;
use crate::migration::matching::{Digests, Matching, pair_up};
use crate::migration::{Failure, Folder, Intent, Outcome, Side, Trouble};
use crate::ports::mail::{Head, Meta, Opened};
use crate::turn::lines;

/// Between two looks.
pub(super) const BETWEEN: Duration = Duration::from_secs(2);
/// After this the step ends and the next one looks again.
const PATIENCE: Duration = Duration::from_secs(60);

impl Crossing<'_> {
    /// Settles the folder's open intent: what arrived gets its line, the rest will be sent.
    pub(super) async fn settle(&mut self, folder: &mut Folder, opened: &Opened) -> Result<(), Failure> {
        let Some(intent) = folder.intent.clone() else { return Ok(()) };
        let mut known = self.known(folder).await?;
        let metas = self.pair.source().metas(intent.lo, Some(intent.hi)).await?;
        let unsettled: UidSet = metas.iter().map(|meta| meta.uid).filter(|uid| !known.contains(*uid)).collect();
        let wanted = self.pair.source().heads_of(&unsettled).await?;
        // What another step sent has had its quiet period before this one was claimed; what this one sent has not.
        let ours = folder.epoch == self.held.record.epoch && !intent.drained;
        let between = if ours { BETWEEN.max(self.held.timing.quiet) } else { BETWEEN };
        let pairs = self.look_twice(&wanted, &intent, between).await?;
        let mut new: Vec<Line> = Vec::new();
        let (mut sent, mut changed) = (Vec::new(), Unkept::default());
        for (uid, to) in pairs {
            let Some(meta) = metas.binary_search_by_key(&uid, |meta| meta.uid).ok().and_then(|at| metas.get(at)) else {
                continue;
            };
            let Some(head) = wanted.binary_search_by_key(&uid, |head| head.uid).ok().and_then(|at| wanted.get(at))
            else {
                continue;
            };
            new.push(recognised(meta, head, to, opened, Outcome::Copied));
            let (one, unkept) = read_back::resent(meta, to, opened);
            sent.push(one);
            changed.add(unkept);
        }
        changed.add(self.amend(sent, BTreeMap::new(), intent.floor).await?);
        amend::count(folder, changed);
        let listed = metas.iter().map(|meta| meta.uid).collect();
        account::enter(folder, &new, &listed, &mut known, intent.hi);
        if !new.is_empty() {
            self.errands.note(&new);
            lines::write(self.ports, self.held, folder, new, false).await?;
            self.errands.progressed();
        }
        folder.intent = None;
        self.save(folder).await
    }

    /// UIDs above the watermark that have a line already.
    pub(super) async fn known(&self, folder: &Folder) -> Result<UidSet, Failure> {
        if !folder.lines_ahead {
            return Ok(UidSet::default());
        }
        lines::above(self.ports.archive, &self.held.record.id, folder, folder.committed).await
    }

    /// Looks at the destination until two looks agree. One is enough that shows everything, when every APPEND has had its
    /// answer; one that does not may be too early (Courier and Gmail show late).
    async fn look_twice(
        &mut self,
        wanted: &[Head],
        intent: &Intent,
        between: Duration,
    ) -> Result<Vec<(Uid, Uid)>, Failure> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let begun = self.ports.clock.monotonic();
        let taken = self.taken(intent.floor).await?;
        let mut before = None;
        while self.ports.clock.monotonic().saturating_sub(begun) < PATIENCE + 2 * between {
            // A STATUS of the selected folder is stale on Dovecot and Courier: NOOP, then UID FETCH.
            self.pair.destination().exists().await?;
            let mut had = self.pair.destination().heads(intent.floor, None).await?;
            had.retain(|head| !taken.contains(head.uid));
            let pairs = self.match_up(wanted, &had).await?.pairs;
            let all = intent.drained && pairs.len() == wanted.len();
            if all || before.as_ref() == Some(&pairs) {
                return Ok(pairs);
            }
            before = Some(pairs);
            // Looking sends nothing: a short step may look once more when its time is over, but not a quiet period later.
            if self.out_of_time() || (between > BETWEEN && self.ports.clock.left() < between) {
                return Err(Failure::new(Side::Destination, Trouble::Stopped, "no time left to settle a chunk"));
            }
            self.ports.clock.sleep(between).await;
        }
        Err(unrest())
    }

    /// Destination UIDs from `floor` on that the lines of other folders with the same destination name.
    async fn taken(&self, floor: Uid) -> Result<UidSet, Failure> {
        let mut taken = UidSet::new();
        for sibling in self.siblings.iter().filter(|sibling| sibling.claimed >= floor) {
            let roll = lines::roll(self.ports.archive, &self.held.record.id, sibling).await?;
            roll.places().filter(|to| *to >= floor).for_each(|to| taken.insert(to));
        }
        Ok(taken)
    }

    /// Matches by fingerprint, and by body digest where that is not enough.
    pub(super) async fn match_up(&mut self, wanted: &[Head], had: &[Head]) -> Result<Matching, Failure> {
        let first = pair_up(wanted, had, &Digests::default());
        if first.ambiguous.is_empty() {
            return Ok(first);
        }
        let mut digests = Digests::default();
        for uid in &first.ambiguous.source {
            if let Some(digest) = self.pair.source().body_digest(*uid).await? {
                digests.source.insert(*uid, digest);
            }
        }
        for uid in &first.ambiguous.destination {
            if let Some(digest) = self.pair.destination().body_digest(*uid).await? {
                digests.destination.insert(*uid, digest);
            }
        }
        digests.complete = true;
        Ok(pair_up(wanted, had, &digests))
    }
}

/// Looks that do not agree, for too long.
pub(super) fn unrest() -> Failure {
    Failure::new(
        Side::Destination,
        Trouble::Unavailable,
        "what an interrupted chunk appended does not come to rest; it is looked at again later",
    )
}

/// The line of a message that was recognised at the destination.
fn recognised(meta: &Meta, head: &Head, to: Uid, opened: &Opened, outcome: Outcome) -> Line {
    Line {
        to: Some(to),
        seen: true,
        prints: Some(head.prints),
        size: head.size,
        flags: carry(&meta.flags, &opened.permanent).flags,
        date: head.date,
        gmail_id: meta.tags.as_ref().map(|tags| tags.id),
        ..Line::bare(meta.uid, outcome)
    }
}
