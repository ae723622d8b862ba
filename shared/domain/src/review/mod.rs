//! # Review
//! In: the records and what is kept of a migration. Out: what people are shown of it.
//!
//! `shown` is for strangers who hold a status address, `status` and `quarantine` for the people who run it; `offence` finds
//! the octets for which a message was refused.

pub mod counts;
pub mod offence;
pub mod quarantine;
pub mod shown;
pub mod status;
