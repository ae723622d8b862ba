//! # Outcome
//! What became of a message, and why one was not delivered.

use serde::{Deserialize, Serialize};

/// Each message of the snapshot ends in exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Appended by us and seen at the destination.
    Copied,
    /// It was there before us.
    Adopted,
    /// The destination folded it into a message that it had.
    Merged,
    /// Not deliverable; kept with the reason.
    Quarantined,
    /// Left out because a person asked for it.
    Filtered,
    /// Listed at the source, gone when asked for.
    Vanished,
    /// Its folder cannot be opened or made.
    Blocked,
}

/// Why a message is in quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Larger than the destination takes.
    TooBig,
    /// The header block is not acceptable.
    Header,
    /// Octets above 0x7F in the header.
    #[serde(rename = "8-bit-header")]
    EightBitHeader,
    /// LF without CR.
    BareNewline,
    /// A NUL octet.
    Nul,
    /// A line longer than the destination takes.
    LineTooLong,
    /// No octets at all.
    Empty,
    /// A virus scanner or another rule of the destination.
    Policy,
    /// The source lists it and cannot hand it out.
    Unreadable,
    /// The source handed out a note of its own in place of the message.
    Placeholder,
    /// Connections die whenever it is touched, alone.
    Poison,
    /// It does not fit into a whole step at the measured rate.
    TooSlow,
    /// Refused in words that we do not know.
    Refused,
}

impl Class {
    /// The word that the report uses.
    pub fn word(self) -> &'static str {
        match self {
            Self::TooBig => "too-big",
            Self::Header => "header",
            Self::EightBitHeader => "8-bit-header",
            Self::BareNewline => "bare-newline",
            Self::Nul => "nul",
            Self::LineTooLong => "line-too-long",
            Self::Empty => "empty",
            Self::Policy => "policy",
            Self::Unreadable => "unreadable",
            Self::Placeholder => "placeholder",
            Self::Poison => "poison",
            Self::TooSlow => "too-slow",
            Self::Refused => "refused",
        }
    }
}
