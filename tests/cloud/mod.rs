//! # Cloud
//! The emulated AWS for tests: a throw-away [`Emulator`] on a loopback port.
//!
//! `tests/cloud/install.sh` installs what is needed; what is missing is an error that says so.

pub mod emulator;

pub use emulator::Emulator;
