//! # Support: run
//! Two real servers, a state directory, and the real `posthorse` between them: how it is called, how it ended.
//!
//! The binary is what `POSTHORSE_BIN` names (the Makefile sets it); else it is built once, for the profile and target
//! directory of these tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use posthorse_tests::servers::process::Process;
use posthorse_tests::servers::*;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// A run that takes longer has hung; the machine may build at the same time.
const LIMIT: Duration = Duration::from_secs(180);
/// A build from nothing on two busy cores.
const BUILD_LIMIT: Duration = Duration::from_secs(1_500);

/// The password at the source; nothing else in a test looks like it.
pub const SOURCE_PASSWORD: &str = "Heuwagen-7719-quer";
/// The password at the destination.
pub const DESTINATION_PASSWORD: &str = "Poststation+4402 lang";

/// How the client speaks with both servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// TLS from the first octet.
    Tls,
    /// STARTTLS.
    Starttls,
    /// Neither, by `--insecure-plaintext`.
    Plain,
}

/// Two mailboxes and a directory for what belongs to their migration.
pub struct Pair {
    /// Where the mail is.
    pub source: Server,
    /// Where it goes.
    pub destination: Server,
    /// The mailbox there.
    pub from: Login,
    /// The mailbox here.
    pub to: Login,
    scratch: TempDir,
}

impl Pair {
    /// Starts both servers and fills the source.
    pub fn start(source: impl Into<Kind>, destination: impl Into<Kind>, mailbox: &Mailbox) -> Self {
        Self::start_for(3, source, destination, mailbox)
    }

    /// The same with so many users on each side.
    pub fn start_for(users: u32, source: impl Into<Kind>, destination: impl Into<Kind>, mailbox: &Mailbox) -> Self {
        let options = |password: &str| Options { users, password: password.into(), ..Options::default() };
        let source = Server::start_with(source, options(SOURCE_PASSWORD)).unwrap();
        let destination = Server::start_with(destination, options(DESTINATION_PASSWORD)).unwrap();
        source.seed(&source.user(1), mailbox).unwrap();
        Self::of(source, destination)
    }

    /// Of two running servers, the first user of each.
    pub fn of(source: Server, destination: Server) -> Self {
        let (from, to) = (source.user(1), destination.user(1));
        let scratch = tempfile::tempdir().unwrap();
        let pair = Self { source, destination, from, to, scratch };
        for (name, login) in [("source", &pair.from), ("destination", &pair.to)] {
            fs::write(pair.file(&format!("{name}.password")), format!("{}\n", login.password)).unwrap();
        }
        let authorities = [&pair.source, &pair.destination].map(|server| fs::read(server.ca_file()).unwrap());
        fs::write(pair.file("ca.pem"), authorities.concat()).unwrap();
        pair
    }

    /// A file of this pair that is no part of the state directory.
    pub fn file(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// The state directory.
    pub fn state(&self) -> PathBuf {
        self.file("state")
    }

    /// `posthorse migrate`, ready to be run or changed.
    pub fn migrate(&self, manner: Manner) -> Call {
        let ports = |server: &Server| if manner == Manner::Tls { server.tls_port() } else { server.port() };
        self.between(manner, ports(&self.source), ports(&self.destination))
    }

    /// The same through other ports, for proxies.
    pub fn between(&self, manner: Manner, source: u16, destination: u16) -> Call {
        let scheme = if manner == Manner::Tls { "imaps" } else { "imap" };
        let url = |login: &Login, port: u16| format!("{scheme}://{}@localhost:{port}", login.user);
        let call = Call::new(["migrate", &url(&self.from, source), &url(&self.to, destination), "--json"]);
        let call = call.path("--state", &self.state());
        let call = match manner {
            Manner::Plain => call.arg("--insecure-plaintext"),
            Manner::Tls | Manner::Starttls => call.path("--ca-file", &self.file("ca.pem")),
        };
        self.with_passwords(call)
    }

    /// `posthorse status|report|finish --state …`.
    pub fn look(&self, command: &str) -> Call {
        Call::new([command]).path("--state", &self.state()).secrets([&self.from, &self.to])
    }

    /// `posthorse verify --state …`.
    pub fn verify(&self, manner: Manner) -> Call {
        let call = self.look("verify");
        let call = if manner == Manner::Plain { call.arg("--insecure-plaintext") } else { call };
        self.with_passwords(call.path("--ca-file", &self.file("ca.pem")).arg("--json"))
    }

    fn with_passwords(&self, call: Call) -> Call {
        let call = call.path("--source-password-file", &self.file("source.password"));
        call.path("--destination-password-file", &self.file("destination.password")).secrets([&self.from, &self.to])
    }

    /// Compares both mailboxes; folders with a special use are expected where `Dovecot::slashed` has them.
    pub fn judge(&self) -> Judge {
        let judge = Judge::of(&self.source, &self.from).unwrap().against(&self.destination, &self.to);
        judge.map("Sent Messages", "Sent").map("Deleted Messages", "Trash")
    }

    /// What the destination has in `folder` (as it spells it).
    pub fn delivered(&self, folder: &str) -> Vec<Message> {
        self.destination.client(&self.to).unwrap().messages(folder).unwrap()
    }

    /// UIDNEXT of each destination folder: it tells every APPEND, and the undone ones too.
    pub fn uid_nexts(&self) -> Vec<(String, String)> {
        let mut client = self.destination.client(&self.to).unwrap();
        let listed = client.command("LIST \"\" \"*\" RETURN (STATUS (UIDNEXT MESSAGES))").unwrap();
        let status = listed.into_iter().filter_map(|line| Some(line.text.strip_prefix("* STATUS ")?.to_owned()));
        status.filter_map(|line| line.rsplit_once(" (").map(|(name, rest)| (name.into(), rest.into()))).collect()
    }
}

/// One invocation.
#[derive(Clone)]
pub struct Call {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    secrets: BTreeSet<String>,
    directory: Option<PathBuf>,
}

impl Call {
    /// `posthorse` with these arguments, nothing of our own environment but `PATH`, no terminal.
    pub fn new<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Self {
        let arguments = arguments.into_iter().map(str::to_owned).collect();
        Self { arguments, environment: Vec::new(), secrets: BTreeSet::new(), directory: None }
    }

