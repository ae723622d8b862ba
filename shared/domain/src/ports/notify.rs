//! # Notify
//! What people who watch are told. Losing an event loses nothing else.

use crate::migration::{Class, Folder, FolderNumber, Moment, State};

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The plan is made: folders, messages and octets to carry in this pass (octets where the source says them).
    Planned {
        /// Folders that are carried.
        folders: u64,
        /// Messages not settled yet.
        messages: u64,
        /// Octets, as far as the source says.
        octets: Option<u64>,
        /// Messages settled by earlier steps of this pass.
        settled: u64,
    },
    /// A folder was opened.
    Opened {
        /// Which.
        folder: FolderNumber,
        /// The source's name, for a local terminal only.
        name: String,
    },
    /// Messages found at the destination, or to be told from those there: a long look through headers goes on.
    Reconciling {
        /// Which folder.
        folder: FolderNumber,
        /// Headers read so far.
        read: u64,
    },
    /// A chunk is settled.
    Committed {
        /// Which folder.
        folder: FolderNumber,
        /// Messages with an outcome in this commit.
        messages: u64,
        /// Octets appended by it.
        octets: u64,
    },
    /// A message was parked.
    Quarantined {
        /// Which folder.
        folder: FolderNumber,
        /// Source UID.
        uid: u32,
        /// Why.
        class: Class,
    },
    /// A folder's pass is copied.
    Copied {
        /// The record.
        folder: Box<Folder>,
    },
    /// The recount has begun, or a folder of it is done.
    Verified {
        /// Folders counted so far.
        done: u64,
        /// Folders in all.
        of: u64,
    },
    /// Programs that subscribed could not be told; they are told later.
    Untold {
        /// Why.
        cause: String,
    },
    /// The state changed.
    State {
        /// The new one.
        state: State,
        /// Why.
        reason: String,
        /// When it goes on.
        next_at: Option<Moment>,
    },
}

/// Tells those who watch. Never fails and never waits.
pub trait Notify: Send + Sync {
    /// Something happened.
    fn tell(&self, event: Event);
}
