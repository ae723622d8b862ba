//! # Fault
//! What goes wrong, as data: `server.fault(At::append().nth(3), Fault::LoseAnswer)`.

use std::time::Duration;

use super::at::{At, Event};

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The command is answered `NO …`, `BAD …` or `OK …` and not carried out; `BYE …` closes the connection.
    /// At a greeting, the line to greet with.
    Answer(String),
    /// An untagged line (without its `* `) is said in addition.
    Say(String),
    /// The connection is closed.
    Close,
    /// Nothing is said or read for so long.
    Stall(Duration),
    /// The connection is closed after so many octets of the literal were read (append) or sent (fetch).
    CloseAfter(u64),
    /// Nothing happens for a time after so many octets of the literal were sent.
    StallAfter(u64, Duration),
    /// Append: stored, but the connection is closed before the answer.
    LoseAnswer,
    /// Append: the connection is closed now, the message is stored so much later.
    StoreLater(Duration),
    /// Append: stored and answered, but not shown to anybody for so long.
    ShowLater(Duration),
    /// Append: answered OK and thrown away.
    Drop,
    /// Fetch: `BODY[] NIL`.
    Nil,
    /// Fetch: no line for this message, yet a tagged OK.
    Omit,
    /// Fetch: the literal announces so many octets more (or fewer) than follow.
    Misannounce(i64),
    /// Fetch: RFC822.SIZE is told as this.
    Size(u64),
    /// Fetch: the message is removed at this very moment.
    Vanish,
    /// Fetch: Exchange's text about a message that it cannot retrieve, instead of the message.
    Placeholder,
    /// At a command: somebody else delivers this message to the folder it is about.
    Deliver(Vec<u8>),
    /// At a command: somebody else removes the message of this UID from the folder it is about.
    Lose(u32),
    /// The folder gets a new UIDVALIDITY and new UIDs.
    Renumber,
    /// At a command: somebody else deletes the folder of this wire name, with what is in it.
    Remove(Vec<u8>),
    /// At a command: somebody else gives the folder of this wire name another.
    Rename(Vec<u8>, Vec<u8>),
}

impl Fault {
    /// What kind it is, in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Answer(_) => "refused",
            Self::Say(_) => "unasked line",
            Self::Close => "connection cut",
            Self::Stall(_) => "stalled",
            Self::CloseAfter(_) => "cut in the literal",
            Self::StallAfter(..) => "stalled in the literal",
            Self::LoseAnswer => "stored, answer lost",
            Self::StoreLater(_) => "stored later",
            Self::ShowLater(_) => "shown later",
            Self::Drop => "dropped",
            Self::Nil => "NIL",
            Self::Omit => "left out",
            Self::Misannounce(_) => "other size",
            Self::Size(_) => "other size told",
            Self::Vanish => "vanishes",
            Self::Placeholder => "placeholder",
            Self::Deliver(_) => "new mail",
            Self::Lose(_) => "expunged",
            Self::Renumber => "new UIDVALIDITY",
            Self::Remove(_) => "folder deleted",
            Self::Rename(..) => "folder renamed",
        }
    }

    /// Microsoft's order to wait.
    pub fn throttled(wait: Duration) -> Fault {
        Fault::Answer(format!("NO Request is throttled. Suggested Backoff Time: {} milliseconds", wait.as_millis()))
    }

    /// An answer, such as `NO [LIMIT] …`.
    pub fn answer(words: &str) -> Fault {
        Fault::Answer(words.to_owned())
    }
}

/// The faults in force and how often each has been met.
#[derive(Debug, Default)]
pub struct Faults(Vec<(At, Fault, u64)>, Vec<(String, String)>);

impl Faults {
    pub fn add(&mut self, at: At, fault: Fault) {
        self.0.push((at, fault, 0));
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Counts the event and returns the faults that strike now, in the order they were set.
    pub fn strike(&mut self, event: &Event<'_>) -> Vec<Fault> {
        let mut struck = Vec::new();
        for (at, fault, met) in &mut self.0 {
            if at.fits(event) {
                *met += 1;
                if at.counts(*met) {
                    self.1.push((fault.word().to_owned(), event.moment.word()));
                    struck.push(fault.clone());
                }
            }
        }
        struck
    }

    /// What has struck so far, and where.
    pub fn struck(&self) -> &[(String, String)] {
        &self.1
    }

    /// No fault at all is set: nothing to count.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
