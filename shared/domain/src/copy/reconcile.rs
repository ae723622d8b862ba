//! # Reconcile
//! Recognises mail that is there already: at first sight of a folder that is not empty, and after a UIDVALIDITY changed
//! on either side. Headers only; nothing is sent. Both sides are read in windows, then matched, then lines are written;
//! whatever a step has done of it stands in the archive and the next step goes on from there.

use std::time::Duration;

use bytes::Bytes;

use super::crossing::Crossing;
use super::settle::{BETWEEN, unrest};
use crate::mail::{Fingerprint, Fingerprints, Uid, UidValidity};
use crate::migration::folder::Progress;
use crate::migration::manifest::Line;
use crate::migration::matched::Matched;
use crate::migration::matching::{Digests, pair_up};
use crate::migration::reconciling::Reconciling;
use crate::migration::recounting::Basis;
use crate::migration::{Failure, Folder, Side, Trouble, survey};
use crate::ports::mail::{Head, Mailbox, Opened};
use crate::ports::{Event, Put};
use crate::turn::headers::{Reading, Scope};
use crate::turn::lines;
use crate::turn::pile::{Keep, Pile, Sifted, sift};

/// Looks for what an open chunk appended, at most.
const LOOKS: u32 = 30;
/// Changes of UIDVALIDITY in one pass after which people are told.
const RESTLESS: u8 = 3;

/// What has changed since the folder was opened last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub source: bool,
    pub destination: bool,
}

impl Change {
    /// True when the former lines do not count as they are.
    pub fn replaces(self) -> bool {
        self.source || self.destination
    }
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

/// A reconciling under way in this step.
pub(super) struct Work<'a> {
    pub at: Reconciling,
    pub source: Reading,
    pub destination: Reading,
    pub change: Change,
    pub opened: &'a Opened,
    /// UIDs mean the same in the next step.
    pub lasting: bool,
    /// Source UIDs of the former lines, sorted.
    pub uids: Vec<Uid>,
}

