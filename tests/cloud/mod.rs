//! # Cloud
//! The emulated AWS for tests: a throw-away [`Emulator`] on a loopback port, and a [`Hand`] in it that makes any call.
//!
//! `tests/cloud/install.sh` installs what is needed; what is missing is an error that says so.

pub mod counted;
pub mod emulator;
pub mod hand;

pub use counted::{Calls, Counted};
pub use emulator::Emulator;
pub use hand::{Hand, Refused};
