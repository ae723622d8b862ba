//! # World
//! The simulated surroundings that scenarios run in: two servers inside the test, records in memory, time that passes
//! only when everybody waits. In it run the real steps and the real IMAP code; every effect has a number, so that a
//! scenario can strike at each.
//!
//! | file | its one job |
//! |---|---|
//! | `worlds` | the world as a scenario holds it |
//! | `chain` | one process: steps one after the other, as the program runs them |
//! | `effects` | numbers every effect and strikes at the one that was named |
//! | `clock` | the world's time and a step's share of it |
//! | `ledger`, `archive`, `queue`, `vault`, `watcher`, `announcer`, `attempts` | the ports, in memory |
//! | `mail`, `tap` | connections to both servers, with each command counted |
//! | `judge`, `content` | what must be true in the end, decided without the product's code |
//! | `server` | an IMAP server inside the test |

mod announcer;
mod archive;
mod attempts;
mod chain;
mod clock;
mod content;
mod effects;
mod judge;
mod ledger;
mod mail;
mod queue;
pub mod server;
mod tap;
mod vault;
mod watcher;
mod worlds;

pub use announcer::WorldAnnouncer;
pub use archive::MemoryArchive;
pub use attempts::WorldAttempts;
pub use clock::WorldClock;
pub use effects::{Effects, Strike};

pub use judge::Lenient;
pub use ledger::{Claimed, Index, MemoryLedger};
pub use mail::WorldMail;
pub use queue::MemoryQueue;
pub use tap::Tampering;
pub use vault::WorldVault;
pub use watcher::Watcher;
pub use worlds::{Outcome, PASSWORD, World, request};
