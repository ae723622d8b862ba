//! # Rounds
//! Who runs when, and what several runs of one tool in one setting come to.

use std::cmp::Ordering;
use std::time::Duration;

use crate::lap::{Lap, Turns};
use crate::meter::Measured;
use crate::tool::Tool;

/// A tool whose runs in one setting have taken so long altogether has run often enough.
const ENOUGH: Duration = Duration::from_secs(10);

/// Runs of one tool in one setting.
pub struct Row {
    /// As one: medians of the times, the processor time's mean (it comes in ticks), the most memory and round trips, the fewest
    /// messages; of the runs that ended well, where there are any.
    pub lap: Lap,
    /// Those runs, in their order.
    counted: Vec<Lap>,
    /// How many runs there were.
    pub runs: usize,
    /// How many of them did not end well.
    pub failed: usize,
}

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

/// True when these runs in one setting need no further one of this tool. Second runs without news do not count.
pub fn enough(laps: &[Lap], tool: Tool) -> bool {
    let runs = laps.iter().filter(|lap| lap.tool == tool && !lap.setting.delta);
    runs.map(|lap| lap.measured.wall).sum::<Duration>() >= ENOUGH
}

/// What several runs come to; none when there are none.
pub fn together(laps: &[&Lap]) -> Option<Row> {
    let (well, failed): (Vec<&Lap>, Vec<&Lap>) = laps.iter().partition(|lap| lap.measured.code == Some(0));
    let of = if well.is_empty() { &failed } else { &well };
    let told = failed.first().or(well.first())?;
    let fewest = of.iter().min_by_key(|lap| lap.messages)?;
    let lap = Lap {
        measured: Measured {
            wall: median(of.iter().map(|lap| lap.measured.wall))?,
            cpu: mean(of.iter().map(|lap| lap.measured.cpu))?,
            peak: of.iter().map(|lap| lap.measured.peak).max()?,
            ..told.measured.clone()
        },
        whole: median(of.iter().map(|lap| lap.whole))?,
        copy: median(of.iter().filter_map(|lap| lap.copy)),
        verify: median(of.iter().filter_map(|lap| lap.verify)),
        messages: fewest.messages,
        octets: fewest.octets,
        verdict: laps.iter().find(|lap| !lap.verdict.is_empty()).map(|lap| lap.verdict.clone()).unwrap_or_default(),
        turns: of.iter().filter_map(|lap| lap.turns).reduce(most),
        ..(*told).clone()
    };
    Some(Row { lap, counted: of.iter().copied().cloned().collect(), runs: laps.len(), failed: failed.len() })
}

impl Row {
    /// How many times as long as here it takes there: the median of the rounds, since a disk that is slow for a while is so for
    /// a round.
    pub fn beside(&self, there: &Self, time: impl Fn(&Lap) -> Option<Duration>) -> Option<f64> {
        let ratio = |(here, there)| Some(time(there)?.as_secs_f64() / time(here)?.as_secs_f64());
        let ratios = self.counted.iter().zip(&there.counted).filter_map(ratio).filter(|ratio| ratio.is_finite());
        let (low, high) = middle(ratios.collect(), f64::total_cmp)?;
        Some(f64::midpoint(low, high))
    }
}

fn mean(times: impl Iterator<Item = Duration>) -> Option<Duration> {
    let times: Vec<Duration> = times.collect();
    times.iter().sum::<Duration>().checked_div(u32::try_from(times.len()).ok()?)
}

fn median(times: impl Iterator<Item = Duration>) -> Option<Duration> {
    let (low, high) = middle(times.collect(), Duration::cmp)?;
    Some((low + high) / 2)
}

/// The middle two; of an odd number twice the middle one.
fn middle<T: Copy>(mut all: Vec<T>, order: impl Fn(&T, &T) -> Ordering) -> Option<(T, T)> {
    all.sort_by(order);
    Some((*all.get(all.len().checked_sub(1)? / 2)?, *all.get(all.len() / 2)?))
}

