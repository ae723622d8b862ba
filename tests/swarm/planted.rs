//! # Planted
//! Bugs on purpose, put between the steps and the world: no product code knows of them, so none can be in a product. Each
//! has to be found by what is checked anyway; one that is not shows a hole in the checks.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use posthorse_domain::mail::window::Span;
use posthorse_domain::mail::{FolderName, Uid};
use posthorse_domain::migration::{Failure, Folder, FolderNumber, Migration, MigrationId, Moment};
use posthorse_domain::ports::mail::{
    Also, Carried, Destination, Fate, Lane, Load, Mail, Mailbox, Meta, Openings, Pair, Source,
};
use posthorse_domain::ports::{Archive, Clock, Ledger, Put, Saved};

use super::function::Function;
use super::troubles::Kind;
use crate::world::{MemoryArchive, MemoryLedger, PASSWORD, Tampering, WorldClock, WorldMail};

/// What is wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bug {
    /// The intent is not kept: after a death nobody knows what was begun.
    NoIntent,
    /// A job is acknowledged before its step.
    AcknowledgesEarly,
    /// After a death everything up to the last UID of the chunk counts as done.
    HighWaterMark,
    /// Epoch and version of a folder's record are not looked at.
    EpochUnchecked,
    /// The lease and the quiet period count from the claim instead of the deadline.
    QuietFromClaim,
    /// The lease is given back with the claim, before anything is done.
    ReleasesFirst,
    /// The ledger names a manifest segment that is written later.
    LineBeforeObject,
    /// A message that was cut at the source is ended at the destination all the same.
    LiteralUnchecked,
    /// What was refused is entered as sent later, never as refused.
    ResendsOnNo,
    /// A stale job is sent again instead of being dropped.
    SendsStaleJobsAgain,
    /// `BODY[]` instead of `BODY.PEEK[]`.
    SetsSeen,
    /// The password is logged.
    LogsSecrets,
    /// Only the wall clock limits a step.
    WallClockOnly,
    /// A failed step is answered as if it had been done.
    AnswersNull,
    /// The floor of an intent lies below UIDs that are claimed already.
    FloorTooLow,
    /// Nobody waits for what an interrupted chunk may still append.
    NoQuiet,
    /// What was refused counts as delivered.
    RefusedIsSent,
    /// INTERNALDATE is left out.
    DatesForgotten,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::NoIntent,
        Self::AcknowledgesEarly,
        Self::HighWaterMark,
        Self::EpochUnchecked,
        Self::QuietFromClaim,
        Self::ReleasesFirst,
        Self::LineBeforeObject,
        Self::LiteralUnchecked,
        Self::ResendsOnNo,
        Self::SendsStaleJobsAgain,
        Self::SetsSeen,
        Self::LogsSecrets,
        Self::WallClockOnly,
        Self::AnswersNull,
        Self::FloorTooLow,
        Self::NoQuiet,
        Self::RefusedIsSent,
        Self::DatesForgotten,
    ];

    /// Troubles without which it does no harm: they are added to those of a seed.
    pub fn needs(self) -> &'static [Kind] {
        match self {
            Self::NoIntent | Self::HighWaterMark | Self::LineBeforeObject => &[Kind::Kills],
            Self::EpochUnchecked => &[Kind::Freezes, Kind::Slow],
            Self::QuietFromClaim | Self::ReleasesFirst => &[Kind::Twice, Kind::Slow],
            Self::LiteralUnchecked => &[Kind::CutsInside],
            Self::ResendsOnNo | Self::RefusedIsSent => &[Kind::BadMessage],
            Self::WallClockOnly => &[Kind::Freezes, Kind::Jump, Kind::Slow],
            Self::AnswersNull => &[Kind::Errors],
            Self::FloorTooLow => &[Kind::Kills, Kind::Cuts],
            Self::NoQuiet => &[Kind::LateStores],
            Self::AcknowledgesEarly
            | Self::SendsStaleJobsAgain
            | Self::SetsSeen
            | Self::LogsSecrets
            | Self::DatesForgotten => &[],
        }
    }

    /// The bug of this name, as `Debug` spells it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bug| format!("{bug:?}").eq_ignore_ascii_case(name))
    }
}

/// A bug that was found.
#[derive(Clone, Debug)]
pub struct Planted {
    /// Which.
    pub bug: Bug,
    /// The seed that found it.
    pub seed: u64,
    /// What was complained of.
    pub complaint: String,
}

