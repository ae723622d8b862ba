//! # Fuzz
//! Octets that nobody meant for us. Seeded, so that a failure comes back: a failing test prints its seed and the octets.
//!
//! - `random`, `grammar`: where inputs come from: responses as the RFCs have them, and what mutation makes of them.
//! - `target`: what must hold for any octets; a function that a fuzzer can drive.
//! - `wire`: seeded inputs through that function.
//! - `meaning`, `proto`, `codec`, `oracles`: imap-proto and imap-codec as judges of what a response means.
//! - `command`, `login`: nothing in a name, a value, a flag, a user or a password makes a second command.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test fails by panicking

mod codec;
mod command;
mod grammar;
mod login;
mod meaning;
mod oracles;
mod proto;
mod random;
mod target;
mod wire;
