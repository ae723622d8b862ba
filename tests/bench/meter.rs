//! # Meter
//! Runs a program and measures it: wall time, CPU seconds, peak memory, and when it said what.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;
use std::time::{Duration, Instant};

/// How often the program is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// What a run took.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// From its start to its end.
    pub wall: Duration,
    /// User and system time, children included.
    pub cpu: Duration,
    /// Highest resident memory (VmHWM) of the program itself, in KiB.
    pub peak: u64,
    /// Its exit code; none when it was ended by a signal.
    pub code: Option<i32>,
    /// It was ended by us, at the limit.
    pub cut: bool,
    /// The end of what it wrote to standard error.
    pub said: Vec<String>,
}

/// Runs it; each line on its standard error goes to `heard` when it comes.
///
/// # Errors
/// When it cannot be started.
pub fn run(mut command: Command, limit: Duration, heard: impl Fn(&str) + Sync) -> io::Result<Measured> {
    let begun = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let said = Mutex::new(Vec::new());
    let errors = child.stderr.take();
    let watched = thread::scope(|scope| {
        scope.spawn(|| {
            for line in errors.into_iter().flat_map(|errors| BufReader::new(errors).lines().map_while(Result::ok)) {
                heard(&line);
                let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                said.push(line);
                if said.len() > 20 {
                    said.remove(0);
                }
            }
        });
        watch(&mut child, begun, limit)
    })?;
    Ok(Measured { said: said.into_inner().unwrap_or_else(PoisonError::into_inner), ..watched })
}

/// Until it is a zombie: then its times are complete and can still be read.
fn watch(child: &mut Child, begun: Instant, limit: Duration) -> io::Result<Measured> {
    let (mut measured, dir) = (Measured::default(), format!("/proc/{}", child.id()));
    loop {
        let seen = Seen::read(&dir);
        measured.wall = begun.elapsed();
        measured.peak = measured.peak.max(peak(&dir));
        let Some(seen) = seen else { break };
        measured.cpu = seen.cpu;
        if seen.ended {
            break;
        }
        if measured.wall > limit && !measured.cut {
            measured.cut = true;
            child.kill()?;
        }
        thread::sleep(LOOK);
    }
    measured.code = child.wait()?.code();
    Ok(measured)
}

struct Seen {
    cpu: Duration,
    ended: bool,
}

impl Seen {
    /// proc(5): state, and utime, stime, cutime, cstime in clock ticks.
    fn read(dir: &str) -> Option<Self> {
        let stat = fs::read_to_string(format!("{dir}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks: u64 = fields.get(11..15)?.iter().filter_map(|field| field.parse::<u64>().ok()).sum();
        let cpu = Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second().max(1));
        Some(Self { cpu, ended: fields.first().is_some_and(|state| matches!(*state, "Z" | "X")) })
    }
}

fn peak(dir: &str) -> u64 {
    let status = fs::read_to_string(format!("{dir}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