fn most(a: Turns, b: Turns) -> Turns {
    let of = |a: (u64, u64), b: (u64, u64)| (a.0.max(b.0), a.1.max(b.1));
    Turns { plan: of(a.plan, b.plan), verify: of(a.verify, b.verify) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lap::Setting;

    fn lap(seconds: u64, code: i32) -> Lap {
        let time = Duration::from_secs(seconds);
        let measured = Measured { wall: time, cpu: time, peak: seconds, code: Some(code), ..Measured::default() };
        let setting = Setting { profile: "small".into(), disk: "memory".into(), rtt: 0, tls: false, delta: false };
        let (verdict, messages) = (String::new(), if code == 0 { 1000 } else { 3 });
        let (copy, verify, turns) = (Some(time), None, None);
        Lap { setting, tool: Tool::Mbsync, measured, whole: time, copy, verify, messages, octets: 9, verdict, turns }
    }

    #[test]
    fn each_tool_is_first_in_its_turn_and_follows_every_other() {
        let tools = [Tool::Posthorse, Tool::Limit, Tool::Mbsync];
        let rounds: Vec<Vec<Tool>> = (0..6).map(|round| order(&tools, round)).collect();
        for tool in tools {
            assert_eq!(rounds.iter().filter(|round| round.first() == Some(&tool)).count(), 2, "{rounds:?}");
            for other in tools.iter().filter(|other| **other != tool) {
                assert!(rounds.iter().any(|round| round.windows(2).any(|two| two == [*other, tool])), "{rounds:?}");
            }
        }
        assert!(order(&[], 5).is_empty());
    }

    #[test]
    fn long_runs_are_not_repeated() {
        let runs = [lap(4, 0), lap(5, 0)];
        assert!(!enough(&runs, Tool::Mbsync));
        let mut again = lap(5, 0);
        again.setting.delta = true;
        assert!(!enough(&[lap(4, 0), lap(5, 0), again], Tool::Mbsync), "a second run without news does not count");
        assert!(enough(&[lap(5, 0), lap(5, 0)], Tool::Mbsync));
        assert!(!enough(&[lap(5, 0), lap(5, 0)], Tool::Doveadm));
    }

    #[test]
    fn times_are_medians_of_the_runs_that_ended_well() {
        let laps = [lap(1, 0), lap(9, 0), lap(2, 0), lap(4, 0), lap(0, 1)];
        let row = together(&laps.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!((row.runs, row.failed, row.lap.measured.code), (5, 1, Some(1)));
        assert_eq!((row.lap.whole, row.lap.copy), (Duration::from_secs(3), Some(Duration::from_secs(3))));
        assert_eq!((row.lap.measured.cpu, row.lap.measured.peak), (Duration::from_secs(4), 9));
        assert_eq!(row.lap.messages, 1000);
        let row = together(&[&lap(7, 1)]).unwrap();
        assert_eq!((row.lap.whole, row.failed, row.lap.messages), (Duration::from_secs(7), 1, 3));
        assert!(together(&[]).is_none());
    }

    #[test]
    fn tools_are_compared_round_by_round() {
        let row = |seconds: &[u64]| {
            let laps: Vec<Lap> = seconds.iter().map(|seconds| lap(*seconds, 0)).collect();
            together(&laps.iter().collect::<Vec<_>>()).unwrap()
        };
        let (ours, theirs) = (row(&[1, 20, 2, 900]), row(&[4, 40, 6]));
        assert_eq!(ours.beside(&theirs, |lap| Some(lap.whole)), Some(3.0), "4, 2 and 3 times as long");
        assert_eq!(row(&[1, 20]).beside(&theirs, |lap| lap.copy), Some(3.0), "4 and 2 times");
        assert_eq!(ours.beside(&theirs, |lap| lap.verify), None, "that nobody has measured");
        assert_eq!(row(&[0]).beside(&theirs, |lap| Some(lap.whole)), None, "no time at all");
    }
}
