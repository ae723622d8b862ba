//! # Emulator
//! A throw-away AWS (ministack) on a loopback port. Roles and signatures are enforced; nothing outlives it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::counted::Counted;
use crate::servers::port::Port;
use crate::servers::process::Process;

/// It answers after two seconds; a machine that builds at the same time gets more.
const START: Duration = Duration::from_secs(60);

/// A running emulator; it ends, with all it keeps and all functions it has started, when dropped.
#[derive(Debug)]
pub struct Emulator {
    process: Process,
    port: Port,
    home: TempDir,
    counted: Counted,
}

/// A program of the virtual environment that `install.sh` makes.
///
/// # Errors
/// When it is not there; the text says what to run.
pub fn program(name: &str) -> io::Result<PathBuf> {
    let at = Path::new(env!("CARGO_MANIFEST_DIR")).join(".lab/cloud/bin").join(name);
    let missing = || io::Error::new(io::ErrorKind::NotFound, "the emulated AWS is missing: run tests/cloud/install.sh");
    if at.exists() { Ok(at) } else { Err(missing()) }
}

impl Emulator {
    /// Starts one and waits until it answers.
    ///
    /// # Errors
    /// When it is not installed or does not come up (with its log).
    pub fn start() -> io::Result<Self> {
        let program = program("ministack")?;
        let home = tempfile::tempdir()?;
        let port = Port::reserve()?;
        let log = File::create(home.path().join("log"))?;
        let errors = log.try_clone()?;
        let counted = Counted::before(port.number())?;
        let mut environment = environment(port.number());
        // Functions are handed this address.
        environment.insert("AWS_ENDPOINT_URL".to_owned(), endpoint(counted.port()));
        let process = Process::start(&program.to_string_lossy(), |command: &mut Command| {
            command.env_clear().envs(environment).env("TMPDIR", home.path()).current_dir(home.path());
            command.stdin(Stdio::null()).stdout(log).stderr(errors);
        })?;
        let mut emulator = Self { process, port, home, counted };
        emulator.wait()?;
        Ok(emulator)
    }

    fn wait(&mut self) -> io::Result<()> {
        let end = Instant::now() + START;
        while Instant::now() < end && self.process.ended()?.is_none() {
            if TcpStream::connect(("127.0.0.1", self.port.number())).is_ok() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(io::Error::other(format!("the emulated AWS did not come up:\n{}", self.log())))
    }

    /// Where it is, for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        endpoint(self.port.number())
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// What functions call.
    #[must_use]
    pub fn counted(&self) -> &Counted {
        &self.counted
    }

    /// Its pid: the functions that it runs are its children.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// What a client needs to be its administrator.
    #[must_use]
    pub fn environment(&self) -> BTreeMap<String, String> {
        let wanted = |(name, _): &(String, String)| name.starts_with("AWS_");
        environment(self.port.number()).into_iter().filter(wanted).collect()
    }

    /// All that it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read(self.home.path().join("log"))
            .map_or_else(|error| error.to_string(), |log| String::from_utf8_lossy(&log).into_owned())
    }
}

fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn environment(port: u16) -> BTreeMap<String, String> {
    let set = [
        ("BIND_HOST", "127.0.0.1".to_owned()),
        ("GATEWAY_PORT", port.to_string()),
        ("AUTH", "true".into()),
        ("AWS_ENDPOINT_URL", endpoint(port)),
        ("AWS_ACCESS_KEY_ID", "test".into()),
        ("AWS_SECRET_ACCESS_KEY", "test".into()),
        ("AWS_DEFAULT_REGION", "us-east-1".into()),
        ("AWS_REGION", "us-east-1".into()),
        ("PYTHONDONTWRITEBYTECODE", "1".into()),
        ("PATH", std::env::var("PATH").unwrap_or_default()),
    ];
    set.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
