//! # Framer
//! Octets as they come → events. In: what a socket read into `space`. Out: whole responses; a literal too large to be
//! held comes as start, pieces and end, then its response. The events do not depend on how the octets were cut, pieces
//! apart. Work is linear in the octets, memory is bounded by `Limits`; message text is counted, never looked at.

mod error;
mod limits;
mod name;
mod scan;
mod tree;

use bytes::{Bytes, BytesMut};

pub use error::WireError;
pub use limits::Limits;

use super::{Response, Start, Token};
use tree::{Ending, Tree};

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A whole response.
    Response(Response),
    /// A literal larger than `Limits::inline` begins.
    LiteralStart {
        /// What came before it, open lists closed: a FETCH's UID can be read here when it precedes the body.
        so_far: Response,
        /// Octets that follow, as announced.
        octets: u64,
    },
    /// The next octets of that literal. It shares the read buffer's memory as long as it lives.
    Piece(Bytes),
    /// That literal is whole. Its response follows, with `Token::Streamed` in its place.
    LiteralEnd,
}

/// Octets that a read is offered.
const READ: usize = 64 << 10;

/// With fewer left, a new buffer is taken.
const LEAST: usize = 8 << 10;

/// Room made for a literal that is held, before any of it has come.
const AHEAD: usize = 256 << 10;

/// Cuts a stream of octets into events.
#[derive(Debug, Default)]
pub struct Framer {
    limits: Limits,
    input: BytesMut,
    state: State,
    tree: Tree,
    failed: Option<WireError>,
}

#[derive(Debug)]
enum State {
    /// Within a line.
    Line {
        /// Octets of it that are known to hold no line end.
        scanned: usize,
        /// Octets outside literals in this response before it.
        used: usize,
        /// Octets of literals held in this response.
        held: usize,
    },
    /// Waiting for a literal that is held.
    Held { octets: usize, used: usize, held: usize },
    /// Within a literal that goes by.
    Passing { octets: u64, left: u64, used: usize, held: usize },
}

impl Default for State {
    fn default() -> Self {
        Self::Line { scanned: 0, used: 0, held: 0 }
    }
}

impl Framer {
    /// A framer at the start of a response.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Other limits, from the next line on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Where the next octets go: append to it (`read_buf`), never take away. It has room for at least 8 KiB, and
    /// for what is missing of a literal that is held (up to 256 KiB ahead), so that it arrives where it stays.
    pub fn space(&mut self) -> &mut BytesMut {
        let spare = self.input.capacity() - self.input.len();
        let missing = match self.state {
            // At most as much again as has come: what is announced alone takes no memory.
            State::Held { octets, .. } => octets.saturating_sub(self.input.len()).min(self.input.len().max(AHEAD)),
            _ => 0,
        };
        if spare < missing.max(LEAST) {
            self.input.reserve(missing.saturating_add(LEAST).max(READ));
        }
        &mut self.input
    }

    /// Appends octets by copying them; for tests and small inputs.
    pub fn push(&mut self, octets: &[u8]) {
        self.input.extend_from_slice(octets);
    }

    /// The next event; none when more octets are needed.
    ///
    /// # Errors
    /// Any `WireError`; the same from then on. The connection has to be closed.
    #[allow(clippy::should_implement_trait)] // an iterator that ends could not go on when more octets come
    pub fn next(&mut self) -> Result<Option<Event>, WireError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let event = self.advance();
        if let Err(error) = event {
            self.failed = Some(error);
            self.tree = Tree::default();
        }
        event
    }

    /// True when nothing of a response has come since the last whole one: the only place where a server may close the
    /// connection without having broken something off.
    pub fn is_between(&self) -> bool {
        self.input.is_empty() && matches!(self.state, State::Line { used: 0, .. })
    }

    /// Octets that came and are not yet part of an event.
    pub fn pending(&self) -> &[u8] {
        &self.input
    }

    /// Takes them out, for the layer that comes between after STARTTLS (where there must be none: they came in clear)
    /// or COMPRESS.
    pub fn take_pending(&mut self) -> BytesMut {
        self.state = State::default();
        self.input.split()
    }

    fn advance(&mut self) -> Result<Option<Event>, WireError> {
        loop {
            match self.state {
                State::Line { scanned, used, held } => {
                    let Some((line, used)) = self.line(scanned, used, held)? else { return Ok(None) };
                    match self.tree.line(line, &self.limits)? {
                        Ending::Empty => self.state = State::default(),
                        Ending::Whole => {
                            self.state = State::default();
                            return Ok(Some(Event::Response(std::mem::take(&mut self.tree).finish())));
                        }
                        Ending::Literal(octets) => {
                            if let Some(event) = self.literal(octets, used, held)? {
                                return Ok(Some(event));
                            }
                        }
                    }
                }
                State::Held { octets, used, held } => {
                    if self.input.len() < octets {
                        return Ok(None);
                    }
                    let token = Token::Literal(self.input.split_to(octets).freeze());
                    self.tree.literal(token, &self.limits)?;
                    self.state = State::Line { scanned: 0, used, held };
                }
                State::Passing { octets, left: 0, used, held } => {
                    self.tree.literal(Token::Streamed(octets), &self.limits)?;
                    self.state = State::Line { scanned: 0, used, held };
                    return Ok(Some(Event::LiteralEnd));
                }
                State::Passing { octets, left, used, held } => {
                    let piece = self.piece(left);
                    if piece.is_empty() {
                        return Ok(None);
                    }
                    let came = u64::try_from(piece.len()).unwrap_or(left);
                    self.state = State::Passing { octets, left: left.saturating_sub(came), used, held };
                    return Ok(Some(Event::Piece(piece)));
                }
            }
        }
    }

    /// The next line without its end, and the octets outside literals so far.
    fn line(&mut self, scanned: usize, used: usize, held: usize) -> Result<Option<(Bytes, usize)>, WireError> {
        let fresh = self.input.get(scanned..).unwrap_or_default();
        let end = fresh.iter().position(|&octet| octet == b'\n').map(|at| scanned + at);
        let length = end.map_or(self.input.len(), |end| end + 1);
        if used.saturating_add(length) > self.limits.line {
            return Err(WireError::LineTooLong(self.limits.line));
        }
        let Some(end) = end else {
            self.state = State::Line { scanned: length, used, held };
            return Ok(None);
        };
        // A bare LF ends a line too; a CR more than there should be is no part of it.
        let line = self.input.split_to(end + 1);
        let kept = line.iter().rposition(|octet| !matches!(octet, b'\r' | b'\n')).map_or(0, |last| last + 1);
        // Copied, so that a token that is kept for long does not keep a read buffer alive.
        Ok(Some((Bytes::copy_from_slice(line.get(..kept).unwrap_or_default()), used + length)))
    }

    fn literal(&mut self, octets: u64, used: usize, held: usize) -> Result<Option<Event>, WireError> {
        let limit = self.limits.literal;
        if octets > limit {
            return Err(WireError::LiteralTooLarge { octets, limit });
        }
        if let Ok(size) = usize::try_from(octets)
            && size <= self.limits.inline
            && held.saturating_add(size) <= self.limits.inline_total
        {
            self.state = State::Held { octets: size, used, held: held + size };
            return Ok(None);
        }
        let so_far = self.tree.so_far(&self.limits)?;
        self.state = State::Passing { octets, left: octets, used, held };
        Ok(Some(Event::LiteralStart { so_far, octets }))
    }

    fn piece(&mut self, left: u64) -> Bytes {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(self.input.len());
        self.input.split_to(most).freeze()
    }
}

#[cfg(test)]
#[path = "framer_tests.rs"]
mod tests;