/// The doors of a function, with the bug behind them if there is one.
pub struct Doored {
    pub ledger: BuggedLedger,
    pub archive: BuggedArchive,
    pub mail: BuggedMail,
    pub clock: BuggedClock,
}

impl Doored {
    pub fn new(function: &Function) -> Self {
        let bug = function.bug;
        let tampering = match bug {
            Some(Bug::SetsSeen) => Some(Tampering::Seen),
            Some(Bug::LiteralUnchecked) => Some(Tampering::FillsLiterals),
            Some(Bug::DatesForgotten) => Some(Tampering::NoDates),
            _ => None,
        };
        let mail = WorldMail { tampering, ..function.mail.clone() };
        Self {
            ledger: BuggedLedger { bug, inner: function.ledger.clone(), begun: function.clock.now() },
            archive: BuggedArchive { bug, inner: function.archive.clone(), late: Default::default() },
            mail: BuggedMail { bug, inner: mail },
            clock: BuggedClock { bug, inner: function.clock.clone() },
        }
    }
}

/// The ledger.
pub struct BuggedLedger {
    bug: Option<Bug>,
    inner: MemoryLedger,
    begun: Moment,
}

impl BuggedLedger {
    fn claimed(&self, migration: &Migration) -> Migration {
        let mut record = migration.clone();
        let claims = record.lease_until.is_some();
        match self.bug {
            Some(Bug::QuietFromClaim) if claims => {
                record.lease_until = Some(Moment::from_millis(self.begun.millis() - 3_600_000));
                record.next_at = Some(self.begun);
            }
            Some(Bug::ReleasesFirst) if claims => record.lease_until = None,
            _ => {}
        }
        record
    }

    fn entered(&self, folder: &Folder) -> Folder {
        let mut folder = folder.clone();
        match (self.bug, &mut folder.intent) {
            (Some(Bug::NoIntent), intent) => *intent = None,
            (Some(Bug::HighWaterMark), Some(intent)) => folder.committed = folder.committed.max(intent.hi),
            (Some(Bug::FloorTooLow), Some(intent)) => intent.floor = Uid::new(1),
            _ => {}
        }
        folder
    }
}

#[async_trait]
impl Ledger for BuggedLedger {
    async fn create(&self, migration: &Migration) -> Result<Saved, Failure> {
        self.inner.create(migration).await
    }

    async fn migration(&self, id: &MigrationId) -> Result<Option<Migration>, Failure> {
        self.inner.migration(id).await
    }

    async fn save(&self, migration: &Migration) -> Result<Saved, Failure> {
        self.inner.save(&self.claimed(migration)).await
    }

    async fn due(&self, until: Moment, limit: usize) -> Result<Vec<MigrationId>, Failure> {
        self.inner.due(until, limit).await
    }

    async fn folders(&self, id: &MigrationId, from: FolderNumber, limit: usize) -> Result<Vec<Folder>, Failure> {
        self.inner.folders(id, from, limit).await
    }

    async fn save_folders(&self, id: &MigrationId, folders: &[Folder]) -> Result<Saved, Failure> {
        self.inner.save_folders(id, folders).await
    }

    async fn save_folder(&self, id: &MigrationId, folder: &Folder) -> Result<Saved, Failure> {
        match self.bug {
            Some(Bug::EpochUnchecked) => self.inner.save_folder_unchecked(id, folder).await,
            _ => self.inner.save_folder(id, &self.entered(folder)).await,
        }
    }

    async fn forget(&self, id: &MigrationId) -> Result<(), Failure> {
        self.inner.forget(id).await
    }
}

/// An object that is written later.
type Late = std::sync::Mutex<Option<(String, Bytes)>>;

/// The archive.
pub struct BuggedArchive {
    bug: Option<Bug>,
    inner: MemoryArchive,
    late: Late,
}

