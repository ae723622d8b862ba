//! # Effects
//! Every effect that a process has on the world gets a number: a write to ledger, archive or queue, a line or literal
//! sent to a server. A scenario names numbers at which something strikes.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use posthorse_domain::migration::Failure;
use posthorse_embedded::StopFlag;
use tokio::sync::Notify;
use tokio::time::Instant;

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
    /// The process stands still for so long before the effect, and thaws without having noticed.
    Freeze(Duration),
}

impl Strike {
    /// The word that the table of coverage uses.
    pub fn word(self) -> &'static str {
        match self {
            Self::KillBefore => "killed before",
            Self::KillAfter => "killed after",
            Self::Fail => "error before the effect",
            Self::LoseAnswer => "done, answer lost",
            Self::AskToStop => "asked to stop",
            Self::Freeze(_) => "frozen and thawed",
        }
    }
}

/// Every effect of a world, numbered from 1, and what is to strike. Clones are the same; `process` begins another process
/// in the same world, with the same numbers and a life of its own.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    state: Arc<Mutex<State>>,
    own: Arc<Mutex<Own>>,
    killed: Arc<Notify>,
}

/// What all processes share.
#[derive(Debug, Default)]
struct State {
    names: Vec<String>,
    strikes: BTreeMap<usize, Strike>,
    /// What strikes at the first effect of this name.
    first: Option<(String, Strike)>,
    struck: Vec<(usize, Strike)>,
    over: bool,
    /// One in so many reads fails, and the row of numbers that says which.
    throttle: Option<(u64, u64)>,
    throttled: Vec<&'static str>,
}

/// One process.
#[derive(Debug, Default)]
struct Own {
    dead: bool,
    stop: StopFlag,
    frozen_until: Option<Instant>,
    frozen: Duration,
}

impl Effects {
    /// Another process in the same world.
    pub fn process(&self, stop: &StopFlag) -> Self {
        let own = Own { stop: stop.clone(), ..Own::default() };
        Self { state: Arc::clone(&self.state), own: Arc::new(Mutex::new(own)), killed: Arc::default() }
    }

    /// Nothing strikes any more.
    pub fn heal(&self) {
        let mut state = self.state();
        (state.over, state.throttle) = (true, None);
    }

    /// What is asked for from now on strikes again; what was asked for before does not.
    pub fn sicken(&self) {
        let mut state = self.state();
        state.strikes.clear();
        state.over = false;
    }

    /// This strikes at the first effect of this name; numbers and keys behind a name do not count.
    pub fn strike_first(&self, name: &str, strike: Strike) {
        self.state().first = Some((name.to_owned(), strike));
    }

    /// From now on one in so many reads is refused.
    pub fn throttle_reads(&self, seed: u64, one_in: u64) {
        self.state().throttle = Some((seed | 1, one_in.max(1)));
    }

    /// Which reads were refused.
    pub fn throttled(&self) -> Vec<&'static str> {
        self.state().throttled.clone()
    }

    /// A read of the store.
    pub(super) async fn look(&self, what: &'static str) -> Result<(), Failure> {
        self.alive().await;
        let mut state = self.state();
        let Some((row, one_in)) = &mut state.throttle else { return Ok(()) };
        *row ^= *row << 13;
        *row ^= *row >> 7;
        *row ^= *row << 17;
        if *row % *one_in != 0 {
            return Ok(());
        }
        state.throttled.push(what);
        Err(Failure::store(format!("{what}: too many requests")))
    }

    /// What struck, and at what.
    pub fn struck(&self) -> Vec<(Strike, String)> {
        let state = self.state();
        let name = |at: usize| at.checked_sub(1).and_then(|at| state.names.get(at).cloned()).unwrap_or_default();
        state.struck.iter().map(|(at, strike)| (*strike, name(*at))).collect()
    }

    /// Until when the process stands still, if it does.
    pub fn frozen_until(&self) -> Option<Instant> {
        self.own().frozen_until.filter(|until| *until > Instant::now())
    }

    /// How long the process has stood still so far.
    pub fn frozen(&self) -> Duration {
        self.own().frozen
    }

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
        *self.own() = Own { stop: stop.clone(), ..Own::default() };
    }

    /// True for a process that has been killed.
    pub fn is_dead(&self) -> bool {
        self.dead()
    }

    /// True for a process that has been killed: nothing of it may happen any more.
    pub(super) fn dead(&self) -> bool {
        self.own().dead
    }

    /// Kills the process.
    pub(super) fn kill(&self) {
        self.own().dead = true;
        self.killed.notify_one();
    }

    /// Counts an effect and says what strikes at it.
    pub(super) fn begin(&self, name: String) -> Option<Strike> {
        let mut state = self.state();
        let named = |(first, _): &mut (String, Strike)| {
            name.strip_prefix(first.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        let first = state.first.take_if(named).map(|(_, strike)| strike);
        state.names.push(name);
        let at = state.names.len();
        let strike = state.strikes.get(&at).copied().or(first).filter(|_| !state.over);
        state.struck.extend(strike.map(|strike| (at, strike)));
        drop(state);
        match strike {
            Some(Strike::AskToStop) => self.own().stop.ask(),
            Some(Strike::Freeze(time)) => {
                let mut own = self.own();
                own.frozen_until = Some(Instant::now() + time);
                own.frozen += time;
            }
            _ => {}
        }
        strike
    }

    /// Does a counted effect, unless something strikes.
    pub(super) async fn act<T>(&self, name: String, act: impl FnOnce() -> T + Send) -> Result<T, Failure> {
        self.alive().await;
        match self.begin(name.clone()) {
            None | Some(Strike::AskToStop) => Ok(act()),
            Some(Strike::Freeze(_)) => {
                // Whoever polls this process sees that it is frozen and does not come back before it thaws.
                tokio::task::yield_now().await;
                Ok(act())
            }
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

    fn own(&self) -> MutexGuard<'_, Own> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
