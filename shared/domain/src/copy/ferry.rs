//! # Ferry
//! Carries a folder chunk by chunk: intent, send, and what `enter` does: look, manifest, commit. Committing one chunk and opening the next is one
//! write, made before the first octet of the next is sent.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::ahead::AHEAD_TIME;
use super::chunk::{self, Measured, Take};
use super::crossing::{Crossing, PATIENCE, before};
use super::pulse::pulsed;
use crate::mail::{Uid, UidSet, window};
use crate::migration::folder::Progress;
use crate::migration::inspect::Limits;
use crate::migration::{Failure, Folder, Intent, Side, Trouble};
use crate::ports::mail::{Load, Meta, Opened, Parcel};

/// Messages in a chunk that says anything about the next one.
const LEAST_MEASURED: u32 = 50;
/// Unless it took this long.
const SLOW: Duration = Duration::from_secs(1);

/// Messages of the next chunk that are read ahead, and their octets.
const AHEAD: usize = 1000;
const AHEAD_OCTETS: u64 = 2 << 20;

/// Source messages listed and not yet taken.
pub(super) struct Outlook {
    pub(super) metas: VecDeque<Meta>,
    /// Messages that other folders carry, and that have no line yet.
    pub(super) left: Vec<Meta>,
    pub(super) next: Uid,
    width: u32,
}

impl Outlook {
    /// Takes back what has no outcome. How many that are.
    fn takes_back(&mut self, metas: Vec<Meta>, folder: &Folder, known: &UidSet) -> usize {
        let listed = self.metas.len();
        let left = metas.into_iter().rev().filter(|meta| meta.uid > folder.committed && !known.contains(meta.uid));
        left.for_each(|meta| self.metas.push_front(meta));
        self.metas.len() - listed
    }
}

