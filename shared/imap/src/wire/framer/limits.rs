//! # Limits
//! What one response may cost before the connection is given up.

/// Limits on one response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets outside literals.
    pub line: usize,
    /// Octets that a literal may announce. It is never allocated at once.
    pub literal: u64,
    /// A literal of up to this many octets is part of the tree; a larger one comes in pieces.
    pub inline: usize,
    /// Octets of literals held in one tree; what goes beyond comes in pieces.
    pub inline_total: usize,
    /// Lists within lists.
    pub depth: usize,
    /// Nodes of the tree, those handed out with `LiteralStart` counted again.
    pub tokens: usize,
}

impl Default for Limits {
    /// 1 MiB of line, literals up to 4 GiB, 256 KiB of them held (1 MiB in a response), 32 lists deep, 262,144 nodes.
    fn default() -> Self {
        Self { line: 1 << 20, literal: 1 << 32, inline: 256 << 10, inline_total: 1 << 20, depth: 32, tokens: 1 << 18 }
    }
}
