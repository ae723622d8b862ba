//! # Read
//! Listings and headers by UID. Every answer is matched by UID; what was not asked for is dropped, and so is what lies
//! outside the range: `n:*` names the last message even when n is above it (RFC 9051 §6.4.9).

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use posthorse_domain::mail::{
    BodyDigest, Fingerprint, Fingerprints, FlagPrint, Flags, InternalDate, Uid, UidSet, fingerprints, header,
};
use posthorse_domain::migration::answer::{During, Kind};
use posthorse_domain::migration::{Failure, Trouble};
use posthorse_domain::ports::mail::{Head, Meta, Tags};

use super::Client;
use crate::connection::Said;
use crate::wire::{Body, Code, Command, Condition, Event, Fetch, FetchItem, Range, Reply, Status, Unsayable, Untagged};

/// Octets of a UID set in one command.
const SET: usize = 4000;
/// Headers asked for in one command.
const HEADERS: usize = 500;
/// Commands on their way at once.
const FLIGHT: usize = 2;

const META: [FetchItem; 4] = [FetchItem::Uid, FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size];
const TAGS: [FetchItem; 2] = [FetchItem::GmailId, FetchItem::GmailLabels];
pub(crate) const MESSAGE: [FetchItem; 2] = [FetchItem::Uid, FetchItem::Whole];
const HEAD: [FetchItem; 5] =
    [FetchItem::Uid, FetchItem::Flags, FetchItem::InternalDate, FetchItem::Size, FetchItem::Header];

pub(super) fn range<'a>(lo: Uid, hi: Option<Uid>) -> Range<'a> {
    let lo = lo.max(Uid::new(1));
    hi.map_or(Range::From(lo), |hi| Range::Between(lo, hi))
}

fn inside(uid: Uid, lo: Uid, hi: Option<Uid>) -> bool {
    uid >= lo && hi.is_none_or(|hi| uid <= hi)
}

impl Client {
    pub(super) fn ours(&self, unsayable: Unsayable) -> Failure {
        self.connection.failure(Trouble::Ours, unsayable.to_string())
    }

    /// Runs fetches; each FETCH line with a UID goes to `each`.
    pub(super) async fn fetch(
        &mut self,
        commands: &[Command],
        mut each: impl FnMut(Uid, Fetch, Vec<Bytes>),
    ) -> Result<Vec<Status>, Failure> {
        self.connection
            .run(commands, |_, said| {
                if let Said::Data(data, literals) = said
                    && let Untagged::Fetch(fetch) = *data
                    && let Some(uid) = fetch.uid
                {
                    each(uid, fetch, literals);
                }
            })
            .await
    }

    fn all_ok(&self, answers: &[Status]) -> Result<(), Failure> {
        match answers.iter().find(|status| status.condition != Condition::Ok) {
            // QUIRK: servers answer NO to a UID FETCH that names a message just expunged (RFC 5530); the rest is there.
            Some(status) if self.connection.answer(status, During::Fetch).kind == Kind::Gone => Ok(()),
            Some(status) => Err(self.connection.refused(status, During::Fetch)),
            None => Ok(()),
        }
    }

    /// What a listing asks for.
    pub(super) fn meta_items(&self) -> Vec<FetchItem> {
        if self.has_labels() { [&META[..], &TAGS].concat() } else { META.to_vec() }
    }

    pub(super) async fn read_metas(&mut self, lo: Uid, hi: Option<Uid>) -> Result<Vec<Meta>, Failure> {
        if hi.is_some_and(|hi| hi < lo) {
            return Ok(Vec::new());
        }
        let (mut metas, items) = (Metas::new(lo, hi), self.meta_items());
        self.fetch_range(lo, hi, &items, |uid, fetch, _| metas.take(uid, fetch)).await?;
        Ok(metas.in_order())
    }

    pub(super) async fn read_uids(&mut self, lo: Uid, hi: Option<Uid>) -> Result<UidSet, Failure> {
        let mut uids = UidSet::default();
        if hi.is_some_and(|hi| hi < lo) {
            return Ok(uids);
        }
        let each = |uid, _, _| {
            if inside(uid, lo, hi) {
                uids.insert(uid);
            }
        };
        self.fetch_range(lo, hi, &[FetchItem::Uid], each).await?;
        Ok(uids)
    }

