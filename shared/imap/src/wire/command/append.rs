//! # Append
//! APPEND (RFC 9051 §6.3.12) and MULTIAPPEND (RFC 3502) around octets that somebody else writes.
//!
//! One message: `head`, its octets, `TAIL`. Several in one command: `head`, octets, `next`, octets, …, `TAIL`. Flags and
//! date are types and spelled here, never copied from a server: Dovecot 2.3 answers BAD to an APPEND whose flags or date
//! do not parse, and with LITERAL+ has by then run the body as commands.

use bytes::Bytes;
use posthorse_domain::mail::{Flags, FolderName, InternalDate};

use super::part::{Part, Parts};
use super::{Literals, Say};
use crate::wire::Tag;

/// How a message's octets follow their announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageLiteral {
    /// `{n}`: flush, wait for `+`, then write them.
    Sync,
    /// `{n+}`: write them at once (LITERAL+, or LITERAL- up to 4,096 octets; RFC 7888).
    Plus,
}

/// What announces one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append<'a> {
    /// Its flags; the list is sent even when it is empty.
    // QUIRK: gromox: without a list it refuses messages above 64 KiB.
    pub flags: &'a Flags,
    /// INTERNALDATE; without it the server takes the present.
    pub date: Option<InternalDate>,
    /// Its size in octets.
    pub size: u64,
    /// How they follow.
    pub literal: MessageLiteral,
}

impl Append<'_> {
    /// Ends the command, behind the last message's octets.
    pub const TAIL: &'static [u8] = b"\r\n";

    /// Begins the command: tag, verb, folder and the first message's announcement, `{n}` or `{n+}` and the end of the
    /// line last. `literals` is for the folder's name only. A `Part::Wait` for the message itself is the last part, when
    /// its literal is `Sync`.
    pub fn head(&self, tag: &Tag, folder: &FolderName, literals: Literals) -> Vec<Part> {
        let mut parts = Parts::new(tag);
        Say::verb("APPEND").text(folder.raw()).write(&mut parts, literals);
        parts.write(self.announcement().as_bytes());
        let mut parts = parts.done();
        parts.extend(self.wait());
        parts
    }

    /// Announces a further message of the same command, right behind the octets of the one before (RFC 3502 §3). The
    /// last part is as for `head`.
    pub fn next(&self) -> Vec<Part> {
        let mut parts = vec![Part::Octets(Bytes::from(self.announcement()))];
        parts.extend(self.wait());
        parts
    }

    fn announcement(&self) -> String {
        // Room for what most announcements are: they are written for each message.
        let mut line = String::with_capacity(96);
        line.push_str(" (");
        for word in self.flags.words() {
            line.extend([word, " "]);
        }
        if line.ends_with(' ') {
            line.pop();
        }
        line.push_str(") ");
        if let Some(date) = self.date {
            line.extend(["\"", &date.to_string(), "\" "]);
        }
        let literals = match self.literal {
            MessageLiteral::Sync => Literals::Sync,
            MessageLiteral::Plus => Literals::Plus,
        };
        line.push_str(&literals.announce(self.size));
        line
    }

    fn wait(&self) -> Option<Part> {
        (self.literal == MessageLiteral::Sync).then_some(Part::Wait)
    }
}
