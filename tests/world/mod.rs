//! # World
//! The simulated surroundings that scenarios run in.

pub mod server;
