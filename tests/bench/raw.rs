//! # Raw
//! The limit: a client that only moves octets. Each pair of connections takes folder after folder, fetches it by one
//! pipelined command and appends it in MULTIAPPENDs of 100 messages or 8 MiB, two on their way, while the fetch goes
//! on; what comes while both are unanswered makes the next one larger. With fewer folders than pairs it appends over more
//! connections (`raw_lanes`). It plans nothing, writes nothing down, looks at nothing and forgives nothing. Shares no code
//! with the product.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use crate::raw_lanes;
use crate::wire::{Side, Wire};

/// As Posthorse's sink has it.
const BATCH: usize = 100;
const BATCH_OCTETS: usize = 8 << 20;
/// While others are on their way.
const BATCH_WAITING: usize = 1000;
const BATCH_WAITING_OCTETS: usize = 64 << 20;
/// MULTIAPPENDs on their way.
const OUT: usize = 2;

/// A folder's names on both sides, quoted.
type Folder = (String, String);

/// What goes out at once: the folder, and messages as they are sent.
pub struct Batch {
    folder: String,
    messages: Vec<(String, Vec<u8>)>,
    octets: usize,
}

impl Batch {
    /// APPEND with all of it, but for the line's end.
    pub fn command(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(self.octets + 100 * self.messages.len());
        octets.extend_from_slice(format!("a APPEND {}", self.folder).as_bytes());
        for (head, message) in &self.messages {
            octets.extend_from_slice(head.as_bytes());
            octets.extend_from_slice(message);
        }
        octets
    }
}

/// Runs the subcommand `raw SOURCE DESTINATION PAIRS [CA]`; prints milliseconds and messages to standard error.
///
/// # Errors
/// Whatever goes wrong on either side.
pub fn run(mut arguments: impl Iterator<Item = String>) -> io::Result<()> {
    let mut next = || arguments.next().ok_or_else(|| io::Error::other("raw SOURCE DESTINATION PAIRS [CA]"));
    let (from, to) = (next()?, next()?);
    let pairs: usize = next()?.parse().map_err(io::Error::other)?;
    let ca_file = arguments.next();
    let ca_file = ca_file.as_deref().map(Path::new);
    let (from, to) = (Side::read(&from, ca_file)?, Side::read(&to, ca_file)?);
    let begun = Instant::now();
    let folders = plan(&from, &to)?;
    let (carriers, from, to) = (pairs.min(folders.len()), &from, &to);
    let pairs: Vec<(Wire, Vec<Wire>)> = thread::scope(|scope| {
        let open = |place| move || Ok((Wire::login(from)?, logins(to, (place..pairs).step_by(carriers).count())?));
        let open: Vec<_> = (0..carriers).map(|place| scope.spawn(open(place))).collect();
        open.into_iter().map(joined).collect::<io::Result<_>>()
    })?;
    let planned = begun.elapsed();
    let folders = Mutex::new(VecDeque::from(folders));
    let messages: u64 = thread::scope(|scope| {
        let work: Vec<_> = pairs.into_iter().map(|pair| scope.spawn(|| carry(pair, &folders))).collect();
        work.into_iter().map(joined).sum::<io::Result<u64>>()
    })?;
    let copied = begun.elapsed() - planned;
    eprintln!("raw planned={} copied={} messages={messages}", planned.as_millis(), copied.as_millis());
    Ok(())
}

fn logins(side: &Side, connections: usize) -> io::Result<Vec<Wire>> {
    (0..connections).map(|_| Wire::login(side)).collect()
}

/// What the thread says.
///
/// # Errors
/// What it says; that it panicked.
pub fn joined<T>(thread: thread::ScopedJoinHandle<'_, io::Result<T>>) -> io::Result<T> {
    thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread of the raw client panicked")))
}

/// Lists the source and makes its folders at the destination.
fn plan(from: &Side, to: &Side) -> io::Result<Vec<Folder>> {
    let (mut source, mut destination) = (Wire::login(from)?, Wire::login(to)?);
    let mut folders = Vec::new();
    source.write(b"n LIST \"\" \"*\"\r\n")?;
    source.answer("n", |line| folders.extend(listed(line)))?;
    let creates: String = folders.iter().map(|(_, to)| format!("c CREATE {to}\r\n")).collect();
    destination.write(creates.as_bytes())?;
    for _ in &folders {
        // INBOX is there already.
        let _ = destination.answer("c", |_| ());
    }
    Ok(folders)
}

