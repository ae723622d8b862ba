//! # Kind
//! The servers there are, and what differs between them.

use std::io;

use super::courier::{self, Courier};
use super::cyrus::Cyrus;
use super::dovecot::{Dovecot, Format};
use super::maildir::Keeper;
use super::place::Place;
use super::process::Process;

/// Which server.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Dovecot 2.3.
    Dovecot(Dovecot),
    /// Cyrus 3.6.
    Cyrus(Cyrus),
    /// Courier-IMAP 5.0.
    Courier(Courier),
}

impl From<Cyrus> for Kind {
    fn from(cyrus: Cyrus) -> Self {
        Self::Cyrus(cyrus)
    }
}

impl From<Courier> for Kind {
    fn from(courier: Courier) -> Self {
        Self::Courier(courier)
    }
}

impl From<Dovecot> for Kind {
    fn from(dovecot: Dovecot) -> Self {
        Self::Dovecot(dovecot)
    }
}

impl Kind {
    /// Writes the configuration.
    pub(super) fn prepare(&self, place: &Place) -> io::Result<()> {
        match self {
            Self::Dovecot(dovecot) => dovecot.prepare(place),
            Self::Cyrus(cyrus) => cyrus.prepare(place),
            Self::Courier(_) => Courier::prepare(place),
        }
    }

    /// Starts it; it greets a little later.
    pub(super) fn run(&self, place: &Place) -> io::Result<Process> {
        match self {
            Self::Dovecot(_) => Dovecot::run(place),
            Self::Cyrus(_) => Cyrus::run(place),
            Self::Courier(_) => Courier::run(place),
        }
    }

    /// What its greeting holds, and no other server's on the same port.
    pub(super) fn greeting<'a>(&self, place: &'a Place) -> &'a str {
        if let Self::Courier(_) = self { courier::GREETING } else { &place.token }
    }

    /// Delimiter and prefix of the personal namespace.
    #[must_use]
    pub fn hierarchy(&self) -> (char, String) {
        match self {
            Self::Dovecot(dovecot) => (dovecot.delimiter, dovecot.prefix.clone()),
            Self::Cyrus(cyrus) if cyrus.unix_hierarchy => ('/', String::new()),
            Self::Cyrus(_) | Self::Courier(_) => ('.', "INBOX.".to_owned()),
        }
    }

    /// Who keeps notes in the Maildir, where there is one.
    #[must_use]
    pub fn keeper(&self) -> Option<Keeper> {
        match self {
            Self::Dovecot(dovecot) => (dovecot.format == Format::Maildir).then_some(Keeper::Dovecot),
            Self::Cyrus(_) => None,
            Self::Courier(_) => Some(Keeper::Courier),
        }
    }
}
