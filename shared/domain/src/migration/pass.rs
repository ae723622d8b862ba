//! # Pass
//! One sweep over a migration.

use serde::{Deserialize, Serialize};

use super::Moment;

/// What a pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PassKind {
    /// The first: everything.
    Initial,
    /// What is new since the last one.
    Delta,
    /// A delta that is recorded as the last, after the MX cutover.
    Final,
}

impl PassKind {
    /// The word that reports and options use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Delta => "delta",
            Self::Final => "final",
        }
    }
}

/// A pass: its number from 1, its kind and its times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// Counts from 1.
    pub number: u32,
    /// What it is for.
    pub kind: PassKind,
    /// When it was asked for.
    pub started: Moment,
    /// When its recount was done.
    pub finished: Option<Moment>,
    /// When the first body was asked for, for the rate in the report.
    pub first_fetch: Option<Moment>,
    /// When the last chunk so far was committed.
    #[serde(default)]
    pub last_commit: Option<Moment>,
    /// Octets appended in this pass.
    pub octets: u64,
}

impl Pass {
    /// The first pass of a migration.
    pub fn initial(now: Moment) -> Self {
        Self {
            number: 1,
            kind: PassKind::Initial,
            started: now,
            finished: None,
            first_fetch: None,
            last_commit: None,
            octets: 0,
        }
    }

    /// The pass after this one.
    pub fn following(&self, kind: PassKind, now: Moment) -> Self {
        Self { number: self.number.saturating_add(1), kind, ..Self::initial(now) }
    }
}
