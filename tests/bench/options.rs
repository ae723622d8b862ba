//! # Options
//! What is measured: `KEY=VALUE` words, several values separated by blanks or commas. `make bench` passes them on.

use std::io;
use std::time::Duration;

use posthorse_tests::servers::{Mailbox, profile};

use crate::tool::Tool;

/// The same mailboxes at every bench.
const SEED: u64 = 7;

/// Everything that can be chosen.
#[derive(Debug, Clone)]
pub struct Options {
    /// `PROFILES`: small, medium, many, big; wide, when it is asked for.
    pub profiles: Vec<String>,
    /// `RTT`: milliseconds added on each side.
    pub rtt: Vec<u64>,
    /// `DISKS`: fsync, memory.
    pub disks: Vec<String>,
    /// `TLS`: off, on. With TLS only Posthorse and the limit are measured.
    pub tls: Vec<bool>,
    /// `TOOLS`: posthorse, limit, narrow, mbsync, doveadm, imapsync; those that are not on the machine are left out.
    pub tools: Vec<Tool>,
    /// `ROUNDS`: how often each tool runs, in turns, unless its runs have taken long enough.
    pub rounds: u32,
    /// `LIMIT`: seconds after which a run is cut.
    pub limit: Duration,
    /// `JUDGE`: yes or no, whether each result is compared with the source.
    pub judge: bool,
    /// `DELTA`: profiles on which a second run without news is measured.
    pub delta: Vec<String>,
    /// `CONNECTIONS`: pairs of Posthorse and of the limit.
    pub connections: u8,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            profiles: words("small medium many big"),
            rtt: vec![0, 40],
            disks: words("fsync memory"),
            tls: vec![false, true],
            tools: Tool::ALL.to_vec(),
            rounds: 9,
            limit: Duration::from_secs(300),
            judge: true,
            delta: words("medium"),
            connections: 4,
        }
    }
}

impl Options {
    /// Reads the command line.
    ///
    /// # Errors
    /// A word that means nothing; the text says which are known.
    pub fn read(arguments: impl Iterator<Item = String>) -> io::Result<Self> {
        let mut options = Self::default();
        for argument in arguments {
            let (key, value) = argument.split_once('=').ok_or_else(|| unknown(&argument))?;
            options.set(key, value)?;
        }
        Ok(options)
    }

    fn set(&mut self, key: &str, value: &str) -> io::Result<()> {
        match key {
            "PROFILES" => self.profiles = known(value, &["small", "medium", "many", "big", "wide"])?,
            "RTT" => self.rtt = numbers(value)?,
            "DISKS" => self.disks = known(value, &["fsync", "memory"])?,
            "TLS" => self.tls = known(value, &["off", "on"])?.iter().map(|word| word == "on").collect(),
            "TOOLS" => {
                let names: Vec<&str> = Tool::ALL.iter().map(|tool| tool.name()).collect();
                let wanted = known(value, &names)?;
                self.tools =
                    Tool::ALL.into_iter().filter(|tool| wanted.iter().any(|word| word == tool.name())).collect();
            }
            "ROUNDS" => self.rounds = one(value)?,
            "LIMIT" => self.limit = Duration::from_secs(one(value)?),
            "JUDGE" => self.judge = known(value, &["yes", "no"])?.iter().any(|word| word == "yes"),
            "DELTA" => self.delta = known(value, &["small", "medium", "many", "big", "none"])?,
            "CONNECTIONS" => self.connections = one(value)?,
            _ => return Err(unknown(key)),
        }
        Ok(())
    }
}

/// The mailbox of a profile.
///
/// # Errors
/// When there is none of that name.
pub fn mailbox(name: &str) -> io::Result<Mailbox> {
    match name {
        "small" => Ok(profile::small(SEED)),
        "medium" => Ok(profile::medium(SEED)),
        "many" => Ok(profile::many(SEED)),
        "wide" => Ok(profile::wide(SEED)),
        "big" => Ok(profile::big(SEED)),
        _ => Err(unknown(name)),
    }
}

fn words(value: &str) -> Vec<String> {
    value.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn known(value: &str, all: &[&str]) -> io::Result<Vec<String>> {
    let words = words(value);
    match words.iter().find(|word| !all.contains(&word.as_str())) {
        Some(word) => Err(io::Error::other(format!("{word}: one of {} is meant", all.join(", ")))),
        None => Ok(words),
    }
}

fn numbers<T: std::str::FromStr>(value: &str) -> io::Result<Vec<T>> {
    words(value).iter().map(|word| one(word)).collect()
}

fn one<T: std::str::FromStr>(value: &str) -> io::Result<T> {
    value.trim().parse().map_err(|_| io::Error::other(format!("{value}: a number is meant")))
}

fn unknown(word: &str) -> io::Error {
    let keys = "PROFILES RTT DISKS TLS TOOLS ROUNDS LIMIT JUDGE DELTA CONNECTIONS";
    io::Error::other(format!("{word} means nothing here; known are {keys}, each as KEY=VALUE"))
}
