//! # Mail
//! Both mailboxes. `Source` has no method that writes; `Destination` has none that deletes.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::mail::window::Span;
use crate::mail::{
    Delimiter, Fingerprint, Fingerprints, FlagPrint, Flags, FolderName, InternalDate, Keyword, Permanent, SpecialUse,
    SystemFlag, Uid, UidSet, UidValidity,
};
use crate::migration::answer::Answer;
use crate::migration::inspect::Limits;
use crate::migration::{Class, Failure};
use crate::ports::Clock;

/// A folder as LIST shows it (RFC 9051 §7.3.1), with STATUS where it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its name.
    pub name: FolderName,
    /// Its own delimiter; none means that it is flat.
    pub delimiter: Option<Delimiter>,
    /// `\Noselect` or `\NonExistent`: only a name on the way to others.
    pub container: bool,
    /// `\Noinferiors`: nothing can be made below it.
    pub childless: bool,
    /// RFC 6154.
    pub special_use: Option<SpecialUse>,
    /// A person subscribes to it.
    pub subscribed: bool,
    /// What STATUS says; none when it was not asked for or refused, or this is a container.
    pub status: Option<Census>,
}

/// What STATUS says of a folder (RFC 9051 §7.3.4). Hints, all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    /// MESSAGES.
    pub messages: Option<u32>,
    /// UIDNEXT.
    pub uid_next: Option<Uid>,
    /// UIDVALIDITY.
    pub validity: Option<UidValidity>,
    /// SIZE (RFC 8438).
    pub octets: Option<u64>,
    /// HIGHESTMODSEQ (RFC 7162).
    pub highest_modseq: Option<u64>,
}

/// All folders of a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// In the server's order.
    pub folders: Vec<Listed>,
    /// The personal namespace's prefix, e.g. `INBOX.` (RFC 2342).
    pub prefix: Vec<u8>,
    /// The personal namespace's delimiter.
    pub delimiter: Option<Delimiter>,
    /// Prefixes of other people's and shared folders; they are not this mailbox.
    pub foreign_prefixes: Vec<Vec<u8>>,
    /// Subscribed names, also of folders that are not there.
    pub subscriptions: BTreeSet<FolderName>,
    /// Octets that INBOX's quota has room for (RFC 9208); none when the server names no limit. A hint: what a server
    /// counts is not always what was sent.
    pub room: Option<u64>,
    /// Folders are labels here: a message shows up in each of its labels' folders (Gmail, X-GM-EXT-1).
    pub labels: bool,
}

/// A folder as SELECT or EXAMINE opens it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// None when the server gives none, or 0.
    pub validity: Option<UidValidity>,
    /// From SELECT, or from the STATUS before it.
    pub uid_next: Option<Uid>,
    /// EXISTS.
    pub exists: Option<u32>,
    /// What may be kept.
    pub permanent: Permanent,
    /// Keywords that the folder already has (FLAGS).
    pub keywords: BTreeSet<Keyword>,
    /// HIGHESTMODSEQ; none for NOMODSEQ or no CONDSTORE.
    pub highest_modseq: Option<u64>,
}

/// A message as a listing shows it, without its octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Its UID.
    pub uid: Uid,
    /// Flags that can be carried.
    pub flags: Flags,
    /// Flags that cannot, as spelled.
    pub odd_flags: Vec<String>,
    /// INTERNALDATE as spelled.
    pub internal_date: Option<Bytes>,
    /// RFC822.SIZE; a hint.
    pub size: u64,
    /// Where folders are labels.
    pub tags: Option<Tags>,
}

/// A message among labels (Gmail, X-GM-EXT-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tags {
    /// X-GM-MSGID: the same wherever the message shows up.
    pub id: u64,
    /// X-GM-LABELS, spelled as folder names are, or `\\Inbox` and the like; without that of the folder at hand.
    pub labels: Vec<Bytes>,
}