    /// One more argument.
    pub fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// An option with its value.
    pub fn option(self, name: &str, value: &str) -> Self {
        self.arg(name).arg(value)
    }

    /// An option that takes a path.
    pub fn path(self, name: &str, path: &Path) -> Self {
        self.option(name, path.to_str().unwrap())
    }

    /// Takes an option and its value away.
    pub fn without(mut self, name: &str) -> Self {
        let at = self.arguments.iter().position(|argument| argument == name).unwrap();
        self.arguments.drain(at..at + 2);
        self
    }

    /// Puts a word in another's place.
    pub fn swap(mut self, old: &str, new: &str) -> Self {
        self.arguments.iter_mut().for_each(|argument| *argument = argument.replace(old, new));
        self
    }

    /// What follows the name of the program.
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// An environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The working directory.
    pub fn within(mut self, directory: &Path) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    /// Words that must not appear in anything it says.
    pub fn secrets<'a>(mut self, logins: impl IntoIterator<Item = &'a Login>) -> Self {
        for login in logins {
            self.secrets.extend(spellings(login));
        }
        self
    }

    /// Runs it to its end.
    pub fn run(&self) -> Ended {
        self.start().end()
    }

    /// Starts it.
    pub fn start(&self) -> Running {
        let talk = tempfile::tempdir().unwrap();
        let [out, err] = ["out", "err"].map(|name| File::create(talk.path().join(name)).unwrap());
        let process = Process::start(binary().to_str().unwrap(), |command| {
            command.args(&self.arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
            command.envs(self.environment.iter().cloned());
            if let Some(directory) = &self.directory {
                command.current_dir(directory);
            }
            command.stdin(Stdio::null()).stdout(out).stderr(err);
        });
        Running { process: process.unwrap(), talk, secrets: self.secrets.clone() }
    }
}

/// A password as it is, as Base64 and AUTHENTICATE PLAIN spell it, and as octets are printed for people who debug.
fn spellings(login: &Login) -> [String; 5] {
    let (password, plain) = (&login.password, format!("\0{}\0{}", login.user, login.password));
    let octets = format!("{:?}", password.as_bytes()).trim_matches(['[', ']']).to_owned();
    let escaped = format!("{password:?}").trim_matches('"').to_owned();
    [password.clone(), base64(plain.as_bytes()), base64(password.as_bytes()), octets, escaped]
}

fn base64(octets: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in octets.chunks(3) {
        let bits = three.iter().fold(0_usize, |bits, octet| bits << 8 | usize::from(*octet)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = char::from(LETTERS[bits >> (18 - 6 * place) & 63]);
            text.push(if place > three.len() { '=' } else { letter });
        }
    }
    text
}

/// A started invocation; ended when dropped.
pub struct Running {
    process: Process,
    talk: TempDir,
    secrets: BTreeSet<String>,
}

impl Running {
    /// SIGKILL, as a power cut to the process: false when it had ended before.
    pub fn kill(&mut self) -> bool {
        let alive = self.process.ended().unwrap().is_none();
        self.process.kill().unwrap();
        alive
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.process.pid()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// True while it runs.
    pub fn runs(&mut self) -> bool {
        self.process.ended().unwrap().is_none()
    }

    /// Its highest resident memory so far (VmHWM), in KiB; 0 when it has ended.
    pub fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.pid())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
    }

    /// What it has said on standard error so far.
    pub fn said(&self) -> String {
        String::from_utf8(fs::read(self.talk.path().join("err")).unwrap()).unwrap()
    }

