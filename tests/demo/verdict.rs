//! # Verdict
//! What the judge says about both mailboxes, in one line.

use std::error::Error;
use std::path::{Path, PathBuf};

use posthorse_tests::servers::Judge;

use crate::stage::Stage;

/// The source as it was before the move.
pub struct Before {
    judge: Judge,
    snapshot: PathBuf,
}

impl Before {
    /// Writes the source down.
    ///
    /// # Errors
    /// When python3 or the server does not answer.
    pub fn of(stage: &Stage) -> Result<Self, Box<dyn Error>> {
        let judge = Judge::of(&stage.source, &stage.from())?;
        let snapshot = judge.snapshot()?;
        Ok(Self { judge, snapshot })
    }

    /// Compares destination and source, without the messages that `report` names as quarantined, and the source with
    /// what it was.
    ///
    /// # Errors
    /// When anything differs; the text says what.
    pub fn compare(&self, stage: &Stage, report: &Path) -> Result<String, Box<dyn Error>> {
        let judge = Judge::of(&stage.source, &stage.from())?.against(&stage.destination, &stage.to());
        let judge = judge.map("Sent Messages", "Sent").map("Deleted Messages", "Trash").without(report);
        let verdict = judge.compare()?;
        if !verdict.equal {
            return Err(format!("the mailboxes differ:\n{}", verdict.text).into());
        }
        let untouched = self.judge.untouched(&self.snapshot)?;
        if !untouched.equal {
            return Err(format!("the source was changed:\n{}", untouched.text).into());
        }
        let totals = verdict.totals;
        Ok(format!(
            "Equal: {} of {} messages arrived once, octet for octet, with flags, keywords, dates and order; \
             {} absent as reported; the source is untouched.",
            totals.same, totals.source, totals.quarantined
        ))
    }
}
