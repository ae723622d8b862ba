//! # Part
//! A command's octets, cut where the writer has to stop.

use bytes::{Bytes, BytesMut};

use crate::wire::Tag;

/// How strings that do not fit between quotes are sent; the server's capabilities tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Literals {
    /// Always wait for `+` (RFC 9051 §4.3).
    #[default]
    Sync,
    /// Never wait: LITERAL+ (RFC 7888).
    Plus,
    /// Do not wait for up to 4,096 octets: LITERAL- (RFC 7888 §5), part of IMAP4rev2.
    Minus,
}

impl Literals {
    /// True when a literal of this many octets waits for `+`.
    pub const fn waits(self, octets: u64) -> bool {
        match self {
            Self::Sync => true,
            Self::Plus => false,
            Self::Minus => octets > 4096,
        }
    }

    /// `{n}` or `{n+}` and the end of the line.
    pub(super) fn announce(self, octets: u64) -> String {
        let plus = if self.waits(octets) { "" } else { "+" };
        format!("{{{octets}{plus}}}\r\n")
    }
}

/// A run of a command's octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Write these.
    Octets(Bytes),
    /// Flush, wait for a continuation, then go on. A tagged answer instead ends the command: nothing more of it may be
    /// written.
    Wait,
}

/// Parts under construction.
pub(super) struct Parts {
    done: Vec<Part>,
    octets: BytesMut,
}

impl Parts {
    pub(super) fn new(tag: &Tag) -> Self {
        let mut parts = Self { done: Vec::new(), octets: BytesMut::with_capacity(128) };
        parts.write(tag.octets());
        parts.write(b" ");
        parts
    }

    pub(super) fn write(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    pub(super) fn literal(&mut self, octets: &[u8], literals: Literals) {
        let size = u64::try_from(octets.len()).unwrap_or(u64::MAX);
        self.write(literals.announce(size).as_bytes());
        if literals.waits(size) {
            self.cut();
            self.done.push(Part::Wait);
        }
        self.write(octets);
    }

    pub(super) fn end_line(&mut self) {
        self.write(b"\r\n");
    }

    pub(super) fn done(mut self) -> Vec<Part> {
        self.cut();
        self.done
    }

    fn cut(&mut self) {
        if !self.octets.is_empty() {
            self.done.push(Part::Octets(self.octets.split().freeze()));
        }
    }
}