    /// Fetches `lo..=hi`, in several commands where one deals with a part of it only: the newest come first, and the server
    /// says how far down it got (RFC 9738 §3.1).
    async fn fetch_range(
        &mut self,
        lo: Uid,
        mut hi: Option<Uid>,
        items: &[FetchItem],
        mut each: impl FnMut(Uid, Fetch, Vec<Bytes>),
    ) -> Result<(), Failure> {
        loop {
            let command = Command::fetch(range(lo, hi), items, None).map_err(|error| self.ours(error))?;
            let answers = self.fetch(&[command], &mut each).await?;
            let down_to = answers.first().and_then(lowest).filter(|low| *low > lo && hi.is_none_or(|hi| *low <= hi));
            let Some(low) = down_to else { return self.all_ok(&answers) };
            hi = Some(Uid::new(low.get() - 1));
        }
    }

    pub(super) async fn read_heads_between(&mut self, lo: Uid, hi: Option<Uid>) -> Result<Vec<Head>, Failure> {
        let uids = self.read_uids(lo, hi).await?;
        self.read_heads(&uids).await
    }

    pub(super) async fn read_heads(&mut self, uids: &UidSet) -> Result<Vec<Head>, Failure> {
        let mut seen: BTreeMap<Uid, Seen> = BTreeMap::new();
        let mut pieces: VecDeque<UidSet> = uids.pieces(SET, HEADERS).into();
        while !pieces.is_empty() {
            let flight: Vec<UidSet> = pieces.drain(..FLIGHT.min(pieces.len())).collect();
            let commands: Result<Vec<Command>, Unsayable> =
                flight.iter().map(|piece| Command::fetch(Range::Uids(piece), &HEAD, None)).collect();
            let commands = commands.map_err(|error| self.ours(error))?;
            let answers = self
                .fetch(&commands, |uid, fetch, literals| {
                    if uids.contains(uid) {
                        seen.entry(uid).or_default().add(&fetch, literals);
                    }
                })
                .await?;
            for (piece, status) in flight.iter().zip(&answers) {
                match below(piece, status) {
                    Some(rest) => pieces.push_back(rest),
                    None => self.all_ok(std::slice::from_ref(status))?,
                }
            }
        }
        Ok(seen.into_iter().filter_map(|(uid, seen)| seen.head(uid)).collect())
    }

    /// Reads a whole body through the digest; nothing of it is kept. A message that an answer leaves out is asked for twice.
    pub(super) async fn digest_body(&mut self, uid: Uid) -> Result<Option<Fingerprint>, Failure> {
        match self.digest_once(uid).await? {
            None => self.digest_once(uid).await,
            digest => Ok(digest),
        }
    }

    async fn digest_once(&mut self, uid: Uid) -> Result<Option<Fingerprint>, Failure> {
        let set: UidSet = [uid].into_iter().collect();
        let items = [FetchItem::Uid, FetchItem::Whole];
        let command = Command::fetch(Range::Uids(&set), &items, None).map_err(|error| self.ours(error))?;
        let tag = self.connection.queue(&command);
        let mut passing = Passing::default();
        let mut digest = None;
        loop {
            match self.connection.event(None).await? {
                Event::LiteralStart { .. } => passing = Passing::default(),
                Event::Piece(octets) => passing.update(&octets),
                Event::LiteralEnd => {}
                Event::Response(response) => match Reply::read(&response) {
                    Reply::Data(Untagged::Fetch(fetch)) if fetch.uid == Some(uid) => match fetch.body {
                        Some(Body::Octets(octets)) => {
                            let mut whole = Passing::default();
                            whole.update(&octets);
                            digest = Some(whole.finish());
                        }
                        Some(Body::Streamed(_)) => digest = Some(std::mem::take(&mut passing).finish()),
                        Some(Body::Nil) | None => {}
                    },
                    Reply::Status(status) if status.tag.as_ref() == Some(&tag) => {
                        self.all_ok(&[status])?;
                        return Ok(digest);
                    }
                    _ => {}
                },
            }
        }
    }
}

/// The lowest UID that was dealt with, where that is not all (RFC 9738 §3.1).
fn lowest(status: &Status) -> Option<Uid> {
    match status.code {
        Some(Code::MessageLimit { lowest, .. }) => lowest,
        _ => None,
    }
}