    /// Waits until `seen` is true, or it has ended.
    pub fn until(&mut self, mut seen: impl FnMut(&Self) -> bool) {
        let over = Instant::now() + LIMIT;
        while !seen(self) && self.runs() {
            assert!(Instant::now() < over, "it never happened: {}", self.said());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for its end. What it said must not betray a secret.
    pub fn end(mut self) -> Ended {
        let status = wait(&mut self.process, LIMIT);
        let read = |name| String::from_utf8(fs::read(self.talk.path().join(name)).unwrap()).unwrap();
        let ended = Ended { status: status.unwrap_or_default(), stdout: read("out"), stderr: read("err") };
        assert!(status.is_some(), "it did not end:\n{}", ended.stderr);
        for secret in &self.secrets {
            assert!(
                !ended.stdout.contains(secret) && !ended.stderr.contains(secret),
                "a secret in its talk: {ended:?}"
            );
        }
        ended
    }
}

fn wait(process: &mut Process, limit: Duration) -> Option<ExitStatus> {
    let over = Instant::now() + limit;
    while Instant::now() < over {
        if let Some(status) = process.ended().unwrap() {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(3));
    }
    None
}

/// How it ended.
#[derive(Debug)]
pub struct Ended {
    status: ExitStatus,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ended {
    /// Its exit code; none after a signal.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Fails unless it ended with `code`.
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code(), Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// What it printed as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The report, after checking what holds for each: per folder and in total the balance closes.
    pub fn report(&self) -> Value {
        let report = self.json();
        let folders = report["folders"].as_array().unwrap().iter().map(|folder| (folder, "messages"));
        for (counts, all) in folders.chain([(&report["totals"], "source"), (&report["this_pass"], "source")]) {
            let outcomes =
                ["copied", "adopted", "merged", "quarantined", "filtered", "vanished", "blocked", "unexplained"];
            let sum: u64 = outcomes.iter().map(|outcome| number(counts, outcome)).sum();
            assert_eq!(number(counts, all), sum, "{counts}");
            assert_eq!(number(counts, "unexplained"), 0, "{counts}");
        }
        report
    }
}

/// A count of a report.
pub fn number(counts: &Value, name: &str) -> u64 {
    counts[name].as_u64().unwrap_or_else(|| panic!("no count '{name}' in {counts}"))
}

/// The report's entry of a source folder.
pub fn folder<'a>(report: &'a Value, source: &str) -> &'a Value {
    let mut folders = report["folders"].as_array().unwrap().iter();
    folders.find(|folder| folder["source"] == source).unwrap_or_else(|| panic!("no folder '{source}' in {report:#}"))
}

/// Each parked message lies in the state directory, octet for octet as the source serves it, its facts beside it.
pub fn kept_exactly(pair: &Pair, report: &Value) {
    let mut served = BTreeMap::new();
    for parked in report["quarantined"].as_array().unwrap() {
        let object = pair.state().join(parked["object"].as_str().unwrap());
        let name = parked["folder"].as_str().unwrap();
        let uid = parked["uid"].as_u64().unwrap();
        let served =
            served.entry(name).or_insert_with(|| pair.source.client(&pair.from).unwrap().messages(name).unwrap());
        // Nothing was ever removed from these folders: the UID is the place.
        let message = &served[usize::try_from(uid - 1).unwrap()];
        assert!(fs::read(&object).unwrap() == message.octets, "{parked}");
        let facts: Value = serde_json::from_slice(&fs::read(object.with_extension("json")).unwrap()).unwrap();
        for fact in ["folder", "uid", "class", "response", "size", "message_id"] {
            assert_eq!(facts[fact], parked[fact], "{fact} of {facts}");
        }
    }
}

/// Every file below a directory, with its octets.
pub fn files(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(&entry.path())),
            false => found.push((entry.path(), fs::read(entry.path()).unwrap())),
        }
    }
    found.sort();
    found
}

/// Fails when a file below `directory` holds a password of `logins`.
pub fn no_secret_in<'a>(directory: &Path, logins: impl IntoIterator<Item = &'a Login>) {
    let secrets: Vec<String> = logins.into_iter().flat_map(spellings).collect();
    for (path, octets) in files(directory) {
        for secret in &secrets {
            let found = octets.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "a secret in {}", path.display());
        }
    }
}

/// The binary under test.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let found = BINARY.get_or_init(|| match std::env::var_os("POSTHORSE_BIN") {
        Some(path) => fs::canonicalize(&path).map_err(|error| format!("POSTHORSE_BIN={}: {error}", path.display())),
        None => build(),
    });
    found.as_deref().unwrap_or_else(|problem| panic!("{problem}"))
}

/// Builds it beside this test: `<target>/<profile>/deps/servers-…` tells both. Cargo's own lock keeps builders apart.
fn build() -> Result<PathBuf, String> {
    let this = std::env::current_exe().unwrap();
    let outputs = this.parent().and_then(Path::parent).unwrap();
    let profile = match outputs.file_name().and_then(|name| name.to_str()).unwrap() {
        "debug" => "dev",
        other => other,
    };
    let (cargo, root) =
        (std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()), concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut command = Command::new("timeout");
    command.arg(BUILD_LIMIT.as_secs().to_string()).arg(cargo);
    command.args(["build", "--quiet", "--package", "posthorse", "--profile", profile, "--target-dir"]);
    command.arg(outputs.parent().unwrap()).current_dir(root).stdin(Stdio::null());
    let out = command.output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    if out.status.success() {
        Ok(outputs.join("posthorse"))
    } else {
        Err(format!("cargo build: {}\n{said}", out.status))
    }
}
