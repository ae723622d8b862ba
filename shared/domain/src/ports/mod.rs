//! # Ports
//! The only doors out of the domain. Every method states its promise; every implementation passes the contract suite in
//! `tests/contracts`.

pub mod announcer;
pub mod archive;
pub mod attempts;
pub mod clock;
pub mod ledger;
pub mod mail;
pub mod notify;
pub mod queue;
pub mod vault;

pub use announcer::Announcer;
pub use archive::{Archive, Put};
pub use attempts::Attempts;
pub use clock::Clock;
pub use ledger::{Ledger, Saved};
pub use notify::{Event, Notify};
pub use queue::{Delivery, Job, Queue};
pub use vault::{Secret, Vault};

use self::mail::Mail;

/// The doors that a step is given.
pub struct Ports<'a> {
    /// Records.
    pub ledger: &'a dyn Ledger,
    /// Objects.
    pub archive: &'a dyn Archive,
    /// Jobs.
    pub queue: &'a dyn Queue,
    /// Both mailboxes.
    pub mail: &'a dyn Mail,
    /// Time.
    pub clock: &'a dyn Clock,
    /// People who watch.
    pub notify: &'a dyn Notify,
    /// Programs that subscribed; none on one machine.
    pub announcer: Option<&'a dyn Announcer>,
    /// Failed connects per caller; none where a person sits at the terminal.
    pub attempts: Option<&'a dyn Attempts>,
}