/// What is left of a set after such an answer; none when all of it was dealt with.
fn below(asked: &UidSet, status: &Status) -> Option<UidSet> {
    let low = lowest(status)?;
    let rest: UidSet = asked.iter().filter(|uid| *uid < low).collect();
    (!rest.is_empty() && rest.len() < asked.len()).then_some(rest)
}

/// A message going by: its header is held back, its body digested.
#[derive(Default)]
struct Passing {
    header: Vec<u8>,
    body: Option<BodyDigest>,
}

impl Passing {
    fn update(&mut self, octets: &[u8]) {
        if let Some(body) = &mut self.body {
            body.update(octets);
            return;
        }
        self.header.extend_from_slice(octets);
        let (_, body) = header::split(&self.header);
        if !body.is_empty() {
            let mut digest = BodyDigest::new();
            digest.update(body);
            self.body = Some(digest);
        }
    }

    fn finish(self) -> Fingerprint {
        self.body.unwrap_or_default().finish()
    }
}

/// Messages of a listing, inside its range.
pub(super) struct Metas {
    lo: Uid,
    hi: Option<Uid>,
    found: BTreeMap<Uid, Meta>,
}

impl Metas {
    pub(super) fn new(lo: Uid, hi: Option<Uid>) -> Self {
        Self { lo, hi, found: BTreeMap::new() }
    }

    pub(super) fn note(&mut self, data: Untagged) {
        if let Untagged::Fetch(fetch) = data
            && let Some(uid) = fetch.uid
        {
            self.take(uid, fetch);
        }
    }

    fn take(&mut self, uid: Uid, fetch: Fetch) {
        if inside(uid, self.lo, self.hi) {
            merge(self.found.entry(uid).or_insert_with(|| empty(uid)), fetch);
        }
    }

    pub(super) fn in_order(self) -> Vec<Meta> {
        self.found.into_values().collect()
    }
}

fn empty(uid: Uid) -> Meta {
    Meta { uid, flags: Flags::default(), odd_flags: Vec::new(), internal_date: None, size: 0, tags: None }
}

/// A word's own octets: as a part of its line it would hold all of that.
fn alone(word: &Bytes) -> Bytes {
    Bytes::copy_from_slice(word)
}

/// Gmail and others spread one message's items over several lines.
fn merge(meta: &mut Meta, fetch: Fetch) {
    if let Some(words) = &fetch.flags {
        (meta.flags, meta.odd_flags) = Flags::read(words.iter().map(AsRef::as_ref));
    }
    if let Some(date) = fetch.internal_date {
        meta.internal_date = Some(alone(&date));
    }
    if let Some(size) = fetch.size {
        meta.size = size;
    }
    if let Some(id) = fetch.gmail_id {
        let labels = fetch.gmail_labels.unwrap_or_default();
        meta.tags = Some(Tags { id, labels: labels.iter().map(alone).collect() });
    }
}

/// What came of a message's head; some servers spread it over several lines.
#[derive(Default)]
struct Seen {
    prints: Option<Fingerprints>,
    date: Option<i64>,
    size: Option<u64>,
    flags: Option<FlagPrint>,
}

impl Seen {
    fn add(&mut self, fetch: &Fetch, mut literals: Vec<Bytes>) {
        let header = match &fetch.header {
            Some(Body::Octets(octets)) => Some(octets.clone()),
            Some(Body::Streamed(_)) => literals.pop(),
            Some(Body::Nil) | None => None,
        };
        let date = fetch.internal_date.as_deref().and_then(InternalDate::parse);
        let flags = fetch.flags.as_ref().map(|words| Flags::read(words.iter().map(AsRef::as_ref)).0);
        self.prints = header.map(|octets| fingerprints(&octets)).or(self.prints);
        self.date = date.map(|date| date.instant()).or(self.date);
        self.size = fetch.size.or(self.size);
        self.flags = flags.as_ref().map(FlagPrint::from).or(self.flags);
    }

    fn head(self, uid: Uid) -> Option<Head> {
        let Self { prints, date, size, flags } = self;
        Some(Head { uid, prints: prints?, date, size: size.unwrap_or(0), flags })
    }
}
