//! # Support: shared
//! One server of each kind for all tests of the matrix, a mailbox of its own for each test, and the real `posthorse`
//! between two of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use posthorse_tests::servers::client::quote;
use posthorse_tests::servers::judge::{Tolerance, Verdict};
use posthorse_tests::servers::*;
use serde_json::Value;
use tempfile::TempDir;

use crate::support_run::*;

/// The servers of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Site {
    /// Dovecot, Maildir, delimiter `.`, prefix `INBOX.`, Apple's names of special folders.
    Dotted,
    /// Dovecot, Maildir, delimiter `/`, the usual special folders.
    Slashed,
    /// Dovecot, mdbox, delimiter `/`, the usual special folders.
    Mdbox,
    /// Cyrus, delimiter `/`.
    Cyrus,
    /// Cyrus, delimiter `.`, prefix `INBOX.`.
    CyrusDots,
    /// The first, refusing 8-bit octets in headers.
    CyrusStrict,
    /// Courier, delimiter `.`, prefix `INBOX.`.
    Courier,
}

impl Site {
    fn kind(self) -> Kind {
        match self {
            Self::Dotted => Dovecot::dotted().into(),
            Self::Slashed => Dovecot::slashed().into(),
            Self::Mdbox => Dovecot { format: Format::Mdbox, ..Dovecot::slashed() }.into(),
            Self::Cyrus => Cyrus::default().into(),
            Self::CyrusDots => Cyrus { unix_hierarchy: false, ..Cyrus::default() }.into(),
            Self::CyrusStrict => Cyrus { strict8bit: true, ..Cyrus::default() }.into(),
            Self::Courier => Courier.into(),
        }
    }

    /// Its folders for Sent, Trash and Junk, where it makes them at the first login.
    fn special(self) -> Option<[&'static str; 3]> {
        match self {
            Self::Dotted | Self::Courier => None,
            Self::Slashed | Self::Mdbox => Some(["Sent", "Trash", "Junk"]),
            Self::Cyrus | Self::CyrusDots | Self::CyrusStrict => Some(["Sent", "Trash", "Spam"]),
        }
    }

    /// Folders of `profile::tiny` and of a new mailbox here that go elsewhere for their use when they go to `into`.
    pub fn special_folders(self, into: Self) -> Vec<(&'static str, &'static str)> {
        let here = self.special().unwrap_or(["Sent Messages", "Deleted Messages", "Junk"]);
        let pairs = here.into_iter().zip(into.special().unwrap_or(here));
        pairs.filter(|(from, to)| from != to).collect()
    }

    /// What a destination of this kind does to mail that it takes, and the judge forgives; nothing else.
    fn rewrites(self) -> &'static [Tolerance] {
        match self {
            Self::Dotted | Self::Slashed | Self::Mdbox => &[Tolerance::DovecotNul],
            Self::Cyrus | Self::CyrusDots => &[Tolerance::Cyrus8Bit],
            Self::CyrusStrict => &[],
            Self::Courier => &[Tolerance::CourierCrlf],
        }
    }
}

/// Mailboxes on each server; a test takes one.
const USERS: u32 = 30;

/// A running server and which mailbox is the next.
pub struct Shared {
    server: Server,
    next: AtomicU32,
}

impl Shared {
    fn start(site: Site) -> Self {
        let options = Options { users: USERS, password: SOURCE_PASSWORD.into(), ..Options::default() };
        Self { server: Server::start_with(site.kind(), options).unwrap(), next: AtomicU32::new(1) }
    }

    fn mailbox(&self) -> Login {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        assert!(number <= USERS, "the matrix needs more users");
        self.server.user(number)
    }
}

/// What runs, and how many roads there are; servers end with the last road, since nobody drops a static.
struct Running {
    roads: usize,
    servers: BTreeMap<Site, Arc<OnceLock<Shared>>>,
}

static RUNNING: Mutex<Running> = Mutex::new(Running { roads: 0, servers: BTreeMap::new() });

