//! # Count
//! One pair of fresh connections that counts folder after folder: what the source lists, what the manifest says, what the
//! destination shows.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::errands::{Counted, Errands, Group};
use super::places::{contested, named};
use super::recount::count_whole;
use crate::mail::Uid;
use crate::migration::folder::{Progress, Role};
use crate::migration::recounting::Standing;
use crate::migration::roll::Roll;
use crate::migration::{Failure, Folder, FolderNumber, Outcome};
use crate::ports::mail::{Destination, Glance, Look, Source};
use crate::ports::{Event, Ports};
use crate::turn::{Held, commit, lines};

/// Below this much time left no folder and no window is begun.
const LAST_CHANCE: Duration = Duration::from_millis(1000);

/// Groups of folders looked at in one flight.
const FLIGHT: usize = 16;
/// A folder of at most this many messages is listed in passing; so many at most at once.
const FEW: u64 = 5000;
/// With less time left folders are listed in windows.
const PASSING: Duration = Duration::from_secs(8);

/// A pair of connections at work.
pub(super) struct Count<'a> {
    pub(super) ports: &'a Ports<'a>,
    pub(super) held: &'a Held,
    pub(super) source: Box<dyn Source>,
    pub(super) destination: Box<dyn Destination>,
    /// Destination UIDs that the lines of the group at hand name, sorted.
    pub(super) claims: Vec<Uid>,
    /// Of these, the ones that lines of several folders name, and the folder that has each.
    pub(super) contested: BTreeMap<Uid, FolderNumber>,
    /// Folders that both sides have shown in passing: the source, then the destination.
    pub(super) glances: BTreeMap<FolderNumber, (Glance, Glance)>,
}

/// True when nothing new may be begun.
pub(super) fn out_of_time(ports: &Ports<'_>) -> bool {
    ports.clock.stopping() || ports.clock.left() < LAST_CHANCE
}

impl<'a> Count<'a> {
    pub(super) async fn open(ports: &'a Ports<'a>, held: &'a Held) -> Result<Self, Failure> {
        let (source, destination) = futures::try_join!(ports.mail.source(), ports.mail.destination())?;
        Ok(Self {
            ports,
            held,
            source,
            destination,
            claims: Vec::new(),
            contested: BTreeMap::new(),
            glances: BTreeMap::new(),
        })
    }

    /// Counts until nothing is left or time is over. However short a step is, one window of it is done.
    pub(super) async fn work(mut self, errands: &Errands) -> Result<(), Failure> {
        let mut begun = false;
        loop {
            let mut groups = self.take(errands);
            if groups.is_empty() {
                break;
            }
            self.look_at(&groups).await?;
            while let Some(mut group) = groups.pop_front() {
                self.claims = Vec::new();
                if !self.group(&mut group, errands, &mut begun).await? {
                    groups.push_front(group);
                    groups.into_iter().rev().for_each(|group| errands.back(group));
                    return Ok(());
                }
                errands.finished(&group);
            }
        }
        futures::join!(self.source.logout(), self.destination.logout());
        Ok(())
    }

    /// The next groups: as many as one flight of commands can list, and no more than this pair's share.
    fn take(&self, errands: &Errands) -> VecDeque<Group> {
        let share = errands.left().div_ceil(errands.pairs).clamp(1, FLIGHT);
        let mut messages = 0;
        let mut groups = VecDeque::new();
        while groups.len() < share && messages < FEW {
            let Some(group) = errands.next() else { break };
            messages += group.iter().map(few).sum::<u64>();
            groups.push_back(group);
        }
        groups
    }

    /// Looks at short folders in passing: one flight of commands on either side shows all of them.
    async fn look_at(&mut self, groups: &VecDeque<Group>) -> Result<(), Failure> {
        self.glances = BTreeMap::new();
        let pass = self.held.record.pass.number;
        if out_of_time(self.ports) || self.ports.clock.left() < PASSING {
            return Ok(());
        }
        let short = groups.iter().flatten().filter(|folder| !folder.verified(pass) && is_short(folder));
        let short: Vec<&Folder> = short.collect();
        let here: Vec<Look> = short.iter().map(|folder| source_look(folder, pass)).collect();
        let there: Vec<Look> = short.iter().map(|folder| destination_look(folder, pass)).collect();
        let (here, there) = futures::try_join!(self.source.survey(&here), self.destination.survey(&there))?;
        self.glances = short.iter().map(|folder| folder.number).zip(here.into_iter().zip(there)).collect();
        Ok(())
    }

