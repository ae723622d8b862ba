//! # Ferry
//! Carries a folder chunk by chunk: intent, send, and what `enter` does: look, manifest, commit. Committing one chunk and opening the next is one
//! write, made before the first octet of the next is sent.

use std::sync::Arc;
use std::time::Duration;

use super::chunk::{self, Measured, Take};
use super::crossing::{Crossing, before};
use super::lanes::{self, Need};
use super::pulse::pulsed;
use super::unwilling::PATIENCE;
use crate::mail::Uid;
use crate::migration::folder::Progress;
use crate::migration::inspect::Limits;
use crate::migration::{Failure, Folder, Intent, Side, Trouble};
use crate::ports::mail::{Load, Meta, Opened};

/// Messages in a chunk that says anything about the next one.
const LEAST_MEASURED: u32 = 50;
/// Unless it took this long.
const SLOW: Duration = Duration::from_secs(1);

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
                Take::Chunk(size) => self.errands.ration(self.errands.share(size)),
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
                outlook.takes_back(&metas, folder, &known);
                continue;
            }
            self.began = self.ports.clock.monotonic();
            let advance = self.in_advance(folder, &outlook, size);
            let last_one = folder.chunk_limit == 0 && outlook.metas.is_empty() && outlook.next >= folder.snapshot;
            let then = last_one.then(|| self.next_opening(&metas)).flatten();
            let (listing, ahead) = (advance.listing, advance.messages);
            outlook.asked = listing;
            let load = Load { listing, ahead, then, ..self.load(folder, metas, opened, floor) };
            if load.wide {
                self.widen();
            }
            let clock = self.ports.clock;
            let (carried, frozen) = pulsed(clock, async {
                self.open_intent(folder, last, floor).await?;
                self.asked = Some(clock.now());
                self.begun += 1;
                Ok(self.pair.carry(&load, clock).await)
            })
            .await;
            let carried = carried?;
            self.began += frozen;
            self.sent(folder);
            let (messages, octets) = self.account(folder, &load, carried, &mut known).await?;
            floor = floor.max(folder.claimed.next());
            // A batch was refused whose messages were not kept. Of those that are kept none is left over.
            let left = outlook.takes_back(&load.parcels, folder, &known);
            if left > 0 && std::mem::replace(&mut folder.picky, true) {
                return Err(Failure::new(Side::Destination, Trouble::Ours, "messages of a chunk came to no outcome"));
            }
            self.errands.unspend(left);
            let took = self.ports.clock.monotonic().saturating_sub(self.began);
            // A handful of messages tells the distance, not the rate.
            if messages >= LEAST_MEASURED || messages > 0 && (took >= SLOW || self.measured.is_none()) {
                let connections = if load.wide { self.connections } else { 1 };
                self.measured = Some(Measured { messages, octets, took, connections });
            }
        }
        folder.committed = folder.committed.max(before(folder.snapshot));
        folder.lines_ahead = false;
        folder.anew_from = None;
        folder.retry = false;
        folder.intent = None;
        Ok(true)
    }

    /// Takes over what others leave of connections to the destination, where that helps.
    fn widen(&mut self) {
        let need = lanes::need(self.measured.as_ref());
        if need != Need::None {
            self.errands.want_lanes();
        }
        if need != Need::More {
            return;
        }
        for lane in self.errands.share_of_lanes() {
            self.connections += 1;
            self.pair.widen(lane);
        }
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

    pub(super) fn load(&mut self, folder: &Folder, metas: Vec<Meta>, opened: &Opened, floor: Uid) -> Load {
        let left = self.ports.clock.left();
        let keeps = metas.len() == 1 || !folder.lets_go();
        Load {
            parcels: metas.into(),
            listing: None,
            ahead: Arc::default(),
            then: None,
            destination: folder.destination.clone(),
            destination_validity: opened.validity,
            floor,
            limits: Limits { append_limit: self.pair.destination().append_limit(), step_limit: None },
            permanent: opened.permanent.clone(),
            keywords: opened.keywords.clone(),
            synchronising: folder.synchronising,
            wide: !keeps && folder.may_be_wide() && self.pair.destination().takes_batches(),
            keeps,
            pace: self.measured.as_ref().map_or(0, Measured::octets_a_second),
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
