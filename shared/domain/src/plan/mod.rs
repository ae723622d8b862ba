//! # Plan
//! In: the folders of both mailboxes and what a person asked for. Out: a numbered folder record with its destination for
//! each folder of the source, made where it was missing.

pub mod claims;
mod draft;
#[cfg(test)]
mod listings;
pub mod make;
pub mod map;
pub mod print;
mod records;
pub mod safe_name;
pub mod select;
pub mod special;
pub mod step;
pub mod survey;
pub mod translate;
pub mod warnings;
