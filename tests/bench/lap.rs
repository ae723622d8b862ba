//! # Lap
//! One tool, one setting, one run (and a second one without news): measured, counted, judged.

use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use posthorse_domain::migration::{MigrationId, Pass};
use posthorse_domain::ports::Ledger;
use posthorse_embedded::Look;
use posthorse_tests::servers::Judge;
use posthorse_tests::servers::judge::Totals;

use crate::meter::{self, Measured};
use crate::options::Options;
use crate::stage::{Distance, Fresh, Stage};
use crate::tool::{Tool, Way};

/// What is the same for all tools that are compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// Name of the mailbox.
    pub profile: String,
    /// `fsync` or `memory`.
    pub disk: String,
    /// Milliseconds added on each side.
    pub rtt: u64,
    /// Over TLS.
    pub tls: bool,
    /// A second run without news.
    pub delta: bool,
}

/// Turns on one connection each, in a row; with the TCP handshake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turns {
    /// Connect and plan, at the source and at the destination.
    pub plan: (u64, u64),
    /// The longest connection of the recount, at the source and at the destination.
    pub verify: (u64, u64),
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Lap {
    /// Where.
    pub setting: Setting,
    /// Who.
    pub tool: Tool,
    /// Times and memory of the program.
    pub measured: Measured,
    /// From its start to its end, without a recount.
    pub whole: Duration,
    /// First FETCH to last commit, where that is known.
    pub copy: Option<Duration>,
    /// The recount.
    pub verify: Option<Duration>,
    /// Messages that arrived in this run.
    pub messages: u64,
    /// Their octets, by the source's average when some are missing.
    pub octets: u64,
    /// What the comparison says; empty when nobody asked.
    pub verdict: String,
    /// Round trips, at a distance.
    pub turns: Option<Turns>,
}

/// Runs one tool in one setting; with `delta` a second time.
///
/// # Errors
/// When servers, files or the judge fail; not when the tool does.
pub fn run(stage: &mut Stage, options: &Options, setting: &Setting, tool: Tool, judged: bool) -> io::Result<Vec<Lap>> {
    let fresh = stage.fresh(&setting.disk)?;
    // A second run has to find the same ports: they are part of what it remembers.
    let distance = Distance::between(stage.source(), stage.destination(&setting.disk), setting.rtt, setting.tls)?;
    let mut laps = vec![once(stage, options, setting, tool, (&fresh, &distance))?];
    if judged && let Some(lap) = laps.first_mut() {
        lap.verdict = verdict(stage, setting, &fresh)?;
    }
    let complete = laps.iter().all(|lap| !lap.measured.cut);
    if options.delta.contains(&setting.profile) && !setting.tls && !tool.is_limit() && complete {
        let again = Setting { delta: true, ..setting.clone() };
        laps.push(once(stage, options, &again, tool, (&fresh, &distance))?);
    }
    stage.clear(&setting.disk, &fresh, laps.iter().map(|lap| lap.octets).sum())?;
    Ok(laps)
}

fn once(
    stage: &Stage,
    options: &Options,
    setting: &Setting,
    tool: Tool,
    (fresh, distance): (&Fresh, &Distance),
) -> io::Result<Lap> {
    let destination = stage.destination(&setting.disk);
    let begun = distance.turns();
    let (waiting, all) = stage.waiting()?;
    let before = stage.arrived(&setting.disk, &fresh.to)?;
    let (from, ca_file) = (stage.from(), stage.ca_file());
    let command = tool.command(&Way {
        ports: distance.ports(),
        logins: (&from, &fresh.to),
        tls: setting.tls,
        ca_file: &ca_file,
        configuration: &destination.home().join("dovecot.conf"),
        dir: &fresh.dir,
        connections: options.connections,
    })?;
    // What others wrote is not to be waited for in this run.
    rustix::fs::sync();
    let seen = Mutex::new(Vec::new());
    let measured = meter::run(command, options.limit, |line| {
        if let Some((_, step)) = line.split_once("ended step=") {
            let step = step.split_whitespace().next().unwrap_or_default().to_owned();
            seen.lock().unwrap_or_else(PoisonError::into_inner).push((step, distance.turns()));
        }
    })?;
    let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    let messages = stage.arrived(&setting.disk, &fresh.to)?.saturating_sub(before);
    let octets = all.checked_div(waiting).unwrap_or(0) * messages.min(waiting);
    let phases = phases(tool, &measured, &fresh.dir)?;
    Ok(Lap {
        setting: setting.clone(),
        tool,
        whole: measured.wall.saturating_sub(phases.verify.unwrap_or_default()),
        copy: phases.copy,
        verify: phases.verify,
        messages,
        octets,
        verdict: String::new(),
        turns: (tool == Tool::Posthorse && setting.rtt > 0).then(|| turns(&seen, &distance.turns(), &begun)),
        measured,
    })
}

