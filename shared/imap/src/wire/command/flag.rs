//! # Flag
//! The one STORE there is: it adds a system flag other than `\Deleted`. It cannot take one away.

use posthorse_domain::mail::{SystemFlag, UidSet};

use super::{Command, Range, Say, Unsayable};

impl Command {
    /// UID STORE +FLAGS.SILENT of one system flag (RFC 9051 §6.4.6). None for `\Deleted`: a message so marked may be expunged
    /// by any client.
    ///
    /// # Errors
    /// `Unsayable` when the set is empty or written in more than 4,000 octets.
    pub fn flag(uids: &UidSet, flag: SystemFlag) -> Result<Option<Self>, Unsayable> {
        if flag == SystemFlag::Deleted {
            return Ok(None);
        }
        let say = Say::verb("UID STORE").word(&Range::Uids(uids).spelled()?).word("+FLAGS.SILENT");
        Ok(Some(Self::from(say.word(&format!("({flag})")))))
    }
}
