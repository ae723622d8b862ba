//! # Copy
//! In: planned folders. Out: messages at the destination, lines in the manifest, a checkpoint that never lies.
//!
//! `step` claims the turn and spreads destination folders over connection pairs, which share `errands`; `lanes` brings in the
//! connections that are left over; `crossing` takes one destination folder over, within its `time`, and `unwilling` ones once
//! more or not at all; `settle` finds out what an
//! interrupted chunk has done; `reconcile` reads both sides where UIDs mean nothing (`validity`), finds what is there already
//! (`matches`) and writes it down (`recognise`); `outlook` lists and `ferry` carries chunk after chunk, while `pulse` notices
//! that the process was frozen; `enter` writes down what became of each; `twins` copies at the destination what is there under
//! another label; `ahead` asks for the next folder while this one drains; `alone` parks what connections die of. The rest
//! decides: `chunk` (how much next), `claim` (which UID is ours), `account` (what a chunk's fates mean for the record).

pub mod account;
mod ahead;
mod alone;
mod amend;
pub mod chunk;
pub mod claim;
mod crossing;
mod enter;
mod errands;
mod ferry;
mod lanes;
mod left;
mod matches;
mod outlook;
mod park;
mod pulse;
mod read_back;
mod recognise;
mod reconcile;
mod settle;
pub mod step;
mod time;
mod twins;
mod unwilling;
mod validity;