fn site(site: Site) -> Arc<OnceLock<Shared>> {
    let slot = {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.roads += 1;
        Arc::clone(running.servers.entry(site).or_default())
    };
    slot.get_or_init(|| Shared::start(site));
    slot
}

/// From a mailbox of its own to another one.
pub struct Road {
    source: Arc<OnceLock<Shared>>,
    destination: Arc<OnceLock<Shared>>,
    route: (Site, Site),
    /// The mailbox that is read.
    pub from: Login,
    /// The mailbox that is written.
    pub to: Login,
    scratch: TempDir,
}

impl Drop for Road {
    fn drop(&mut self) {
        let ended = {
            let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
            running.roads -= 2;
            if running.roads == 0 { std::mem::take(&mut running.servers) } else { BTreeMap::new() }
        };
        drop(ended);
    }
}

impl Road {
    /// Fills a new mailbox at `source`; the one at `into` is empty.
    pub fn new(from: Site, into: Site, mailbox: &Mailbox) -> Self {
        let route = (from, into);
        let (source, destination) = (site(from), site(into));
        let (from, to) = (source.get().unwrap().mailbox(), destination.get().unwrap().mailbox());
        let road = Self { source, destination, route, from, to, scratch: tempfile::tempdir().unwrap() };
        fs::write(road.file("password"), format!("{SOURCE_PASSWORD}\n")).unwrap();
        road.source().seed(&road.from, mailbox).unwrap();
        road
    }

    /// Where the mail is.
    pub fn source(&self) -> &Server {
        &self.source.get().unwrap().server
    }

    /// Where it goes.
    pub fn destination(&self) -> &Server {
        &self.destination.get().unwrap().server
    }