/// A message's header with what ranks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its UID.
    pub uid: Uid,
    /// How it is recognised.
    pub prints: Fingerprints,
    /// INTERNALDATE as an instant; ranks only.
    pub date: Option<i64>,
    /// RFC822.SIZE; ranks only.
    pub size: u64,
    /// Flags, where they are known; rank only.
    pub flags: Option<FlagPrint>,
}

/// A whole message as the source hands it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whole {
    /// Its exact octets.
    Octets(Bytes),
    /// It is gone.
    Vanished,
    /// The source lists it and does not hand it out; the server's words.
    Unreadable(String),
}

/// A folder to be looked at in passing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Which.
    pub folder: FolderName,
    /// List all its messages.
    pub list: bool,
}

/// What a look in passing showed.
#[derive(Clone, Debug)]
pub struct Glance {
    /// The folder, as it was opened.
    pub opened: Result<Opened, Failure>,
    /// All its messages, in UID order; none when nobody asked, or the server did not list all of them.
    pub listed: Option<Vec<Meta>>,
}

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

/// A chunk to be carried from the folder open at the source to the one open at the destination.
#[derive(Clone, Debug)]
pub struct Load {
    /// In UID order.
    pub parcels: Arc<[Meta]>,
    /// Part of the source folder that will probably be listed next: asked for as soon as all of `parcels` have come, and kept
    /// for `Pair::listed`, which has to be called before the next load: what is not taken is dropped, and `ahead` with it.
    pub listing: Option<Span>,
    /// Messages that will probably follow: asked for as soon as all of `parcels` and `listing` have come, and kept within the pair's
    /// budget for a load that begins with them. Asking for anything else of the source, or another load, drops them.
    pub ahead: Arc<[Meta]>,
    /// The folders that will probably be opened next: their opening goes out behind this load, and their `Pair::open` has
    /// less to wait for. Whatever is asked until then is about the folders at hand, as before.
    pub then: Option<Then>,
    /// The destination's name, for APPEND.
    pub destination: FolderName,
    /// The destination's UIDVALIDITY; another one in APPENDUID ends the chunk.
    pub destination_validity: Option<UidValidity>,
    /// No message of this chunk can have a UID below.
    pub floor: Uid,
    /// What the destination takes.
    pub limits: Limits,
    /// What the destination folder keeps (PERMANENTFLAGS).
    pub permanent: Permanent,
    /// Keywords that the destination folder already has; a new one goes alone, with a synchronising literal.
    pub keywords: BTreeSet<Keyword>,
    /// Use synchronising literals only.
    pub synchronising: bool,
    /// The messages of a batch are kept until its answer, so that those of a refused one can be sent again, each alone.
    /// Otherwise they are let go as soon as they are sent, and a refused batch leaves them, and all behind them, unsent.
    pub keeps: bool,
    /// Several refusals at the end, in words that nobody knows, have been waited for long enough: they are about the
    /// messages. Otherwise they count as a full mailbox.
    pub believe_refusals: bool,
    /// Nothing may be written to the socket once this much monotonic time (`Clock::monotonic`) has passed …
    pub until_monotonic: Duration,
    /// … or the wall clock shows this (milliseconds since 1970 UTC).
    pub until_wall: i64,
}

/// What became of one parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The destination said OK.
    Sent {
        /// What was sent.
        facts: Facts,
        /// Its UID there, when APPENDUID was sane.
        to: Option<Uid>,
    },
    /// The destination refused this very message, or a limit kept it from being sent.
    Refused {
        /// What was read; none when it was refused by its announced size, before it was read.
        facts: Option<Facts>,
        /// Its octets, when they were still held.
        octets: Option<Bytes>,
        /// Kind of reason.
        class: Class,
        /// The server's words, or the limit.
        response: String,
    },
    /// Gone from the source.
    Vanished,
    /// The source lists it and does not hand it out.
    Unreadable {
        /// The server's words.
        response: String,
        /// `Unreadable`, or `Placeholder` with the octets.
        class: Class,
        /// What came instead.
        octets: Option<Bytes>,
    },
    /// An APPEND was begun and has had no answer.
    Unknown,
    /// Nothing of it was sent.
    Unsent,
}

