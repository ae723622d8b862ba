//! # Copy
//! UID COPY: one more copy of messages that are there, in another folder of the same mailbox. It takes nothing away.

use posthorse_domain::mail::{FolderName, UidSet};

use super::{Command, Range, Say, Unsayable};

impl Command {
    /// UID COPY (RFC 9051 §6.4.7).
    ///
    /// # Errors
    /// `Unsayable` when the set is empty or written in more than 4,000 octets.
    pub fn copy(uids: &UidSet, to: &FolderName) -> Result<Self, Unsayable> {
        Ok(Self::from(Say::verb("UID COPY").word(&Range::Uids(uids).spelled()?).text(to.raw())))
    }
}
