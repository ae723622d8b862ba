//! # Alone
//! A message that connections die of, or that whole steps are too short for, is found by halves and parked alone.

use bytes::Bytes;

use super::crossing::Crossing;
use super::park::Refusal;
use crate::mail::UidSet;
use crate::migration::{Class, Failure, Folder, Trouble};
use crate::ports::mail::{Carried, Fate, Load, Meta, Opened, Whole};

/// Deaths under one message alone that make it poison.
const POISON: u8 = 3;

/// Whole steps that one message alone may take.
const TOO_SLOW: u8 = 2;

impl Crossing<'_> {
    /// A death narrows down where it comes from, which is progress: halves and three more, and it is found.
    pub(super) fn count_death(&self, folder: &mut Folder, load: &Load, carried: &Carried) -> bool {
        let counted = died(folder, load, carried);
        if counted {
            self.errands.progressed();
        }
        counted
    }

    /// A chunk that a whole step was not enough for is halved, down to one message alone, which is progress as well.
    pub(super) fn count_slow(&self, folder: &mut Folder, load: &Load, failure: &Failure) {
        // A wall clock that jumps ends a step early, with time left by the other: that says nothing about its messages.
        let clock = self.ports.clock;
        let had = clock.monotonic().saturating_sub(self.began);
        let whole = self.begun <= 1 && had >= self.held.step / 4 && clock.left() < self.held.step / 16;
        if failure.trouble != Trouble::Stopped || !whole || clock.stopping() {
            return;
        }
        if load.parcels.len() > 1 {
            folder.chunk_limit = u32::try_from(load.parcels.len() / 2).unwrap_or(u32::MAX).max(1);
        } else {
            folder.slow = folder.slow.saturating_add(1);
        }
        self.errands.progressed();
    }

    /// A message that is alone in its chunk, and by now known for what it is. True when it was parked.
    pub(super) async fn parks_alone(
        &mut self,
        folder: &mut Folder,
        metas: &[Meta],
        opened: &Opened,
        known: &mut UidSet,
    ) -> Result<bool, Failure> {
        let [meta] = metas else { return Ok(false) };
        if folder.deaths >= POISON {
            let response = "three connections in a row were lost while this message alone was being moved";
            let whole = self.pair.source().whole(meta.uid, 64 << 20).await;
            if let Err(failure) = &whole
                && failure.asks_to_wait()
            {
                return Err(failure.clone());
            }
            let octets = match &whole {
                Ok(Whole::Octets(octets)) => Some(octets.clone()),
                _ => None,
            };
            self.park_alone(folder, metas, opened, known, (Class::Poison, response.into(), octets)).await?;
            (folder.deaths, folder.chunk_limit) = (0, 2);
            self.save(folder).await?;
            return whole.map(|_| true);
        }
        if folder.slow >= TOO_SLOW {
            let response =
                format!("{} octets; {TOO_SLOW} whole steps were too short for this message alone", meta.size);
            // Reading it once more for the quarantine would be too slow as well.
            self.park_alone(folder, metas, opened, known, (Class::TooSlow, response, None)).await?;
            folder.slow = 0;
            self.save(folder).await?;
            return Ok(true);
        }
        Ok(false)
    }

    async fn park_alone(
        &mut self,
        folder: &mut Folder,
        metas: &[Meta],
        opened: &Opened,
        known: &mut UidSet,
        (class, response, octets): (Class, String, Option<Bytes>),
    ) -> Result<(), Failure> {
        let load = self.load(folder, metas.to_vec(), opened, folder.claimed.next());
        let Some(parcel) = load.parcels.first() else { return Ok(()) };
        let prints = self.prints_of(parcel.uid, true).await?;
        let refusal = Refusal { class, response, octets, facts: None, prints };
        let line = self.keep(folder, parcel, refusal).await?;
        self.enter(folder, &load, vec![line], known).await
    }
}

/// Counts a death: a connection that was lost before every message of the chunk had its fate. The next chunk is half as
/// large, down to one message alone. False when nothing of the kind happened.
fn died(folder: &mut Folder, load: &Load, carried: &Carried) -> bool {
    // Octets that do not follow the grammar are a death too: a message whose literal is never as long as announced.
    let lost = carried.failure.as_ref().is_some_and(|f| matches!(f.trouble, Trouble::Lost | Trouble::Nonsense));
    if all_final(carried) || !(lost || carried.desynchronised) {
        return false;
    }
    if load.parcels.len() > 1 && carried.desynchronised {
        // By synchronising literals the answer will name the message: no need to look for it by halves.
        return true;
    }
    if load.parcels.len() > 1 {
        folder.chunk_limit = u32::try_from(load.parcels.len() / 2).unwrap_or(u32::MAX).max(1);
        folder.deaths = 0;
    } else if carried.died_alone.is_some() {
        folder.deaths = folder.deaths.saturating_add(1);
    }
    true
}

/// Every message of the chunk has its fate.
pub(super) fn all_final(carried: &Carried) -> bool {
    !carried.fates.iter().any(|fate| matches!(fate, Fate::Unsent | Fate::Unknown))
}
