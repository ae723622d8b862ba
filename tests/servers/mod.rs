//! # Servers
//! Real IMAP servers and generated mailboxes for tests, demo and bench. In comes what server and mail a test wants;
//! out come a running [`Server`] on loopback ports and, from the [`judge`], a verdict on two mailboxes that shares no
//! code with the product.
//!
//! `tests/servers/install.sh` installs what is needed; a server that is missing is an error that says so.

mod appending;
pub mod certificate;
pub mod client;
pub mod compose;
pub mod courier;
pub mod cyrus;
pub mod date;
pub mod deliver;
pub mod dovecot;
pub mod judge;
mod keywords;
pub mod kind;
pub mod lab;
pub mod mailbox;
pub mod maildir;
pub mod name;
mod place;
pub mod port;
pub mod process;
pub mod profile;
pub mod proxy;
pub mod random;
pub mod server;
pub mod tiny;
mod validity;

pub use certificate::Certificate;
pub use client::Client;
pub use courier::Courier;
pub use cyrus::Cyrus;
pub use deliver::Delivery;
pub use dovecot::{Dovecot, Format, Fsync};
pub use judge::Judge;
pub use kind::Kind;
pub use mailbox::{Flag, Folder, Mailbox, Message};
pub use proxy::{Counts, Proxy, Rules};
pub use server::{Login, Options, Server};
