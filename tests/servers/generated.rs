//! # Generated
//! IMAP servers with one folder, INBOX, whose messages are computed when they are asked for and never held: a folder of a
//! million costs them nothing. They speak as much of RFC 3501 as a migration without trouble needs, and count what is asked.
//!
//! The destination takes message after message and compares each with the one that comes next at the source: octets, flags,
//! date. Of a message that is not as it should be only `wrong` tells.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::thread;

/// What one server saw.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Commands of each verb.
    pub verbs: BTreeMap<String, u64>,
    /// Commands by tenths of the messages that had arrived when they came.
    pub by_tenths: [u64; 11],
    /// Octets of the longest UID set, and of the longest line.
    pub longest_set: usize,
    pub longest_line: usize,
    /// Messages given whole, messages listed, the most listed by one command.
    pub bodies: u64,
    pub listed: u64,
    pub most_listed: u64,
    /// Messages that came and were not the next one of the source.
    pub wrong: u64,
}

/// One server.
#[derive(Debug)]
pub struct Generated {
    /// Messages in its folder: all of them at the source, those that have arrived at the destination.
    messages: AtomicU32,
    /// Between two UIDs: large at the source, 1 at the destination.
    gap: u32,
    /// How many there will be in the end.
    all: u32,
    seen: Mutex<Seen>,
}

/// A source of so many messages far apart, and an empty destination.
pub fn pair(messages: u32) -> [Arc<Generated>; 2] {
    let server =
        |now, gap| Arc::new(Generated { messages: AtomicU32::new(now), gap, all: messages, seen: Mutex::default() });
    [server(messages, u32::MAX / (messages + 2)), server(0, 1)]
}

/// The n-th message, from 1. All are as long.
fn message(number: u32) -> Vec<u8> {
    format!(
        "From: Anna <anna@example.org>\r\nSubject: m{number:010}\r\nDate: 17 Jul 2010 {}\r\n\
         Message-ID: <{number:010}@example.org>\r\n\r\nThis is {number:010}.\r\n",
        time(number)
    )
    .into_bytes()
}

/// Octets of any message.
static OCTETS: LazyLock<usize> = LazyLock::new(|| message(1).len());

/// The time of its day.
fn time(number: u32) -> &'static str {
    static TIMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        (0..86_400).map(|s| format!("{:02}:{:02}:{:02} +0000", s / 3600, s / 60 % 60, s % 60)).collect()
    });
    &TIMES[usize::try_from(number % 86_400).unwrap()]
}

fn flags(number: u32) -> &'static str {
    if number.is_multiple_of(3) { "\\Seen" } else { "" }
}

impl Generated {
    /// Serves on a free port of 127.0.0.1 for as long as the test runs; `arrived` is whose messages tell how far things are.
    pub fn listen(self: &Arc<Self>, arrived: &Arc<Self>) -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (server, arrived) = (Arc::clone(self), Arc::clone(arrived));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, arrived) = (Arc::clone(&server), Arc::clone(&arrived));
                thread::spawn(move || Talk::new(stream, server, arrived).and_then(Talk::run));
            }
        });
        port
    }

    /// Messages that are there.
    pub fn count(&self) -> u32 {
        self.messages.load(Ordering::Relaxed)
    }

    /// What was asked so far.
    pub fn seen(&self) -> Seen {
        self.note().clone()
    }

    fn note(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    /// Takes the messages of one APPEND, each with what stood before it.
    fn store(&self, batch: Vec<(String, Vec<u8>)>) -> String {
        let mut seen = self.note();
        let first = self.count() + 1;
        for (number, (head, octets)) in (first..).zip(batch) {
            let marked = head.contains("\\Seen") == (flags(number) == "\\Seen");
            seen.wrong += u64::from(!(marked && head.contains(time(number)) && octets == message(number)));
            self.messages.store(number, Ordering::Relaxed);
        }
        format!("[APPENDUID 1 {first}:{}] ", self.count())
    }

    fn uid(&self, number: u32) -> u32 {
        // Not in even steps, where there is room for that.
        number * self.gap + if self.gap > 7 { number % 7 } else { 0 }
    }

    /// The first message with this UID or a higher one.
    fn from(&self, uid: u32) -> u32 {
        let near = (uid / self.gap).saturating_sub(1).max(1);
        (near..).find(|number| *number > self.count() || self.uid(*number) >= uid).unwrap()
    }

    /// Messages of a UID set, a run for each of its ranges.
    fn runs(&self, set: &str) -> Vec<(u32, u32)> {
        let last = self.uid(self.count());
        let uid = |word: &str| if word == "*" { last } else { word.parse().unwrap() };
        let range = |range: &str| {
            let (one, other) = range.split_once(':').unwrap_or((range, range));
            let (lo, hi) = (uid(one).min(uid(other)), uid(one).max(uid(other)));
            let first = self.from(lo);
            let end = if hi >= last { self.count() + 1 } else { self.from(hi + 1) };
            (first, end)
        };
        set.split(',').map(range).collect()
    }
}

/// One connection.
struct Talk {
    server: Arc<Generated>,
    arrived: Arc<Generated>,
    hear: BufReader<TcpStream>,
    say: BufWriter<TcpStream>,
}

