//! # Review
//! In: the records and what is kept of a migration. Out: what people are shown of it.
//!
//! `status` and `quarantine` are for the people who run it (what strangers see is `migration/shown.rs`); `offence` finds the
//! octets for which a message was refused.

pub mod offence;
pub mod quarantine;
pub mod status;
