//! # Tap
//! Stands between the IMAP code and a server and counts what is sent: every line is an effect, every literal two, so
//! that a process can die in the middle of one. A dead process neither sends nor hears anything.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

use super::effects::{Effects, Strike};

/// A client's end of a connection.
pub struct Tap {
    stream: DuplexStream,
    side: &'static str,
    effects: Effects,
    place: Place,
    /// The line so far, to find the literal that it announces.
    line: Vec<u8>,
    /// What strikes at the piece whose last octet is being written.
    struck: Option<Option<Strike>>,
    broken: bool,
    tampering: Option<Tampering>,
    /// Tampered octets of a line, waiting to be written.
    instead: Option<(Vec<u8>, usize)>,
}

/// What is wrong on purpose with what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tampering {
    /// SELECT instead of EXAMINE, and `BODY[]` instead of `BODY.PEEK[]`.
    Seen,
    /// A literal that is cut when the connection is given up is filled with blanks, and its command ended.
    FillsLiterals,
    /// APPEND goes without its date.
    NoDates,
}

/// Where in the talk the next octet stands.
#[derive(Clone, Copy, Debug)]
enum Place {
    Line,
    /// Octets left of a literal, and of its first half.
    Literal {
        left: usize,
        half: usize,
    },
}

impl Tap {
    /// Counts what goes out on this stream.
    pub fn new(stream: DuplexStream, side: &'static str, effects: Effects) -> Self {
        Self {
            stream,
            side,
            effects,
            place: Place::Line,
            line: Vec::new(),
            struck: None,
            broken: false,
            tampering: None,
            instead: None,
        }
    }

    /// What is sent is tampered with.
    pub fn tampered(mut self, tampering: Option<Tampering>) -> Self {
        self.tampering = tampering;
        self
    }

    /// What stands on the wire in place of this piece of a line.
    fn instead_of(&self, line: &[u8]) -> Option<Vec<u8>> {
        match (self.tampering?, self.place) {
            (Tampering::Seen, Place::Line) => {
                let text = String::from_utf8_lossy(line);
                let changed = text.replace("BODY.PEEK[]", "BODY[]").replace(" EXAMINE ", " SELECT ");
                (changed != text).then(|| changed.into_bytes())
            }
            (Tampering::NoDates, Place::Line) => {
                let (start, rest) = line.split_at(line.iter().position(|octet| *octet == b'"')?);
                let end = rest.iter().skip(1).position(|octet| *octet == b'"')? + 2;
                let dated = end == 28 && rest.get(end..).is_some_and(|rest| rest.starts_with(b" {"));
                let after = rest.get(end + 1..)?;
                dated.then(|| [start, after].concat())
            }
            _ => None,
        }
    }

    /// How many octets belong to the piece at hand, and whether they end it.
    fn piece(&self, octets: &[u8]) -> (usize, bool) {
        match self.place {
            Place::Line => match octets.iter().position(|octet| *octet == b'\n') {
                Some(at) => (at + 1, true),
                None => (octets.len(), false),
            },
            Place::Literal { left, half } => {
                let piece = if half > 0 { half } else { left };
                (piece.min(octets.len()), piece <= octets.len())
            }
        }
    }

    fn name(&self, octets: &[u8]) -> String {
        match self.place {
            Place::Literal { half: 0, .. } => format!("{} literal, second half", self.side),
            Place::Literal { .. } => format!("{} literal, first half", self.side),
            Place::Line => {
                let line = [self.line.as_slice(), octets].concat();
                let text = String::from_utf8_lossy(&line);
                let mut words = text.split_whitespace().skip(1).map(str::to_ascii_uppercase);
                let verb = words.next().unwrap_or_else(|| "end of line".into());
                let verb = if verb == "UID" { format!("UID {}", words.next().unwrap_or_default()) } else { verb };
                format!("{} {verb}", self.side)
            }
        }
    }

