//! # Fetch
//! Asks the source for a load's messages in windows of UIDs, one after the other, and hands over what comes. The literal
//! is the message; sizes are hints. A message that does not come is asked for once more, alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use posthorse_domain::mail::{InternalDate, Uid, UidSet, fallback, header};
use posthorse_domain::migration::answer::{Answer, During, Kind};
use posthorse_domain::migration::inspect::{Verdict, inspect, placeholder};
use posthorse_domain::migration::{Class, Failure, Trouble};
use posthorse_domain::ports::mail::{Facts, Fate, Load, Parcel};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::passing::{self, Passing};
use super::{Arrival, GRAIN, Read};
use crate::connection::{Connection, trouble};
use crate::wire::{Body, Code, Command, Condition, Event, Fetch, FetchItem, Range, Reply, Status, Tag, Untagged};

/// Messages asked for in one command.
const WINDOW: usize = 1000;
/// Commands on their way at once.
// QUIRK: Dovecot 2.3 answers two FETCHes in turns when its output stalls (RFC 9051 §5.5 allows it): with TLS, `1:100`
// followed by `101:120` came as 1-7, 101-120, 8-100, and the messages would be appended in that order.
const OUTSTANDING: usize = 1;
/// Pieces of a message on their way between the two sides.
const PIECES: usize = 8;
/// Octets of the body that may tell a server's note from a message.
const NOTE: usize = 1024;

/// Octets of a UID set in one command.
const SET: usize = 4000;
/// Messages refused in a row after which no more are asked for.
const MANY: usize = 8;

const ITEMS: [FetchItem; 2] = [FetchItem::Uid, FetchItem::Whole];

struct Window {
    tag: Tag,
    asked: Vec<usize>,
}

struct Fetching<'a> {
    connection: &'a mut Connection,
    load: &'a Load,
    give: mpsc::Sender<Arrival>,
    budget: Arc<Semaphore>,
    at: BTreeMap<Uid, usize>,
    queue: VecDeque<Vec<usize>>,
    windows: VecDeque<Window>,
    /// Parcels that were handed over.
    came: BTreeSet<usize>,
    /// Parcels asked for a second time.
    again: BTreeSet<usize>,
    /// Parcels listed without their octets, in the window at hand.
    bare: BTreeSet<usize>,
    streaming: Option<Streaming>,
    /// Parcels refused alone and twice in words that may be about all of them, with no other that came in between.
    doubts: Vec<Doubt>,
    /// Parcels refused for the moment while others came: asked for a last time, when all others are through.
    last_chance: BTreeSet<usize>,
    /// Some message of this load came.
    something_came: bool,
}

/// A message that was refused, where nobody knows yet whether it is about the message.
struct Doubt {
    at: usize,
    answer: Answer,
}

/// A message going by.
struct Streaming {
    pieces: Option<mpsc::Sender<Bytes>>,
    read: Option<oneshot::Sender<Read>>,
    passing: Passing,
    at: Option<usize>,
}

/// Fetches the whole load. The receiver's end closing early ends it: what is on its way is read and dropped.
pub(super) async fn run(
    connection: &mut Connection,
    load: &Load,
    give: mpsc::Sender<Arrival>,
    budget: Arc<Semaphore>,
    width: u64,
) -> Result<(), Failure> {
    let at = load.parcels.iter().enumerate().map(|(at, parcel)| (parcel.uid, at)).collect();
    let queue = windows(&load.parcels, width);
    let mut fetching = Fetching {
        connection,
        load,
        give,
        budget,
        at,
        queue,
        windows: VecDeque::new(),
        came: BTreeSet::new(),
        again: BTreeSet::new(),
        bare: BTreeSet::new(),
        streaming: None,
        doubts: Vec::new(),
        last_chance: BTreeSet::new(),
        something_came: false,
    };
    fetching.run().await
}

/// Windows by count and by the sizes that the source claims.
fn windows(parcels: &[Parcel], width: u64) -> VecDeque<Vec<usize>> {
    let mut windows = VecDeque::new();
    let mut window = Vec::new();
    let mut octets = 0_u64;
    for (at, parcel) in parcels.iter().enumerate() {
        if !window.is_empty() && (window.len() >= WINDOW || octets.saturating_add(parcel.size) > width) {
            windows.push_back(std::mem::take(&mut window));
            octets = 0;
        }
        octets = octets.saturating_add(parcel.size);
        window.push(at);
    }
    if !window.is_empty() {
        windows.push_back(window);
    }
    windows
}

