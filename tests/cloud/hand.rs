//! # Hand
//! Makes any call to the emulated AWS, by a process of `hand.py` that lives as long as this value.

use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use serde_json::{Value, json};

use super::emulator::{Emulator, program};

/// A process that speaks for us. It ends with its standard input.
#[derive(Debug)]
pub struct Hand {
    talk: Mutex<Talk>,
}

#[derive(Debug)]
struct Talk {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// A call that was answered with an error.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Refused {
    /// AWS's code, such as `AccessDeniedException`, or the name of a Python exception.
    pub error: String,
    /// Its words.
    pub message: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.error, self.message)
    }
}

impl std::error::Error for Refused {}

#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Done { ok: Value },
    Refused(Refused),
}

impl Hand {
    /// In this emulator, as its administrator.
    ///
    /// # Errors
    /// When the virtual environment is missing.
    pub fn new(emulator: &Emulator) -> io::Result<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/cloud/hand.py");
        let mut command = Command::new(program("python")?);
        command.arg("-B").arg(script).env_clear().envs(emulator.environment());
        command.env("PATH", std::env::var("PATH").unwrap_or_default());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let missing = || io::Error::other("the hand has no pipes");
        let input = Some(child.stdin.take().ok_or_else(missing)?);
        let output = BufReader::new(child.stdout.take().ok_or_else(missing)?);
        Ok(Self { talk: Mutex::new(Talk { child, input, output }) })
    }

    /// Calls `service.call(**with)`, spelled as boto3 spells them.
    ///
    /// # Errors
    /// What AWS answers, or `Hand` when the process is gone.
    pub fn call(&self, service: &str, call: &str, with: Value) -> Result<Value, Refused> {
        let order = json!({"service": service, "call": call, "with": with});
        let said = self.talk.lock().unwrap_or_else(PoisonError::into_inner).say(&order);
        match said {
            Ok(Said::Done { ok }) => Ok(ok),
            Ok(Said::Refused(refused)) => Err(refused),
            Err(error) => Err(Refused { error: "Hand".into(), message: error.to_string() }),
        }
    }
}

impl Talk {
    fn say(&mut self, order: &Value) -> io::Result<Said> {
        let input = self.input.as_mut().ok_or_else(|| io::Error::other("the hand is gone"))?;
        writeln!(input, "{order}")?;
        input.flush()?;
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            return Err(io::Error::other("the hand ended"));
        }
        serde_json::from_str(&line).map_err(io::Error::other)
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
