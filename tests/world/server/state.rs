//! # State
//! What all connections of one server share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::at::Event;
use super::fault::{Fault, Faults};
use super::folder::Folder;
use super::log::{Change, Log};
use super::mailbox::{Mailbox, canonical};
use super::message::Message;
use super::profile::Profile;
use super::quirk::Quirk;
use super::rewrite::message_id;

/// The wall clock at the first connection, unless told otherwise.
const BEGINNING: i64 = 1_790_000_000;

/// Messages that are stored after their connection is gone.
#[derive(Debug)]
pub struct Pending {
    pub at: Instant,
    pub user: String,
    pub folder: Vec<u8>,
    pub messages: Vec<Message>,
}

/// Everything behind the port.
#[derive(Debug)]
pub struct State {
    pub profile: Profile,
    pub mailboxes: BTreeMap<String, Mailbox>,
    pub faults: Faults,
    pub log: Log,
    pub latency: Duration,
    /// Octets per second in each direction; none where that is no limit.
    pub width: Option<u64>,
    /// Seconds since 1970 when the first connection came.
    pub beginning: i64,
    pub seed: u64,
    pub connections: u32,
    pub seated: BTreeMap<String, usize>,
    pub pending: Vec<Pending>,
    /// User and folder (wire name) of each APPEND under way (`Quirk::LocksFromAppend`).
    pub locked: BTreeSet<(String, Vec<u8>)>,
    /// What a fault delivered: wire name of the folder, and the octets.
    pub delivered: Vec<(Vec<u8>, Vec<u8>)>,
    born: Option<Instant>,
}

/// The state, shared.
#[derive(Debug, Clone)]
pub struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub fn new(profile: Profile) -> Shared {
        Shared(Arc::new(Mutex::new(State {
            profile,
            mailboxes: BTreeMap::new(),
            faults: Faults::default(),
            log: Log::default(),
            latency: Duration::ZERO,
            width: None,
            beginning: BEGINNING,
            seed: 1,
            connections: 0,
            seated: BTreeMap::new(),
            pending: Vec::new(),
            locked: BTreeSet::new(),
            delivered: Vec::new(),
            born: None,
        })))
    }

    /// Looks at or changes the state; what was due by now has happened before.
    pub fn with<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.pending.is_empty() {
            state.store_due();
        }
        act(&mut state)
    }
}

impl State {
    /// Time since the first connection.
    pub fn age(&mut self) -> Duration {
        let now = Instant::now();
        now.saturating_duration_since(*self.born.get_or_insert(now))
    }

    /// The wall clock, in seconds since 1970.
    pub fn now(&mut self) -> i64 {
        self.beginning.saturating_add(i64::try_from(self.age().as_secs()).unwrap_or(i64::MAX))
    }

    /// Counts the event and returns the faults that strike.
    pub fn strike(&mut self, event: &Event<'_>) -> Vec<Fault> {
        if self.faults.is_empty() { Vec::new() } else { self.faults.strike(event) }
    }

    /// The folder that this name means to this user.
    pub fn folder(&mut self, user: &str, name: &[u8]) -> Option<&mut Folder> {
        let anycase = self.profile.is(Quirk::CaseInsensitiveNames);
        let name = canonical(name);
        let mailbox = self.mailboxes.get_mut(user)?;
        let key = match mailbox.folders.contains_key(&name) {
            false if anycase => mailbox.folders.keys().find(|known| known.eq_ignore_ascii_case(&name))?.clone(),
            _ => name,
        };
        let folder = mailbox.folders.get_mut(&key)?;
        folder.reveal(Instant::now());
        Some(folder)
    }

    /// Notes a change.
    pub fn changed(&mut self, change: Change) {
        self.log.changes.push(change);
    }

    /// The next number of a fixed row that looks random (xorshift).
    pub fn random(&mut self) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed
    }

    fn store_due(&mut self) {
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) = self.pending.drain(..).partition(|pending| pending.at <= now);
        self.pending = later;
        for pending in due {
            for message in pending.messages {
                if !self.folds(&pending.user, &pending.folder, &message) {
                    self.store(&pending.user, &pending.folder, vec![message]);
                }
            }
        }
    }

    /// True when the server keeps only one of two messages with this Message-ID, and has it.
    pub fn folds(&mut self, user: &str, name: &[u8], message: &Message) -> bool {
        let merges = self.profile.is(Quirk::MergesEqualMessageIds);
        let Some(id) = message_id(&message.octets).filter(|_| merges) else { return false };
        let had = self.folder(user, name).map(|folder| &folder.messages);
        had.is_some_and(|messages| messages.values().any(|known| message_id(&known.octets) == Some(id)))
    }

    /// Stores messages and returns their UIDs, or nothing if the folder is gone.
    pub fn store(&mut self, user: &str, name: &[u8], messages: Vec<Message>) -> Vec<u32> {
        let Some(folder) = self.folder(user, name) else {
            return Vec::new();
        };
        let uids: Vec<u32> = messages.into_iter().map(|message| folder.add(message)).collect();
        for uid in &uids {
            self.changed(Change::Appended { folder: canonical(name), uid: *uid });
        }
        uids
    }
}
