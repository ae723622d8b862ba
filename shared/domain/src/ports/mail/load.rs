//! # Load
//! What a pair carries at once, what it is told in advance, and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::{Meta, Opened};
use crate::mail::window::Span;
use crate::mail::{
    Fingerprint, Fingerprints, Flags, FolderName, InternalDate, Keyword, Permanent, Uid, UidSet, UidValidity,
};
use crate::migration::inspect::Limits;
use crate::migration::{Class, Failure};

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
    /// Batches may go over all connections to the destination that the pair has. Not where messages are kept.
    pub wide: bool,
    /// How fast the chunk before it went, in octets a second; 0 when that is not known.
    pub pace: u64,
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
    /// Batches went over several connections.
    pub wide: bool,
    /// A BAD came on a connection that used LITERAL+: octets may have been taken for commands.
    pub desynchronised: bool,
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
