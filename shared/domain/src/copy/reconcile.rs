//! # Reconcile
//! Recognises mail that is there already: at first sight of a folder that is not empty, and after a UIDVALIDITY changed
//! on either side. Headers only; nothing is sent.

use std::collections::BTreeMap;

use super::account;
use super::crossing::Crossing;
use super::settle::{BETWEEN, recognised, unrest};
use crate::mail::{Fingerprint, Fingerprints, Uid, UidSet, UidValidity};
use crate::migration::manifest::Line;
use crate::migration::{Failure, Folder, Outcome, Side, Trouble};
use crate::ports::Event;
use crate::ports::mail::{Head, Mailbox, Meta, Opened};
use crate::turn::lines;

/// UIDs asked for at once while a whole folder is read.
const WINDOW: u32 = 5_000;
/// Looks for what an open chunk appended, at most.
const LOOKS: u32 = 30;
/// Changes of UIDVALIDITY in one pass after which people are told.
const RESTLESS: u8 = 3;

/// What has changed since the folder was opened last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    source: bool,
    destination: bool,
}

fn change(folder: &Folder, source: &Opened, destination: &Opened) -> Change {
    // A server without UIDVALIDITY makes no promise about UIDs: each opening is a new one.
    let begun = folder.head.is_some() || folder.intent.is_some();
    let differs = |stored: Option<UidValidity>, now: Option<UidValidity>| {
        (stored.is_some() && stored != now) || (begun && now.is_none())
    };
    Change {
        source: differs(folder.source_validity, source.validity),
        destination: differs(folder.destination_validity, destination.validity),
    }
}

