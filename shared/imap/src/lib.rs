//! # Posthorse over IMAP
//! The domain's mail port, spoken to real servers. Lowest first:
//!
//! - `wire`: octets to values and back, no I/O.
//! - `connection`: pipelined commands, events, deadlines; no task behind it.
//! - `connect`: dial, TLS, greeting, login.
//! - `client`: folders, listings and headers of one side.
//! - `transfer`: messages from one side to the other.
//! - `mail`: opens connections for the steps, each side by its `door`. `vaulted`: the same with credentials that a vault keeps.

pub mod client;
pub mod connect;
pub mod connection;
mod door;
pub mod mail;
pub mod transfer;
pub mod vaulted;
pub mod wire;

pub use mail::ImapMail;
pub use vaulted::VaultedMail;
