//! # Contracts
//! One suite per port. In: a place where an adapter can be opened. Out: the port's promises as tests, one sentence each.
//! Every adapter runs the suites of its ports: `embedded` does so for one machine, `killed` for a process that
//! dies, and `memory` for the simulated world.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a sentence that does not hold ends its test"
)]

#[macro_use]
mod place;
#[macro_use]
mod archive;
#[macro_use]
mod clock;
#[macro_use]
mod ledger;
#[macro_use]
mod queue;
#[macro_use]
mod vault;
mod embedded;
mod killed;
mod memory;
mod record;