impl Crossing<'_> {
    /// True when UIDs mean nothing yet, or nothing any more.
    pub(super) fn must_reconcile(&self, folder: &Folder, source: &Opened, destination: &Opened) -> bool {
        let change = change(folder, source, destination);
        let first_sight = folder.head.is_none() && folder.intent.is_none() && destination.exists != Some(0);
        change.source || change.destination || first_sight
    }

    /// Re-keys the lines, then adopts what the destination has of the rest.
    pub(super) async fn reconcile(
        &mut self,
        folder: &mut Folder,
        siblings: &[&Folder],
        source: &Opened,
        destination: &Opened,
    ) -> Result<(), Failure> {
        let change = change(folder, source, destination);
        let open = folder.intent.as_ref().is_some_and(|intent| !intent.drained);
        let ours = folder.epoch == self.held.record.epoch;
        if open && ours {
            // What an interrupted chunk of this step sent gets time to show itself; another step's has had it.
            if self.ports.clock.left() < self.held.timing.quiet {
                return Err(Failure::new(Side::Store, Trouble::Stopped, "no time left to let a chunk come to rest"));
            }
            self.ports.clock.sleep(self.held.timing.quiet).await;
            // Until a NOOP, the view that SELECT gave does not have to show anything newer.
            self.pair.destination().exists().await?;
        }
        let metas = self.all_metas(folder).await?;
        let heads = self.all_heads(Side::Source, folder).await?;
        let mut had = self.all_heads(Side::Destination, folder).await?;
        if open {
            self.look_again(&mut had).await?;
        }
        let mut lines = lines::of(self.ports.archive, &self.held.record.id, folder, &every_uid()).await?;
        if change.source {
            lines = self.rekey(folder, lines, &heads).await?;
            folder.committed = Uid::new(0);
        }
        if change.destination {
            self.point_anew(&mut lines, &had).await?;
        }
        let claimed = self.claimed(&lines, siblings).await?;
        let wanted: Vec<Head> = heads.iter().filter(|head| !lines.contains_key(&head.uid)).cloned().collect();
        let free: Vec<Head> = had.into_iter().filter(|head| !claimed.contains(head.uid)).collect();
        let found = self.match_up(&wanted, &free).await?;
        // What an open chunk appended is copied, not adopted, as long as the destination's UIDs still mean the same.
        let ours_from = folder.intent.as_ref().filter(|_| !change.destination).map(|intent| intent.floor);
        let new = adopted(&found.pairs, &metas, &heads, destination, ours_from);
        self.changed(folder, change);
        folder.source_validity = source.validity;
        folder.destination_validity = destination.validity;
        let replaces = change.source || change.destination;
        let mut known: UidSet = lines.keys().copied().collect();
        let listed: UidSet = metas.keys().copied().collect();
        folder.intent = None;
        account::enter(folder, &new, &listed, &mut known, Uid::new(folder.snapshot.get().saturating_sub(1)));
        let written = if replaces { lines.into_values().chain(new).collect() } else { new };
        if replaces || !written.is_empty() {
            self.errands.note(&written);
            lines::write(self.ports, self.held, folder, written, replaces).await?;
            self.errands.progressed();
        }
        self.save(folder).await
    }

    fn changed(&mut self, folder: &mut Folder, change: Change) {
        if !change.source && !change.destination {
            return;
        }
        folder.validity_changes = folder.validity_changes.saturating_add(1);
        let side = if change.source { "source" } else { "destination" };
        let text = format!(
            "folder {}: UIDVALIDITY changed at the {side}; its messages were recognised by content",
            folder.number
        );
        self.errands.warn("uidvalidity-changed", text);
        if folder.validity_changes >= RESTLESS {
            let text = format!(
                "folder {}: UIDVALIDITY keeps changing or is not given; messages are recognised by content",
                folder.number
            );
            self.errands.warn("uidvalidity-restless", text);
        }
    }

    /// Lines under the source's new UIDs. A line whose message is not there any more keeps its outcome in the counters.
    async fn rekey(
        &mut self,
        folder: &mut Folder,
        lines: BTreeMap<Uid, Line>,
        heads: &[Head],
    ) -> Result<BTreeMap<Uid, Line>, Failure> {
        let old: Vec<Head> = lines.values().filter_map(Line::head).collect();
        let pairs = crate::migration::matching::pair_up(heads, &old, &by_order(heads, &old)).pairs;
        let mut anew = BTreeMap::new();
        let mut kept = UidSet::default();
        for (now, before) in pairs {
            if let Some(line) = lines.get(&before) {
                kept.insert(before);
                anew.insert(now, Line { uid: now, ..line.clone() });
            }
        }
        // What was left to another folder is decided again.
        let left = |line: &Line| line.outcome == Outcome::Filtered;
        for line in lines.values().filter(|line| !kept.contains(line.uid) && !left(line)) {
            folder.retired.add(line.outcome);
            folder.retired.gone += 1;
        }
        Ok(anew)
    }

    /// Destination UIDs of the lines under the destination's new UIDVALIDITY.
    async fn point_anew(&mut self, lines: &mut BTreeMap<Uid, Line>, had: &[Head]) -> Result<(), Failure> {
        let wanted: Vec<Head> = lines.values().filter(|line| line.delivered()).filter_map(Line::head).collect();
        let pairs = crate::migration::matching::pair_up(&wanted, had, &by_order(&wanted, had)).pairs;
        let mut to: BTreeMap<Uid, Uid> = pairs.into_iter().collect();
        for line in lines.values_mut().filter(|line| line.delivered()) {
            line.to = to.remove(&line.uid);
        }
        Ok(())
    }

    /// Destination UIDs that this migration has already accounted for in this destination folder.
    async fn claimed(&mut self, lines: &BTreeMap<Uid, Line>, siblings: &[&Folder]) -> Result<UidSet, Failure> {
        let mut claimed: UidSet = lines.values().filter_map(|line| line.to).collect();
        for sibling in siblings {
            let theirs = lines::of(self.ports.archive, &self.held.record.id, sibling, &every_uid()).await?;
            for to in theirs.values().filter_map(|line| line.to) {
                claimed.insert(to);
            }
        }
        Ok(claimed)
    }

    async fn all_metas(&mut self, folder: &Folder) -> Result<BTreeMap<Uid, Meta>, Failure> {
        let mut metas = BTreeMap::new();
        let (mut lo, mut width) = (1_u32, WINDOW);
        while lo < folder.snapshot.get() {
            self.time_is_left()?;
            let hi = lo.saturating_add(width - 1).min(folder.snapshot.get() - 1);
            let listed = self.pair.source().metas(Uid::new(lo), Some(Uid::new(hi))).await?;
            width = crate::mail::window::window(width, listed.len(), 1_000);
            metas.extend(listed.into_iter().map(|meta| (meta.uid, meta)));
            lo = hi.saturating_add(1);
        }
        Ok(metas)
    }

    async fn all_heads(&mut self, side: Side, folder: &Folder) -> Result<Vec<Head>, Failure> {
        let mailbox: &mut dyn Mailbox = match side {
            Side::Source => self.pair.source(),
            _ => self.pair.destination(),
        };
        let all = mailbox.uids(Uid::new(1), None).await?;
        let mut heads = Vec::new();
        for piece in all.pieces(4_000, 500) {
            self.time_is_left()?;
            let mailbox: &mut dyn Mailbox = match side {
                Side::Source => self.pair.source(),
                _ => self.pair.destination(),
            };
            heads.extend(mailbox.heads_of(&piece).await?);
            let read = u64::try_from(heads.len()).unwrap_or(u64::MAX);
            self.ports.notify.tell(Event::Reconciling { folder: folder.number, read });
        }
        if side == Side::Source {
            heads.retain(|head| head.uid < folder.snapshot);
        }
        Ok(heads)
    }

    /// What an open chunk appended may still be on its way: looks until a look finds nothing more.
    async fn look_again(&mut self, had: &mut Vec<Head>) -> Result<(), Failure> {
        let mut seen: UidSet = had.iter().map(|head| head.uid).collect();
        for _ in 0..LOOKS {
            self.ports.clock.sleep(BETWEEN).await;
            self.pair.destination().exists().await?;
            let all = self.pair.destination().uids(Uid::new(1), None).await?;
            let new: UidSet = all.iter().filter(|uid| !seen.contains(*uid)).collect();
            if new.is_empty() {
                return Ok(());
            }
            had.extend(self.pair.destination().heads_of(&new).await?);
            seen.extend(new.iter());
            self.time_is_left()?;
        }
        Err(unrest())
    }

    fn time_is_left(&self) -> Result<(), Failure> {
        if self.out_of_time() {
            return Err(Failure::new(Side::Store, Trouble::Stopped, "no time left to reconcile a folder"));
        }
        Ok(())
    }
}

