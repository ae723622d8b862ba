//! # Connection
//! One authenticated connection: commands go out, events come in. There is no task behind it: whoever waits for an event
//! moves the octets in both directions, so that nothing outlives its owner and no window can deadlock. What is queued is
//! flushed before every wait.

mod hear;
mod moving;
mod outbox;
mod pace;
mod squeeze;
mod verdict;

use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use posthorse_domain::migration::{Failure, Side, Trouble};
use tokio::io::AsyncWriteExt;

pub use self::hear::{Hearing, MOST_COLLECTED, Said};
pub use self::moving::{Lease, WRITE};
use self::outbox::Outbox;
use self::pace::Pace;
use self::squeeze::Squeeze;
pub use self::verdict::trouble;
use crate::connect::{Capabilities, Ready, Stream};
use crate::wire::{Command, Condition, Event, Framer, Limits, Literals, Part, Reply, Start, Status, Tag};

/// A connection after its login.
pub struct Connection {
    side: Side,
    stream: Stream,
    framer: Framer,
    outbox: Outbox,
    tags: u64,
    silence: Duration,
    capabilities: Capabilities,
    dead: Option<Failure>,
    farewell: Option<Status>,
    shows_late: bool,
    largest: u64,
    /// Commands whose answers nobody wants any more.
    abandoned: Vec<Tag>,
    /// Octets that may be sent before those answers came.
    sendable: usize,
    squeeze: Squeeze,
    /// Octets that moved in this turn, and whether there were more than the socket took.
    moved: usize,
    blocked: bool,
    /// Octets were written and not yet flushed through what lies between: TLS, compression.
    unflushed: bool,
}

impl Connection {
    /// Takes a stream over from the login. `silence`: after this long without an octet in either direction the
    /// connection counts as dead.
    pub fn new(side: Side, ready: Ready, silence: Duration, limits: Limits) -> Self {
        let squeeze = match ready.capabilities.has("COMPRESS=DEFLATE") {
            true => Squeeze::Measured(Pace::default()),
            false => Squeeze::Settled,
        };
        Self {
            side,
            stream: ready.stream,
            framer: Framer::new(limits),
            outbox: Outbox::default(),
            tags: 0,
            silence,
            capabilities: ready.capabilities,
            dead: None,
            farewell: None,
            // QUIRK: Dovecot 2.3 (`look`); to open a small folder again costs it nothing.
            shows_late: ready
                .id
                .as_ref()
                .and_then(|id| id.get("name"))
                .is_some_and(|name| name.eq_ignore_ascii_case("dovecot")),
            largest: 0,
            abandoned: Vec::new(),
            sendable: 0,
            squeeze,
            moved: 0,
            blocked: false,
            unflushed: false,
        }
    }

    /// Whose it is.
    pub fn side(&self) -> Side {
        self.side
    }

    /// What the server can do.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// True when the server shows an APPEND to what is pipelined behind it only after the folder was opened again.
    pub fn shows_late(&self) -> bool {
        self.shows_late
    }

    /// A look behind an APPEND has missed what a later one showed.
    pub fn showed_late(&mut self) {
        self.shows_late = true;
    }

    /// Octets of the largest message that was taken on this connection.
    pub fn largest(&self) -> u64 {
        self.largest
    }

    /// A message of so many octets was taken.
    pub fn took(&mut self, octets: u64) {
        self.largest = self.largest.max(octets);
    }

    /// Nobody wants the answer to this command any more: what comes up to it is dropped. Nothing that is queued from now on is
    /// sent before, so that its answer cannot be mixed up with what is dropped (RFC 9051 §5.5 lets servers answer in turns).
    pub fn abandon(&mut self, tag: Tag) {
        self.sendable = self.outbox.octets();
        self.abandoned.push(tag);
    }

    /// True for an event that belongs to an abandoned command.
    fn drops(&mut self, event: &Event) -> bool {
        if self.abandoned.is_empty() {
            return false;
        }
        if let Event::Response(response) = event
            && let Start::Tagged(answered) = &response.start
        {
            self.abandoned.retain(|tag| tag != answered);
        }
        true
    }

    /// Octets queued and not yet handed to the socket.
    pub fn unsent(&self) -> usize {
        self.outbox.octets()
    }

    /// Queues a command; its tag.
    pub fn queue(&mut self, command: &Command) -> Tag {
        let tag = self.tag();
        for part in command.parts(&tag, self.literals()) {
            self.queue_part(&tag, part);
        }
        tag
    }

    /// How folder names that need a literal are sent.
    pub fn literals(&self) -> Literals {
        match (self.capabilities.literal_plus(), self.capabilities.literal_minus()) {
            (true, _) => Literals::Plus,
            (false, true) => Literals::Minus,
            (false, false) => Literals::Sync,
        }
    }

