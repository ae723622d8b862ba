//! # Process
//! A child process that cannot outlive us: ended in Drop, and by the kernel should we die first.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};

/// How long a process may take to end after SIGTERM before it gets SIGKILL.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running child with its own children; all are ended when it is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

impl Process {
    /// Starts `program` with what `set` adds (arguments, environment, output).
    /// The program gets SIGTERM from the kernel when the test process ends in whatever way.
    ///
    /// # Errors
    /// When `setpriv` (util-linux) or the program cannot be run.
    pub fn start(program: &str, set: impl FnOnce(&mut Command)) -> io::Result<Self> {
        Self::start_as(None, program, set)
    }

    /// The same as another user and group, which only root can.
    ///
    /// # Errors
    /// As [`Process::start`].
    pub fn start_as(owner: Option<(u32, u32)>, program: &str, set: impl FnOnce(&mut Command)) -> io::Result<Self> {
        let mut command = Command::new("setpriv");
        if let Some((user, group)) = owner {
            command.arg(format!("--reuid={user}")).arg(format!("--regid={group}")).arg("--clear-groups");
        }
        command.args(["--pdeathsig", "TERM", "--", program]).process_group(0);
        set(&mut command);
        Ok(Self { child: spawn(command)? })
    }

    /// The pid, for measuring (CPU time, memory).
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The exit status if it has ended by itself.
    ///
    /// # Errors
    /// When the operating system cannot tell.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Ends it in good order: SIGTERM, and SIGKILL to its whole group if it has not ended after five seconds.
    ///
    /// # Errors
    /// When the operating system refuses to signal or to wait.
    pub fn stop(&mut self) -> io::Result<()> {
        if self.ended()?.is_some() {
            return Ok(());
        }
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end && self.ended()?.is_none() {
            thread::sleep(Duration::from_millis(5));
        }
        self.kill()
    }

    /// Ends it and all its children at once. They are a group of their own, which bears the child's pid.
    ///
    /// # Errors
    /// When the operating system refuses to wait.
    pub fn kill(&mut self) -> io::Result<()> {
        let group = Pid::from_child(&self.child);
        let _ = kill_process_group(group, Signal::KILL);
        self.child.wait()?;
        let end = Instant::now() + Duration::from_millis(50);
        while Instant::now() < end && test_kill_process_group(group).is_ok() {
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            eprintln!("process {} could not be ended: {error}", self.pid());
        }
    }
}

type Order = (Command, Sender<io::Result<Child>>);

/// Spawns on one thread that lives as long as we do: the kernel sends the death signal when the *thread* that
/// started the child ends (prctl(2), PR_SET_PDEATHSIG), and test threads end early.
fn spawn(command: Command) -> io::Result<Child> {
    static STARTER: OnceLock<Mutex<Sender<Order>>> = OnceLock::new();
    let starter = STARTER.get_or_init(|| {
        let (orders, inbox) = channel::<Order>();
        thread::spawn(move || {
            for (mut command, reply) in inbox {
                let _ = reply.send(command.spawn());
            }
        });
        Mutex::new(orders)
    });
    let (reply, answer) = channel();
    let gone = |_| io::Error::other("the thread that starts processes is gone");
    starter
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .send((command, reply))
        .map_err(|_| io::Error::other("no starter"))?;
    answer.recv().map_err(gone)?
}
