//! # Swarm
//! Thousands of small migrations through the real steps and the real IMAP code, each with troubles of its own that follow
//! from one number. In: a seed. Out: what was wrong (nothing, if all is well), what struck where, and a hash of everything
//! that happened.
//!
//! | file | its one job |
//! |---|---|
//! | `chance` | numbers from a seed |
//! | `scene` | two mailboxes and what stands in them |
//! | `troubles` | which faults this seed has, and where they strike |
//! | `cloud` | queue, functions and timer, as a cloud runs the steps |
//! | `function` | one invocation: a process that can die, freeze and be dropped at any await |
//! | `run` | one seed from its first job to the end of retention |
//! | `invariants` | what must be true afterwards, beside the judge of all scenarios |
//! | `planted` | bugs on purpose: each has to be found |
//! | `coverage` | which fault has struck where |
//! | `sinks` | what is logged, to look for secrets in it |
//! | `kills` | a death at every effect, at every pair of effects, at every await |

mod chance;
mod cloud;
mod coverage;
mod function;
mod invariants;
mod kills;
mod planted;
mod run;
mod scene;
mod sinks;
mod troubles;

pub use coverage::Coverage;
pub use kills::{Killed, awaits, effects, pairs, scenario};
pub use planted::{Bug, Planted};
pub use run::{Run, control, run, struck, wide};

/// Runs something in a world of its own: one thread, and time that passes only when everybody waits.
///
/// # Panics
/// When no runtime can be had.
pub fn in_paused_time<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    match runtime {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => unreachable!("no runtime: {error}"),
    }
}
