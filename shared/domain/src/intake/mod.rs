//! # Intake
//! In: a person's word. Out: a migration's record with its next turn due.

pub mod accept;
pub mod again;
pub mod asked;
pub mod begin;
pub mod obey;
pub mod verb;
