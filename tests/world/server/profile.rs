//! # Profile
//! How one kind of server speaks and what it takes: its words, its limits, its quirks. `profiles.rs` has the ready ones.

use std::collections::{BTreeMap, BTreeSet};

use super::accept::accept;
use super::folder::{Folder, Permanent};
use super::quirk::Quirk;
use super::rewrite::rewritten;
use super::rules::{Dates, Kind, NameTest, Treatment};

/// When the server tells its capabilities without being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announce {
    /// In a code of the greeting and of the answer to the login.
    InCodes,
    /// In a line of its own before the answer to the login, none in the greeting.
    BeforeOk,
    /// Only when CAPABILITY is sent.
    OnDemand,
}

/// The server's words. `{}` stands for what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// An APPEND to a folder that is not there.
    pub try_create: &'static str,
    /// A SELECT or STATUS of a folder that is not there.
    pub no_folder: &'static str,
    /// CREATE of what exists.
    pub exists: &'static str,
    /// A flag that is no flag for APPEND (`\Recent`, `\Foo`).
    pub bad_flag: &'static str,
    /// A keyword with characters that the server does not like.
    pub bad_keyword: &'static str,
    /// More keywords than the folder holds.
    pub too_many_keywords: &'static str,
    /// What does not parse.
    pub syntax: &'static str,
    /// Over the quota.
    pub over_quota: &'static str,
    /// Over APPENDLIMIT.
    pub too_big: &'static str,
    /// One connection too many.
    pub too_many_connections: &'static str,
    /// Wrong password.
    pub wrong_password: &'static str,
    /// Text of the OK to APPEND.
    pub appended: &'static str,
}

/// One kind of server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Name for failures.
    pub name: &'static str,
    /// The greeting without `* `.
    pub greeting: String,
    /// Capabilities before the login.
    pub before_login: Vec<String>,
    /// Capabilities after the login; they decide what is understood.
    pub capabilities: Vec<String>,
    /// When they are told.
    pub announce: Announce,
    /// Hierarchy delimiter; `None` is NIL.
    pub delimiter: Option<u8>,
    /// What all folders but INBOX begin with.
    pub prefix: &'static str,
    /// What happens to odd messages; kinds not named are kept byte for byte.
    pub kinds: BTreeMap<Kind, Treatment>,
    /// For `Kind::LongLine`, octets without CRLF.
    pub longest_line: usize,
    /// What happens to odd dates.
    pub dates: Dates,
    /// Names that CREATE refuses, first match wins, and the answer.
    pub names: Vec<(NameTest, &'static str)>,
    /// Missing parents become folders that can be opened (Cyrus) instead of `\Noselect`.
    pub real_parents: bool,
    /// The server's words.
    pub words: Words,
    /// Largest message in octets, announced as APPENDLIMIT.
    pub append_limit: Option<u64>,
    /// Which keywords folders keep, unless a folder says otherwise.
    pub permanent: Permanent,
    /// Largest number of keywords in a folder.
    pub keyword_limit: Option<usize>,
    /// Connections logged in at once.
    pub connection_limit: Option<usize>,
    /// The connection is closed at this many NO and BAD answers.
    pub errors_allowed: Option<u32>,
    /// As many messages as one command deals with (RFC 9738), and as an opened folder shows without UIDONLY (Yahoo).
    pub message_limit: Option<usize>,
    /// Lasting oddities.
    pub quirks: BTreeSet<Quirk>,
}

impl Profile {
    /// Whether this quirk is on.
    pub fn is(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }

    /// Whether this capability is there after the login.
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|known| known.eq_ignore_ascii_case(capability))
    }

    /// The octets that are stored when these are appended, or the words of the refusal.
    ///
    /// # Errors
    /// The server does not take them.
    pub fn stores(&self, octets: &[u8]) -> Result<Vec<u8>, String> {
        Ok(rewritten(accept(octets.to_vec(), self)?, self))
    }

    /// Which keywords a folder keeps.
    pub fn permanent<'a>(&'a self, folder: &'a Folder) -> &'a Permanent {
        match &folder.permanent {
            Permanent::Any => &self.permanent,
            own => own,
        }
    }

    /// Turns a quirk on.
    pub fn with(mut self, quirk: Quirk) -> Profile {
        self.quirks.insert(quirk);
        self
    }

    /// Turns a quirk off.
    pub fn without(mut self, quirk: Quirk) -> Profile {
        self.quirks.remove(&quirk);
        self
    }

    /// Adds a capability, such as `UIDPLUS`.
    pub fn capable(mut self, capability: &str) -> Profile {
        if !self.can(capability) {
            self.capabilities.push(capability.to_owned());
        }
        self
    }

    /// Takes a capability away.
    pub fn incapable(mut self, capability: &str) -> Profile {
        self.capabilities.retain(|known| !known.eq_ignore_ascii_case(capability));
        self
    }

    /// Treats messages of a kind in this way.
    pub fn treats(mut self, kind: Kind, treatment: Treatment) -> Profile {
        self.kinds.insert(kind, treatment);
        self
    }

    /// Limits messages to so many octets and announces that (RFC 7889).
    pub fn limited_to(mut self, octets: u64) -> Profile {
        self.append_limit = Some(octets);
        self.capable(&format!("APPENDLIMIT={octets}"))
    }

    /// Keeps only these keywords in all folders (PERMANENTFLAGS without `\*`).
    pub fn keeping_only(mut self, keywords: &[&str]) -> Profile {
        self.permanent = Permanent::Only(keywords.iter().map(|keyword| (*keyword).to_owned()).collect());
        self
    }

    /// Deals with so many messages per command, shows no more of a folder, and announces that, and UIDONLY as the way out
    /// (RFC 9738, RFC 9586).
    pub fn showing(mut self, messages: usize) -> Profile {
        self.message_limit = Some(messages);
        self.capable(&format!("MESSAGELIMIT={messages}")).capable("UIDONLY").capable("ENABLE")
    }

    /// Uses this delimiter; `None` is NIL.
    pub fn delimited_by(mut self, delimiter: Option<char>) -> Profile {
        self.delimiter = delimiter.and_then(|letter| u8::try_from(letter).ok());
        self
    }
}