impl Talk {
    fn new(stream: TcpStream, server: Arc<Generated>, arrived: Arc<Generated>) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let hear = BufReader::with_capacity(256 << 10, stream.try_clone()?);
        Ok(Self { server, arrived, hear, say: BufWriter::with_capacity(64 << 10, stream) })
    }

    fn run(mut self) -> io::Result<()> {
        write!(self.say, "* OK IMAP4rev1 ready\r\n")?;
        loop {
            let line = self.line()?;
            let mut words = line.splitn(3, ' ');
            let (tag, verb, rest) =
                (words.next().unwrap_or_default(), words.next().unwrap_or_default(), words.next().unwrap_or_default());
            if verb.is_empty() || verb == "LOGOUT" {
                return self.say.flush();
            }
            let (verb, rest) = match rest.split_once(' ') {
                Some((second, rest)) if verb == "UID" => (format!("UID {second}"), rest),
                _ => (verb.to_owned(), rest),
            };
            let tenth = u64::from(self.arrived.count()) * 10 / u64::from(self.arrived.all);
            let mut seen = self.server.note();
            *seen.verbs.entry(verb.clone()).or_default() += 1;
            seen.by_tenths[usize::try_from(tenth).unwrap()] += 1;
            seen.longest_line = seen.longest_line.max(line.len());
            drop(seen);
            let told = self.obey(&verb, rest)?;
            write!(self.say, "{tag} OK {told}done\r\n")?;
        }
    }

    /// The next line. What was said goes out before it is waited for.
    fn line(&mut self) -> io::Result<String> {
        if self.hear.buffer().is_empty() {
            self.say.flush()?;
        }
        let mut line = String::new();
        self.hear.read_line(&mut line)?;
        line.truncate(line.trim_end().len());
        Ok(line)
    }

    /// What stands before the answer's text.
    fn obey(&mut self, verb: &str, rest: &str) -> io::Result<String> {
        let (count, server) = (self.server.count(), Arc::clone(&self.server));
        let next = server.uid(count) + 1;
        match verb {
            "CAPABILITY" => write!(self.say, "* CAPABILITY IMAP4rev1 LITERAL+ MULTIAPPEND UIDPLUS\r\n")?,
            "LIST" => write!(self.say, "* LIST () \"/\" INBOX\r\n")?,
            "LSUB" => write!(self.say, "* LSUB () \"/\" INBOX\r\n")?,
            "STATUS" => write!(self.say, "* STATUS INBOX (MESSAGES {count} UIDNEXT {next} UIDVALIDITY 1)\r\n")?,
            "NOOP" => write!(self.say, "* {count} EXISTS\r\n")?,
            "SELECT" | "EXAMINE" => write!(
                self.say,
                "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n* {count} EXISTS\r\n* 0 RECENT\r\n\
                 * OK [UIDVALIDITY 1] as ever\r\n* OK [UIDNEXT {next}] next\r\n\
                 * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] kept\r\n"
            )?,
            "UID FETCH" => self.fetch(rest)?,
            "APPEND" => return self.append(rest),
            _ => {}
        }
        Ok(String::new())
    }

    fn fetch(&mut self, rest: &str) -> io::Result<()> {
        let (set, items) = rest.split_once(' ').unwrap();
        let (whole, dated) = (items.contains("BODY.PEEK[]"), items.contains("INTERNALDATE"));
        assert!(whole || !items.contains("BODY"), "{items}");
        let mut told = 0;
        for number in self.server.runs(set).into_iter().flat_map(|(first, end)| first..end) {
            write!(self.say, "* {number} FETCH (UID {}", self.server.uid(number))?;
            if dated {
                write!(self.say, " FLAGS ({}) INTERNALDATE \"17-Jul-2010 {}\"", flags(number), time(number))?;
            }
            if items.contains("RFC822.SIZE") {
                write!(self.say, " RFC822.SIZE {}", *OCTETS)?;
            }
            if whole {
                write!(self.say, " BODY[] {{{}}}\r\n", *OCTETS)?;
                self.say.write_all(&message(number))?;
            }
            self.say.write_all(b")\r\n")?;
            told += 1;
        }
        let mut seen = self.server.note();
        seen.longest_set = seen.longest_set.max(set.len());
        if whole {
            seen.bodies += told;
        } else {
            seen.listed += told;
            seen.most_listed = seen.most_listed.max(told);
        }
        Ok(())
    }

    /// Takes messages, `INBOX (\Seen) "date" {n+}` and the like, and tells their UIDs (RFC 4315).
    fn append(&mut self, rest: &str) -> io::Result<String> {
        let mut batch = Vec::new();
        let mut head = rest.trim_start_matches("\"INBOX\"").trim_start_matches("INBOX").to_owned();
        loop {
            let size = head.rsplit_once('{').map_or("", |(_, size)| size).trim_end_matches(['}', '+']);
            if head.ends_with('}') && !head.ends_with("+}") {
                write!(self.say, "+ go on\r\n")?;
                self.say.flush()?;
            }
            let mut octets = vec![0; size.parse().unwrap()];
            self.hear.read_exact(&mut octets)?;
            batch.push((head, octets));
            head = self.line()?;
            if head.is_empty() {
                return Ok(self.server.store(batch));
            }
        }
    }
}
