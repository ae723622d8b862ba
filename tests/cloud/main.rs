//! # Cloud
//! The adapters on AWS in an emulated one: the very suites that the embedded adapters pass, what a chunk costs, and where
//! secrets are not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a sentence that does not hold ends its test"
)]

#[macro_use]
#[path = "../contracts/place.rs"]
#[allow(dead_code, reason = "every place here holds many migrations")]
mod place;
#[macro_use]
#[path = "../contracts/archive.rs"]
mod archive;
#[macro_use]
#[path = "../contracts/clock.rs"]
#[allow(dead_code, unused_macros, reason = "nobody asks a function to stop: only some of the sentences are for it")]
mod clock;
#[macro_use]
#[path = "../contracts/ledger.rs"]
mod ledger;
#[macro_use]
#[path = "../contracts/queue.rs"]
mod queue;
#[macro_use]
#[path = "../contracts/vault.rs"]
mod vault;
#[path = "../contracts/record.rs"]
mod record;

mod account;
mod adapters;
mod crossing;
mod limits;
mod twins;