    /// False when it goes on in the next step.
    async fn group(&mut self, group: &mut Group, errands: &Errands, begun: &mut bool) -> Result<bool, Failure> {
        for at in 0..group.len() {
            let pass = self.held.record.pass.number;
            let Some(folder) = group.get(at).filter(|folder| !folder.verified(pass)).cloned() else { continue };
            if self.ports.clock.stopping() || (*begun && out_of_time(self.ports)) {
                return Ok(false);
            }
            *begun = true;
            let (folder, counted) = self.folder(folder, group, errands).await?;
            if let Some(slot) = group.get_mut(at) {
                *slot = folder;
            }
            let (done, of) = errands.count(counted);
            if counted == Counted::Begun {
                return Ok(false);
            }
            self.ports.notify.tell(Event::Verified { done, of });
        }
        Ok(true)
    }

    async fn folder(
        &mut self,
        before: Folder,
        group: &[Folder],
        errands: &Errands,
    ) -> Result<(Folder, Counted), Failure> {
        let pass = self.held.record.pass.number;
        let mut folder = before.clone();
        let counted = match folder.role {
            Role::Filtered => whole(&mut folder, Outcome::Filtered),
            Role::Blocked if folder.head.is_none() => whole(&mut folder, Outcome::Blocked),
            Role::Carry | Role::Blocked => self.carried(&mut folder, group, errands).await?,
        };
        if counted == Counted::Done && folder == before && folder.progress == Progress::Verified {
            // Nothing has changed since an earlier pass: the record stands as it is.
            return Ok((folder, counted));
        }
        folder.enter(pass);
        match counted {
            Counted::Done => {
                folder.progress = Progress::Verified;
                folder.recounting = None;
            }
            Counted::Moved => {
                folder.progress = Progress::Planned;
                folder.recounting = None;
            }
            Counted::Begun => {}
        }
        commit(self.ports, self.held, &mut folder).await?;
        Ok((folder, counted))
    }

    /// Destination UIDs that the lines of all folders of the group name, and which of them more than one of these name.
    pub(super) async fn claim(&mut self, roll: &Roll, group: &[Folder], folder: &Folder) -> Result<(), Failure> {
        if !self.claims.is_empty() {
            return Ok(());
        }
        let mut claims: Vec<Uid> = roll.places().collect();
        let mut own: Vec<(Uid, FolderNumber)> = Vec::new();
        if group.len() > 1 {
            own.extend(named(folder.number, roll));
        }
        for sibling in group.iter().filter(|sibling| sibling.number != folder.number) {
            let roll = lines::roll(self.ports.archive, &self.held.record.id, sibling).await?;
            claims.extend(roll.places());
            if sibling.destination_validity == folder.destination_validity {
                own.extend(named(sibling.number, &roll));
            }
        }
        claims.sort_unstable();
        self.claims = claims;
        self.contested = contested(own);
        Ok(())
    }
}

/// Messages that a look in passing lists.
fn few(folder: &Folder) -> u64 {
    folder.planned.max(folder.counts.source)
}

/// True for a folder that can be counted in passing: carried, without trouble so far, and short.
fn is_short(folder: &Folder) -> bool {
    let plain = folder.role == Role::Carry
        && folder.error.is_none()
        && !folder.gone
        && folder.recounting.is_none()
        && !folder.yields();
    plain && few(folder) <= FEW
}

/// How the folder stood, when opening it may tell that there is no news.
fn stood(folder: &Folder, pass: u32) -> Option<Standing> {
    folder.standing.filter(|_| folder.pass != pass && folder.pass != 0)
}

/// Without modification sequences only a listing tells whether a flag has changed.
fn source_look(folder: &Folder, pass: u32) -> Look {
    let list = stood(folder, pass).is_none_or(|standing| standing.modseq.is_none());
    Look { folder: folder.source.clone(), list }
}

fn destination_look(folder: &Folder, pass: u32) -> Look {
    Look { folder: folder.destination.clone(), list: stood(folder, pass).is_none() }
}

/// A folder that is not carried: all its messages share one outcome.
fn whole(folder: &mut Folder, outcome: Outcome) -> Counted {
    let counts = count_whole(folder, outcome);
    if folder.counts != counts || folder.progress != Progress::Verified {
        folder.counts = counts;
        folder.this_pass = counts;
    }
    Counted::Done
}