    /// A file that is no part of the state directory.
    pub fn file(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// The state directory.
    pub fn state(&self) -> PathBuf {
        self.file("state")
    }

    /// `posthorse migrate`, ready to be run or changed.
    pub fn migrate(&self) -> Call {
        self.between(self.source().port(), self.destination().port())
    }

    /// The same through other ports, for proxies.
    pub fn between(&self, source: u16, destination: u16) -> Call {
        let url = |login: &Login, port: u16| format!("imap://{}@localhost:{port}", login.user);
        let call = Call::new(["migrate", &url(&self.from, source), &url(&self.to, destination), "--json"]);
        let call = call.arg("--insecure-plaintext").path("--state", &self.state());
        let call = call.path("--source-password-file", &self.file("password"));
        let call = call.path("--destination-password-file", &self.file("password"));
        call.env("POSTHORSE_QUIET_SECONDS", "0").secrets([&self.from, &self.to])
    }

    /// The plan, as it is told before anything is done.
    pub fn plan(&self) -> Value {
        self.migrate().arg("--dry-run").run().expect(0).json()
    }

    /// Compares both mailboxes; the destination may have rewritten what it is known to rewrite, and special folders are
    /// expected where it has them.
    pub fn judge(&self) -> Judge {
        let (source, into) = self.route;
        let judge = Judge::of(self.source(), &self.from).unwrap().against(self.destination(), &self.to);
        let judge = into.rewrites().iter().fold(judge, |judge, rewrite| judge.tolerate(*rewrite));
        source.special_folders(into).iter().fold(judge, |judge, (from, to)| judge.map(from, to))
    }

    /// The same; what the report has in quarantine must be absent.
    pub fn judge_without(&self, report: &Value) -> Judge {
        let file = self.file("report.json");
        fs::write(&file, report.to_string()).unwrap();
        self.judge().without(&file)
    }

    /// What the source has in `folder` (as it spells it).
    pub fn served(&self, folder: &str) -> Vec<Message> {
        self.source().client(&self.from).unwrap().messages(folder).unwrap()
    }

    /// STATUS of each destination folder: UIDNEXT tells every APPEND, and the undone ones too.
    pub fn status(&self) -> Vec<String> {
        let mut client = self.destination().client(&self.to).unwrap();
        let mut status = Vec::new();
        for name in listed(&mut client) {
            let said = client.command(&format!("STATUS {} (UIDNEXT MESSAGES)", quote(&name))).unwrap();
            status.extend(said.into_iter().map(|line| line.text).filter(|line| line.starts_with("* STATUS")));
        }
        status
    }

    /// Runs it once more: it has nothing to do, and does nothing.
    pub fn nothing_is_left(&self, code: i32) {
        let before = self.status();
        let report = self.migrate().run().expect(code).report();
        assert_eq!(number(&report["this_pass"], "source"), 0, "{report:#}");
        assert_eq!(self.status(), before);
    }

    /// Each message in quarantine lies in the state directory, octet for octet as the source serves it, with the words of
    /// its refusal.
    pub fn parked(&self, report: &Value) -> Vec<Parked> {
        let mut served = BTreeMap::new();
        let mut parked: Vec<Parked> = report["quarantined"].as_array().unwrap().iter().map(Parked::read).collect();
        for message in &mut parked {
            message.octets = fs::read(self.state().join(&message.object)).unwrap();
            let all =
                served.entry(message.folder.clone()).or_insert_with(|| self.served(&name::encode(&message.folder)));
            // Nothing was ever removed from these folders: the UID is the place.
            assert!(message.octets == all[message.uid - 1].octets, "{:?}: {}", message.reason(), message.response);
            assert!(!message.response.is_empty(), "{:?}", message.reason());
        }
        parked.sort_by_key(|message| (message.folder.clone(), message.uid));
        parked
    }
}

/// A message in quarantine.
pub struct Parked {
    /// The source's folder, in Unicode.
    pub folder: String,
    /// Source UID.
    pub uid: usize,
    /// Kind of reason.
    pub class: String,
    /// The server's words.
    pub response: String,
    object: String,
    /// What is kept.
    pub octets: Vec<u8>,
}

impl Parked {
    fn read(told: &Value) -> Self {
        let text = |name: &str| told[name].as_str().unwrap_or_else(|| panic!("no {name} in {told}")).to_owned();
        let [folder, class, response, object] = ["folder", "class", "response", "object"].map(text);
        let uid = usize::try_from(told["uid"].as_u64().unwrap()).unwrap();
        Self { folder, uid, class, response, object, octets: Vec::new() }
    }

    /// Folder, UID and class.
    pub fn reason(&self) -> (&str, usize, &str) {
        (&self.folder, self.uid, &self.class)
    }
}

/// The names of all folders that can be opened, as the server spells them.
pub fn listed(client: &mut Client) -> Vec<String> {
    let lines = client.command("LIST \"\" \"*\"").unwrap().into_iter();
    let folders =
        lines.filter(|line| line.text.starts_with("* LIST") && !line.text.to_lowercase().contains("\\noselect"));
    let mut names: Vec<String> = folders.map(|line| spelled(&line)).collect();
    names.sort();
    names
}

/// The name of a LIST line: a literal, a quoted string or an atom.
fn spelled(line: &client::Untagged) -> String {
    if let Some(literal) = line.literals.first() {
        return String::from_utf8_lossy(literal).into_owned();
    }
    let behind = line.text.split_once(") \"/\" ").or_else(|| line.text.split_once(") \".\" ")).unwrap().1;
    behind.trim_matches('"').replace("\\\"", "\"").replace("\\\\", "\\")
}

/// Fails with what the judge says when the mailboxes differ.
pub fn equal(judge: &Judge) -> Verdict {
    let verdict = judge.compare().unwrap();
    assert!(verdict.equal, "{}", verdict.text);
    verdict
}

/// The plan's entry of a source folder.
pub fn planned<'a>(plan: &'a Value, source: &str) -> &'a Value {
    let mut folders = plan["folders"].as_array().unwrap().iter();
    folders.find(|folder| folder["source"] == source).unwrap_or_else(|| panic!("no folder '{source}' in {plan:#}"))
}
