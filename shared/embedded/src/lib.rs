//! # Posthorse, embedded
//! The ports on one machine. In: the path of a state directory. Out: ledger, queue, archive, vault, notify and clock as
//! the domain asks for them. One file per port, named like the port.
//!
//! - `state`: opens a state directory: `lock` first, a probe, then the database and the archive.
//! - `ledger`, `queue`: tables of one SQLite file (`database`).
//! - `archive`: objects as files; `key` says which names they may have, `packing` compresses, `durable` survives power loss.
//! - `vault`, `notify`, `clock`: memory, a callback, the system's clocks.
//!
//! Errors of SQLite and of the operating system end here: `cause` turns them into the domain's `Failure`, and
//! `state_error` into the reasons why a state directory cannot be used.

pub mod archive;
mod cause;
pub mod clock;
pub mod database;
mod durable;
mod key;
pub mod ledger;
pub mod lock;
pub mod notify;
mod off_runtime;
mod packing;
pub mod queue;
pub mod state;
pub mod state_error;
pub mod vault;

pub use archive::Directory;
pub use clock::{StepClock, StopFlag};
pub use database::{DATABASE_FILE, Database};
pub use ledger::SqliteLedger;
pub use lock::Lock;
pub use notify::Tell;
pub use queue::SqliteQueue;
pub use state::{Look, State};
pub use state_error::StateError;
pub use vault::MemoryVault;
