//! # Rules
//! Which messages, dates and folder names a server does not like, and what it does with them.

/// Something about a message's octets that a server may not like. Checked in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// No octets at all.
    Empty,
    /// A NUL octet.
    Nul,
    /// A LF without CR.
    BareLf,
    /// A CR without LF.
    BareCr,
    /// An octet over 127 in the header.
    EightBitHeader,
    /// A header line that is neither a field nor a continuation.
    HeaderWithoutColon,
    /// A line over the profile's `longest_line`.
    LongLine,
    /// The last line has no CRLF.
    NoFinalCrlf,
}

/// What the server does with a message of some kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Refuses it with these words.
    Refuse(&'static str),
    /// Refuses it with these words, before a synchronising literal is sent where the size alone tells.
    RefuseEarly(&'static str),
    /// Changes it: NUL to 0x80, bare LF to CRLF, bare CR dropped, header octets over 127 to X, final CRLF added.
    Change,
}

/// What is done with a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateRule {
    /// Stored as given.
    Keep,
    /// Stored as the time of the APPEND.
    Now,
    /// Refused with these words, before the literal.
    Refuse(&'static str),
}

/// What the server does with odd dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates {
    /// The refusal of what is no date-time.
    pub unreadable: &'static str,
    /// 31 February.
    pub no_such_day: DateRule,
    /// The first second of 1970.
    pub epoch: DateRule,
    /// Before 1970.
    pub before_1970: DateRule,
    /// From 2038 on.
    pub far: DateRule,
}

/// A test on a folder name to create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameTest {
    /// Holds one of these letters.
    Holds(&'static str),
    /// Begins with this.
    Begins(&'static str),
    /// Is longer than so many octets.
    LongerThan(usize),
    /// Is not modified UTF-7.
    NotMutf7,
    /// Does not begin with the namespace's prefix.
    OutsideNamespace,
    /// Has a level that begins or ends with a blank, or two blanks in a row.
    ExcessBlanks,
    /// Is this, whatever the case.
    Is(&'static str),
}
