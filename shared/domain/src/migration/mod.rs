//! # Migration
//! What we remember of one mailbox on its way: in come facts found by the steps, out go records for the ledger, lines for
//! the manifest and the report for people.

pub mod answer;
pub mod attempts;
pub mod balance;
pub mod checkpoint;
pub mod dispose;
pub mod failure;
pub mod folder;
pub mod inspect;
pub mod label;
pub mod lifecycle;
pub mod manifest;
pub mod matched;
pub mod matching;
pub mod moment;
pub mod outcome;
pub mod pass;
pub mod reconciling;
pub mod record;
pub mod recounting;
pub mod report;
pub mod request;
pub mod rest;
pub mod roll;
pub mod shown;
pub mod sieve;
pub mod survey;
pub mod told;
pub mod twins;

pub use balance::Counts;
pub use checkpoint::Intent;
pub use failure::{Failure, Obstacle, Side, Trouble};
pub use folder::{Folder, FolderNumber};
pub use lifecycle::{Stage, State};
pub use moment::Moment;
pub use outcome::{Class, Outcome};
pub use pass::{Pass, PassKind};
pub use record::{Migration, MigrationId, Warning};
pub use request::{Anchor, Life, Options, Request, Security, ServerSide};
pub use told::{Announcement, Told};
