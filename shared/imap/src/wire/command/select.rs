//! # Select
//! Commands about one folder. A folder is left by opening the next, by UNSELECT or by LOGOUT; CLOSE, which deletes, is
//! not here.

use posthorse_domain::mail::FolderName;

use super::{Command, Say};

impl Command {
    /// SELECT (RFC 9051 §6.3.2); with `condstore` mod-sequences come too (RFC 7162 §3.1.8).
    pub fn select(folder: &FolderName, condstore: bool) -> Self {
        Self::from(open("SELECT", folder, condstore))
    }

    /// EXAMINE (RFC 9051 §6.3.3): like SELECT, and nothing can be changed.
    pub fn examine(folder: &FolderName, condstore: bool) -> Self {
        Self::from(open("EXAMINE", folder, condstore))
    }

    /// UNSELECT (RFC 9051 §6.4.2).
    pub fn unselect() -> Self {
        Self::from(Say::verb("UNSELECT"))
    }

    /// CREATE (RFC 9051 §6.3.4).
    pub fn create(folder: &FolderName) -> Self {
        Self::from(Say::verb("CREATE").text(folder.raw()))
    }

    /// SUBSCRIBE (RFC 9051 §6.3.7).
    pub fn subscribe(folder: &FolderName) -> Self {
        Self::from(Say::verb("SUBSCRIBE").text(folder.raw()))
    }

    /// GETQUOTAROOT (RFC 9208 §4.3).
    pub fn get_quota_root(folder: &FolderName) -> Self {
        Self::from(Say::verb("GETQUOTAROOT").text(folder.raw()))
    }
}

fn open(verb: &'static str, folder: &FolderName, condstore: bool) -> Say {
    let say = Say::verb(verb).text(folder.raw());
    if condstore { say.word("(CONDSTORE)") } else { say }
}
