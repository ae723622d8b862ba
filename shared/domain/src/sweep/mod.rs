//! # Sweep
//! In: the clock, and what the ledger says is due. Out: dead turns sent again, deltas begun, migrations ended, credentials
//! forgotten, and what retention has run out for deleted. A timer calls it; called twice at once it does everything once.
//!
//! `step` orders effects; `due` decides what a record needs; `settled` tells progress from standing still.

pub mod due;
mod settled;
pub mod step;

pub use step::{Doors, Swept};
