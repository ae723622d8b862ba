//! # Crossing
//! One destination folder and the source folders that go there, over one connection pair.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::chunk::Measured;
use super::errands::Errands;
use super::step::Group;
use super::time::LAST_CHANCE;
use super::validity::must_reconcile;
use crate::mail::{Uid, UidSet};
use crate::migration::folder::Progress;
use crate::migration::{Failure, Folder, FolderNumber, Moment, Side, Trouble};
use crate::ports::mail::{Made, Meta, Opened, Pair, Then};
use crate::ports::{Event, Ports};
use crate::turn::{Held, commit, gone};

/// Connections made anew within one step and pair, at most.
const RECONNECTS: u32 = 12;
/// The same for a server that says it is out of order.
const OUT_OF_ORDER: u32 = 2;

/// A pair at work.
pub(super) struct Crossing<'a> {
    pub(super) ports: &'a Ports<'a>,
    pub(super) held: &'a Held,
    pub(super) errands: &'a Errands,
    pub(super) pair: Box<dyn Pair>,
    /// Connections to the destination that the pair may send over: its own, and those it was given.
    pub(super) connections: u64,
    reconnects: u32,
    /// When this step last can have sent something for a folder (`Clock::monotonic`).
    pub(super) sent: BTreeMap<FolderNumber, Duration>,
    /// What the source listed when it was opened, and from where on.
    pub(super) listed: Option<(Uid, Vec<Meta>)>,
    /// The last chunk of this pair, as it went: the next folder's first chunk begins with it.
    pub(super) measured: Option<Measured>,
    /// The folders that this pair takes over next.
    pub(super) reserved: Option<Group>,
    /// What goes out for them behind the last chunk of the folder at hand.
    pub(super) then: Option<Then>,
    /// The folder at hand is the last one of its destination folder.
    pub(super) closes: bool,
    /// When a chunk's messages were asked for that is not yet committed.
    pub(super) asked: Option<Moment>,
    /// The time left is too short for another chunk.
    pub(super) spent: bool,
    /// Folders that one side did not open for the moment.
    pub(super) refused: BTreeSet<(FolderNumber, Side)>,
    /// Folders that were open and took no message, or gave none.
    pub(super) useless: BTreeSet<FolderNumber>,
    /// Connections that were lost while flags were set again.
    pub(super) unamended: u32,
    /// COPYs that went wrong.
    pub(super) uncopied: u32,
    /// Other folders that go to the destination folder at hand, as it is numbered now.
    pub(super) siblings: Vec<Folder>,
    /// Chunks that were begun in this step; the first has all of its time.
    pub(super) begun: u32,
    /// When the last of them was (`Clock::monotonic`), later by the time in which the process was frozen.
    pub(super) began: Duration,
    /// Why a folder was left for later.
    pub(super) postponed: Option<Failure>,
}

impl<'a> Crossing<'a> {
    pub(super) fn new(ports: &'a Ports<'a>, held: &'a Held, errands: &'a Errands, pair: Box<dyn Pair>) -> Self {
        Self {
            ports,
            held,
            errands,
            pair,
            connections: 1,
            reconnects: 0,
            sent: BTreeMap::new(),
            listed: None,
            measured: None,
            reserved: None,
            then: None,
            closes: false,
            asked: None,
            spent: false,
            refused: BTreeSet::new(),
            useless: BTreeSet::new(),
            unamended: 0,
            uncopied: 0,
            siblings: Vec::new(),
            begun: 0,
            began: Duration::ZERO,
            postponed: None,
        }
    }

    pub(super) async fn save(&mut self, folder: &mut Folder) -> Result<(), Failure> {
        commit(self.ports, self.held, folder).await?;
        if let Some(asked) = self.asked.take() {
            self.errands.committed(asked, self.ports.clock.now());
        }
        Ok(())
    }

    /// Takes a group over as far as time allows. An error is about more than these folders.
    pub(super) async fn cross(&mut self, group: &mut [Folder]) -> Result<(), Failure> {
        loop {
            match self.cross_once(group).await {
                Err(failure) if self.may_reconnect(&failure) => self.reconnect(failure).await?,
                Err(failure) if failure.trouble == Trouble::Stopped => return Ok(()),
                done => return done,
            }
        }
    }