    /// The tag of a command that is queued in parts.
    pub fn tag(&mut self) -> Tag {
        self.tags += 1;
        Tag::number(self.tags)
    }

    /// Queues a part of a command.
    pub fn queue_part(&mut self, tag: &Tag, part: Part) {
        match part {
            Part::Octets(octets) => self.outbox.push(tag, octets),
            Part::Wait => self.outbox.wait(tag),
        }
    }

    /// Queues octets of a command.
    pub fn queue_octets(&mut self, tag: &Tag, octets: Bytes) {
        self.outbox.push(tag, octets);
    }

    /// True while the server has not yet asked for the octets of this command's literal.
    pub fn is_waiting(&self, tag: &Tag) -> bool {
        self.outbox.is_waiting(tag)
    }

    /// The next event. Losing this future loses nothing: what was read or written stays so.
    pub async fn event(&mut self, lease: Option<Lease<'_>>) -> Result<Event, Failure> {
        loop {
            if let Some(event) = self.turn(lease).await? {
                return Ok(event);
            }
        }
    }

    /// The next event, or nothing after octets have moved: who decides by what is still unsent looks again.
    pub async fn turn(&mut self, lease: Option<Lease<'_>>) -> Result<Option<Event>, Failure> {
        self.turn_if(lease, true).await
    }

    /// The same; where nothing is `awaited` of the server, it may be silent for as long as it likes.
    pub async fn turn_if(&mut self, lease: Option<Lease<'_>>, awaited: bool) -> Result<Option<Event>, Failure> {
        if let Some(failure) = &self.dead {
            return Err(failure.clone());
        }
        let turned = self.try_turn(lease, awaited).await;
        if let Err(failure) = &turned {
            self.dead = Some(failure.clone());
        }
        turned
    }

    async fn try_turn(&mut self, lease: Option<Lease<'_>>, awaited: bool) -> Result<Option<Event>, Failure> {
        let event = self.framer.next().map_err(|error| self.failure(Trouble::Nonsense, error.to_string()))?;
        match event {
            Some(event) => {
                if self.squeezes(&event) {
                    return Ok(None);
                }
                self.takes_note(&event)?;
                Ok(Some(event).filter(|event| !self.drops(event)))
            }
            None => self.move_octets(lease, awaited).await.map(|()| None),
        }
    }

    /// What an event means for the connection itself: a continuation releases a literal, BYE ends it.
    fn takes_note(&mut self, event: &Event) -> Result<(), Failure> {
        let Event::Response(response) = event else { return Ok(()) };
        match &response.start {
            Start::Continuation => self.outbox.release(),
            Start::Tagged(tag) => self.outbox.forget(tag),
            // Read in full only where it may be one: FETCH lines come by the thousand.
            Start::Untagged if !response.tokens.first().is_some_and(|word| word.is("BYE")) => {}
            Start::Untagged => match Reply::read(response) {
                Reply::Status(status) if status.condition == Condition::Bye => {
                    let failure = self.bye(&status);
                    self.farewell = Some(status);
                    return Err(failure);
                }
                _ => {}
            },
        }
        Ok(())
    }

    /// True unless it is dead, or turns out to be: on a connection on which nothing is under way, the server may have said so.
    pub fn is_well(&mut self) -> bool {
        while let Some(Ok(_)) = self.turn_if(None, false).now_or_never() {}
        !self.is_dead()
    }

    /// Marks the connection as unusable and says why.
    pub fn dies(&mut self, trouble: Trouble, cause: impl Into<String>) -> Failure {
        let failure = self.failure(trouble, cause);
        self.dead = Some(failure.clone());
        failure
    }

    /// The BYE that ended it.
    pub fn farewell(&self) -> Option<&Status> {
        self.farewell.as_ref()
    }

    /// True when nothing more can be done on it.
    pub fn is_dead(&self) -> bool {
        self.dead.is_some()
    }

    /// A failure of this side.
    pub fn failure(&self, trouble: Trouble, cause: impl Into<String>) -> Failure {
        Failure::new(self.side, trouble, cause)
    }

    /// Says LOGOUT, unless it is dead, and closes. Nobody waits for the answer, which tells nothing and costs a round trip.
    pub async fn logout(&mut self) {
        if !self.is_dead() {
            self.abandoned.clear();
            self.queue(&Command::logout());
            let leave = async {
                while self.unsent() > 0 && self.turn(None).await.is_ok() {}
                let _ = self.stream.shutdown().await;
            };
            let _ = tokio::time::timeout(Duration::from_secs(1), leave).await;
            self.dead = Some(self.failure(Trouble::Lost, "logged out"));
        }
        self.stream = Box::new(tokio::io::empty());
    }
}
