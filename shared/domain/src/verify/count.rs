//! # Count
//! One pair of fresh connections that counts folder after folder: what the source lists, what the manifest says, what the
//! destination shows.

use std::time::Duration;

use super::errands::{Counted, Errands, Group};
use super::recount::count_whole;
use crate::mail::Uid;
use crate::migration::folder::{Progress, Role};
use crate::migration::roll::Roll;
use crate::migration::{Failure, Folder, Outcome};
use crate::ports::mail::{Destination, Source};
use crate::ports::{Event, Ports};
use crate::turn::{Held, commit, lines};

/// Below this much time left no folder and no window is begun.
const LAST_CHANCE: Duration = Duration::from_millis(1000);

/// A pair of connections at work.
pub(super) struct Count<'a> {
    pub(super) ports: &'a Ports<'a>,
    pub(super) held: &'a Held,
    pub(super) source: Box<dyn Source>,
    pub(super) destination: Box<dyn Destination>,
    /// Destination UIDs that the lines of the group at hand name, sorted.
    pub(super) claims: Vec<Uid>,
}

/// True when nothing new may be begun.
pub(super) fn out_of_time(ports: &Ports<'_>) -> bool {
    ports.clock.stopping() || ports.clock.left() < LAST_CHANCE
}

impl<'a> Count<'a> {
    pub(super) async fn open(ports: &'a Ports<'a>, held: &'a Held) -> Result<Self, Failure> {
        let (source, destination) = futures::try_join!(ports.mail.source(), ports.mail.destination())?;
        Ok(Self { ports, held, source, destination, claims: Vec::new() })
    }

    /// Counts until nothing is left or time is over. However short a step is, one window of it is done.
    pub(super) async fn work(mut self, errands: &Errands) -> Result<(), Failure> {
        let mut begun = false;
        while let Some(mut group) = errands.next() {
            self.claims = Vec::new();
            let ended = self.group(&mut group, errands, &mut begun).await?;
            if !ended {
                errands.back(group);
                return Ok(());
            }
            errands.finished(&group);
        }
        futures::join!(self.source.logout(), self.destination.logout());
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

    /// Destination UIDs that the lines of all folders of the group name.
    pub(super) async fn claim(&mut self, roll: &Roll, group: &[Folder], folder: &Folder) -> Result<(), Failure> {
        if !self.claims.is_empty() {
            return Ok(());
        }
        let mut claims: Vec<Uid> = roll.places().collect();
        for sibling in group.iter().filter(|sibling| sibling.number != folder.number) {
            claims.extend(lines::roll(self.ports.archive, &self.held.record.id, sibling).await?.places());
        }
        claims.sort_unstable();
        self.claims = claims;
        Ok(())
    }
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
