//! # Twins
//! A message of several labels is read once. For its next label it is copied at the destination, from the folder where it was
//! delivered, within the open chunk like an APPEND: what is killed in between is found by the chunk's settlement.

use std::collections::BTreeMap;

use super::crossing::Crossing;
use super::read_back;
use crate::mail::{Uid, UidSet, carry, fallback};
use crate::migration::twins::{Home, Twin};
use crate::migration::{Failure, Folder, Side, Trouble};
use crate::ports::mail::{Carried, Copies, Facts, Fate, Load, Meta, Opened, Shown, Until};

/// Octets of a UID set, and messages, in one COPY.
const SET: usize = 4_000;
const MOST: usize = 200;
/// COPYs that may go wrong in one step and pair; after that messages are read again.
const PATIENCE: u32 = 2;

/// Messages to be copied from one folder: their UIDs there, and at the source.
type Wanted = (Home, BTreeMap<Uid, Uid>);

impl Crossing<'_> {
    /// Copies those of a chunk's messages that the destination has under another label. False when there are none; then no
    /// intent was opened. What could not be copied is left to be sent.
    pub(super) async fn copy_twins(
        &mut self,
        folder: &mut Folder,
        metas: &[Meta],
        opened: &Opened,
        floor: Uid,
        known: &mut UidSet,
    ) -> Result<bool, Failure> {
        // After a death the chunk is looked through message by message.
        let may = folder.chunk_limit == 0 && self.uncopied < PATIENCE && opened.validity.is_some();
        let found = |meta: &Meta| Some((meta.uid, self.errands.twin(folder, meta)?));
        let twins: BTreeMap<Uid, (Home, Twin)> = metas.iter().filter(|_| may).filter_map(found).collect();
        let Some(last) = metas.last().filter(|_| !twins.is_empty()) else { return Ok(false) };
        self.open_intent(folder, last.uid, floor).await?;
        let load = self.load(folder, metas.to_vec(), opened, floor);
        let copied = self.copy_all(&load, by_home(&twins), opened).await;
        self.sent(folder);
        self.uncopied += u32::from(copied.is_err());
        match copied? {
            Some(copies) => {
                let carried = self.seen(metas, &twins, &copies, opened, floor).await?;
                // Unless it was time that did not suffice, it will not go better the next time.
                let missed = metas.iter().filter(|meta| !self.out_of_time() && !copies.contains(meta.uid));
                missed.for_each(|meta| self.errands.forget(meta));
                self.account(folder, &load, carried, known).await?;
            }
            None => {
                self.uncopied = PATIENCE;
                // Settling may take longer than this step has: the next one does not begin the same way again.
                folder.chunk_limit = u32::try_from(metas.len()).unwrap_or(u32::MAX);
                self.save(folder).await?;
                self.settle(folder, opened).await?;
                *known = self.known(folder).await?;
            }
        }
        Ok(true)
    }

    /// Copies, and opens the folder at hand again. Source UIDs of what was copied; none when nobody knows.
    async fn copy_all(&mut self, load: &Load, wanted: Vec<Wanted>, opened: &Opened) -> Result<Option<UidSet>, Failure> {
        let mut copied = UidSet::new();
        let mut told = true;
        for (home, uids) in wanted {
            if !told || self.out_of_time() || !self.is_home(&home).await? {
                continue;
            }
            let places: UidSet = uids.keys().copied().collect();
            for piece in places.pieces(SET, MOST) {
                let (clock, monotonic, wall) = (self.ports.clock, load.until_monotonic, load.until_wall);
                let until = Until { clock, monotonic, wall };
                match self.pair.destination().copy(&piece, &load.destination, until).await? {
                    Copies::Told { validity, copies } if opened.validity == Some(validity) => {
                        copies.keys().filter_map(|at| uids.get(at)).for_each(|uid| copied.insert(*uid));
                    }
                    Copies::Nothing => {}
                    Copies::Refused(_) => {
                        self.uncopied = PATIENCE;
                        break;
                    }
                    Copies::Told { .. } | Copies::Untold => {
                        told = false;
                        break;
                    }
                }
            }
        }
        let again = self.pair.destination().open(&load.destination).await?;
        if again.validity != opened.validity {
            let cause = "the destination folder was renumbered under a chunk";
            return Err(Failure::new(Side::Destination, Trouble::Lost, cause));
        }
        Ok(Some(copied).filter(|_| told))
    }

    /// Opens the folder where messages have been delivered. False when it is not there any more, or numbered anew.
    async fn is_home(&mut self, home: &Home) -> Result<bool, Failure> {
        match self.pair.destination().open(&home.name).await {
            Ok(opened) => Ok(opened.validity == Some(home.validity)),
            Err(failure) if failure.trouble == Trouble::Folder => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// What the folder shows of the copies, as if they had been sent. Which is which their headers say: were the other folder
    /// numbered anew at the very moment, something else would have been copied.
    async fn seen(
        &mut self,
        metas: &[Meta],
        twins: &BTreeMap<Uid, (Home, Twin)>,
        copies: &UidSet,
        opened: &Opened,
        floor: Uid,
    ) -> Result<Carried, Failure> {
        let listed = self.pair.destination().metas(floor, None).await?;
        let shown: BTreeMap<Uid, Shown> = listed.into_iter().map(read_back::listed).collect();
        let fate = |meta: &Meta| match twins.get(&meta.uid).filter(|_| copies.contains(meta.uid)) {
            Some((_, twin)) => Fate::Sent { facts: facts(meta, twin, opened), to: None },
            None => Fate::Unsent,
        };
        Ok(Carried {
            fates: metas.iter().map(fate).collect(),
            present: Some(shown.keys().copied().collect()),
            shown,
            drained: true,
            failure: None,
            died_alone: None,
            wide: false,
            desynchronised: false,
        })
    }
}

fn by_home(twins: &BTreeMap<Uid, (Home, Twin)>) -> Vec<Wanted> {
    let mut wanted: BTreeMap<_, Wanted> = BTreeMap::new();
    for (uid, (home, twin)) in twins {
        let (_, uids) = wanted.entry(home.name.clone()).or_insert_with(|| (home.clone(), BTreeMap::new()));
        uids.insert(twin.to, *uid);
    }
    wanted.into_values().collect()
}

/// A copy keeps the flags and the date that the message was delivered with (RFC 9051 §6.4.7).
fn facts(meta: &Meta, twin: &Twin, opened: &Opened) -> Facts {
    let carried = carry(&meta.flags, &opened.permanent);
    let date = fallback(meta.internal_date.as_deref(), &[]);
    Facts {
        prints: twin.prints,
        digest: twin.digest,
        size: twin.size,
        flags: carried.flags,
        dropped: carried.dropped.into_iter().chain(meta.odd_flags.iter().cloned()).collect(),
        date: date.date(),
        date_replaced: date.replaced(),
        message_id: None,
    }
}