    fn advance(&mut self, octets: &[u8]) {
        match &mut self.place {
            Place::Line => {
                self.line.extend_from_slice(octets);
                if octets.ends_with(b"\n") {
                    let announced = literal(&self.line);
                    self.line.clear();
                    if let Some(left) = announced.filter(|left| *left > 0) {
                        self.place = Place::Literal { left, half: left / 2 };
                    }
                }
            }
            Place::Literal { left, half } => {
                *left = left.saturating_sub(octets.len());
                *half = half.saturating_sub(octets.len());
                if *left == 0 {
                    self.place = Place::Line;
                }
            }
        }
    }
}

/// The size of the literal that a line announces.
fn literal(line: &[u8]) -> Option<usize> {
    let line = line.trim_ascii_end().strip_suffix(b"}")?;
    let at = line.iter().rposition(|octet| *octet == b'{')?;
    let number = line.get(at + 1..)?;
    let number = number.strip_suffix(b"+").unwrap_or(number);
    std::str::from_utf8(number).ok()?.parse().ok()
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the connection broke")
}

impl Tap {
    /// Writes a piece, or what stands in its place.
    fn write(&mut self, cx: &mut Context<'_>, length: usize, octets: &[u8]) -> Poll<io::Result<usize>> {
        while let Some((instead, from)) = &mut self.instead {
            match Pin::new(&mut self.stream).poll_write(cx, instead.get(*from..).unwrap_or_default()) {
                Poll::Ready(Ok(written)) => *from += written,
                other => return other,
            }
            if *from >= instead.len() {
                self.instead = None;
                return Poll::Ready(Ok(length));
            }
        }
        Pin::new(&mut self.stream).poll_write(cx, octets.get(..length).unwrap_or_default())
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        let Place::Literal { left, .. } = self.place else { return };
        if self.tampering == Some(Tampering::FillsLiterals) && !self.effects.dead() {
            let mut octets = vec![b' '; left];
            octets.extend_from_slice(b"\r\n");
            let mut cx = Context::from_waker(std::task::Waker::noop());
            let _only_what_fits = Pin::new(&mut self.stream).poll_write(&mut cx, &octets);
        }
    }
}

impl AsyncWrite for Tap {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let tap = self.get_mut();
        if tap.effects.dead() {
            return Poll::Pending;
        }
        if tap.broken {
            return Poll::Ready(Err(broken()));
        }
        let (length, ends) = tap.piece(octets);
        let piece = octets.get(..length).unwrap_or_default();
        let strike = match tap.struck {
            Some(strike) => strike,
            None if ends => tap.effects.begin(tap.name(piece)),
            None => None,
        };
        match strike {
            Some(Strike::KillBefore) => {
                tap.effects.kill();
                return Poll::Pending;
            }
            Some(Strike::Fail) => {
                tap.broken = true;
                return Poll::Ready(Err(broken()));
            }
            Some(Strike::Freeze(_)) if tap.struck.is_none() => {
                // Nothing is written before the thaw; then the writer looks at its lease again.
                tap.struck = Some(None);
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            _ if ends => tap.struck = Some(strike),
            _ => {}
        }
        if tap.instead.is_none() && ends && tap.line.is_empty() {
            tap.instead = tap.instead_of(piece).map(|octets| (octets, 0));
        }
        let written = match tap.write(cx, length, octets) {
            Poll::Ready(Ok(written)) => written,
            other => return other,
        };
        tap.advance(piece.get(..written).unwrap_or_default());
        if written == length {
            tap.struck = None;
            match strike {
                Some(Strike::KillAfter) => {
                    tap.effects.kill();
                    return Poll::Pending;
                }
                Some(Strike::LoseAnswer) => tap.broken = true,
                _ => {}
            }
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

impl AsyncRead for Tap {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        if tap.effects.dead() {
            return Poll::Pending;
        }
        if tap.broken {
            return Poll::Ready(Err(broken()));
        }
        Pin::new(&mut tap.stream).poll_read(cx, into)
    }
}