/// What was learnt of a message while its octets went by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// How it is recognised.
    pub prints: Fingerprints,
    /// BLAKE3, 128 bits, of its octets.
    pub digest: Fingerprint,
    /// Its true size in octets.
    pub size: u64,
    /// Flags as they were sent.
    pub flags: Flags,
    /// Flags and keywords that were left out, as spelled.
    pub dropped: Vec<String>,
    /// INTERNALDATE as it was sent.
    pub date: Option<InternalDate>,
    /// True when that is not the source's INTERNALDATE.
    pub date_replaced: bool,
    /// Message-ID as spelled, for the quarantine's facts, of a message whose octets are not held.
    pub message_id: Option<String>,
}

/// A message at the destination, as the look behind its APPEND shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// FLAGS that can be carried.
    pub flags: Option<Flags>,
    /// INTERNALDATE as an instant, seconds since 1970 UTC.
    pub date: Option<i64>,
}

/// How a load went.
#[derive(Clone, Debug)]
pub struct Carried {
    /// One per parcel, in order.
    pub fates: Vec<Fate>,
    /// UIDs at the destination from `floor` up, seen behind the last APPEND; none when that look did not come.
    pub present: Option<UidSet>,
    /// What that look showed of them.
    pub shown: BTreeMap<Uid, Shown>,
    /// True when every APPEND that was begun has had its answer.
    pub drained: bool,
    /// What ended it early.
    pub failure: Option<Failure>,
    /// The UID that was being handled alone when the connection died, after another command had succeeded on it.
    pub died_alone: Option<Uid>,
    /// A BAD came on a connection that used LITERAL+: octets may have been taken for commands.
    pub desynchronised: bool,
    /// The answer that stopped the folder (rate, budget, full), for the state's reason.
    pub stopped_by: Option<Answer>,
}

/// What the source is asked for in the round trip that opens a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Also {
    /// Nothing.
    Nothing,
    /// A listing from this UID to the end; for folders known to be short.
    List(Uid),
}

impl Also {
    /// Where the listing begins.
    pub fn from(self) -> Option<Uid> {
        match self {
            Self::Nothing => None,
            Self::List(uid) => Some(uid),
        }
    }
}

/// What `Pair::open` will be called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Then {
    /// The folder to be read.
    pub source: FolderName,
    /// The folder to be written.
    pub destination: FolderName,
    /// What else the source is asked for.
    pub also: Also,
    /// All that is listed will be the first load: its messages are asked for with the listing.
    pub whole: bool,
}

/// What came of opening a folder on each side.
#[derive(Clone, Debug)]
pub struct Openings {
    /// EXAMINE.
    pub source: Result<Opened, Failure>,
    /// SELECT.
    pub destination: Result<Opened, Failure>,
    /// What the source listed from the UID that was asked for to the end; none when it was not asked or refused.
    pub listed: Option<Vec<Meta>>,
}

/// A connection to each side, working together on one destination folder at a time.
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
}

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

    /// Opens so many pairs in advance, where this value outlives the step: `pair` has less to wait for. It ends when all are
    /// there or have failed, which shows when they are wanted. Losing this future loses nothing that was begun.
    async fn prepare(&self, pairs: usize);

    /// Lets go of pairs that are kept or on their way in advance, beyond so many.
    fn dismiss(&self, beyond: usize);

    /// Takes back connections on which no folder was opened, for the next pair, where this value outlives the step.
    /// Elsewhere LOGOUT is said on them.
    async fn give_back(&self, source: Box<dyn Source>, destination: Box<dyn Destination>);
}
