//! # Posthorse, the domain
//! What we know about moving mail. No network, clock, environment, randomness or vendor: the world arrives as
//! arguments or through `ports`.
//!
//! - `mail`: the RFCs' words as types (folder name, UID set, flags, fingerprint, special use).
//! - `migration`: what we remember (request, records, checkpoint, outcomes, manifest, balance, report).
//! - `ports`: the only doors (mail, ledger, archive, queue, vault, clock, notify, announcer).
//! - `turn`: claiming a turn of the chain and handing over the next.
//! - `intake`, `plan`, `copy`, `verify`: one room per stage; `step.rs` orders effects, the other files decide.
//! - `review`: what people are shown.
//! - `sweep`: what happens by itself: dead steps revived, deltas started, ends and retention.

// Tests may read the corpus that the environment names.
#![cfg_attr(test, allow(clippy::disallowed_methods))]

pub mod copy;
pub mod intake;
pub mod mail;
pub mod migration;
pub mod plan;
pub mod ports;
pub mod review;
pub mod sweep;
pub mod turn;
pub mod verify;
