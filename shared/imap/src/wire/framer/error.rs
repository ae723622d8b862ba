//! # Wire error
//! Why a server's octets cannot be followed any further. None is repaired by reading on: the connection ends
//! (resynchronising by search would take message text for protocol).

/// Why a server's octets cannot be followed any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A response has more octets outside literals than the limit.
    #[error("A response of the server is longer than {0} octets")]
    LineTooLong(usize),
    /// A literal announces more octets than the limit.
    #[error("The server announces a literal of {octets} octets; the limit is {limit}")]
    LiteralTooLarge {
        /// What is announced.
        octets: u64,
        /// The limit.
        limit: u64,
    },
    /// A literal's size is negative, above 2⁶⁴-1 or no number.
    #[error("The server announces a literal whose size is no number")]
    LiteralSize,
    /// Something other than a blank, `)` or the end of the line follows a literal: its size was wrong.
    #[error("The server's literal does not end where it was announced to")]
    AfterLiteral,
    /// A response with a literal ends within a list: a size was wrong, or octets are missing.
    #[error("A response of the server ends within a list")]
    Unbalanced,
    /// More lists within lists than the limit.
    #[error("A response of the server has more than {0} lists within lists")]
    TooDeep(usize),
    /// More nodes than the limit.
    #[error("A response of the server has more than {0} parts")]
    TooManyTokens(usize),
}
