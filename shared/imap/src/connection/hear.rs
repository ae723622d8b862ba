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
        let mut answers: Vec<Option<Status>> = vec![None; tags.len()];
        let mut collected: Vec<Bytes> = Vec::new();
        let mut piece: Vec<u8> = Vec::new();
        while let Some(at) = answers.iter().position(Option::is_none) {
            match self.event(None).await? {
                Event::LiteralStart { .. } => piece = Vec::new(),
                Event::Piece(octets) => {
                    let room = MOST_COLLECTED.saturating_sub(piece.len()).min(octets.len());
                    piece.extend_from_slice(octets.get(..room).unwrap_or_default());
                }
                Event::LiteralEnd => collected.push(Bytes::from(std::mem::take(&mut piece))),
                Event::Response(response) => match Reply::read(&response) {
                    Reply::Data(data) => each(at, Said::Data(Box::new(data), std::mem::take(&mut collected))),
                    Reply::Status(Status { tag: None, code: Some(code), .. }) => each(at, Said::Code(code)),
                    // An untagged NO or BAD warns, or answers nothing that we asked (Cyrus after an empty literal).
                    Reply::Status(Status { tag: None, .. }) | Reply::Continuation(_) => {}
                    Reply::Status(status) => {
                        let of = tags.iter().position(|tag| status.tag.as_ref() == Some(tag));
                        let Some(place) = of.and_then(|of| answers.get_mut(of)).filter(|place| place.is_none()) else {
                            return Err(self.dies(Trouble::Nonsense, "an answer came to a command that was not given"));
                        };
                        if let Some(code) = status.code.clone() {
                            each(at, Said::Code(code));
                        }
                        *place = Some(status);
                    }
                    Reply::Foreign(_) => return Err(self.dies(Trouble::Nonsense, "what came is not IMAP")),
                },
            }
        }
        Ok(answers.into_iter().flatten().collect())
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
