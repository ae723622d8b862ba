//! # Ferry
//! Carries a folder chunk by chunk: intent, send, look, manifest, commit. Committing one chunk and opening the next is one
//! write, made before the first octet of the next is sent.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::account;
use super::amend;
use super::chunk::{self, Measured, Take};
use super::claim::{Claim, claim};
use super::crossing::{Crossing, PATIENCE, before};
use super::park::Refusal;
use super::read_back;
use crate::mail::{Uid, UidSet, window};
use crate::migration::folder::Progress;
use crate::migration::inspect::Limits;
use crate::migration::manifest::Line;
use crate::migration::{Class, Failure, Folder, Intent, Side, Trouble};
use crate::ports::Event;
use crate::ports::mail::{Carried, Fate, Head, Load, Meta, Opened, Parcel};
use crate::turn::lines;

/// Deaths under one message alone that make it poison.
const POISON: u8 = 3;
/// Messages in a chunk that says anything about the next one.
const LEAST_MEASURED: u32 = 50;
/// Unless it took this long.
const SLOW: Duration = Duration::from_secs(1);

/// Messages of the next chunk that are read ahead, their octets, and the time that has to be left.
const AHEAD: usize = 100;
const AHEAD_OCTETS: u64 = 2 << 20;
const AHEAD_TIME: Duration = Duration::from_secs(8);

/// Whole steps that one message alone may take.
const TOO_SLOW: u8 = 2;