impl Crossing<'_> {
    /// True when UIDs mean nothing yet, or nothing any more.
    pub(super) fn must_reconcile(&self, folder: &Folder, source: &Opened, destination: &Opened) -> bool {
        // Nothing of ours is there, and what else there is has not been looked at in this pass.
        let unseen =
            folder.progress == Progress::Planned || source.validity.is_none() || destination.validity.is_none();
        let ours = folder.head.is_some() || folder.intent.is_some();
        let first_sight = !ours && unseen && destination.exists != Some(0);
        change(folder, source, destination).replaces() || first_sight
    }

    /// Re-keys the lines, then adopts what the destination has of the rest. `Trouble::Stopped` when it goes on in the next
    /// step.
    pub(super) async fn reconcile(
        &mut self,
        folder: &mut Folder,
        siblings: &[Folder],
        source: &Opened,
        destination: &Opened,
    ) -> Result<(), Failure> {
        let change = change(folder, source, destination);
        let (lasting, at) = self.position(folder, source, destination);
        let open = folder.intent.is_some();
        if open {
            self.let_rest(folder).await?;
        }
        folder.snapshot = at.snapshot;
        let (here, there) = (Reading::from(at.source.clone()), Reading::from(at.destination.clone()));
        let mut work =
            Work { at, source: here, destination: there, change, opened: destination, lasting, uids: Vec::new() };
        self.read(folder, &mut work, Side::Source, source).await?;
        // While a chunk came to rest, more may have come than the opening said.
        let shown = Opened { exists: destination.exists.filter(|_| !open), ..destination.clone() };
        self.read(folder, &mut work, Side::Destination, &shown).await?;
        if open {
            self.look_again(folder, &mut work).await?;
        }
        work.uids = lines::roll(self.ports.archive, &self.held.record.id, folder).await?.uids();
        let matched = match work.at.matched.clone() {
            Some(key) => self.matched(&key).await?,
            None => self.match_all(folder, &mut work, siblings).await?,
        };
        self.write(folder, &mut work, &matched).await?;
        self.changed(folder, change);
        folder.source_validity = source.validity;
        folder.destination_validity = destination.validity;
        folder.intent = None;
        folder.reconciling = None;
        folder.progress = folder.progress.max(Progress::Open);
        self.save(folder).await
    }

    /// What an open chunk appended gets time to show itself; what another step appended has had it before this one began, and
    /// what was answered is late by little.
    async fn let_rest(&mut self, folder: &Folder) -> Result<(), Failure> {
        let drained = folder.intent.as_ref().is_some_and(|intent| intent.drained);
        let wait = if drained { Duration::ZERO } else { self.unrest_of(folder) };
        if self.ports.clock.left() < wait {
            return Err(Failure::new(Side::Store, Trouble::Stopped, "no time left to let a chunk come to rest"));
        }
        self.ports.clock.sleep(wait).await;
        // Until a NOOP, the view that SELECT gave does not have to show anything newer.
        self.pair.destination().exists().await.map(|_| ())
    }

    /// Looks for what was not shown when the destination was read, until a look finds nothing: an open chunk may have appended
    /// it just now. It may show itself before others that were read, so all UIDs are looked at.
    async fn look_again(&mut self, folder: &mut Folder, work: &mut Work<'_>) -> Result<(), Failure> {
        for _ in 0..LOOKS {
            if work.at.rested {
                return Ok(());
            }
            // However short a step is, it looks once.
            self.ports.clock.sleep(BETWEEN).await;
            self.pair.destination().exists().await?;
            let mut new = self.pair.destination().uids(Uid::new(1), None).await?;
            self.piles(work).1.each(|line| new.remove(line.uid)).await?;
            work.destination.also(self.pair.destination(), &new).await?;
            work.at.rested = new.is_empty();
            if self.out_of_time() {
                return Err(self.pause(folder, work).await?);
            }
        }
        Err(unrest())
    }

    /// Where an earlier step left off, if it was about the same.
    fn position(&self, folder: &Folder, source: &Opened, destination: &Opened) -> (bool, Reconciling) {
        let basis = Basis {
            pass: self.held.record.pass.number,
            head: folder.head.clone(),
            source: source.validity,
            destination: destination.validity,
        };
        // Without UIDVALIDITY nobody can tell whether UIDs still mean what they meant.
        let lasting = source.validity.is_some() && destination.validity.is_some();
        let at = folder.reconciling.clone().filter(|at| lasting && at.basis == basis);
        let anew = || Reconciling { basis, snapshot: folder.snapshot, ..Reconciling::default() };
        (lasting, at.unwrap_or_else(anew))
    }

    /// Reads one side to its end.
    async fn read(
        &mut self,
        folder: &mut Folder,
        work: &mut Work<'_>,
        side: Side,
        opened: &Opened,
    ) -> Result<(), Failure> {
        let here = side == Side::Source;
        let below = Some(work.at.snapshot).filter(|_| here);
        let scope =
            Scope { below, uid_next: opened.uid_next, exists: opened.exists, flags: here, wanted: &|_: Uid| true };
        loop {
            let reading = if here { &mut work.source } else { &mut work.destination };
            if reading.survey.done {
                return Ok(());
            }
            let mailbox: &mut dyn Mailbox = if here { self.pair.source() } else { self.pair.destination() };
            reading.window(mailbox, &scope, self.ports.clock.left()).await?;
            let (read, full) = (reading.survey.read, reading.is_full());
            let done = reading.survey.done;
            self.ports.notify.tell(Event::Reconciling { folder: folder.number, read });
            if self.out_of_time() && !done {
                return Err(self.pause(folder, work).await?);
            }
            if full {
                self.keep_position(folder, work).await?;
            }
        }
    }

    /// Keeps what was done so far: the next step goes on from there.
    pub(super) async fn keep_position(&mut self, folder: &mut Folder, work: &mut Work<'_>) -> Result<(), Failure> {
        work.source.flush(self.ports, self.held, folder, "source").await?;
        work.destination.flush(self.ports, self.held, folder, "destination").await?;
        work.at.source = work.source.survey.clone();
        work.at.destination = work.destination.survey.clone();
        let moved = folder.reconciling.as_ref() != Some(&work.at);
        folder.reconciling = Some(work.at.clone());
        self.save(folder).await?;
        // What the next step cannot go on with is no progress.
        if work.lasting && moved {
            self.errands.progressed();
            self.settled_something();
        }
        Ok(())
    }

    /// Keeps it and ends the step with this.
    pub(super) async fn pause(&mut self, folder: &mut Folder, work: &mut Work<'_>) -> Result<Failure, Failure> {
        self.keep_position(folder, work).await?;
        Ok(Failure::new(Side::Store, Trouble::Stopped, "a folder is reconciled over several steps"))
    }

    async fn match_all(
        &mut self,
        folder: &mut Folder,
        work: &mut Work<'_>,
        siblings: &[Folder],
    ) -> Result<Matched, Failure> {
        let mut matched = self.match_former(folder, work).await?;
        let claimed = self.claimed(folder, work, &matched, siblings).await?;
        let known = has_line(work, &matched);
        let unknown = |line: &Line| known.binary_search(&line.uid).is_err();
        let free = |line: &Line| claimed.binary_search(&line.uid).is_err();
        let sifted = {
            let (here, there) = self.piles(work);
            sift((&here, &unknown), (&there, &free)).await?
        };
        let digests = self.digests(folder, work, &sifted).await?;
        matched.adopted = sifted.decide(&digests);
        if work.is_large() {
            self.keep_matched(folder, work, &matched).await?;
        }
        Ok(matched)
    }

    /// Former lines under the UIDs that their messages have now.
    async fn match_former(&self, folder: &Folder, work: &Work<'_>) -> Result<Matched, Failure> {
        let mut matched = Matched::default();
        let (here, there) = self.piles(work);
        let former = Pile::manifest(self.ports.archive, &self.held.record.id, folder.head.clone(), &work.uids);
        let every: Keep<'_> = &|_: &Line| true;
        if work.change.source {
            let sifted = sift((&here, every), (&former, every)).await?;
            let digests = by_order(&sifted);
            matched.rekeyed = sifted.decide(&digests).into_iter().map(|(now, before)| (before, now)).collect();
            matched.rekeyed.sort_unstable();
        }
        if work.change.destination {
            let survives = |line: &Line| line.delivered() && now(work, &matched, line.uid).is_some();
            let sifted = sift((&former, &survives), (&there, every)).await?;
            let digests = by_order(&sifted);
            matched.pointed = sifted.decide(&digests);
        }
        Ok(matched)
    }

    fn piles<'w>(&'w self, work: &'w Work<'_>) -> (Pile<'w>, Pile<'w>) {
        let pile = |reading: &'w Reading| {
            let survey = &reading.survey;
            Pile::survey(self.ports.archive, &self.held.record.id, survey.head.clone(), &reading.fresh, survey.read)
        };
        (pile(&work.source), pile(&work.destination))
    }

    /// Destination UIDs that this migration has already accounted for in this destination folder, sorted.
    async fn claimed(
        &self,
        folder: &Folder,
        work: &Work<'_>,
        matched: &Matched,
        siblings: &[Folder],
    ) -> Result<Vec<Uid>, Failure> {
        let (archive, id) = (self.ports.archive, &self.held.record.id);
        let mut claimed: Vec<Uid> = if work.change.destination {
            matched.pointed.iter().map(|(_, to)| *to).collect()
        } else {
            let roll = lines::roll(archive, id, folder).await?;
            let alive = roll.entries().iter().filter(|line| now(work, matched, line.uid()).is_some());
            alive.filter_map(|line| line.to()).collect()
        };
        claimed.sort_unstable();
        for sibling in siblings.iter().filter(|sibling| sibling.head.is_some()) {
            let roll = lines::roll(archive, id, sibling).await?;
            let now = work.opened.validity;
            if now.is_some() && sibling.destination_validity == now {
                claimed.extend(roll.places());
            } else {
                claimed.extend(self.places_of(work, sibling, &roll.uids(), &claimed).await?);
            }
            claimed.sort_unstable();
        }
        Ok(claimed)
    }

    /// Where the messages of another folder are, whose lines name UIDs of another numbering.
    async fn places_of(
        &self,
        work: &Work<'_>,
        sibling: &Folder,
        uids: &[Uid],
        claimed: &[Uid],
    ) -> Result<Vec<Uid>, Failure> {
        let theirs = Pile::manifest(self.ports.archive, &self.held.record.id, sibling.head.clone(), uids);
        let free = |line: &Line| claimed.binary_search(&line.uid).is_err();
        let (_, there) = self.piles(work);
        let sifted = sift((&theirs, &Line::delivered), (&there, &free)).await?;
        let digests = by_order(&sifted);
        Ok(sifted.decide(&digests).into_iter().map(|(_, to)| to).collect())
    }

    /// Digests of the bodies that decide. Those read so far are kept when time is over.
    async fn digests(&mut self, folder: &mut Folder, work: &mut Work<'_>, sifted: &Sifted) -> Result<Digests, Failure> {
        let asked = pair_up(&sifted.here, &sifted.there, &Digests::default()).ambiguous;
        let mut digests = match work.at.digests.clone() {
            Some(key) => self.object(&key, |octets| serde_json::from_slice(octets).ok()).await?,
            None => Digests::default(),
        };
        for uid in asked.source.iter().filter(|uid| !digests.source.contains_key(uid)).copied().collect::<Vec<_>>() {
            if let Some(digest) = self.pair.source().body_digest(uid).await? {
                digests.source.insert(uid, digest);
            }
            self.pause_with(folder, work, &digests).await?;
        }
        let there = asked.destination.iter().filter(|uid| !digests.destination.contains_key(uid)).copied();
        for uid in there.collect::<Vec<_>>() {
            if let Some(digest) = self.pair.destination().body_digest(uid).await? {
                digests.destination.insert(uid, digest);
            }
            self.pause_with(folder, work, &digests).await?;
        }
        digests.complete = true;
        Ok(digests)
    }

    async fn pause_with(&mut self, folder: &mut Folder, work: &mut Work<'_>, digests: &Digests) -> Result<(), Failure> {
        if !self.out_of_time() {
            return Ok(());
        }
        let octets = serde_json::to_vec(digests).map_err(|cause| Failure::store(format!("keep digests: {cause}")))?;
        work.at.digests = Some(self.put_object(folder, "digests", octets).await?);
        Err(self.pause(folder, work).await?)
    }

    async fn keep_matched(
        &mut self,
        folder: &mut Folder,
        work: &mut Work<'_>,
        matched: &Matched,
    ) -> Result<(), Failure> {
        work.at.matched = Some(self.put_object(folder, "matched", matched.encode()).await?);
        self.keep_position(folder, work).await
    }

    async fn matched(&self, key: &str) -> Result<Matched, Failure> {
        self.object(key, Matched::decode).await
    }

    async fn put_object(&self, folder: &Folder, what: &str, octets: Vec<u8>) -> Result<String, Failure> {
        let record = &self.held.record;
        let key = survey::key(folder, record.epoch, record.turn, what, 0);
        match self.ports.archive.put_once(&record.id, &key, Bytes::from(octets)).await? {
            Put::Done => Ok(key),
            Put::Exists => Err(Failure::conflict(format!("{key} is there already"))),
        }
    }

    async fn object<T>(&self, key: &str, read: impl FnOnce(&[u8]) -> Option<T>) -> Result<T, Failure> {
        let octets = self.ports.archive.get(&self.held.record.id, key).await?;
        octets.and_then(|octets| read(&octets)).ok_or_else(|| {
            Failure::store(format!("read {key}: it is not there, or is not what was written; restore it from a backup"))
        })
    }

    fn changed(&mut self, folder: &mut Folder, change: Change) {
        if !change.replaces() {
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
}

impl Work<'_> {
    /// True when it is written segment by segment, each with a position of its own.
    pub(super) fn is_large(&self) -> bool {
        self.at.source.head.is_some()
            || self.at.destination.head.is_some()
            || self.source.is_full()
            || self.destination.is_full()
            || self.uids.len() >= 2_000
    }
}

