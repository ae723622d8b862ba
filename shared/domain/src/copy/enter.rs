//! # Enter
//! What became of a chunk's messages is entered: claims by what is seen, lines, the watermark; and what of it stays open
//! when a connection ended inside.

use std::collections::BTreeMap;
use std::time::Duration;

use super::account;
use super::alone::all_final;
use super::amend;
use super::claim::{Claim, claim};
use super::crossing::Crossing;
use super::read_back;
use crate::mail::{FlagPrint, Uid, UidSet};
use crate::migration::manifest::Line;
use crate::migration::{Failure, Folder, Side, Trouble};
use crate::ports::Event;
use crate::ports::mail::{Carried, Fate, Head, Load, Meta};
use crate::turn::lines;

impl Crossing<'_> {
    /// Enters a chunk's fates. Messages and octets that were settled by it.
    pub(super) async fn account(
        &mut self,
        folder: &mut Folder,
        load: &Load,
        mut carried: Carried,
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
        let claims = self.claims(load, &carried.fates, present).await?;
        let sent = read_back::sent(&load.parcels, &carried.fates, &claims);
        let shown = std::mem::take(&mut carried.shown);
        let unkept = match self.amend(sent, shown, load.floor).await {
            Ok(unkept) => unkept,
            Err(failure) => return Err(self.drained(folder, load, carried, failure).await?),
        };
        let mut new = account::sent(&load.parcels, &carried.fates, &claims);
        if new.iter().any(|line| line.to.is_none()) {
            let prints = new.iter().filter_map(|line| line.prints?.strong).collect();
            let mut before = Vec::new();
            for one in std::iter::once(&*folder).chain(&self.siblings) {
                let alike = lines::alike(self.ports.archive, &self.held.record.id, one, &prints).await?;
                before.extend(alike.into_values());
            }
            new = account::merged(new, &before);
        }
        new.extend(self.park_all(folder, &load.parcels, &carried.fates).await?);
        new.sort_by_key(|line| line.uid);
        account::tally(folder, &carried.fates);
        amend::count(folder, unkept);
        let octets = new.iter().map(|line| line.size).sum();
        let messages = u32::try_from(new.len()).unwrap_or(u32::MAX);
        // A step that ends, or a server that asks to wait, takes nothing back of what was found out about a message.
        let clears = !self.count_death(folder, load, &carried) && all_final(&carried);
        carried.fates = Vec::new();
        if carried.wide {
            folder.lost_lanes = 0;
        }
        self.enter(folder, load, new, known).await?;
        folder.intent = None;
        if clears {
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
    pub(super) async fn drained(
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

    pub(super) async fn enter(
        &mut self,
        folder: &mut Folder,
        load: &Load,
        mut new: Vec<Line>,
        known: &mut UidSet,
    ) -> Result<(), Failure> {
        for line in &mut new {
            let at = load.parcels.binary_search_by_key(&line.uid, |parcel| parcel.uid);
            line.gmail_id = at.ok().and_then(|at| Some(load.parcels.get(at)?.tags.as_ref()?.id));
        }
        self.errands.note(&new);
        self.errands.delivered(folder, &new);
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
    pub(super) async fn claims(
        &mut self,
        load: &Load,
        fates: &[Fate],
        present: &UidSet,
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
                    flags: Some(FlagPrint::from(&facts.flags)),
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

    /// A connection ended inside a chunk. What is final is kept; the rest is settled on new connections. A death counts
    /// against the chunk only when nothing else explains it.
    pub(super) async fn interrupted(
        &mut self,
        folder: &mut Folder,
        load: &Load,
        carried: Carried,
        known: &mut UidSet,
    ) -> Result<Failure, Failure> {
        let lost = || Failure::new(Side::Destination, Trouble::Lost, "the connection was lost inside a chunk");
        let failure = carried.failure.clone().unwrap_or_else(lost);
        self.count_death(folder, load, &carried);
        let was_lost = !matches!(failure.trouble, Trouble::Stopped | Trouble::Full | Trouble::Budget);
        folder.lost_lanes = folder.lost_lanes.saturating_add(u8::from(carried.wide && was_lost));
        self.count_slow(folder, load, &failure);
        let refused: Vec<_> = load.parcels.iter().zip(&carried.fates).filter(|(_, fate)| has_octets(fate)).collect();
        let (parcels, fates): (Vec<Meta>, Vec<Fate>) = refused.into_iter().map(|(a, b)| (a.clone(), b.clone())).unzip();
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
}

/// Final without another look at either server.
fn has_octets(fate: &Fate) -> bool {
    match fate {
        Fate::Refused { octets, .. } => octets.is_some(),
        // Whether it is really gone, and how it is recognised, the source has to say.
        Fate::Unreadable { .. } | Fate::Vanished | Fate::Sent { .. } | Fate::Unknown | Fate::Unsent => false,
    }
}
