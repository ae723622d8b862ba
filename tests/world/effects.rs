//! # Effects
//! Every effect that a process has on the world gets a number: a write to ledger, archive or queue, a line or literal
//! sent to a server. A scenario names numbers at which something strikes.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use posthorse_domain::migration::Failure;
use posthorse_embedded::StopFlag;
use tokio::sync::Notify;

/// What strikes at an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strike {
    /// The process is dead before the effect happens.
    KillBefore,
    /// The process is dead as soon as the effect has happened.
    KillAfter,
    /// The effect does not happen, and its caller is told so.
    Fail,
    /// The effect happens, and its caller is told that it failed.
    LoseAnswer,
    /// A person asks the process to stop while the effect happens.
    AskToStop,
}

/// Every effect of a world, numbered from 1, and what is to strike. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    state: Arc<Mutex<State>>,
    killed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    names: Vec<String>,
    strikes: BTreeMap<usize, Strike>,
    dead: bool,
    stop: StopFlag,
}

impl Effects {
    /// At the n-th effect this strikes. The count goes on from process to process.
    pub fn strike(&self, n: usize, strike: Strike) {
        self.state().strikes.insert(n, strike);
    }

    /// How many effects there were.
    pub fn count(&self) -> usize {
        self.state().names.len()
    }

    /// What the n-th effect was, counted from 1.
    pub fn name(&self, n: usize) -> String {
        n.checked_sub(1).and_then(|at| self.state().names.get(at).cloned()).unwrap_or_default()
    }

    /// The names of all effects, in order.
    pub fn names(&self) -> Vec<String> {
        self.state().names.clone()
    }

    /// Comes back when the process has been killed.
    pub async fn killed(&self) {
        self.killed.notified().await;
    }

    /// A new process begins, which is asked to stop by this flag.
    pub(super) fn revive(&self, stop: &StopFlag) {
        let mut state = self.state();
        state.dead = false;
        state.stop = stop.clone();
    }

    /// True for a process that has been killed: nothing of it may happen any more.
    pub(super) fn dead(&self) -> bool {
        self.state().dead
    }

    /// Kills the process.
    pub(super) fn kill(&self) {
        self.state().dead = true;
        self.killed.notify_one();
    }

    /// Counts an effect and says what strikes at it.
    pub(super) fn begin(&self, name: String) -> Option<Strike> {
        let mut state = self.state();
        state.names.push(name);
        let strike = state.strikes.get(&state.names.len()).copied();
        if strike == Some(Strike::AskToStop) {
            state.stop.ask();
        }
        strike
    }

    /// Does a counted effect, unless something strikes.
    pub(super) async fn act<T>(&self, name: String, act: impl FnOnce() -> T + Send) -> Result<T, Failure> {
        self.alive().await;
        match self.begin(name.clone()) {
            None | Some(Strike::AskToStop) => Ok(act()),
            Some(Strike::KillBefore) => self.die().await,
            Some(Strike::KillAfter) => {
                act();
                self.die().await
            }
            Some(Strike::Fail) => Err(Failure::store(format!("{name}: the disk does not answer"))),
            Some(Strike::LoseAnswer) => {
                act();
                Err(Failure::store(format!("{name}: the answer was lost")))
            }
        }
    }

    /// Never comes back for a dead process.
    pub(super) async fn alive(&self) {
        if self.dead() {
            pending::<()>().await;
        }
    }

    async fn die<T>(&self) -> T {
        self.kill();
        pending().await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