/// Source messages listed and not yet taken.
pub(super) struct Outlook {
    pub(super) metas: VecDeque<Meta>,
    /// Messages that other folders carry, and that have no line yet.
    pub(super) left: Vec<Meta>,
    pub(super) next: Uid,
    width: u32,
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
            if folder.deaths >= POISON && metas.len() == 1 {
                self.park_poison(folder, &metas, opened, &mut known).await?;
                continue;
            }
            if folder.slow >= TOO_SLOW && metas.len() == 1 {
                self.park_slow(folder, &metas, opened, &mut known).await?;
                continue;
            }
            let begun = self.ports.clock.monotonic();
            let ahead = self.ahead(folder, &outlook);
            let load = Load { ahead, ..self.load(folder, &metas, opened, floor) };
            self.open_intent(folder, last, floor).await?;
            self.asked = Some(self.ports.clock.now());
            self.begun += 1;
            let carried = self.pair.carry(&load, self.ports.clock).await;
            self.sent(folder);
            let (messages, octets) = self.account(folder, &load, carried, opened, &mut known).await?;
            floor = floor.max(folder.claimed.next());
            let took = self.ports.clock.monotonic().saturating_sub(begun);
            // A handful of messages tells the distance, not the rate.
            if messages >= LEAST_MEASURED || took >= SLOW || self.measured.is_none() {
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
        let empty = Outlook { metas: VecDeque::new(), left: Vec::new(), next, width: window::FIRST_WINDOW };
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
    /// suffice for another chunk, nothing is asked for that may not be wanted.
    fn ahead(&self, folder: &Folder, outlook: &Outlook) -> Arc<[Parcel]> {
        if folder.chunk_limit != 0 || self.ports.clock.left() < AHEAD_TIME {
            return Arc::default();
        }
        let mut octets = 0;
        let first = outlook.metas.iter().take(AHEAD).take_while(|meta| {
            octets += meta.size;
            octets <= AHEAD_OCTETS
        });
        first.map(Parcel::from).collect()
    }

    fn load(&mut self, folder: &Folder, metas: &[Meta], opened: &Opened, floor: Uid) -> Load {
        let left = self.ports.clock.left();
        Load {
            parcels: metas.iter().map(Parcel::from).collect(),
            ahead: Arc::default(),
            destination: folder.destination.clone(),
            destination_validity: opened.validity,
            floor,
            limits: Limits { append_limit: self.pair.destination().append_limit(), step_limit: None },
            permanent: opened.permanent.clone(),
            keywords: opened.keywords.clone(),
            synchronising: folder.synchronising,
            believe_refusals: self.held.record.tries >= PATIENCE,
            until_monotonic: self.ports.clock.monotonic() + left + self.held.timing.margin / 2,
            until_wall: self.deadline().after(self.held.timing.margin / 2).millis(),
        }
    }

    /// Commits what was settled before and opens the next chunk, in one write.
    async fn open_intent(&mut self, folder: &mut Folder, hi: Uid, floor: Uid) -> Result<(), Failure> {
        let started = self.ports.clock.now();
        let intent = Intent { lo: folder.committed.next(), hi, floor, started, drained: false, deaths: folder.deaths };
        folder.intent = Some(intent);
        folder.progress = folder.progress.max(Progress::Open);
        self.save(folder).await
    }

    /// Enters a chunk's fates. Messages and octets that were settled by it.
    async fn account(
        &mut self,
        folder: &mut Folder,
        load: &Load,
        carried: Carried,
        opened: &Opened,
        known: &mut UidSet,
    ) -> Result<(u32, u64), Failure> {
        if carried.desynchronised {
            folder.synchronising = true;
            let text = format!(
                "folder {}: a BAD came on a connection with LITERAL+; synchronising literals are used",
                folder.number
            );
            self.errands.warn("literal-desync", text);
        }
        if !carried.drained {
            return Err(self.interrupted(folder, load, carried, known).await?);
        }
        let Some(present) = &carried.present else {
            let lost = Failure::new(
                Side::Destination,
                Trouble::Lost,
                "the connection was lost before the look behind a chunk",
            );
            return Err(self.drained(folder, load, carried, lost).await?);
        };
        let claims = self.claims(load, &carried.fates, present, opened).await?;
        let sent = read_back::sent(&load.parcels, &carried.fates, &claims);
        let unkept = match self.amend(&sent, carried.shown.clone(), load.floor).await {
            Ok(unkept) => unkept,
            Err(failure) => return Err(self.drained(folder, load, carried, failure).await?),
        };
        let mut new = account::sent(&load.parcels, &carried.fates, &claims);
        if new.iter().any(|line| line.to.is_none()) {
            let prints = new.iter().filter_map(|line| line.prints?.strong).collect();
            let before = lines::alike(self.ports.archive, &self.held.record.id, folder, &prints).await?;
            new = account::merged(new, &before);
        }
        new.extend(self.park_all(folder, &load.parcels, &carried.fates).await?);
        new.sort_by_key(|line| line.uid);
        account::tally(folder, &carried.fates);
        amend::count(folder, unkept);
        let octets = new.iter().map(|line| line.size).sum();
        let messages = u32::try_from(new.len()).unwrap_or(u32::MAX);
        self.enter(folder, load, new, known).await?;
        folder.intent = None;
        // A step that ends, or a server that asks to wait, takes nothing back of what was found out about a message.
        if !self.count_death(folder, load, &carried) && all_final(&carried) {
            folder.deaths = 0;
            folder.slow = 0;
            folder.chunk_limit =
                if folder.chunk_limit == 0 || folder.chunk_limit > 256 { 0 } else { folder.chunk_limit * 2 };
        }
        self.ports.notify.tell(Event::Committed { folder: folder.number, messages: messages.into(), octets });
        if let Some(failure) = carried.failure {
            if messages == 0 {
                self.count_slow(folder, load, &failure);
            }
            self.save(folder).await?;
            return Err(failure);
        }
        Ok((messages, octets))
    }

    /// Every APPEND has had its answer, and something kept the chunk from being claimed: it is left to its settlement.
    async fn drained(
        &mut self,
        folder: &mut Folder,
        load: &Load,
        carried: Carried,
        failure: Failure,
    ) -> Result<Failure, Failure> {
        self.count_death(folder, load, &carried);
        if let Some(intent) = &mut folder.intent {
            intent.drained = true;
            intent.deaths = folder.deaths;
        }
        self.save(folder).await?;
        Ok(carried.failure.unwrap_or(failure))
    }

    async fn enter(
        &mut self,
        folder: &mut Folder,
        load: &Load,
        mut new: Vec<Line>,
        known: &mut UidSet,
    ) -> Result<(), Failure> {
        for line in &mut new {
            let at = load.parcels.binary_search_by_key(&line.uid, |parcel| parcel.uid);
            line.gmail_id = at.ok().and_then(|at| load.parcels.get(at)?.gmail_id);
        }
        self.errands.note(&new);
        let listed: UidSet = load.parcels.iter().map(|parcel| parcel.uid).collect();
        let hi = listed.iter().last().unwrap_or(folder.committed);
        account::enter(folder, &new, &listed, known, hi);
        if !new.is_empty() {
            lines::write(self.ports, self.held, folder, new, false).await?;
            self.errands.progressed();
            self.settled_something();
        }
        Ok(())
    }

    /// Which destination UID belongs to which message: by APPENDUID where it is sane, else by headers.
    async fn claims(
        &mut self,
        load: &Load,
        fates: &[Fate],
        present: &UidSet,
        _opened: &Opened,
    ) -> Result<BTreeMap<Uid, Uid>, Failure> {
        let sent: Vec<(Uid, Option<Uid>)> = load
            .parcels
            .iter()
            .zip(fates)
            .filter_map(|(parcel, fate)| match fate {
                Fate::Sent { to, .. } => Some((parcel.uid, *to)),
                _ => None,
            })
            .collect();
        if sent.is_empty() {
            return Ok(BTreeMap::new());
        }
        if let Claim::Told(claims) = claim(&sent, present, &UidSet::default(), load.floor) {
            return Ok(claims);
        }
        let wanted: Vec<Head> = load
            .parcels
            .iter()
            .zip(fates)
            .filter_map(|(parcel, fate)| match fate {
                Fate::Sent { facts, .. } => Some(Head {
                    uid: parcel.uid,
                    prints: facts.prints,
                    date: facts.date.map(|date| date.instant()),
                    size: facts.size,
                }),
                _ => None,
            })
            .collect();
        // Mail may show late (Courier, Gmail): a few growing waits before "not there".
        let mut found = Vec::new();
        for wait in [0_u64, 500, 2000] {
            self.ports.clock.sleep(Duration::from_millis(wait)).await;
            self.pair.destination().exists().await?;
            let had = self.pair.destination().heads(load.floor, None).await?;
            found = self.match_up(&wanted, &had).await?.pairs;
            if found.len() == wanted.len() {
                break;
            }
        }
        Ok(found.into_iter().collect())
    }

    /// A death narrows down where it comes from, which is progress: halves and three more, and it is found.
    fn count_death(&self, folder: &mut Folder, load: &Load, carried: &Carried) -> bool {
        let counted = died(folder, load, carried);
        if counted {
            self.errands.progressed();
        }
        counted
    }

    /// A connection ended inside a chunk. What is final is kept; the rest is settled on new connections. A death counts
    /// against the chunk only when nothing else explains it.
    async fn interrupted(
        &mut self,
        folder: &mut Folder,
        load: &Load,
        carried: Carried,
        known: &mut UidSet,
    ) -> Result<Failure, Failure> {
        let lost = || Failure::new(Side::Destination, Trouble::Lost, "the connection was lost inside a chunk");
        let failure = carried.failure.clone().unwrap_or_else(lost);
        self.count_death(folder, load, &carried);
        self.count_slow(folder, load, &failure);
        let refused: Vec<_> = load.parcels.iter().zip(&carried.fates).filter(|(_, fate)| has_octets(fate)).collect();
        let (parcels, fates): (Vec<Parcel>, Vec<Fate>) =
            refused.into_iter().map(|(a, b)| (a.clone(), b.clone())).unzip();
        let new = self.park_all(folder, &parcels, &fates).await?;
        // The chunk stays open: only lines are added, the watermark waits for the settlement.
        let watermark = folder.committed;
        self.enter(folder, load, new, known).await?;
        folder.lines_ahead |= folder.committed > watermark || known.iter().any(|uid| uid > watermark);
        folder.committed = watermark;
        if let Some(intent) = &mut folder.intent {
            intent.deaths = folder.deaths;
        }
        self.save(folder).await?;
        Ok(failure)
    }

    /// A chunk that a whole step was not enough for is halved, down to one message alone, which is progress as well.
    fn count_slow(&self, folder: &mut Folder, load: &Load, failure: &Failure) {
        if failure.trouble != Trouble::Stopped || self.begun > 1 || self.ports.clock.stopping() {
            return;
        }
        if load.parcels.len() > 1 {
            folder.chunk_limit = u32::try_from(load.parcels.len() / 2).unwrap_or(u32::MAX).max(1);
        } else {
            folder.slow = folder.slow.saturating_add(1);
        }
        self.errands.progressed();
    }

    /// Whole steps were not enough for this message alone: reading it once more for the quarantine would be too slow as well.
    async fn park_slow(
        &mut self,
        folder: &mut Folder,
        metas: &[Meta],
        opened: &Opened,
        known: &mut UidSet,
    ) -> Result<(), Failure> {
        let load = self.load(folder, metas, opened, folder.claimed.next());
        let Some(parcel) = load.parcels.first() else { return Ok(()) };
        let response =
            format!("{} octets; {} whole steps were too short for this message alone", parcel.size, TOO_SLOW);
        let prints = self.prints_of(parcel.uid).await;
        let refusal = Refusal { class: Class::TooSlow, response, octets: None, facts: None, prints };
        let line = self.keep(folder, parcel, refusal).await?;
        self.enter(folder, &load, vec![line], known).await?;
        folder.slow = 0;
        self.save(folder).await
    }

    /// Connections die whenever this message is touched, alone: it is parked, with its octets if they can be had.
    async fn park_poison(
        &mut self,
        folder: &mut Folder,
        metas: &[Meta],
        opened: &Opened,
        known: &mut UidSet,
    ) -> Result<(), Failure> {
        let load = self.load(folder, metas, opened, folder.claimed.next());
        let Some(parcel) = load.parcels.first() else { return Ok(()) };
        let response = "three connections in a row were lost while this message alone was being moved";
        let prints = self.prints_of(parcel.uid).await;
        let whole = self.pair.source().whole(parcel.uid, 64 << 20).await;
        let octets = match &whole {
            Ok(crate::ports::mail::Whole::Octets(octets)) => Some(octets.clone()),
            _ => None,
        };
        let refusal = Refusal { class: Class::Poison, response: response.into(), octets, facts: None, prints };
        let line = self.keep(folder, parcel, refusal).await?;
        self.enter(folder, &load, vec![line], known).await?;
        folder.deaths = 0;
        folder.chunk_limit = 2;
        self.save(folder).await?;
        whole.map(|_| ())
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
fn all_final(carried: &Carried) -> bool {
    !carried.fates.iter().any(|fate| matches!(fate, Fate::Unsent | Fate::Unknown))
}

/// Final without another look at either server.
fn has_octets(fate: &Fate) -> bool {
    match fate {
        Fate::Refused { octets, .. } => octets.is_some(),
        Fate::Unreadable { .. } => true,
        // Whether it is really gone the source has to say.
        Fate::Vanished | Fate::Sent { .. } | Fate::Unknown | Fate::Unsent => false,
    }
}
