//! # Print
//! A plan as people and programs read it: the table of a dry run, and `plan.json`.

use serde::{Deserialize, Serialize};

use super::map::{Plan, Planned};
use crate::migration::folder::Role;
use crate::migration::{FolderNumber, Warning};

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The source's folder, in Unicode.
    pub folder: String,
    /// Where it goes; none when it is left out.
    pub destination: Option<String>,
    /// Why, in a few words.
    pub why: String,
    /// By STATUS; none when the source does not say.
    pub messages: Option<u64>,
    /// By STATUS (RFC 8438); few servers say.
    pub octets: Option<u64>,
    /// More to say about it.
    pub notes: Vec<String>,
}

/// `plan.json`, and what `--dry-run --json` prints. Extended, never broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanDocument {
    /// Of this form: 1.
    pub version: u32,
    /// In the source's order.
    pub folders: Vec<PlannedDocument>,
    /// What people should read.
    pub warnings: Vec<Warning>,
}

/// A folder in `plan.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedDocument {
    /// As in the report.
    pub number: FolderNumber,
    /// In Unicode.
    pub source: String,
    /// In Unicode; null when it is left out.
    pub destination: Option<String>,
    /// In a few words.
    pub why: String,
    /// `carry`, `filtered` or `blocked`.
    pub role: Role,
    /// By STATUS; null when the source does not say.
    pub messages: Option<u64>,
    /// By STATUS; null when the source does not say.
    pub octets: Option<u64>,
    /// It is made at the destination.
    pub create: bool,
    /// More to say about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The table of a plan, in its order.
pub fn table(plan: &Plan) -> Vec<Row> {
    plan.folders.iter().map(row).collect()
}

impl PlanDocument {
    /// The document of a plan.
    pub fn new(plan: &Plan) -> Self {
        let folders = plan.folders.iter().map(document).collect();
        Self { version: 1, folders, warnings: plan.warnings.clone() }
    }
}

fn row(planned: &Planned) -> Row {
    let status = planned.source.status.unwrap_or_default();
    Row {
        folder: planned.source.name.unicode(),
        destination: (planned.role == Role::Carry).then(|| planned.destination.unicode()),
        why: planned.why.clone(),
        messages: status.messages.map(u64::from),
        octets: status.octets,
        notes: planned.notes.clone(),
    }
}

fn document(planned: &Planned) -> PlannedDocument {
    let Row { folder: source, destination, why, messages, octets, notes } = row(planned);
    let Planned { number, role, create, .. } = *planned;
    PlannedDocument { number, source, destination, why, role, messages, octets, create, notes }
}

#[cfg(test)]
#[path = "print_tests.rs"]
mod tests;
