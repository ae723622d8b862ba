//! # Coverage
//! Which fault has struck at which point, counted over all runs. A cell that should have been struck and was not is a hole
//! in the proof.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

use crate::world::Strike;

/// Effects of the store.
const STORE: [&str; 8] = [
    "ledger save",
    "ledger save_folder",
    "ledger save_folders",
    "archive put_once",
    "archive put",
    "queue send",
    "queue acknowledge",
    "archive remove",
];
/// What is sent to the source.
const SOURCE: [&str; 4] = ["source EXAMINE", "source UID FETCH", "source LIST", "source login"];
/// What is sent to the destination.
const DESTINATION: [&str; 9] = [
    "destination SELECT",
    "destination UID FETCH",
    "destination LIST",
    "destination login",
    "destination CREATE",
    "destination NOOP",
    "destination APPEND",
    "destination literal, first half",
    "destination literal, second half",
];
/// What strikes at effects.
const STRIKES: [&str; 5] =
    ["killed before", "killed after", "error before the effect", "done, answer lost", "frozen and thawed"];
/// What strikes elsewhere, and where.
const OTHERS: [(&str, &str); 40] = [
    ("delivered twice", "queue"),
    ("delivered late", "queue"),
    ("a job that nobody sent", "queue"),
    ("two holders", "lease"),
    ("dropped at an await", "plan"),
    ("dropped at an await", "copy"),
    ("dropped at an await", "verify"),
    ("ended by the platform", "function"),
    ("clock wrong by up to 30 s", "function"),
    ("clock wrong by up to 30 s", "sweep"),
    ("clock jumps an hour", "function"),
    ("clock jumps an hour", "sweep"),
    ("stale index", "sweep"),
    ("deadline", "copy"),
    ("throttled", "ledger read"),
    ("throttled", "ledger query"),
    ("throttled", "ledger index"),
    ("throttled", "archive get"),
    ("connection cut", "append"),
    ("connection cut", "body"),
    ("cut in the literal", "literal"),
    ("cut in the literal", "body"),
    ("stalled in the literal", "body"),
    ("stored, answer lost", "append"),
    ("stored later", "append"),
    ("shown later", "append"),
    ("refused", "APPEND"),
    ("refused", "append"),
    ("refused", "SELECT"),
    ("refused", "EXAMINE"),
    ("refused", "CREATE"),
    ("refused", "LOGIN"),
    ("new UIDVALIDITY", "EXAMINE"),
    ("new UIDVALIDITY", "SELECT"),
    ("expunged", "UID FETCH"),
    ("new mail", "UID FETCH"),
    ("out of quota", "destination"),
    ("compressed", "source"),
    ("compressed", "destination"),
    ("copied there", "destination"),
];

/// How often each fault struck at each point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage(BTreeMap<(String, String), u64>);

impl Coverage {
    /// It struck there.
    pub fn count(&mut self, fault: &str, point: &str) {
        *self.0.entry((fault.to_owned(), point.to_owned())).or_default() += 1;
    }

    /// A strike at an effect of this name.
    pub fn strike(&mut self, fault: &str, effect: &str) {
        self.count(fault, &point(effect));
    }

    /// How much is counted in all.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Both together.
    pub fn add(&mut self, other: &Self) {
        for (cell, count) in &other.0 {
            *self.0.entry(cell.clone()).or_default() += count;
        }
    }

    fn at(&self, fault: &str, point: &str) -> u64 {
        self.0.get(&(fault.to_owned(), point.to_owned())).copied().unwrap_or(0)
    }

    /// Strikes at effects that no seed happened to have.
    pub fn unstruck(&self) -> Vec<(Strike, &'static str)> {
        let freeze = Strike::Freeze(Duration::from_secs(200));
        let strikes = [Strike::KillBefore, Strike::KillAfter, Strike::Fail, Strike::LoseAnswer, freeze];
        let cells = points().into_iter().flat_map(|point| strikes.map(|strike| (strike, point)));
        cells.filter(|(strike, point)| self.at(strike.word(), point) == 0).collect()
    }

    /// Cells that have to be struck and were not.
    pub fn empty(&self) -> Vec<String> {
        let cells = points().into_iter().flat_map(|point| STRIKES.map(|strike| (strike, point)));
        let wanted: BTreeSet<_> = cells.chain(OTHERS).collect();
        let empty = wanted.into_iter().filter(|(fault, point)| self.at(fault, point) == 0);
        empty.map(|(fault, point)| format!("{fault} @ {point}")).collect()
    }

    /// The table, for people.
    pub fn table(&self) -> String {
        let mut table =
            format!("{:34}{:>9}{:>9}{:>9}{:>9}{:>9}\n", "", "killed <", "killed >", "error", "lost", "frozen");
        for point in points() {
            let _to_a_string = write!(table, "{point:34}");
            for strike in STRIKES {
                let _to_a_string = write!(table, "{:>9}", self.at(strike, point));
            }
            table.push('\n');
        }
        for (fault, point) in OTHERS {
            let _to_a_string = writeln!(table, "{:43}{:>9}", format!("{fault} @ {point}"), self.at(fault, point));
        }
        table
    }
}

fn points() -> Vec<&'static str> {
    STORE.into_iter().chain(SOURCE).chain(DESTINATION).collect()
}

/// The kind of an effect: its name without numbers and keys.
fn point(effect: &str) -> String {
    if effect.ends_with(" LOGIN") || effect.contains(" AUTHENTICATE") || effect.ends_with(" ID") {
        return format!("{} login", effect.split(' ').next().unwrap_or_default());
    }
    if effect.contains("literal") || effect.contains("UID FETCH") {
        return effect.to_owned();
    }
    effect.split(' ').take(2).collect::<Vec<_>>().join(" ")
}
