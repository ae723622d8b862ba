//! # Mail
//! Both mailboxes. `Source` has no method that writes; `Destination` has none that deletes.
//!
//! - `folder`, `message`: what servers tell.
//! - `load`: what a pair carries at once.

mod folder;
mod load;
mod message;

use std::any::Any;
use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;

pub use self::folder::{Census, Glance, Listed, Listing, Look, Opened};
pub use self::load::{Also, Carried, Facts, Fate, Load, Openings, Shown, Then};
pub use self::message::{Head, Meta, Tags, Whole};
use crate::mail::window::Span;
use crate::mail::{Fingerprint, FolderName, SystemFlag, Uid, UidSet, UidValidity};
use crate::migration::Failure;
use crate::ports::Clock;

/// What both sides can tell.
#[async_trait]
pub trait Mailbox: Any + Send {
    /// All folders in one round trip, without their STATUS.
    async fn list(&mut self) -> Result<Listing, Failure>;

    /// STATUS of these folders, in their order, pipelined; none where it was refused.
    async fn statuses(&mut self, folders: &[FolderName]) -> Result<Vec<Option<Census>>, Failure>;

    /// Opens a folder: the source by EXAMINE, the destination by SELECT. Leaves the former one without CLOSE.
    /// `Trouble::Folder` when it cannot be opened.
    async fn open(&mut self, folder: &FolderName) -> Result<Opened, Failure>;

    /// Opens folder after folder, in one flight of commands, and lists those it is asked to: at the source as `metas`, at the
    /// destination UIDs alone. One that cannot be opened keeps no other from being looked at. Which folder is open afterwards
    /// is not said: the next one has to be opened.
    async fn survey(&mut self, folders: &[Look]) -> Result<Vec<Glance>, Failure>;

    /// NOOP; then how many messages the open folder has, where the server says so.
    async fn exists(&mut self) -> Result<Option<u32>, Failure>;

    /// UID, FLAGS, INTERNALDATE and RFC822.SIZE of the messages `lo..=hi` (`hi` none: to the end) in UID order. Answers
    /// outside the range are dropped: `n:*` names the last message even when n is above it (RFC 9051 §6.4.9).
    async fn metas(&mut self, lo: Uid, hi: Option<Uid>) -> Result<Vec<Meta>, Failure>;

    /// UIDs only, of `lo..=hi`, in order. The same rule.
    async fn uids(&mut self, lo: Uid, hi: Option<Uid>) -> Result<UidSet, Failure>;

    /// Headers, fingerprinted, of `lo..=hi`, in order. The same rule.
    async fn heads(&mut self, lo: Uid, hi: Option<Uid>) -> Result<Vec<Head>, Failure>;

    /// Headers, fingerprinted, of these messages; those that are gone are left out.
    async fn heads_of(&mut self, uids: &UidSet) -> Result<Vec<Head>, Failure>;

    /// The normalised digest of a message's body, to tell twins; none when it is gone.
    async fn body_digest(&mut self, uid: Uid) -> Result<Option<Fingerprint>, Failure>;

    /// Says LOGOUT and waits a second at most.
    async fn logout(&mut self);
}

/// The mailbox that is read. There is no method that writes.
#[async_trait]
pub trait Source: Mailbox {
    /// A message alone, whole, for quarantine. At most `most` octets are held; a larger one is `Unreadable`.
    async fn whole(&mut self, uid: Uid, most: u64) -> Result<Whole, Failure>;
}

/// The mailbox that is written. There is no method that deletes.
#[async_trait]
pub trait Destination: Mailbox {
    /// Makes folders, in order, pipelined. `Made::Refused` carries the server's words; whether a folder is there is
    /// decided by LIST: servers answer NO for one that exists, not all with a code.
    async fn create(&mut self, folders: &[FolderName]) -> Result<Vec<Made>, Failure>;

    /// Subscribes, pipelined. `Made::Refused` is a warning.
    async fn subscribe(&mut self, folders: &[FolderName]) -> Result<Vec<Made>, Failure>;

    /// The largest message that APPEND takes (RFC 7889), where the server says so.
    fn append_limit(&self) -> Option<u64>;

    /// True when it takes batches (MULTIAPPEND, RFC 3502, with LITERAL+): several connections are of use to send over.
    fn takes_batches(&self) -> bool;

    /// Sets a system flag on these messages of the open folder. It takes none away, and there is no way to set `\\Deleted`:
    /// that is `Made::Refused`. `Made::Refused` also when the server does not.
    async fn flag(&mut self, uids: &UidSet, flag: SystemFlag) -> Result<Made, Failure>;

