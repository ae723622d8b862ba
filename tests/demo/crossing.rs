//! # Crossing
//! `posthorse migrate` as a person would start it, in this terminal; once to be killed, once to its end.

use std::io;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::room::Room;
use crate::stage::Stage;

/// How often the destination is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// The command, and both passwords for its environment.
pub struct Crossing {
    program: PathBuf,
    arguments: Vec<String>,
    passwords: [(&'static str, String); 2],
}

/// A process that was killed.
pub struct Killed {
    /// Its number.
    pub pid: u32,
}

impl Crossing {
    /// Over TLS, with the servers' own authorities trusted.
    ///
    /// # Errors
    /// When posthorse is not built.
    pub fn new(room: &Room, stage: &Stage) -> io::Result<Self> {
        let (from, to) = (stage.from(), stage.to());
        let arguments = vec![
            "migrate".to_owned(),
            format!("imaps://{}@localhost:{}", from.user, stage.source.tls_port()),
            format!("imaps://{}@localhost:{}", to.user, stage.destination.tls_port()),
            format!("--ca-file={}", room.ca_file().display()),
            format!("--state={}", room.state().display()),
        ];
        let passwords = [("POSTHORSE_SOURCE_PASSWORD", from.password), ("POSTHORSE_DESTINATION_PASSWORD", to.password)];
        Ok(Self { program: room.posthorse()?, arguments, passwords })
    }

    /// The command as a person would type it; the passwords are in the environment.
    pub fn shown(&self) -> String {
        format!("$ posthorse {}", self.arguments.join(" \\\n      "))
    }

    /// Starts it, and ends it with SIGKILL when `arrived` is at least `messages`.
    ///
    /// # Errors
    /// When it cannot be started, or ends by itself before that.
    pub fn kill_at(&self, messages: u64, arrived: impl Fn() -> io::Result<u64>) -> io::Result<Killed> {
        let mut child = self.start()?;
        while arrived()? < messages {
            if let Some(status) = child.try_wait()? {
                return Err(io::Error::other(format!("posthorse ended before it could be killed: {status}")));
            }
            thread::sleep(LOOK);
        }
        kill_process(Pid::from_child(&child), Signal::KILL)?;
        child.wait()?;
        Ok(Killed { pid: child.id() })
    }

    /// Runs it to its end; its exit code, none when a signal ended it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&self) -> io::Result<Option<i32>> {
        Ok(self.start()?.wait()?.code())
    }

    /// `setpriv` becomes posthorse under the same number, and the kernel ends it should the demo itself be killed.
    fn start(&self) -> io::Result<Child> {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(&self.program).args(&self.arguments);
        command.envs(self.passwords.iter().map(|(name, value)| (name, value))).spawn()
    }
}
