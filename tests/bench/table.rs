//! # Table
//! The results as Markdown: one row per tool and setting.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::lap::{Lap, Setting};
use crate::rounds::{self, Row};
use crate::tool::Tool;

const HEAD: &str = "\
| profile | destination | RTT | TLS | tool | runs | whole s | copy s | recount s | msg/s | MB/s | CPU s | CPU s/GB | peak MiB | of the limit | Posthorse is | changed or lost |
|---|---|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|
";

const NOTE: &str = "
Tools take turns, to and fro; before each run all disks are synced. Of several *runs* (fewer of long ones) the times are
medians, the processor time is the mean, the memory and the round trips are the most. *whole*: from the program's start to
its end, without Posthorse's recount, which the other tools do not have. *copy*: first FETCH sent to last commit. *msg/s*,
*MB/s*: of the whole. *of the limit*: the raw client's copy phase by Posthorse's; that client uses the same batches and
connections, writes nothing down and checks nothing; for one folder the faster of several connections and of one (*narrow*).
*Posthorse is*: how many times faster its whole run is. Both are medians of the rounds. *changed or lost*: by a comparison
that shares no code with Posthorse, of each tool's first run on the profile.
";

/// All rows, and the round trips.
pub fn markdown(laps: &[Lap]) -> String {
    let rows = rows(laps);
    let mut text = HEAD.to_owned();
    for ((setting, tool), row) in &rows {
        let of = |tool| rows.get(&(setting.clone(), tool));
        text.push_str(&line(row, *tool, of(Tool::Posthorse), &[of(Tool::Limit), of(Tool::Narrow)]));
    }
    text.push_str(NOTE);
    text.push_str(&round_trips(&rows));
    text
}

/// What each tool comes to in each setting.
type Rows = BTreeMap<(Setting, Tool), Row>;

fn rows(laps: &[Lap]) -> Rows {
    let mut runs: BTreeMap<(Setting, Tool), Vec<&Lap>> = BTreeMap::new();
    for lap in laps {
        runs.entry((lap.setting.clone(), lap.tool)).or_default().push(lap);
    }
    runs.into_iter().filter_map(|(key, laps)| Some((key, rounds::together(&laps)?))).collect()
}

fn line(row: &Row, tool: Tool, ours: Option<&Row>, limits: &[Option<&Row>]) -> String {
    let Row { lap, runs, .. } = row;
    let Setting { profile, disk, rtt, tls, delta } = &lap.setting;
    let profile = if *delta { format!("{profile}, no news") } else { profile.clone() };
    let rate = |count: u64| {
        if *delta { String::new() } else { format!("{:.0}", thousands(count) * 1000.0 / seconds(lap.whole)) }
    };
    let limits = limits.iter().flatten().filter(|_| tool == Tool::Posthorse);
    let of_limit = limits.filter_map(|limit| row.beside(limit, |lap| lap.copy)).min_by(f64::total_cmp);
    let faster = ours.filter(|_| tool.is_peer()).and_then(|ours| ours.beside(row, |lap| Some(lap.whole)));
    let per_gigabyte = match *delta || lap.octets == 0 {
        true => String::new(),
        false => format!("{:.1}", lap.measured.cpu.as_secs_f64() * 1000.0 / megabytes(lap.octets)),
    };
    format!(
        "| {profile} | {disk} | {rtt} ms | {} | {} | {runs} | {:.2} | {} | {} | {} | {} | {:.2} | {per_gigabyte} | {:.0} | {} | {} | {} |\n",
        if *tls { "on" } else { "off" },
        tool.name(),
        lap.whole.as_secs_f64(),
        optional(lap.copy),
        optional(lap.verify),
        rate(lap.messages),
        if *delta { String::new() } else { format!("{:.1}", megabytes(lap.octets) / seconds(lap.whole)) },
        lap.measured.cpu.as_secs_f64(),
        thousands(lap.measured.peak) * 1000.0 / 1024.0,
        of_limit.map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
        faster.map(|ratio| format!("{ratio:.1} ×")).unwrap_or_default(),
        ending(row),
    )
}

/// The verdict, and how it ended when it did not end well.
fn ending(Row { lap, runs, failed, .. }: &Row) -> String {
    let mut ended = match (lap.measured.cut, lap.measured.code) {
        (true, _) => "cut at the limit".to_owned(),
        (false, Some(0)) => String::new(),
        (false, Some(code)) => format!("exit {code}"),
        (false, None) => "ended by a signal".to_owned(),
    };
    if (1..*runs).contains(failed) {
        ended.push_str(&format!(" in {failed} of {runs}"));
    }
    let words: Vec<&str> = [ended.as_str(), lap.verdict.as_str()].into_iter().filter(|word| !word.is_empty()).collect();
    words.join("; ")
}

fn round_trips(rows: &Rows) -> String {
    let mut text = String::new();
    for ((setting, _), Row { lap, .. }) in rows.iter().filter(|((setting, _), _)| !setting.tls) {
        let Some(turns) = lap.turns else { continue };
        let (plan, verify) = (turns.plan, turns.verify);
        text.push_str(&format!(
            "| {}{} | {} | {} / {} | {} / {} |\n",
            setting.profile,
            if setting.delta { ", no news" } else { "" },
            setting.disk,
            plan.0,
            plan.1,
            verify.0,
            verify.1
        ));
    }
    if text.is_empty() {
        return text;
    }
    format!(
        "\nRound trips in a row, counted at the proxies (source / destination):\n\n\
         | profile | destination | connect and plan | recount, from connecting |\n|---|---|--:|--:|\n{text}"
    )
}

fn optional(time: Option<Duration>) -> String {
    time.map(|time| format!("{:.2}", time.as_secs_f64())).unwrap_or_default()
}

/// Never zero, so that it can divide.
fn seconds(time: Duration) -> f64 {
    time.as_secs_f64().max(0.001)
}

fn thousands(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / 1000.0
}

fn megabytes(octets: u64) -> f64 {
    thousands(octets / 1000)
}