    fn may_reconnect(&self, failure: &Failure) -> bool {
        let most = match failure.trouble {
            Trouble::Lost | Trouble::Nonsense => RECONNECTS,
            // Each time the same messages are sent again: a server that is out of order is left alone.
            Trouble::Unavailable => OUT_OF_ORDER,
            _ => 0,
        };
        self.reconnects < most && !self.out_of_time()
    }

    /// Something was settled: connections may be made anew as often as at the beginning.
    pub(super) fn settled_something(&mut self) {
        self.reconnects = 0;
    }

    async fn reconnect(&mut self, cause: Failure) -> Result<(), Failure> {
        self.reconnects += 1;
        let pause = Duration::from_millis(250 << self.reconnects.min(5));
        if self.ports.clock.left() < pause + LAST_CHANCE {
            return Err(cause);
        }
        // Servers count connections.
        self.pair.leave().await;
        self.ports.clock.sleep(pause).await;
        self.pair = self.ports.mail.pair().await?;
        self.connections = 1;
        self.then = None;
        Ok(())
    }

    async fn cross_once(&mut self, group: &mut [Folder]) -> Result<(), Failure> {
        let order = order(group);
        let Some(first) = order.first().copied() else { return Ok(()) };
        let Some((opened, source)) = self.open_first(group, first).await? else { return Ok(()) };
        let mut source = Some(source);
        let last = order.last().copied();
        for at in order {
            self.closes = last == Some(at);
            if group.get(at).is_none_or(Folder::copied) {
                continue;
            }
            if self.out_of_time() {
                return Ok(());
            }
            match self.cross_folder(group, at, &opened, source.take()).await {
                // A command that this folder alone does not take ends this folder, not the mailbox.
                Err(failure) if failure.trouble == Trouble::Ours => {
                    if let Some(folder) = group.get_mut(at) {
                        folder.error = Some(failure.to_string());
                        self.save(folder).await?;
                        self.told(folder);
                    }
                }
                Err(failure) if failure.trouble == Trouble::Folder => self.useless(group, at, failure).await?,
                crossed => crossed?,
            }
            // Put off with its chunk unsettled: what the others send meanwhile would be mistaken for what it sent.
            if group.get(at).is_some_and(|folder| folder.intent.is_some() && !folder.copied()) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Opens the destination folder, making it once when it is not there, and beside it the first source folder that goes
    /// there. None: the destination cannot be had, and the records say so.
    async fn open_first(
        &mut self,
        group: &mut [Folder],
        first: usize,
    ) -> Result<Option<(Opened, Result<Opened, Failure>)>, Failure> {
        let Some(folder) = group.get_mut(first) else { return Ok(None) };
        let (name, source) = (folder.destination.clone(), folder.source.clone());
        // What went out behind the last chunk is not asked for in other words.
        let then = self.then.take().filter(|then| then.source == source && then.destination == name);
        let also = then.map_or_else(|| self.also(folder), |then| then.also);
        let openings = self.pair.open(&source, &name, also).await;
        self.listed = also.from().zip(openings.listed);
        let failure = match openings.destination {
            Err(failure) if failure.trouble == Trouble::Folder => failure,
            Err(failure) if self.is_refused_again(folder.number, &failure) => {
                match self.is_about_this_folder(Side::Destination, folder).await? {
                    true => self.block_all(group, &failure).await?,
                    false => self.postponed = Some(failure),
                }
                return Ok(None);
            }
            opened => return opened.map(|opened| Some((opened, openings.source))),
        };
        let made = self.pair.destination().create(std::slice::from_ref(&name)).await?.pop();
        match self.pair.destination().open(&name).await {
            Err(_) if matches!(made, Some(Made::Refused(_))) => {}
            Err(again) if again.trouble != Trouble::Folder => return Err(again),
            Err(_) => {}
            opened => return opened.map(|opened| Some((opened, openings.source))),
        }
        self.block_all(group, &failure).await?;
        Ok(None)
    }

    /// Takes one folder over. `source`: it has been opened already.
    async fn cross_folder(
        &mut self,
        group: &mut [Folder],
        at: usize,
        opened: &Opened,
        source: Option<Result<Opened, Failure>>,
    ) -> Result<(), Failure> {
        // What was claimed under another UIDVALIDITY says nothing about the UIDs of now.
        let now = opened.validity;
        let here = group.iter().filter(|folder| now.is_some() && folder.destination_validity == now);
        let claimed = here.map(|folder| folder.claimed).max().unwrap_or_default();
        let others = group.iter().enumerate().filter(|(place, _)| *place != at);
        let siblings: Vec<Folder> = others.map(|(_, folder)| folder.clone()).collect();
        let numbered_alike = |other: &&Folder| now.is_some() && other.destination_validity == now;
        self.siblings = siblings.iter().filter(numbered_alike).cloned().collect();
        let Some(folder) = group.get_mut(at) else { return Ok(()) };
        let Some(source) = self.open_source(folder, source).await? else { return Ok(()) };
        self.ports.notify.tell(Event::Opened { folder: folder.number, name: folder.source.unicode() });
        folder.claimed = claimed;
        folder.refused = 0;
        let renumbered = folder.source_validity.is_some() && folder.source_validity != source.validity;
        if renumbered {
            self.listed = None;
        }
        if folder.progress == Progress::Planned || renumbered {
            folder.snapshot = self.snapshot(&source).await?;
        }
        let interrupted = folder.intent.is_some();
        if must_reconcile(folder, &source, opened) {
            self.reconcile(folder, &siblings, &source, opened).await?;
        } else {
            folder.source_validity = source.validity;
            folder.destination_validity = opened.validity;
            folder.reconciling = None;
            if interrupted {
                self.settle(folder, opened).await?;
            }
        }
        if interrupted {
            // A message that has gone since was not looked for: it is not there to be sent, and may have been sent before.
            self.listed = None;
        }
        folder.progress = folder.progress.max(Progress::Open);
        if source.exists == Some(0) {
            folder.committed = folder.committed.max(before(folder.snapshot));
        }
        if self.ferry(folder, opened).await? {
            folder.progress = Progress::Copied;
            folder.highest_modseq = source.highest_modseq;
            self.save(folder).await?;
            self.errands.progressed();
            self.told(folder);
        }
        Ok(())
    }

    /// The source folder, open. None: it is gone or blocked, and its record says so, or it is left for later (`postponed`).
    async fn open_source(
        &mut self,
        folder: &mut Folder,
        opened: Option<Result<Opened, Failure>>,
    ) -> Result<Option<Opened>, Failure> {
        let name = folder.source.clone();
        let opened = match opened {
            Some(opened) => opened,
            None => {
                self.listed = None;
                self.pair.source().open(&name).await
            }
        };
        match opened {
            Err(failure) if failure.trouble == Trouble::Folder && failure.side == Side::Source => {
                match gone::is_gone(self.pair.source(), &name).await? {
                    true => self.let_go(folder).await?,
                    false => self.block(folder, &failure).await?,
                }
            }
            Err(failure) if self.is_refused_again(folder.number, &failure) => {
                match self.is_about_this_folder(Side::Source, folder).await? {
                    true => self.block(folder, &failure).await?,
                    false => self.postponed = Some(failure),
                }
            }
            opened => return opened.map(Some),
        }
        Ok(None)
    }

    /// Shows how far the folder is.
    pub(super) fn told(&self, folder: &Folder) {
        self.ports.notify.tell(Event::Copied { folder: Box::new(folder.clone()) });
    }

    /// The pass covers UIDs below this: UIDNEXT. It is a hint: what the last window lists beyond it belongs to the pass too.
    async fn snapshot(&mut self, source: &Opened) -> Result<Uid, Failure> {
        match source.uid_next {
            Some(next) => Ok(next),
            None if source.exists == Some(0) => Ok(Uid::new(1)),
            None => {
                // What was listed at the opening is what is carried: mail that came since belongs to the next pass.
                if let Some(last) = self.listed.as_ref().and_then(|(_, listed)| listed.last()) {
                    return Ok(last.uid.next());
                }
                self.listed = None;
                let all: UidSet = self.pair.source().uids(Uid::new(1), None).await?;
                Ok(all.last().unwrap_or_default().next())
            }
        }
    }
}

/// Positions of the folders to be carried. What an interrupted chunk appended is settled before messages of other folders
/// are recognised at the same destination, or sent there.
pub(super) fn order(group: &[Folder]) -> Vec<usize> {
    let (open, rest): (Vec<_>, Vec<_>) = group
        .iter()
        .enumerate()
        .filter(|(_, folder)| !folder.copied())
        .partition(|(_, folder)| folder.intent.is_some());
    open.into_iter().chain(rest).map(|(at, _)| at).collect()
}

/// The UID before this one.
pub(super) fn before(uid: Uid) -> Uid {
    Uid::new(uid.get().saturating_sub(1))
}
