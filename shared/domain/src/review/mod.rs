//! # Review
//! In: the records and what is kept of a migration. Out: what people are shown of it.
//!
//! `shown` is for strangers who hold a status address.

pub mod counts;
pub mod shown;
