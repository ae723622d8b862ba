//! # Hear
//! Commands run to their answers, and what comes in between.

use bytes::Bytes;
use posthorse_domain::migration::{Failure, Trouble};

use super::{Connection, Lease};
use crate::wire::{Code, Command, Event, Reply, Status, Tag, Untagged};

/// Octets of one streamed literal that `run` keeps.
pub const MOST_COLLECTED: usize = 4 << 20;

/// What came between a command and its answer.
pub enum Said {
    /// Data, with the literals that were too large to be held in it.
    Data(Box<Untagged>, Vec<Bytes>),
    /// A response code, tagged or not.
    Code(Code),
}

impl Said {
    /// The data, when it is data.
    pub fn data(self) -> Option<Untagged> {
        match self {
            Self::Data(data, _) => Some(*data),
            Self::Code(_) => None,
        }
    }
}

impl Connection {
    /// Queues a command, runs it to its tagged answer and hands every other reply to `each`. Literals that are too large
    /// to be held are collected up to `MOST_COLLECTED` octets and given with the reply they belong to. The number given
    /// with a reply is the first command without an answer: a server may answer several in turns (RFC 9051 §5.5), so it
    /// tells the command only where servers do not (STATUS, CREATE).
    pub async fn run(&mut self, commands: &[Command], each: impl FnMut(usize, Said)) -> Result<Vec<Status>, Failure> {
        let tags: Vec<Tag> = commands.iter().map(|command| self.queue(command)).collect();
        self.hear(&tags, each).await
    }

    /// The same, for commands that are queued. Others may be queued behind them: nothing of theirs is read.
    pub async fn hear(&mut self, tags: &[Tag], mut each: impl FnMut(usize, Said)) -> Result<Vec<Status>, Failure> {
        let mut hearing = Hearing::new(tags.to_vec());
        while let Some(at) = hearing.waits_for() {
            let event = self.event(None).await?;
            if let Some(said) = hearing.take(self, event)? {
                each(at, said);
            }
        }
        Ok(hearing.answers.into_iter().flatten().collect())
    }

    /// Runs one command that changes something, to its tagged answer: nothing of it is written when the lease is over. Other
    /// replies are passed over.
    pub async fn carry_out(&mut self, command: &Command, lease: Lease<'_>) -> Result<Status, Failure> {
        let tag = self.queue(command);
        loop {
            let Event::Response(response) = self.event(Some(lease)).await? else { continue };
            match Reply::read(&response) {
                Reply::Status(status) if status.tag.as_ref() == Some(&tag) => return Ok(status),
                Reply::Status(Status { tag: Some(_), .. }) | Reply::Foreign(_) => {
                    return Err(self.dies(Trouble::Nonsense, "an answer came to a command that was not given"));
                }
                _ => {}
            }
        }
    }
}

/// Commands that are queued, and their answers as far as they came. Nothing is lost when hearing is left off for a while.
pub struct Hearing {
    tags: Vec<Tag>,
    answers: Vec<Option<Status>>,
    collected: Vec<Bytes>,
    piece: Vec<u8>,
}

impl Hearing {
    /// Of these commands, in order.
    pub fn new(tags: Vec<Tag>) -> Self {
        Self { answers: vec![None; tags.len()], tags, collected: Vec::new(), piece: Vec::new() }
    }

    /// The first command without an answer.
    pub fn waits_for(&self) -> Option<usize> {
        self.answers.iter().position(Option::is_none)
    }

    /// A command's answer.
    pub fn answer(&self, at: usize) -> Option<&Status> {
        self.answers.get(at)?.as_ref()
    }

    /// The commands without an answer.
    pub fn unanswered(&self) -> impl Iterator<Item = &Tag> {
        self.tags.iter().zip(&self.answers).filter(|(_, answer)| answer.is_none()).map(|(tag, _)| tag)
    }

    /// Takes in what came; what it says, if anything.
    pub fn take(&mut self, connection: &mut Connection, event: Event) -> Result<Option<Said>, Failure> {
        let response = match event {
            Event::LiteralStart { .. } => {
                self.piece = Vec::new();
                return Ok(None);
            }
            Event::Piece(octets) => {
                let room = MOST_COLLECTED.saturating_sub(self.piece.len()).min(octets.len());
                self.piece.extend_from_slice(octets.get(..room).unwrap_or_default());
                return Ok(None);
            }
            Event::LiteralEnd => {
                self.collected.push(Bytes::from(std::mem::take(&mut self.piece)));
                return Ok(None);
            }
            Event::Response(response) => response,
        };
        match Reply::read(&response) {
            Reply::Data(data) => Ok(Some(Said::Data(Box::new(data), std::mem::take(&mut self.collected)))),
            Reply::Status(Status { tag: None, code: Some(code), .. }) => Ok(Some(Said::Code(code))),
            // An untagged NO or BAD warns, or answers nothing that we asked (Cyrus after an empty literal).
            Reply::Status(Status { tag: None, .. }) | Reply::Continuation(_) => Ok(None),
            Reply::Status(status) => {
                let of = self.tags.iter().position(|tag| status.tag.as_ref() == Some(tag));
                let Some(place) = of.and_then(|of| self.answers.get_mut(of)).filter(|place| place.is_none()) else {
                    return Err(connection.dies(Trouble::Nonsense, "an answer came to a command that was not given"));
                };
                let code = status.code.clone();
                *place = Some(status);
                Ok(code.map(Said::Code))
            }
            Reply::Foreign(_) => Err(connection.dies(Trouble::Nonsense, "what came is not IMAP")),
        }
    }
}
