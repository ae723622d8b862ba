//! # Server
//! An IMAP server inside the test: one independent reading of RFC 3501 and its extensions, with the oddities of real
//! servers as switches and their failures as data. It shares no code with Posthorse.
//!
//! In goes a [`Profile`] (how this kind of server behaves), folders and messages ([`FolderOf`], [`MessageOf`]) and
//! faults ([`At`], [`Fault`]); out come connections ([`Server::connect`]), what is stored in the end, and a [`Log`]
//! of all that clients did. Time is tokio's, so it may be paused; nothing is left to chance.

mod accept;
mod append;
mod at;
mod commit;
mod copy;
mod create;
mod date;
mod delay;
mod fault;
mod fetch;
mod fill;
mod flags;
mod folder;
mod host;
mod items;
mod labels;
mod letter;
mod list;
mod lock;
mod log;
mod login;
mod mailbox;
mod message;
mod name;
mod obey;
mod profile;
mod profiles;
mod quirk;
mod request;
mod rewrite;
mod rules;
mod select;
mod session;
mod set;
mod state;
mod store;
mod suffer;
mod told;
mod trouble;
mod view;
mod wire;
mod wordings;
mod words;

#[cfg(test)]
mod append_tests;
#[cfg(test)]
mod command_tests;
#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod fetch_tests;
#[cfg(test)]
mod play;
#[cfg(test)]
mod profile_tests;
#[cfg(test)]
mod reading_tests;
#[cfg(test)]
mod session_tests;

pub use at::{At, Moment};
pub use date::Date;
pub use fault::Fault;
pub use fill::FolderOf;
pub use folder::{Folder, Permanent};
pub use host::{PASSWORD, Server, USER};
pub use letter::{MessageOf, letter};
pub use log::{Change, Command, Log};
pub use mailbox::{Mailbox, Quota};
pub use message::Message;
pub use name::wire as wire_name;
pub use profile::{Announce, Profile, Words};
pub use quirk::Quirk;
pub use rules::{DateRule, Dates, Kind, NameTest, Treatment};