#[derive(Default)]
struct Phases {
    copy: Option<Duration>,
    verify: Option<Duration>,
}

fn phases(tool: Tool, measured: &Measured, dir: &Path) -> io::Result<Phases> {
    match tool {
        Tool::Posthorse => Ok(pass(dir)?.map(|pass| of_pass(&pass)).unwrap_or_default()),
        Tool::Limit | Tool::Narrow => {
            let line = measured.said.iter().find_map(|line| line.strip_prefix("raw "));
            let copied = line.and_then(|line| line.split_once("copied=")?.1.split(' ').next()?.parse().ok());
            Ok(Phases { copy: copied.map(Duration::from_millis), verify: None })
        }
        _ => Ok(Phases::default()),
    }
}

fn of_pass(pass: &Pass) -> Phases {
    let (Some(first), Some(last)) = (pass.first_fetch, pass.last_commit) else { return Phases::default() };
    Phases { copy: Some(last.since(first)), verify: pass.finished.map(|finished| finished.since(last)) }
}

/// The pass that the state directory remembers; none when the run did not get so far.
fn pass(dir: &Path) -> io::Result<Option<Pass>> {
    let Ok(look) = Look::open(&dir.join("state")) else { return Ok(None) };
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let record = runtime.block_on(look.ledger.migration(&MigrationId("local".into())));
    Ok(record.map_err(io::Error::other)?.map(|record| record.pass))
}

/// Turns of both sides' connections at a moment.
type Seen = (Vec<u64>, Vec<u64>);

/// A turn is a word of the client after one of its server; the TCP handshake is one more round trip.
fn turns(seen: &[(String, Seen)], end: &Seen, begun: &Seen) -> Turns {
    let at = |step: &str| seen.iter().rfind(|(name, _)| name == step).map(|(_, turns)| turns);
    let longest = |turns: &[u64], from: usize| turns.iter().skip(from).max().map_or(0, |turns| turns + 1);
    let plan = at("Plan").map(|(here, there)| (longest(here, begun.0.len()), longest(there, begun.1.len())));
    let verify = at("Copy").map(|(here, there)| (longest(&end.0, here.len()), longest(&end.1, there.len())));
    Turns { plan: plan.unwrap_or_default(), verify: verify.unwrap_or_default() }
}

fn verdict(stage: &Stage, setting: &Setting, fresh: &Fresh) -> io::Result<String> {
    let judge = Judge::of(stage.source(), &stage.from())?.against(stage.destination(&setting.disk), &fresh.to);
    let verdict = judge.compare()?;
    Ok(if verdict.equal { "nothing".into() } else { faults(&verdict.totals) })
}

fn faults(totals: &Totals) -> String {
    let all = [
        ("lost", totals.missing),
        ("added", totals.extra),
        ("doubled", totals.duplicate),
        ("octets changed", totals.changed),
        ("flags", totals.flags_differ),
        ("keywords", totals.keywords_differ),
        ("dates", totals.dates_differ),
        ("out of order", totals.order_differ),
        ("folders missing", totals.folders_missing),
        ("subscriptions missing", totals.subscriptions_missing),
        ("source touched", totals.source_touched),
    ];
    let named = all.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} {count}"));
    named.collect::<Vec<_>>().join(", ")
}
