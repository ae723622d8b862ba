//! # Sim
//! Runs seeds of the swarm again: `posthorse-sim --seed 17` tells everything about one, `posthorse-sim --seeds 1..500`
//! runs many and tells which fail, `--bug NAME` plants a bug on purpose,
//! `--wide` sends over several connections. Exit 0: all is well; 1: something is wrong; 2: usage.

use std::io::Write;
use std::process::ExitCode;

use posthorse_tests::swarm::{Bug, Coverage, in_paused_time, run, wide};

const USAGE: &str = "usage: posthorse-sim --seed N | --seeds FIRST..LAST [--bug NAME | --wide] [--talk]";

#[derive(Default)]
struct Asked {
    seeds: Option<(u64, u64)>,
    bug: Option<Bug>,
    talk: bool,
    wide: bool,
}

fn asked(mut words: impl Iterator<Item = String>) -> Option<Asked> {
    let mut asked = Asked::default();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seed" => {
                let seed = words.next()?.parse().ok()?;
                asked.seeds = Some((seed, seed));
            }
            "--seeds" => {
                let range = words.next()?;
                let (first, last) = range.split_once("..")?;
                asked.seeds = Some((first.parse().ok()?, last.parse().ok()?));
            }
            "--bug" => asked.bug = Some(Bug::named(&words.next()?)?),
            "--talk" => asked.talk = true,
            "--wide" => asked.wide = true,
            _ => return None,
        }
    }
    asked.seeds.is_some().then_some(asked)
}

fn main() -> ExitCode {
    let Some(asked) = asked(std::env::args().skip(1)) else {
        say(USAGE);
        return ExitCode::from(2);
    };
    let (first, last) = asked.seeds.unwrap_or_default();
    let (mut failed, mut coverage) = (0_u64, Coverage::default());
    for seed in first..=last {
        let run = match asked.wide {
            true => in_paused_time(wide(seed)),
            false => in_paused_time(run(seed, asked.bug)),
        };
        coverage.add(&run.coverage);
        if asked.talk {
            say(&run.talk);
        }
        if first == last || !run.complaints.is_empty() {
            say(&format!("seed {seed}: {}", run.title));
            say(&format!("  {} appended, {} jobs, trace {}", run.appended, run.invocations, run.trace));
            run.complaints.iter().for_each(|complaint| say(&format!("  WRONG: {complaint}")));
        }
        failed += u64::from(!run.complaints.is_empty());
    }
    if first != last {
        say(&coverage.table());
    }
    say(&format!("{} of {} seeds failed", failed, last - first + 1));
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn say(text: &str) {
    let _the_reader_may_be_gone = writeln!(std::io::stdout(), "{text}");
}
