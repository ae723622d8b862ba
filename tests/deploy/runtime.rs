//! # Runtime
//! Lambda's Runtime API for one process of one function: hands out calls with any deadline, and takes answers and errors.
//! No emulator is between, so that a call takes no longer than the function does.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use posthorse_tests::servers::process::Process;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

/// A function that takes longer has hung.
const LIMIT: Duration = Duration::from_secs(60);

/// What a function says of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// Its answer.
    Answer(Value),
    /// The call failed.
    Error(Value),
    /// It could not begin at all.
    InitError(Value),
    /// Nothing: the process has ended.
    Nothing,
}

/// One call.
struct Call {
    event: String,
    deadline: i64,
}

/// A function's process.
pub struct Runtime {
    process: Process,
    calls: Sender<Call>,
    said: Receiver<Said>,
    talk: TempDir,
}

impl Runtime {
    /// Starts `program` with these settings.
    pub fn start(program: &Path, settings: &BTreeMap<String, String>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (calls, waiting) = channel();
        let (saying, said) = channel();
        serve(listener, waiting, saying);
        let talk = tempfile::tempdir().unwrap();
        let out = File::create(talk.path().join("out")).unwrap();
        let process = Process::start(&program.to_string_lossy(), |command| {
            command.env_clear().envs(settings).env("AWS_LAMBDA_RUNTIME_API", &address);
            for (name, value) in [("NAME", "test"), ("MEMORY_SIZE", "512"), ("VERSION", "1")] {
                command.env(format!("AWS_LAMBDA_FUNCTION_{name}"), value);
            }
            command.env("AWS_LAMBDA_LOG_STREAM_NAME", "s").env("AWS_LAMBDA_LOG_GROUP_NAME", "g");
            command.stdin(Stdio::null()).stderr(out.try_clone().unwrap()).stdout(out);
        });
        Self { process: process.unwrap(), calls, said, talk }
    }

    /// Calls it with a deadline so many milliseconds from now, and gives what it said and how long that took.
    pub fn call(&mut self, event: &Value, remaining: i64) -> (Said, Duration) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let deadline = i64::try_from(now).unwrap() + remaining;
        let begun = Instant::now();
        self.calls.send(Call { event: event.to_string(), deadline }).unwrap();
        (self.heard(), begun.elapsed())
    }

    /// Calls it, and ends its process as Lambda does when it has not answered in so many milliseconds.
    pub fn call_with_timeout(&mut self, event: &Value, timeout: u64) -> Said {
        let time = Duration::from_millis(timeout);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + time;
        let deadline = i64::try_from(now.as_millis()).unwrap();
        self.calls.send(Call { event: event.to_string(), deadline }).unwrap();
        if let Ok(said) = self.said.recv_timeout(time) {
            return said;
        }
        kill_process(Pid::from_raw(i32::try_from(self.pid()).unwrap()).unwrap(), Signal::KILL).unwrap();
        self.heard()
    }

    /// What it says next, also without a call.
    pub fn heard(&mut self) -> Said {
        let over = Instant::now() + LIMIT;
        loop {
            match self.said.recv_timeout(Duration::from_millis(20)) {
                Ok(said) => return said,
                Err(RecvTimeoutError::Timeout) if self.process.ended().unwrap().is_none() => {
                    assert!(Instant::now() < over, "it says nothing: {}", self.talk());
                }
                Err(_) => return self.said.try_recv().unwrap_or(Said::Nothing),
            }
        }
    }

    /// Its pid.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// All that it has written.
    pub fn talk(&self) -> String {
        fs::read_to_string(self.talk.path().join("out")).unwrap()
    }
}

/// One thread per connection; the process keeps one or two open.
fn serve(listener: TcpListener, waiting: Receiver<Call>, saying: Sender<Said>) {
    let waiting = Arc::new(Mutex::new(waiting));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (waiting, saying) = (Arc::clone(&waiting), saying.clone());
            thread::spawn(move || while let Some(()) = one(&stream, &waiting, &saying) {});
        }
    });
}

/// Serves one request; none at the connection's end.
fn one(stream: &TcpStream, waiting: &Mutex<Receiver<Call>>, saying: &Sender<Said>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (path, body) = request(&mut reader)?;
    let mut writer = stream;
    if path.ends_with("/next") {
        let call = waiting.lock().ok()?.recv().ok()?;
        let Call { event, deadline } = call;
        let head = format!(
            "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
             Lambda-Runtime-Deadline-Ms: {deadline}\r\nLambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700\r\n\
             Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:test\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{event}",
            event.len()
        );
        return writer.write_all(head.as_bytes()).ok();
    }
    writer.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").ok()?;
    let value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let said = match path.as_str() {
        path if path.ends_with("/init/error") => Said::InitError(value),
        path if path.ends_with("/error") => Said::Error(value),
        _ => Said::Answer(value),
    };
    saying.send(said).ok()
}

fn request(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let first = line(reader)?;
    let path = first.split(' ').nth(1)?.to_owned();
    let (mut length, mut chunked) = (0, false);
    loop {
        let header = line(reader)?.to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        chunked |= header.starts_with("transfer-encoding:") && header.contains("chunked");
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            let size = usize::from_str_radix(&line(reader)?, 16).ok()?;
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).ok()?;
            if size == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..size]);
        }
    } else {
        body.resize(length, 0);
        reader.read_exact(&mut body).ok()?;
    }
    Some((path, body))
}

fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    let read = reader.read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}
