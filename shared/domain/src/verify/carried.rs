//! # Carried
//! The recount of a folder whose messages are carried: is there any news, what do both sides show, what follows.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::count::Count;
use super::errands::{Counted, Errands};
use super::listing::{Both, list_destination, list_source, read_flags};
use super::places::Places;
use super::recount::{Unsettled, count, flags_of, take_destination, take_source};
use crate::mail::{Fingerprint, Uid, UidSet};
use crate::migration::folder::Role;
use crate::migration::recounting::{Basis, DISAGREES, Recounting, Standing};
use crate::migration::roll::Roll;
use crate::migration::survey;
use crate::migration::{Counts, Failure, Folder, FolderNumber, Outcome, Trouble};
use crate::ports::Put;
use crate::ports::mail::Opened;
use crate::turn::{gone, lines};

/// A folder with more messages is counted while no other of its kind is.
const LARGE: u64 = 100_000;

/// UIDs to be looked at when both listings are complete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Aside {
    /// Source UIDs of lines whose message the source does not list.
    pub gone: UidSet,
    /// Source UIDs of lines whose message is not in its place at the destination.
    pub missing: UidSet,
}

/// Both sides as they were opened; none: it cannot be opened, or is gone from the source.
struct Sides {
    source: Option<Opened>,
    destination: Option<Opened>,
    /// The source does not list the folder any more.
    gone: bool,
}

impl Sides {
    fn standing(&self) -> Option<Standing> {
        Standing::of(self.source.as_ref()?, self.destination.as_ref()?)
    }
}

