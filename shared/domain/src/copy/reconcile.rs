//! # Reconcile
//! Recognises mail that is there already: at first sight of a folder that is not empty, and after a UIDVALIDITY changed
//! on either side. Headers only; nothing is sent. Both sides are read in windows, then matched, then lines are written;
//! whatever a step has done of it stands in the archive and the next step goes on from there.

use std::time::Duration;

use super::crossing::Crossing;
use super::settle::{BETWEEN, unrest};
use super::validity::{Change, change};
use crate::mail::Uid;
use crate::migration::folder::Progress;
use crate::migration::reconciling::Reconciling;
use crate::migration::recounting::Basis;
use crate::migration::{Failure, Folder, Side, Trouble};
use crate::ports::Event;
use crate::ports::mail::{Mailbox, Opened};
use crate::turn::headers::{Reading, Scope};
use crate::turn::lines;

/// Looks for what an open chunk appended, at most.
const LOOKS: u32 = 30;
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