/// The source UID that a former line has now; none when its message is not there any more.
pub(super) fn now(work: &Work<'_>, matched: &Matched, before: Uid) -> Option<Uid> {
    if work.change.source { crate::migration::matched::second(&matched.rekeyed, before) } else { Some(before) }
}

/// Source UIDs of the messages that have a line, sorted.
pub(super) fn has_line(work: &Work<'_>, matched: &Matched) -> Vec<Uid> {
    if !work.change.source {
        return work.uids.clone();
    }
    let mut uids: Vec<Uid> = matched.rekeyed.iter().map(|(_, now)| *now).collect();
    uids.sort_unstable();
    uids
}

/// Old records have no octets to be asked for: what is equal in every print is matched in UID order.
fn by_order(sifted: &Sifted) -> Digests {
    let all = |heads: &[Head]| heads.iter().map(|head| (head.uid, of_prints(&head.prints))).collect();
    Digests { source: all(&sifted.here), destination: all(&sifted.there), complete: true }
}

fn of_prints(prints: &Fingerprints) -> Fingerprint {
    let mut octets = prints.weak.octets().to_vec();
    for print in [prints.strong, prints.id_date].into_iter().flatten() {
        octets.extend_from_slice(print.octets());
    }
    Fingerprint::of(&octets)
}
