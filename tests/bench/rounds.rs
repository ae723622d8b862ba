//! # Rounds
//! Who runs when, and what several runs of one tool in one setting come to.

use std::time::Duration;

use crate::lap::{Lap, Turns};
use crate::meter::Measured;
use crate::tool::Tool;

/// A tool whose runs in one setting have taken so long altogether has run often enough.
pub const ENOUGH: Duration = Duration::from_secs(10);

/// The tools of a round, to and fro, each first in its turn: nobody always follows the same one.
pub fn order(tools: &[Tool], round: u32) -> Vec<Tool> {
    let mut order = tools.to_vec();
    let first = usize::try_from(round / 2).unwrap_or(0).checked_rem(tools.len()).unwrap_or(0);
    order.rotate_left(first);
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

/// True when these runs of one tool in one setting need no further one.
pub fn enough(laps: &[Lap], tool: Tool) -> bool {
    laps.iter().filter(|lap| lap.tool == tool).map(|lap| lap.measured.wall).sum::<Duration>() >= ENOUGH
}

/// Runs of one tool in one setting as one: medians of the times, the processor time's mean (it comes in ticks), the most
/// memory and round trips, the fewest messages, and the words of one that went wrong.
pub fn together(laps: &[&Lap]) -> Option<Lap> {
    let told = laps.iter().find(|lap| lap.measured.code != Some(0)).or(laps.first())?;
    let (cpu, runs) = (laps.iter().map(|lap| lap.measured.cpu).sum::<Duration>(), u32::try_from(laps.len()).ok()?);
    let fewest = laps.iter().min_by_key(|lap| lap.messages)?;
    Some(Lap {
        measured: Measured {
            cpu: cpu.checked_div(runs)?,
            peak: laps.iter().map(|lap| lap.measured.peak).max()?,
            ..told.measured.clone()
        },
        whole: median(laps.iter().map(|lap| lap.whole))?,
        copy: median(laps.iter().filter_map(|lap| lap.copy)),
        verify: median(laps.iter().filter_map(|lap| lap.verify)),
        messages: fewest.messages,
        octets: fewest.octets,
        verdict: laps.iter().find(|lap| !lap.verdict.is_empty()).map(|lap| lap.verdict.clone()).unwrap_or_default(),
        turns: laps.iter().filter_map(|lap| lap.turns).reduce(most),
        ..(*told).clone()
    })
}

/// The middle one; of an even number the mean of the middle two.
fn median(times: impl Iterator<Item = Duration>) -> Option<Duration> {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    let (low, high) = (times.get(times.len().checked_sub(1)? / 2)?, times.get(times.len() / 2)?);
    Some((*low + *high) / 2)
}

fn most(a: Turns, b: Turns) -> Turns {
    let of = |a: (u64, u64), b: (u64, u64)| (a.0.max(b.0), a.1.max(b.1));
    Turns { plan: of(a.plan, b.plan), verify: of(a.verify, b.verify) }
}
