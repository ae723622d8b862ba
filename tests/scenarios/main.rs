//! # Scenarios
//! The real steps and the real IMAP code between two simulated servers: one sentence per trouble, and what becomes of the
//! mail. `fill.rs` has the mailboxes, `crossing.rs` the plain case, the others what can go wrong.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a sentence that does not hold ends its test"
)]

mod ahead;
mod batches;
mod case;
mod crossing;
mod cuts;
mod events;
mod fill;
mod folders;
mod found;
mod gmail;
mod habits;
mod judging;
mod kept;
mod kills;
mod kills_in_trouble;
mod labels;
mod lanes;
mod large;
mod large_plan;
mod large_reconcile;
mod lasting;
mod narrow;
mod refusals;
mod refuses_all;
mod removed;
mod signups;
mod slow;
mod sources;
mod sparse;
mod steps;
mod sweeps;
mod there;
mod waits;
mod words;