impl Crossing<'_> {
    /// Carries what fits into the step. True when everything below the snapshot is settled (the caller saves).
    pub(super) async fn ferry(&mut self, folder: &mut Folder, opened: &Opened) -> Result<bool, Failure> {
        let mut known = self.known(folder).await?;
        let mut outlook = self.outlook(folder, &known);
        let mut floor = self.first_floor(folder, opened).await?;
        loop {
            let take = match chunk::next(self.measured.as_ref(), self.left(), folder.chunk_limit) {
                _ if self.out_of_time() => None,
                Take::Stop => None,
                Take::Chunk(size) => self.errands.ration(size),
            };
            let Some(size) = take else {
                self.spent = true;
                self.save(folder).await?;
                return Ok(false);
            };
            let metas = self.take(folder, &mut outlook, &mut known, size).await?;
            self.errands.spare(size, metas.len());
            let Some(last) = metas.last().map(|meta| meta.uid) else { break };
            if self.parks_alone(folder, &metas, opened, &mut known).await? {
                continue;
            }
            if self.copy_twins(folder, &metas, opened, floor, &mut known).await? {
                floor = floor.max(folder.claimed.next());
                outlook.takes_back(metas, folder, &known);
                continue;
            }
            self.began = self.ports.clock.monotonic();
            let ahead = self.ahead(folder, &outlook, size);
            let last_one = folder.chunk_limit == 0 && outlook.metas.is_empty() && outlook.next >= folder.snapshot;
            let then = last_one.then(|| self.next_opening(metas.iter().map(|meta| meta.size).sum())).flatten();
            let load = Load { ahead, then, ..self.load(folder, &metas, opened, floor) };
            self.open_intent(folder, last, floor).await?;
            self.asked = Some(self.ports.clock.now());
            self.begun += 1;
            let (carried, frozen) = pulsed(self.ports.clock, self.pair.carry(&load, self.ports.clock)).await;
            self.began += frozen;
            self.sent(folder);
            let (messages, octets) = self.account(folder, &load, carried, &mut known).await?;
            floor = floor.max(folder.claimed.next());
            // A batch was refused whose messages were not kept. Of those that are kept none is left over.
            let left = outlook.takes_back(metas, folder, &known);
            if left > 0 && std::mem::replace(&mut folder.picky, true) {
                return Err(Failure::new(Side::Destination, Trouble::Ours, "messages of a chunk came to no outcome"));
            }
            self.errands.unspend(left);
            let took = self.ports.clock.monotonic().saturating_sub(self.began);
            // A handful of messages tells the distance, not the rate.
            if messages >= LEAST_MEASURED || messages > 0 && (took >= SLOW || self.measured.is_none()) {
                self.measured = Some(Measured { messages, octets, took });
            }
        }
        folder.committed = folder.committed.max(before(folder.snapshot));
        folder.lines_ahead = false;
        folder.anew_from = None;
        folder.retry = false;
        folder.intent = None;
        Ok(true)
    }

    /// What the source listed when it was opened, if it begins where the folder is settled.
    fn outlook(&mut self, folder: &mut Folder, known: &UidSet) -> Outlook {
        let next = folder.committed.next();
        let planned = u32::try_from(folder.planned).ok().filter(|planned| *planned > 0);
        let width = window::first(planned, window::aim(self.ports.clock.left()));
        let empty = Outlook { metas: VecDeque::new(), left: Vec::new(), next, width };
        let Some((_, listed)) = self.listed.take().filter(|(from, _)| *from == next) else { return empty };
        let beyond = listed.last().map(|meta| meta.uid.next()).unwrap_or_default();
        folder.snapshot = folder.snapshot.max(beyond);
        let metas = listed.into_iter().filter(|meta| !known.contains(meta.uid)).collect();
        Outlook { metas, next: folder.snapshot.max(next), ..empty }
    }

    /// No message of ours can get a UID below this.
    async fn first_floor(&mut self, folder: &Folder, opened: &Opened) -> Result<Uid, Failure> {
        let next = match opened.uid_next {
            Some(next) => next,
            // No UIDNEXT from SELECT or STATUS (Winmail, 163): the highest UID there is, plus one.
            None => self.pair.destination().uids(Uid::new(1), None).await?.iter().last().unwrap_or_default().next(),
        };
        Ok(next.max(folder.claimed.next()))
    }

    /// The next chunk's messages, listed in windows.
    async fn take(
        &mut self,
        folder: &mut Folder,
        outlook: &mut Outlook,
        known: &mut UidSet,
        size: chunk::Size,
    ) -> Result<Vec<Meta>, Failure> {
        let wanted = usize::try_from(size.messages).unwrap_or(usize::MAX);
        let aim = self.aim(folder, wanted).max(window::aim(self.ports.clock.left()));
        while outlook.metas.len() < wanted.saturating_add(AHEAD) && outlook.next < folder.snapshot {
            let last = before(folder.snapshot);
            let end = Uid::new(outlook.next.get().saturating_add(outlook.width - 1)).min(last);
            // UIDNEXT is a hint: the last window goes to the end.
            let open_end = end == last;
            let listed = self.pair.source().metas(outlook.next, Some(end).filter(|_| !open_end)).await?;
            let beyond = listed.last().map(|meta| meta.uid.next()).unwrap_or_default();
            folder.snapshot = folder.snapshot.max(beyond);
            outlook.width = window::window(outlook.width, listed.len(), aim);
            let new = listed.into_iter().filter(|meta| !known.contains(meta.uid));
            let (left, taken): (Vec<Meta>, Vec<Meta>) = new.partition(|meta| self.errands.leaves(folder, meta));
            outlook.metas.extend(taken);
            outlook.left.extend(left);
            outlook.next = end.next().max(beyond);
            self.note_left_in_time(folder, outlook, known).await?;
        }
        self.note_left(folder, outlook, known).await?;
        let mut octets = 0_u64;
        let mut metas = Vec::new();
        while let Some(meta) = outlook.metas.front() {
            octets = octets.saturating_add(meta.size);
            if !metas.is_empty() && (metas.len() >= wanted || octets > size.octets) {
                break;
            }
            metas.extend(outlook.metas.pop_front());
        }
        Ok(metas)
    }

    /// The first messages of the next chunk, to be read while this one drains. After a death, or when the time may not
    /// suffice for another chunk, nothing is asked for that may not be wanted; nor when the next chunk begins with a listing,
    /// for which what was asked for would be dropped; nor more than half a chunk, since the next one may be smaller and drop all.
    fn ahead(&self, folder: &Folder, outlook: &Outlook, size: chunk::Size) -> Arc<[Parcel]> {
        let enough = usize::try_from(size.messages).unwrap_or(usize::MAX).saturating_add(AHEAD);
        let lists = outlook.metas.len() < enough && outlook.next < folder.snapshot;
        if lists || folder.chunk_limit != 0 || self.ports.clock.left() < AHEAD_TIME {
            return Arc::default();
        }
        let mut octets = 0;
        let read = outlook.metas.iter().filter(|meta| self.errands.twin(folder, meta).is_none());
        let half = usize::try_from(size.messages / 2).unwrap_or(AHEAD);
        let first = read.take(AHEAD.min(half)).take_while(|meta| {
            octets += meta.size;
            octets <= AHEAD_OCTETS.min(size.octets / 2)
        });
        first.map(Parcel::from).collect()
    }

    pub(super) fn load(&mut self, folder: &Folder, metas: &[Meta], opened: &Opened, floor: Uid) -> Load {
        let left = self.ports.clock.left();
        Load {
            parcels: metas.iter().map(Parcel::from).collect(),
            ahead: Arc::default(),
            then: None,
            destination: folder.destination.clone(),
            destination_validity: opened.validity,
            floor,
            limits: Limits { append_limit: self.pair.destination().append_limit(), step_limit: None },
            permanent: opened.permanent.clone(),
            keywords: opened.keywords.clone(),
            synchronising: folder.synchronising,
            keeps: metas.len() == 1 || folder.picky || folder.chunk_limit != 0 || folder.counts.quarantined > 0,
            believe_refusals: self.held.record.tries >= PATIENCE,
            until_monotonic: self.ports.clock.monotonic() + left + self.held.timing.margin / 2,
            until_wall: self.deadline().after(self.held.timing.margin / 2).millis(),
        }
    }

    /// Commits what was settled before and opens the next chunk, in one write.
    pub(super) async fn open_intent(&mut self, folder: &mut Folder, hi: Uid, floor: Uid) -> Result<(), Failure> {
        let started = self.ports.clock.now();
        let intent = Intent { lo: folder.committed.next(), hi, floor, started, drained: false, deaths: folder.deaths };
        folder.intent = Some(intent);
        folder.progress = folder.progress.max(Progress::Open);
        self.save(folder).await
    }
}
