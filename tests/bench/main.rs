//! # Bench
//! Posthorse beside a raw client that shows the limit and beside every peer found on this machine, in turns, on the same
//! mail and servers. Prints one Markdown table. `make bench` builds and runs it; it measures, and fails nothing.

mod lap;
mod meter;
mod options;
mod raw;
mod raw_lanes;
mod rounds;
mod stage;
mod table;
mod tool;
mod wire;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::process::ExitCode;
use std::time::Instant;

use lap::{Lap, Setting};
use options::Options;
use stage::Stage;
use tool::Tool;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    let done = match arguments.next_if(|word| word == "raw") {
        Some(_) => raw::run(arguments).map_err(Into::into),
        None => bench(arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("bench: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let options = Options::read(arguments)?;
    let (tools, absent): (Vec<Tool>, Vec<Tool>) =
        options.tools.iter().partition(|tool: &&Tool| tool.program().is_some());
    for tool in absent {
        eprintln!("bench: {} is not on this machine; its rows are left out", tool.name());
    }
    let mut stage = Stage::set()?;
    let (mut laps, mut judged) = (Vec::new(), BTreeSet::new());
    for profile in &options.profiles {
        eprintln!("bench: {profile} is made");
        let mailbox = options::mailbox(profile)?;
        stage.fill(&mailbox)?;
        for (first, setting) in (0..).zip(settings(&options, profile)) {
            let takes_part = |tool: &Tool| match tool {
                // For each of several folders the raw client has one connection anyway.
                Tool::Narrow => mailbox.folders.len() == 1 && options.connections > 1,
                tool => !(setting.tls && tool.is_peer()),
            };
            let tools: Vec<Tool> = tools.iter().copied().filter(takes_part).collect();
            laps.extend(in_turns(&mut stage, &options, &setting, (&tools, first), &mut judged)?);
        }
    }
    println!("{}\n{}", machine(), table::markdown(&laps));
    eprintln!("bench: {} runs in {:.0} s", laps.len(), begun.elapsed().as_secs_f64());
    Ok(())
}

/// Runs the tools until each has run often enough, from the order of round `first` on.
fn in_turns(
    stage: &mut Stage,
    options: &Options,
    setting: &Setting,
    (tools, first): (&[Tool], u32),
    judged: &mut BTreeSet<(String, Tool)>,
) -> Result<Vec<Lap>, Box<dyn Error>> {
    let mut laps = Vec::new();
    for round in first..first + options.rounds {
        for tool in rounds::order(tools, round) {
            if rounds::enough(&laps, tool) {
                continue;
            }
            let judge = options.judge && judged.insert((setting.profile.clone(), tool));
            let done = lap::run(stage, options, setting, tool, judge)?;
            done.iter().for_each(told);
            laps.extend(done);
        }
    }
    Ok(laps)
}

fn settings(options: &Options, profile: &str) -> Vec<Setting> {
    let mut settings = Vec::new();
    for tls in &options.tls {
        for disk in &options.disks {
            for rtt in &options.rtt {
                let (profile, disk) = (profile.to_owned(), disk.clone());
                settings.push(Setting { profile, disk, rtt: *rtt, tls: *tls, delta: false });
            }
        }
    }
    settings
}

fn told(lap: &Lap) {
    let Setting { profile, disk, rtt, tls, delta } = &lap.setting;
    eprintln!(
        "bench: {profile}{} {disk} {rtt} ms{} {}: {} messages, whole {:.3} s, copy {:.3} s, CPU {:.2} s, peak {} KiB, exit {:?} {}",
        if *delta { " (no news)" } else { "" },
        if *tls { " TLS" } else { "" },
        lap.tool.name(),
        lap.messages,
        lap.whole.as_secs_f64(),
        lap.copy.unwrap_or_default().as_secs_f64(),
        lap.measured.cpu.as_secs_f64(),
        lap.measured.peak,
        lap.measured.code,
        lap.verdict
    );
    if lap.measured.code != Some(0) {
        lap.measured.said.iter().for_each(|line| eprintln!("    {line}"));
    }
}

/// Processor, number of processors, memory, system, date.
fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let (processors, memory) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
    let count = processors.lines().filter(|line| line.starts_with("processor")).count();
    let day = time::OffsetDateTime::now_utc().date();
    let load = read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned();
    format!(
        "{} × {}, memory {}, {}, Dovecot {} on both sides; {day}, load at the end {load}.\n",
        count,
        field(&processors, "model name"),
        field(&memory, "MemTotal"),
        read("/proc/version").split(' ').take(3).collect::<Vec<_>>().join(" "),
        dovecot(),
    )
}

fn dovecot() -> String {
    let out = std::process::Command::new("/usr/sbin/dovecot").arg("--version").output();
    out.map(|out| String::from_utf8_lossy(&out.stdout).split(' ').next().unwrap_or_default().to_owned())
        .unwrap_or_default()
}