impl Fetching<'_> {
    async fn run(&mut self) -> Result<(), Failure> {
        loop {
            while self.windows.len() < OUTSTANDING && !self.give.is_closed() {
                let Some(asked) = self.queue.pop_front() else { break };
                self.ask(asked).await?;
            }
            if self.windows.is_empty() {
                return self.ends_in_doubt().await;
            }
            match self.connection.event(None).await? {
                Event::LiteralStart { so_far, octets } => self.begin(&Reply::read(&so_far), octets).await,
                Event::Piece(octets) => self.piece(octets).await,
                // Whether the literal was as long as announced shows at the end of its response, not here.
                Event::LiteralEnd => {}
                Event::Response(response) => match Reply::read(&response) {
                    Reply::Data(Untagged::Fetch(fetch)) => {
                        if matches!(fetch.body, Some(Body::Streamed(_))) {
                            self.end().await;
                        }
                        self.fetched(fetch).await;
                    }
                    Reply::Status(status) if status.tag.is_some() => self.answered(status).await?,
                    Reply::Foreign(_) => return Err(self.connection.dies(Trouble::Nonsense, "what came is not IMAP")),
                    _ => {}
                },
            }
        }
    }

    async fn ask(&mut self, asked: Vec<usize>) -> Result<(), Failure> {
        let mut wanted = Vec::new();
        for at in asked {
            match self.too_large(at) {
                Some(fate) => {
                    self.came.insert(at);
                    self.settled(at, fate).await;
                }
                None => wanted.push(at),
            }
        }
        let uids: UidSet = wanted.iter().filter_map(|at| self.load.parcels.get(*at)).map(|parcel| parcel.uid).collect();
        if uids.is_empty() {
            return Ok(());
        }
        if uids.to_string().len() > SET {
            self.halves(wanted);
            return Ok(());
        }
        let command = Command::fetch(Range::Uids(&uids), &ITEMS, None)
            .map_err(|error| self.connection.failure(Trouble::Ours, error.to_string()))?;
        let tag = self.connection.queue(&command);
        self.windows.push_back(Window { tag, asked: wanted });
        Ok(())
    }

    /// A message far over a limit by the source's own word is not fetched to be sent; it is fetched to be kept.
    fn too_large(&self, at: usize) -> Option<Fate> {
        let parcel = self.load.parcels.get(at)?;
        // The size is a hint: only a message that is over the limit by a wide margin is believed to be.
        let Verdict::Park(class, response) = inspect(&self.load.limits, parcel.size / 2, &[]) else { return None };
        Some(Fate::Refused { facts: None, octets: None, class, response })
    }

    async fn settled(&mut self, at: usize, fate: Fate) {
        let _ = self.give.send(Arrival::Settled { at, fate: Box::new(fate) }).await;
    }

    /// The parcel that a FETCH line is about: by its UID, or the only one asked for.
    fn of(&self, uid: Option<Uid>) -> Option<usize> {
        match uid {
            Some(uid) => self.at.get(&uid).copied().filter(|at| !self.came.contains(at)),
            None => self.only(),
        }
    }

    /// The one parcel of the window at hand, when there is only one: its FETCH line needs no UID before the literal.
    fn only(&self) -> Option<usize> {
        let window = self.windows.front()?;
        window.asked.first().copied().filter(|at| window.asked.len() == 1 && !self.came.contains(at))
    }

    async fn begin(&mut self, so_far: &Reply, size: u64) {
        let uid = match so_far {
            Reply::Data(Untagged::Fetch(fetch)) => fetch.uid,
            _ => None,
        };
        let at = self.of(uid);
        let mut streaming = Streaming { pieces: None, read: None, passing: Passing::new(), at };
        if let Some((at, parcel)) = at.and_then(|at| Some((at, self.load.parcels.get(at)?))) {
            if let Verdict::Park(class, response) = inspect(&self.load.limits, size, &[]) {
                self.came.insert(at);
                streaming.at = None;
                self.settled(at, Fate::Refused { facts: None, octets: None, class, response }).await;
            } else {
                let date = fallback(parcel.internal_date.as_deref(), &[]);
                let (pieces, take) = mpsc::channel(PIECES);
                let (read, learnt) = oneshot::channel();
                self.came.insert(at);
                let arrival = Arrival::Streamed { at, size, date, pieces: take, read: learnt };
                if self.give.send(arrival).await.is_ok() {
                    streaming.pieces = Some(pieces);
                    streaming.read = Some(read);
                }
            }
        }
        self.streaming = Some(streaming);
    }

    async fn piece(&mut self, octets: Bytes) {
        let Some(streaming) = &mut self.streaming else { return };
        if let Some(pieces) = &streaming.pieces {
            streaming.passing.update(&octets);
            if pieces.send(octets).await.is_err() {
                streaming.pieces = None;
            }
        }
    }

    /// The response around a message that went by is whole: the message is, too.
    async fn end(&mut self) {
        if let Some(Streaming { pieces, read: Some(read), passing, .. }) = self.streaming.take() {
            self.believe().await;
            // First what was learnt, then the end of the pieces: who sees the end finds it there.
            let _ = read.send(passing.finish());
            drop(pieces);
        }
    }

    async fn fetched(&mut self, fetch: Fetch) {
        let Some(at) = self.of(fetch.uid) else { return };
        match fetch.body {
            Some(Body::Octets(octets)) => self.held(at, octets).await,
            // Another message's line, spread over several: the octets went by under a UID that came too late.
            Some(Body::Streamed(_)) | Some(Body::Nil) => {
                self.bare.insert(at);
            }
            // FLAGS alone: nobody asked.
            None => {
                self.bare.insert(at);
            }
        }
    }

    async fn held(&mut self, at: usize, octets: Bytes) {
        let Some(parcel) = self.load.parcels.get(at) else { return };
        if octets.is_empty() && parcel.size > 0 {
            // An empty literal is an empty message only when the source says that it is empty.
            self.bare.insert(at);
            return;
        }
        self.believe().await;
        let (head, body) = header::split(&octets);
        let header = octets.slice_ref(head);
        let read = passing::held(&octets, head);
        let size = read.size;
        self.came.insert(at);
        if placeholder(head, body.get(..body.len().min(NOTE)).unwrap_or_default()) {
            let response = "the source handed out a note of its own: it cannot export this message".into();
            let fate = Fate::Unreadable { response, class: Class::Placeholder, octets: Some(octets) };
            return self.settled(at, fate).await;
        }
        let date = fallback(parcel.internal_date.as_deref(), head);
        if let Verdict::Park(class, response) = inspect(&self.load.limits, size, head) {
            let facts = Some(unsent(parcel, &read, date.date(), date.replaced()));
            return self.settled(at, Fate::Refused { facts, octets: Some(octets), class, response }).await;
        }
        let grains = u32::try_from(size / GRAIN + 1).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.budget).acquire_many_owned(grains).await.ok();
        let _ = self.give.send(Arrival::Held { at, octets, header, read, date, permit }).await;
    }

    async fn answered(&mut self, status: Status) -> Result<(), Failure> {
        let window = match self.windows.pop_front() {
            Some(window) if status.tag.as_ref() == Some(&window.tag) => window,
            _ => return Err(self.connection.dies(Trouble::Nonsense, "an answer came to a command that was not given")),
        };
        let missing: Vec<usize> = window.asked.iter().copied().filter(|at| !self.came.contains(at)).collect();
        let bare = std::mem::take(&mut self.bare);
        if missing.is_empty() || self.give.is_closed() {
            return Ok(());
        }
        if matches!(status.code, Some(Code::MessageLimit { .. })) && missing.len() < window.asked.len() {
            // RFC 9738 §3.1: as many as one command may name were dealt with; the others are asked for next.
            self.queue.push_front(missing);
            return Ok(());
        }
        if status.condition == Condition::Ok {
            return self.left_out(missing, &bare).await;
        }
        let answer = self.connection.answer(&status, During::Fetch);
        if let Some(trouble) = trouble(&answer).filter(|trouble| ends(*trouble)) {
            return Err(self.connection.failure(trouble, answer.words));
        }
        // One bad message can make a whole FETCH fail (Yahoo): halves, down to each alone, which is asked twice.
        if missing.len() > 1 || missing.iter().any(|at| self.again.insert(*at)) {
            self.halves(missing);
            return Ok(());
        }
        for at in missing {
            self.came.insert(at);
            match answer.kind {
                Kind::Gone => self.settled(at, Fate::Vanished).await,
                Kind::Message(_) => self.settled(at, unreadable(&answer)).await,
                Kind::Temporary if self.last_chance.contains(&at) => self.settled(at, unreadable(&answer)).await,
                _ => self.doubts.push(Doubt { at, answer: answer.clone() }),
            }
        }
        if self.doubts.len() < MANY { Ok(()) } else { Err(self.outage()) }
    }

    /// A message came: the ones refused before it were refused for themselves.
    async fn believe(&mut self) {
        self.something_came = true;
        for doubt in std::mem::take(&mut self.doubts) {
            if doubt.answer.kind == Kind::Temporary && self.last_chance.insert(doubt.at) {
                self.came.remove(&doubt.at);
                self.queue.push_back(vec![doubt.at]);
            } else {
                self.settled(doubt.at, unreadable(&doubt.answer)).await;
            }
        }
    }

    /// At the end of a load: one refused message among others that came is a bad message; several in a row, or nothing but
    /// refusals, may be an outage. Words about a short outage are believed least.
    async fn ends_in_doubt(&mut self) -> Result<(), Failure> {
        let Some(last) = self.doubts.last() else { return Ok(()) };
        let outage = match (self.something_came, self.doubts.len()) {
            (true, 1) => false,
            (true, _) => last.answer.kind == Kind::Temporary,
            (false, count) => count > 1 || last.answer.kind == Kind::Temporary,
        };
        if outage && !self.load.believe_refusals {
            return Err(self.outage());
        }
        for doubt in std::mem::take(&mut self.doubts) {
            self.settled(doubt.at, unreadable(&doubt.answer)).await;
        }
        Ok(())
    }

    /// What is refused message after message is about the source or the folder, and waits.
    fn outage(&self) -> Failure {
        let answer = self.doubts.last().map(|doubt| &doubt.answer);
        let trouble = answer.and_then(trouble).unwrap_or(Trouble::Unavailable);
        self.connection.failure(trouble, answer.map(|answer| answer.words.clone()).unwrap_or_default())
    }

    /// An OK that did not bring everything: the rest is asked for once more; what is then listed and does not come is
    /// unreadable, what is not even listed is gone.
    async fn left_out(&mut self, missing: Vec<usize>, bare: &BTreeSet<usize>) -> Result<(), Failure> {
        let (once, twice): (Vec<usize>, Vec<usize>) = missing.into_iter().partition(|at| self.again.insert(*at));
        // Alone a message needs no UID before its literal.
        let (alone, together): (Vec<usize>, Vec<usize>) = once.into_iter().partition(|at| bare.contains(at));
        alone.into_iter().rev().for_each(|at| self.queue.push_front(vec![at]));
        if !together.is_empty() {
            self.queue.push_front(together);
        }
        for at in twice {
            let fate = if bare.contains(&at) {
                let response = "the source answers OK without the message".into();
                Fate::Unreadable { response, class: Class::Unreadable, octets: None }
            } else {
                Fate::Vanished
            };
            self.came.insert(at);
            self.settled(at, fate).await;
        }
        Ok(())
    }

    /// Asks for the same in two commands; for one message, again.
    fn halves(&mut self, mut asked: Vec<usize>) {
        let rest = asked.split_off(asked.len().div_ceil(2));
        if !rest.is_empty() {
            self.queue.push_front(rest);
        }
        self.queue.push_front(asked);
    }
}

/// True when a refused FETCH is about more than its messages. "Unavailable" may be about one of them: it is asked for
/// alone before it is believed.
fn ends(trouble: Trouble) -> bool {
    !matches!(trouble, Trouble::Unavailable | Trouble::Folder)
}

fn unreadable(answer: &Answer) -> Fate {
    Fate::Unreadable { response: answer.words.clone(), class: Class::Unreadable, octets: None }
}

/// Facts of a message that is not sent.
fn unsent(parcel: &Parcel, read: &Read, date: Option<InternalDate>, date_replaced: bool) -> Facts {
    Facts {
        prints: read.prints,
        digest: read.digest,
        size: read.size,
        flags: parcel.flags.clone(),
        dropped: Vec::new(),
        date,
        date_replaced,
        message_id: read.message_id.clone(),
    }
}