impl BuggedArchive {
    async fn catch_up(&self, id: &MigrationId) -> Result<(), Failure> {
        let late = self.late.lock().map(|mut late| late.take()).unwrap_or_default();
        if let Some((key, octets)) = late {
            self.inner.put_once(id, &key, octets).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Archive for BuggedArchive {
    async fn put_once(&self, id: &MigrationId, key: &str, octets: Bytes) -> Result<Put, Failure> {
        if self.bug != Some(Bug::LineBeforeObject) {
            return self.inner.put_once(id, key, octets).await;
        }
        self.catch_up(id).await?;
        if let Ok(mut late) = self.late.lock() {
            *late = Some((key.to_owned(), octets));
        }
        Ok(Put::Done)
    }

    async fn put(&self, id: &MigrationId, key: &str, octets: Bytes) -> Result<(), Failure> {
        self.inner.put(id, key, octets).await
    }

    async fn get(&self, id: &MigrationId, key: &str) -> Result<Option<Bytes>, Failure> {
        self.catch_up(id).await?;
        self.inner.get(id, key).await
    }

    async fn keys(&self, id: &MigrationId, prefix: &str) -> Result<Vec<String>, Failure> {
        self.inner.keys(id, prefix).await
    }

    async fn remove(&self, id: &MigrationId, key: &str) -> Result<(), Failure> {
        self.inner.remove(id, key).await
    }
}

/// The clock.
pub struct BuggedClock {
    bug: Option<Bug>,
    inner: WorldClock,
}

#[async_trait]
impl Clock for BuggedClock {
    fn now(&self) -> Moment {
        self.inner.now()
    }

    fn monotonic(&self) -> Duration {
        match self.bug {
            Some(Bug::WallClockOnly) => Duration::ZERO,
            _ => self.inner.monotonic(),
        }
    }

    fn left(&self) -> Duration {
        match self.bug {
            // What a deadline in wall time leaves.
            Some(Bug::WallClockOnly) => self.inner.left_by_the_wall(),
            _ => self.inner.left(),
        }
    }

    fn stopping(&self) -> bool {
        self.inner.stopping()
    }

    async fn sleep(&self, wait: Duration) {
        self.inner.sleep(wait).await;
    }
}

/// Both mailboxes.
pub struct BuggedMail {
    bug: Option<Bug>,
    inner: WorldMail,
}

#[async_trait]
impl Mail for BuggedMail {
    async fn source(&self) -> Result<Box<dyn Source>, Failure> {
        if self.bug == Some(Bug::LogsSecrets) {
            tracing::debug!(password = PASSWORD, "logs in");
        }
        self.inner.source().await
    }

    async fn destination(&self) -> Result<Box<dyn Destination>, Failure> {
        self.inner.destination().await
    }

    fn is_proven(&self) -> bool {
        self.inner.is_proven()
    }

    async fn pair(&self) -> Result<Box<dyn Pair>, Failure> {
        let inner = self.inner.pair().await?;
        Ok(match self.bug {
            Some(bug @ (Bug::ResendsOnNo | Bug::RefusedIsSent)) => Box::new(BuggedPair { bug, inner }),
            _ => inner,
        })
    }

    async fn lane(&self) -> Option<Lane> {
        self.inner.lane().await
    }

    async fn prepare(&self, pairs: usize) {
        self.inner.prepare(pairs).await;
    }

    fn dismiss(&self, beyond: usize) {
        self.inner.dismiss(beyond);
    }

    async fn give_back(&self, source: Box<dyn Source>, destination: Box<dyn Destination>) {
        self.inner.give_back(source, destination).await;
    }
}

struct BuggedPair {
    bug: Bug,
    inner: Box<dyn Pair>,
}

#[async_trait]
impl Pair for BuggedPair {
    fn source(&mut self) -> &mut dyn Source {
        self.inner.source()
    }

    fn destination(&mut self) -> &mut dyn Destination {
        self.inner.destination()
    }

    async fn open(&mut self, source: &FolderName, destination: &FolderName, also: Also) -> Openings {
        self.inner.open(source, destination, also).await
    }

    async fn listed(&mut self, span: Span) -> Result<Option<Vec<Meta>>, Failure> {
        self.inner.listed(span).await
    }

    async fn carry(&mut self, load: &Load, clock: &dyn Clock) -> Carried {
        let mut carried = self.inner.carry(load, clock).await;
        for fate in &mut carried.fates {
            if let Fate::Refused { facts, .. } = fate {
                *fate = match (self.bug, facts.take()) {
                    (Bug::RefusedIsSent, Some(facts)) => Fate::Sent { facts, to: None },
                    _ => Fate::Unsent,
                };
            }
        }
        carried
    }

    fn widen(&mut self, lane: Lane) {
        self.inner.widen(lane);
    }

    async fn leave(&mut self) {
        self.inner.leave().await;
    }

    fn part(self: Box<Self>) -> (Vec<Box<dyn Mailbox>>, Vec<Lane>) {
        self.inner.part()
    }
}
