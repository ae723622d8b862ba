//! # At
//! Where a fault strikes, and the n-th time or ever.

use super::mailbox::holds;

/// Stands for every verb.
const ANY: &str = "*";

/// A point in the talk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// A connection was accepted.
    Greeting,
    /// A command's first line has been read; for APPEND before its literal.
    Command(String),
    /// A command has been carried out and is about to be answered.
    Answer(String),
    /// The octets of a message to append are about to be read.
    Literal,
    /// A message to append has been read and is about to be stored.
    Append,
    /// A message is listed without its octets.
    Listing,
    /// A message's octets are about to be sent.
    Body,
    /// A message's header alone is about to be sent.
    Header,
}

impl Moment {
    /// The word that the table of coverage uses.
    pub fn word(&self) -> String {
        match self {
            Self::Greeting => "greeting".into(),
            Self::Command(verb) => verb.clone(),
            Self::Answer(verb) => format!("answer to {verb}"),
            Self::Literal => "literal".into(),
            Self::Append => "append".into(),
            Self::Listing => "listing".into(),
            Self::Body => "body".into(),
            Self::Header => "header".into(),
        }
    }
}

/// Where a fault strikes: a moment, narrowed down, and the occurrences that count (all, unless told).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    moment: Moment,
    folder: Option<Vec<u8>>,
    uid: Option<u32>,
    text: Option<Vec<u8>>,
    first: u64,
    last: u64,
}

/// Something that happens, for the faults to look at.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    pub moment: Moment,
    pub folder: Option<&'a [u8]>,
    pub uid: Option<u32>,
    pub octets: Option<&'a [u8]>,
}

impl At {
    fn moment(moment: Moment) -> At {
        At { moment, folder: None, uid: None, text: None, first: 1, last: u64::MAX }
    }

    /// A connection is accepted.
    pub fn greeting() -> At {
        At::moment(Moment::Greeting)
    }

    /// A command has come, such as `SELECT` or `UID FETCH`; for APPEND before its literal. Counts commands.
    pub fn command(verb: &str) -> At {
        At::moment(Moment::Command(verb.to_owned()))
    }

    /// A command is carried out but not answered.
    pub fn answer(verb: &str) -> At {
        At::moment(Moment::Answer(verb.to_owned()))
    }

    /// Any command has come; none is carried out if the fault closes the connection. Counts commands.
    pub fn any_command() -> At {
        At::command(ANY)
    }

    /// Any command is carried out but not answered. Counts commands.
    pub fn any_answer() -> At {
        At::answer(ANY)
    }

    /// The octets of a message to append begin. Counts messages.
    pub fn literal() -> At {
        At::moment(Moment::Literal)
    }

    /// A message to append has come whole. Counts messages, also inside a MULTIAPPEND.
    pub fn append() -> At {
        At::moment(Moment::Append)
    }

    /// A message is listed (FLAGS, RFC822.SIZE, …) without its octets. Counts messages.
    pub fn listing() -> At {
        At::moment(Moment::Listing)
    }

    /// A message's octets are fetched. Counts messages.
    pub fn body() -> At {
        At::moment(Moment::Body)
    }

    /// A message's header alone is fetched. Counts messages.
    pub fn header() -> At {
        At::moment(Moment::Header)
    }

    /// Only in this folder (Unicode name).
    pub fn folder(mut self, name: &str) -> At {
        self.folder = Some(super::name::wire(name));
        self
    }

    /// Only for one message of a folder given by its wire name.
    pub(super) fn at(mut self, wire_name: &[u8], uid: u32) -> At {
        self.folder = Some(wire_name.to_vec());
        self.uid(uid)
    }

    /// Only for the message of this UID.
    pub fn uid(mut self, uid: u32) -> At {
        self.uid = Some(uid);
        self
    }

    /// Only for a message that holds this text.
    pub fn holding(mut self, text: impl AsRef<[u8]>) -> At {
        self.text = Some(text.as_ref().to_vec());
        self
    }

    /// Only the n-th time, counted from 1.
    pub fn nth(mut self, n: u64) -> At {
        (self.first, self.last) = (n, n);
        self
    }

    /// Only the first n times.
    pub fn times(mut self, n: u64) -> At {
        (self.first, self.last) = (1, n);
        self
    }

    /// The n-th time and ever after.
    pub fn since(mut self, n: u64) -> At {
        (self.first, self.last) = (n, u64::MAX);
        self
    }

    fn comes_at(&self, moment: &Moment) -> bool {
        match (&self.moment, moment) {
            (Moment::Command(verb), Moment::Command(_)) | (Moment::Answer(verb), Moment::Answer(_)) if verb == ANY => {
                true
            }
            (mine, other) => mine == other,
        }
    }

    /// Whether an event is one of those meant, whatever its count.
    pub(super) fn fits(&self, event: &Event<'_>) -> bool {
        self.comes_at(&event.moment)
            && self.folder.as_deref().is_none_or(|folder| event.folder == Some(folder))
            && self.uid.is_none_or(|uid| event.uid == Some(uid))
            && self.text.as_deref().is_none_or(|text| event.octets.is_some_and(|octets| holds(octets, text)))
    }

    /// Whether the occurrence of this count, from 1, is meant.
    pub(super) fn counts(&self, met: u64) -> bool {
        (self.first..=self.last).contains(&met)
    }
}