    /// Copies messages of the open folder to another folder of this mailbox (COPY: all of those that are there, or none).
    /// What is marked `\Deleted` is left out: a copy would be, too. `uids` fit into one command. Nothing is written once
    /// `until` is over. An error leaves open what was copied.
    async fn copy(&mut self, uids: &UidSet, to: &FolderName, until: Until<'_>) -> Result<Copies, Failure>;

    /// STATUS of a folder that is not open.
    async fn census(&mut self, folder: &FolderName) -> Result<Census, Failure>;
}

/// The answer to CREATE or SUBSCRIBE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// OK.
    Yes,
    /// NO or BAD, with the server's words.
    Refused(String),
}

/// Until when something may be written.
#[derive(Clone, Copy)]
pub struct Until<'a> {
    /// Both clocks.
    pub clock: &'a dyn Clock,
    /// This much monotonic time (`Clock::monotonic`) …
    pub monotonic: Duration,
    /// … and this on the wall clock (milliseconds since 1970 UTC).
    pub wall: i64,
}

/// The answer to COPY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Copies {
    /// OK, and by COPYUID (RFC 4315) what became what. Messages that are not named were not there.
    Told {
        /// UIDVALIDITY of the folder that got the copies.
        validity: UidValidity,
        /// UID of a message → UID of its copy.
        copies: BTreeMap<Uid, Uid>,
    },
    /// None of them is there to be copied.
    Nothing,
    /// OK, and not a word about which.
    Untold,
    /// NO or BAD, with the server's words: nothing was copied.
    Refused(String),
}

/// A connection to each side, working together on one destination folder at a time; it may send over further ones.
#[async_trait]
pub trait Pair: Send {
    /// The mailbox that is read.
    fn source(&mut self) -> &mut dyn Source;

    /// The mailbox that is written.
    fn destination(&mut self) -> &mut dyn Destination;

    /// Opens a folder on each side at the same time. What fails on one side does not keep the other from being opened.
    /// `also`: what else the source is asked for in the same round trip.
    async fn open(&mut self, source: &FolderName, destination: &FolderName, also: Also) -> Openings;

    /// What the source lists there, where the load before asked for just that in advance. None when it has to be asked for
    /// by `metas`: it was not asked for, or did not come whole, or something else was asked of the source since.
    async fn listed(&mut self, span: Span) -> Result<Option<Vec<Meta>>, Failure>;

    /// Carries a load: FETCH, inspect, APPEND, in order; then NOOP and a look from `floor` up. Nothing is written to the
    /// destination's socket once the load's time is over. It always returns what is known, also when a connection died.
    async fn carry(&mut self, load: &Load, clock: &dyn Clock) -> Carried;

    /// Sends over this connection to the destination, too.
    fn widen(&mut self, lane: Lane);

    /// Says LOGOUT on all its connections and closes them, also those that are dead.
    async fn leave(&mut self);

    /// Ends: connections to be logged out, and those to the destination that another pair may send over.
    fn part(self: Box<Self>) -> (Vec<Box<dyn Mailbox>>, Vec<Lane>);
}

/// A connection to the destination that a pair sends over beside its own. Which folder is open there does not matter.
pub type Lane = Box<dyn Destination>;

/// Says LOGOUT on both at once.
pub async fn logout(mut source: Box<dyn Source>, mut destination: Box<dyn Destination>) {
    futures::join!(source.logout(), destination.logout());
}

/// Opens connections.
#[async_trait]
pub trait Mail: Send + Sync {
    /// A connection to the source, logged in.
    async fn source(&self) -> Result<Box<dyn Source>, Failure>;

    /// A connection to the destination, logged in.
    async fn destination(&self) -> Result<Box<dyn Destination>, Failure>;

    /// True when a login succeeded on both sides through this value, not long ago: several connections may be opened at
    /// once. Otherwise the first has to prove the login alone, so that a wrong password locks nobody out.
    fn is_proven(&self) -> bool;

    /// A connection to each.
    async fn pair(&self) -> Result<Box<dyn Pair>, Failure>;

    /// One more connection to the destination, for a pair to send over; none when the server does not give it soon.
    async fn lane(&self) -> Option<Lane>;

    /// Opens so many pairs in advance, where this value outlives the step: `pair` has less to wait for. It ends when all are
    /// there or have failed, which shows when they are wanted. Losing this future loses nothing that was begun.
    async fn prepare(&self, pairs: usize);

    /// Lets go of pairs that are kept or on their way in advance, beyond so many.
    fn dismiss(&self, beyond: usize);

    /// Takes back connections on which no folder was opened, for the next pair, where this value outlives the step.
    /// Elsewhere LOGOUT is said on them.
    async fn give_back(&self, source: Box<dyn Source>, destination: Box<dyn Destination>);
}
