//! # Record
//! The migration's own row: who, what, where in the chain, held by whom.

use serde::{Deserialize, Serialize};

use super::{Counts, FolderNumber, Moment, Obstacle, Pass, PassKind, Request, Side, Stage, State, Told};

/// Names a migration in keys, jobs and logs. Letters, digits and `-` only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MigrationId(pub String);

/// Something a person should read, which is not an error.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    /// Stable word for programs, e.g. `subscription`.
    pub code: String,
    /// A sentence for people.
    pub text: String,
}

/// The migration's row. Every write is conditional on `version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// Its name.
    pub id: MigrationId,
    /// What was asked for.
    pub request: Request,
    /// Where it stands.
    pub state: State,
    /// Why, in plain words.
    pub reason: String,
    /// When something is to happen next without anybody doing anything.
    pub next_at: Option<Moment>,
    /// True when `next_at` was stated by a server and not chosen by us.
    pub next_at_stated: bool,
    /// The pass at hand, or the last one.
    pub pass: Pass,
    /// The stage of the job that is due.
    pub stage: Stage,
    /// Position in the chain; a job names the turn it is for.
    pub turn: u64,
    /// Claims of this turn without progress.
    pub tries: u32,
    /// How often the sweep has sent the job of this turn again.
    #[serde(default)]
    pub resends: u32,
    /// How much was settled (see the sweep) when its tries were last looked at.
    #[serde(default)]
    pub mark: u64,
    /// When a person last said a word, or a pass last carried something: idle days count from here.
    #[serde(default)]
    pub active: Moment,
    /// Fencing number, raised by every claim.
    pub epoch: u64,
    /// Until when a step holds it.
    pub lease_until: Option<Moment>,
    /// Who holds it: a word of the caller's that no other call shares. Tells our own lost answer from another's claim.
    pub holder: String,
    /// A login at the source has succeeded before: a refused one is then a matter of waiting.
    pub source_proven: bool,
    /// The same for the destination.
    pub destination_proven: bool,
    /// Raised by every write.
    pub version: u64,
    /// The folder that the stage goes on with.
    pub cursor: FolderNumber,
    /// Key of the object in which a plan that takes several steps keeps what both sides have listed.
    #[serde(default)]
    pub survey: Option<String>,
    /// How many folders the plan numbered.
    pub folders: FolderNumber,
    /// Over all passes, as of the last recount.
    pub totals: Counts,
    /// Of this pass.
    pub this_pass: Counts,
    /// What people should read.
    pub warnings: Vec<Warning>,
    /// What strangers may learn of what it waits for, and on which side; none while nothing hinders it.
    #[serde(default)]
    pub obstacle: Option<(Side, Obstacle)>,
    /// What tells the request from another under the same id; empty where nobody can ask again.
    #[serde(default)]
    pub asked: String,
    /// What those who subscribed to events were told so far.
    #[serde(default)]
    pub told: Told,
    /// When the request came.
    pub created: Moment,
    /// When the migration ended.
    pub ended: Option<Moment>,
}

impl Migration {
    /// A migration as it is accepted: its first pass is due now.
    pub fn accepted(id: MigrationId, request: Request, now: Moment) -> Self {
        Self {
            id,
            request,
            state: State::Accepted,
            reason: "the initial pass is due".into(),
            next_at: Some(now),
            next_at_stated: false,
            pass: Pass::initial(now),
            stage: Stage::Plan,
            turn: 1,
            tries: 0,
            resends: 0,
            mark: 0,
            active: now,
            epoch: 0,
            lease_until: None,
            holder: String::new(),
            source_proven: false,
            destination_proven: false,
            version: 0,
            cursor: 0,
            survey: None,
            folders: 0,
            totals: Counts::default(),
            this_pass: Counts::default(),
            warnings: Vec::new(),
            obstacle: None,
            asked: String::new(),
            told: Told::default(),
            created: now,
            ended: None,
        }
    }

    /// The next pass, due now.
    pub fn begin_pass(self, kind: PassKind, now: Moment) -> Self {
        Self {
            pass: self.pass.following(kind, now),
            stage: Stage::Plan,
            cursor: 0,
            survey: None,
            state: State::Planning,
            reason: String::new(),
            turn: self.turn + 1,
            tries: 0,
            resends: 0,
            lease_until: None,
            next_at: Some(now),
            next_at_stated: false,
            obstacle: None,
            warnings: Vec::new(),
            ..self
        }
    }

    /// The migration at its end; what is due then is that its credentials are forgotten.
    pub fn end(self, state: State, reason: impl Into<String>, now: Moment) -> Self {
        Self {
            turn: self.turn + 1,
            state,
            reason: reason.into(),
            lease_until: None,
            next_at: self.request.options.life.unattended().then_some(now),
            next_at_stated: false,
            ended: Some(now),
            ..self
        }
    }

    /// Adds a warning once.
    pub fn warn(&mut self, code: &str, text: impl Into<String>) {
        let warning = Warning { code: code.into(), text: text.into() };
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}