/// Old records have no octets to be asked for: what is equal in every print is matched in UID order.
fn by_order(wanted: &[Head], had: &[Head]) -> crate::migration::matching::Digests {
    let all = |heads: &[Head]| heads.iter().map(|head| (head.uid, of_prints(&head.prints))).collect();
    crate::migration::matching::Digests { source: all(wanted), destination: all(had), complete: true }
}

fn of_prints(prints: &Fingerprints) -> Fingerprint {
    let mut octets = prints.weak.octets().to_vec();
    for print in [prints.strong, prints.id_date].into_iter().flatten() {
        octets.extend_from_slice(print.octets());
    }
    Fingerprint::of(&octets)
}

fn every_uid() -> UidSet {
    UidSet::range(Uid::new(1), Uid::new(u32::MAX))
}

fn adopted(
    pairs: &[(Uid, Uid)],
    metas: &BTreeMap<Uid, Meta>,
    heads: &[Head],
    destination: &Opened,
    ours_from: Option<Uid>,
) -> Vec<Line> {
    let heads: BTreeMap<Uid, &Head> = heads.iter().map(|head| (head.uid, head)).collect();
    let mut lines: Vec<Line> = pairs
        .iter()
        .filter_map(|(uid, to)| {
            let ours = ours_from.is_some_and(|floor| *to >= floor);
            let outcome = if ours { Outcome::Copied } else { Outcome::Adopted };
            Some(recognised(metas.get(uid)?, heads.get(uid)?, *to, destination, outcome))
        })
        .collect();
    lines.sort_by_key(|line| line.uid);
    lines
}
