//! # Log
//! What clients did: every command, everything that changed, every breach of the grammar, and the talk itself for
//! the message of a failed test. Message octets are never kept here.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Lines of talk that are kept.
const TALK: usize = 4_000;

/// One command as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The connection it came on, counted from 1.
    pub connection: u32,
    /// Its tag.
    pub tag: String,
    /// `SELECT`, `UID FETCH`, ….
    pub verb: String,
    /// Its first line without tag, at most 400 characters; passwords left out.
    pub line: String,
    /// Octets of that line.
    pub octets: usize,
    /// When it came, since the server's first connection.
    pub at: Duration,
}

/// Something a client changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// APPEND stored a message.
    Appended {
        /// Wire name of the folder.
        folder: Vec<u8>,
        /// The UID it got.
        uid: u32,
    },
    /// COPY stored a message.
    Copied {
        /// Wire name of the folder that got it.
        folder: Vec<u8>,
        /// The UID it got.
        uid: u32,
    },
    /// CREATE made a folder.
    Created(Vec<u8>),
    /// SUBSCRIBE or UNSUBSCRIBE.
    Subscription(Vec<u8>),
    /// `BODY[]` without PEEK set `\Seen`.
    Seen {
        /// Wire name of the folder.
        folder: Vec<u8>,
        /// The message.
        uid: u32,
    },
    /// STORE changed flags.
    Stored {
        /// Wire name of the folder.
        folder: Vec<u8>,
        /// The message.
        uid: u32,
        /// The message had come by APPEND.
        appended: bool,
    },
    /// EXPUNGE or CLOSE removed a message.
    Expunged {
        /// Wire name of the folder.
        folder: Vec<u8>,
        /// The message.
        uid: u32,
    },
    /// DELETE removed a folder.
    Deleted(Vec<u8>),
    /// RENAME.
    Renamed(Vec<u8>),
}

/// What has been seen since the server began or since `Server::forget`.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// Commands in the order they came.
    pub commands: Vec<Command>,
    /// Changes in the order they were made.
    pub changes: Vec<Change>,
    /// What a client may not send: lines not ended by CRLF, commands out of order, broken syntax.
    pub breaches: Vec<String>,
    /// Tagged NO and BAD answers, the verb before each.
    pub refusals: Vec<String>,
    /// Connections accepted.
    pub connections: u32,
    /// Octets of messages received by APPEND.
    pub received: u64,
    /// How often each message came whole by APPEND, by the hash of its octets; stored or not.
    pub came: BTreeMap<[u8; 32], u32>,
    /// How often the header alone of the message of each UID was fetched, in whatever folder.
    pub headers: BTreeMap<u32, u32>,
    /// Messages fetched whole.
    pub bodies: u64,
    /// Octets of literals sent by FETCH.
    pub sent: u64,
    talk: VecDeque<String>,
}

impl Command {
    /// UID STORE that adds one system flag other than `\\Deleted`, without a word: it can take nothing away.
    pub fn adds_a_flag(&self) -> bool {
        let mut words = self.line.split(' ').skip(3);
        let harmless = ["(\\\\Answered)", "(\\\\Flagged)", "(\\\\Seen)", "(\\\\Draft)"];
        self.verb == "UID STORE"
            && words.next() == Some("+FLAGS.SILENT")
            && words.next().is_some_and(|flag| harmless.contains(&flag))
            && words.next().is_none()
    }
}

impl Log {
    /// How many commands of this verb came.
    pub fn count(&self, verb: &str) -> usize {
        self.commands.iter().filter(|command| command.verb == verb).count()
    }

    /// How many commands of each verb came.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for command in &self.commands {
            *counts.entry(command.verb.clone()).or_default() += 1;
        }
        counts
    }

    /// Commands that can destroy something: nobody who moves mail has a use for them.
    pub fn destroying(&self) -> Vec<&Command> {
        self.among(&["CLOSE", "EXPUNGE", "UID EXPUNGE", "DELETE", "RENAME", "STORE", "UID STORE", "MOVE", "UID MOVE"])
    }

    /// Commands that can change anything at all, SELECT among them: a source never sees one.
    pub fn writing(&self) -> Vec<&Command> {
        let mut writing = self.destroying();
        writing.extend(self.among(&["SELECT", "APPEND", "CREATE", "SUBSCRIBE", "UNSUBSCRIBE", "COPY", "UID COPY"]));
        writing
    }

    fn among(&self, verbs: &[&str]) -> Vec<&Command> {
        self.commands.iter().filter(|command| verbs.contains(&command.verb.as_str())).collect()
    }

    /// Round trips on the connection: commands that came a whole `trip` or more after the one that opened the
    /// previous trip. Exact under paused time with `Server::latency(trip)`; pipelined commands share one.
    pub fn round_trips(&self, connection: u32, trip: Duration) -> usize {
        let mut trips = 0;
        let mut opened: Option<Duration> = None;
        for command in self.commands.iter().filter(|command| command.connection == connection) {
            if opened.is_none_or(|opened| command.at >= opened + trip) {
                opened = Some(command.at);
                trips += 1;
            }
        }
        trips
    }

    /// The talk, `C:` and `S:` lines with the connection's number, literals as their length.
    pub fn transcript(&self) -> String {
        self.talk.iter().fold(String::new(), |text, line| text + line + "\n")
    }

    /// Adds a line of talk.
    pub(super) fn hear(&mut self, connection: u32, who: char, line: &[u8]) {
        if self.talk.len() == TALK {
            self.talk.pop_front();
        }
        let line = line.get(..400).unwrap_or(line);
        self.talk.push_back(format!("{connection} {who}: {}", line.escape_ascii()));
    }
}