impl Count<'_> {
    pub(super) async fn carried(
        &mut self,
        folder: &mut Folder,
        group: &[Folder],
        errands: &Errands,
    ) -> Result<Counted, Failure> {
        if self.at_a_glance(folder, group).await? {
            return Ok(Counted::Done);
        }
        let large = folder.counts.source.max(folder.planned) > LARGE;
        let _alone = if large { Some(errands.large.lock().await) } else { None };
        let mut error = folder.error.clone();
        let sides = self.open_both(folder, &mut error).await?;
        if self.is_elsewhere(folder, &sides) {
            return Ok(Counted::Moved);
        }
        if self.is_unchanged(folder, &sides).await? {
            return Ok(Counted::Done);
        }
        folder.error = error;
        if sides.gone && !folder.gone {
            errands.warn(gone::let_go(folder));
        }
        let roll = lines::roll(self.ports.archive, &self.held.record.id, folder).await?;
        self.claim(&roll, group, folder).await?;
        let (mut at, mut aside) = self.resume(folder, &sides).await?;
        let places = Places::of(&roll, &self.taken(folder.number));
        let permanent = sides.destination.as_ref().map(|opened| opened.permanent.clone()).unwrap_or_default();
        let carriers = errands.carriers.as_ref();
        let both = Both { ports: self.ports, roll: &roll, places: &places, claims: &self.claims, carriers };
        let (gone, missing) = futures::try_join!(
            list_source(self.source.as_mut(), &both, folder, sides.source.as_ref(), &permanent, &mut at.source),
            list_destination(self.destination.as_mut(), &both, sides.destination.as_ref(), &mut at.destination),
        )?;
        aside.gone = aside.gone.ranges().chain(gone.into_iter().map(|uid| (uid, uid))).collect();
        aside.missing = aside.missing.ranges().chain(missing.into_iter().map(|uid| (uid, uid))).collect();
        if !(at.source.done && at.destination.done) {
            self.keep(folder, at, &aside).await?;
            return Ok(Counted::Begun);
        }
        if let Some(stray) = at.source.stray {
            decide_anew(folder, stray, &roll);
            return Ok(Counted::Moved);
        }
        let sharing: UidSet = places.sharing.iter().copied().collect();
        aside.missing.extend(places.without.into_iter().chain(places.sharing));
        let Some(lost) = self.look_for(folder, &mut at, &aside.missing, sides.destination.as_ref()).await? else {
            self.keep(folder, at, &aside).await?;
            return Ok(Counted::Begun);
        };
        let first = group.first().is_some_and(|first| first.number == folder.number);
        let unsettled = Unsettled { lost, gone: aside.gone, sharing };
        self.conclude(folder, &roll, &sides, at, &unsettled, first);
        Ok(Counted::Done)
    }

    /// Counts a folder by what both sides have shown in passing. False: they were not looked at, or what they showed needs
    /// another look, with the folder open.
    async fn at_a_glance(&mut self, folder: &mut Folder, group: &[Folder]) -> Result<bool, Failure> {
        let Some((here, there)) = self.glances.remove(&folder.number) else { return Ok(false) };
        let (Ok(source), Ok(destination)) = (here.opened, there.opened) else { return Ok(false) };
        let (exists, permanent) = (source.exists.map(u64::from), destination.permanent.clone());
        let sides = Sides { source: Some(source), destination: Some(destination), gone: folder.gone };
        if folder.gone || self.is_elsewhere(folder, &sides) {
            return Ok(false);
        }
        let sum = || {
            here.listed.as_ref().map(|metas| metas.iter().map(flags_of).fold(Fingerprint::default(), Fingerprint::plus))
        };
        if let Some((then, now)) = self.same_messages(folder, &sides)
            && (then.same_flags(&now) || sum() == Some(then.flags))
        {
            return Ok(true);
        }
        let (Some(metas), Some(present)) = (&here.listed, &there.listed) else { return Ok(false) };
        let roll = lines::roll(self.ports.archive, &self.held.record.id, folder).await?;
        self.claim(&roll, group, folder).await?;
        let (mut at, _) = self.resume(folder, &sides).await?;
        let (places, all) = (Places::of(&roll, &self.taken(folder.number)), (Uid::new(1), None));
        let (mut gone, mut missing) = (Vec::new(), Vec::new());
        take_source(&mut at.source, &mut gone, all, metas, folder.snapshot, &roll, &permanent);
        let present = present.iter().map(|meta| meta.uid).collect();
        take_destination(&mut at.destination, &mut missing, all, &present, &places, &self.claims);
        // Nothing hidden, and everything in its place: otherwise it is looked at again, and looked for.
        let listed = at.source.all();
        if exists != Some(listed) || folder.planned > listed || !missing.is_empty() || !places.is_settled() {
            return Ok(false);
        }
        let first = group.first().is_some_and(|first| first.number == folder.number);
        let unsettled = Unsettled { gone: gone.into_iter().collect(), ..Unsettled::default() };
        self.conclude(folder, &roll, &sides, at, &unsettled, first);
        Ok(true)
    }

    /// Places that the lines of other folders have.
    fn taken(&self, number: FolderNumber) -> BTreeSet<Uid> {
        self.contested.iter().filter(|(_, owner)| **owner != number).map(|(place, _)| *place).collect()
    }

    /// True when UIDs mean something else than the lines say.
    fn is_elsewhere(&self, folder: &Folder, sides: &Sides) -> bool {
        let differs = |now: &Option<Opened>, stored| {
            folder.head.is_some() && now.as_ref().is_some_and(|now| now.validity != stored)
        };
        differs(&sides.source, folder.source_validity) || differs(&sides.destination, folder.destination_validity)
    }

    /// How both sides stood at the last full recount and stand now, when they can hold no other messages.
    fn same_messages(&self, folder: &Folder, sides: &Sides) -> Option<(Standing, Standing)> {
        // A label that goes is no news in the folders of a message's other labels.
        let left = folder.yields() && folder.counts.filtered > 0;
        let settled = folder.role == Role::Carry && folder.error.is_none() && folder.counts.closes() && !left;
        // A recount of this very pass follows a copy: what was carried has to be seen.
        let earlier = folder.pass != self.held.record.pass.number && folder.pass != 0;
        let both = folder.standing.zip(sides.standing());
        both.filter(|(then, now)| settled && earlier && then.same_messages(now))
    }

    /// True when neither side can hold other messages or flags than at the last full recount: its result still holds.
    async fn is_unchanged(&mut self, folder: &Folder, sides: &Sides) -> Result<bool, Failure> {
        let Some((then, now)) = self.same_messages(folder, sides) else { return Ok(false) };
        if then.same_flags(&now) {
            return Ok(true);
        }
        Ok(read_flags(self.source.as_mut(), self.ports, &now.source).await? == Some(then.flags))
    }

    /// Opens both sides.
    async fn open_both(&mut self, folder: &Folder, error: &mut Option<String>) -> Result<Sides, Failure> {
        let (from, to) = (folder.source.clone(), folder.destination.clone());
        let (source, destination) = futures::join!(self.source.open(&from), self.destination.open(&to));
        let blocked = folder.role == Role::Blocked;
        let refused = source.as_ref().is_err_and(|failure| failure.trouble == Trouble::Folder);
        let gone = folder.gone || (refused && !blocked && gone::is_gone(self.source.as_mut(), &from).await?);
        let mut openable = |opened: Result<Opened, Failure>, gone: bool| match opened {
            // What copy could not open, try after try, is not waited for here.
            Err(failure)
                if failure.trouble == Trouble::Folder || (blocked && failure.trouble == Trouble::Unavailable) =>
            {
                if !gone {
                    *error = Some(failure.to_string());
                }
                Ok(None)
            }
            opened => opened.map(Some),
        };
        let source = openable(source, gone)?;
        Ok(Sides { source: source.filter(|_| !gone), destination: openable(destination, false)?, gone })
    }

    /// Where an earlier step left off, if it was about the same.
    async fn resume(&self, folder: &Folder, sides: &Sides) -> Result<(Recounting, Aside), Failure> {
        let validity = |side: &Option<Opened>| side.as_ref().and_then(|opened| opened.validity);
        let basis = Basis {
            pass: self.held.record.pass.number,
            head: folder.head.clone(),
            source: validity(&sides.source),
            destination: validity(&sides.destination),
        };
        match folder.recounting.clone().filter(|at| at.basis == basis) {
            Some(at) => {
                let aside = self.aside(&at).await?;
                Ok((at, aside))
            }
            None => Ok((Recounting { basis, standing: sides.standing(), ..Recounting::default() }, Aside::default())),
        }
    }

    async fn aside(&self, at: &Recounting) -> Result<Aside, Failure> {
        let Some(key) = &at.aside else { return Ok(Aside::default()) };
        let octets = self.ports.archive.get(&self.held.record.id, key).await?;
        let octets = octets.ok_or_else(|| Failure::store(format!("read {key}: it is not there")))?;
        serde_json::from_slice(&octets).map_err(|cause| Failure::store(format!("read {key}: {cause}")))
    }

    /// Keeps the position in the record, for the caller to save.
    async fn keep(&self, folder: &mut Folder, mut at: Recounting, aside: &Aside) -> Result<(), Failure> {
        at.aside = None;
        if *aside != Aside::default() {
            let record = &self.held.record;
            let key = survey::key(folder, record.epoch, record.turn, "recount", 0);
            let octets = serde_json::to_vec(aside).map_err(|cause| Failure::store(format!("write {key}: {cause}")))?;
            if self.ports.archive.put_once(&record.id, &key, Bytes::from(octets)).await? == Put::Exists {
                return Err(Failure::conflict(format!("{key} is there already")));
            }
            at.aside = Some(key);
        }
        folder.recounting = Some(at);
        Ok(())
    }

    fn conclude(
        &self,
        folder: &mut Folder,
        roll: &Roll,
        sides: &Sides,
        at: Recounting,
        unsettled: &Unsettled,
        first: bool,
    ) {
        let source = &at.source;
        folder.error = source.disagrees.clone().or(folder.error.take().filter(|error| !error.starts_with(DISAGREES)));
        let foreign = if first { at.destination.foreign } else { 0 };
        folder.enter(self.held.record.pass.number);
        let before = folder.this_pass;
        folder.flags_changed = source.flags_changed;
        folder.counts = count(folder, roll, source, unsettled, foreign);
        folder.this_pass = Counts {
            unexplained: folder.counts.unexplained,
            source: before.accounted() - before.unexplained + folder.counts.unexplained,
            arrived: folder.counts.arrived,
            removed: folder.counts.removed,
            gone: folder.counts.gone,
            foreign,
            ..before
        };
        folder.standing = standing(sides, &at);
    }
}

/// Mail was left to a folder that does not have it: from `stray` on, copy decides again.
fn decide_anew(folder: &mut Folder, stray: Uid, roll: &Roll) {
    folder.anew_from = Some(stray);
    folder.committed = folder.committed.min(Uid::new(stray.get().saturating_sub(1)));
    folder.lines_ahead = true;
    let left = roll.between(stray, Uid::new(u32::MAX)).iter().filter(|entry| entry.outcome() == Outcome::Filtered);
    let left = u64::try_from(left.count()).unwrap_or(u64::MAX);
    for counts in [&mut folder.counts, &mut folder.this_pass] {
        let some = left.min(counts.filtered).min(counts.source);
        counts.filtered -= some;
        counts.source -= some;
    }
}

/// How both sides stood, if nothing moved while they were counted.
fn standing(sides: &Sides, at: &Recounting) -> Option<Standing> {
    let standing = sides.standing().filter(|now| at.standing == Some(*now))?;
    let listed = at.source.listed + at.source.arrived;
    let whole = u64::from(standing.source.exists) == listed
        && u64::from(standing.destination.exists) == at.destination.present
        && at.source.arrived == 0;
    whole.then_some(Standing { flags: at.source.flags, ..standing })
}