/// `* LIST (\HasNoChildren) "." INBOX.Sent` to both names.
fn listed(line: &str) -> Option<Folder> {
    let (attributes, rest) = line.strip_prefix("* LIST (")?.split_once(") ")?;
    if attributes.contains("\\Noselect") || attributes.contains("\\NonExistent") {
        return None;
    }
    let (delimiter, name) = rest.split_once(' ')?;
    let (delimiter, name) = (delimiter.trim_matches('"'), name.trim_matches('"'));
    let prefix = format!("INBOX{delimiter}");
    let there = name.strip_prefix(&prefix).unwrap_or(name).replace(delimiter, "/");
    Some((format!("\"{name}\""), format!("\"{there}\"")))
}

fn carry((mut source, mut lanes): (Wire, Vec<Wire>), folders: &Mutex<VecDeque<Folder>>) -> io::Result<u64> {
    let (give, take) = sync_channel(1);
    thread::scope(|scope| {
        let fetching = scope.spawn(move || fetch(&mut source, folders, &give));
        let appended = match &mut *lanes {
            [destination] => append(destination, take),
            lanes => raw_lanes::append(lanes, take),
        };
        let fetched = joined(fetching);
        appended?;
        fetched
    })
}

fn fetch(source: &mut Wire, folders: &Mutex<VecDeque<Folder>>, give: &SyncSender<Batch>) -> io::Result<u64> {
    let mut messages = 0;
    loop {
        let next = folders.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some((from, to)) = next else { return Ok(messages) };
        let commands = format!("e EXAMINE {from}\r\nf UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])\r\n");
        source.write(commands.as_bytes())?;
        messages += one(source, &to, give)?;
    }
}

fn one(source: &mut Wire, to: &str, give: &SyncSender<Batch>) -> io::Result<u64> {
    let empty = || Batch { folder: to.to_owned(), messages: Vec::new(), octets: 0 };
    let (mut batch, mut messages) = (empty(), 0);
    let closed = |_| io::Error::other("the appending side ended");
    loop {
        let mut head = source.line()?;
        if head.starts_with(b"f ") {
            if !batch.messages.is_empty() {
                give.send(batch).map_err(closed)?;
            }
            return Ok(messages);
        }
        let Some(size) = size(&head) else { continue };
        let octets = source.literal(size)?;
        head.extend(source.line()?);
        let head = String::from_utf8_lossy(&head);
        batch.octets += size;
        batch.messages.push((append_head(&head, size), octets));
        messages += 1;
        let overfull = batch.messages.len() >= BATCH_WAITING || batch.octets >= BATCH_WAITING_OCTETS;
        if overfull {
            give.send(std::mem::replace(&mut batch, empty())).map_err(closed)?;
        } else if batch.messages.len() >= BATCH || batch.octets >= BATCH_OCTETS {
            batch = match give.try_send(batch) {
                Ok(()) => empty(),
                Err(TrySendError::Full(batch)) => batch,
                Err(error) => return Err(io::Error::other(error.to_string())),
            };
        }
    }
}

/// `{123}` at the line's end.
fn size(line: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(line).ok()?.trim_end().strip_suffix('}')?;
    text.rsplit_once('{')?.1.parse().ok()
}

fn append_head(head: &str, size: usize) -> String {
    let between = |start: &str, end: &str| Some(head.split_once(start)?.1.split_once(end)?.0);
    let flags = between("FLAGS (", ")").unwrap_or_default();
    let flags: Vec<&str> = flags.split_whitespace().filter(|flag| *flag != "\\Recent").collect();
    let date = between("INTERNALDATE \"", "\"").unwrap_or_default();
    format!(" ({}) \"{date}\" {{{size}+}}\r\n", flags.join(" "))
}

fn append(destination: &mut Wire, take: Receiver<Batch>) -> io::Result<()> {
    let mut out = 0;
    while let Ok(batch) = take.recv() {
        while out >= OUT {
            destination.answer("a", |_| ())?;
            out -= 1;
        }
        let mut octets = batch.command();
        octets.extend_from_slice(b"\r\n");
        destination.write(&octets)?;
        out += 1;
    }
    for _ in 0..out {
        destination.answer("a", |_| ())?;
    }
    Ok(())
}
