//! # Squeeze
//! COMPRESS=DEFLATE (RFC 4978), where the server offers it and the link was measured to be slow. Nothing may be on its way
//! when it is asked for, and nothing is sent before it is answered.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_compression::Level;
use async_compression::tokio::bufread::DeflateDecoder;
use async_compression::tokio::write::DeflateEncoder;
use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::time::Instant;

use super::Connection;
use super::pace::Pace;
use crate::connect::{Stream, prefixed};
use crate::wire::{Command, Condition, Event, Reply, Start, Tag};

/// Octets of the server's stream that are read at once.
const READ: usize = 64 << 10;

/// Whether octets are compressed.
#[derive(Debug)]
pub(super) enum Squeeze {
    /// Not offered, refused, or on: there is nothing more to decide.
    Settled,
    /// Offered; the link is measured.
    Measured(Pace),
    /// Offered, and the link is slow.
    Wanted,
    /// Asked for; the answer is awaited. So many octets of the command are not written yet, and nothing else may be.
    Asked(Tag, usize),
}

impl Squeeze {
    /// Octets that may be written now.
    pub(super) fn lets_out(&self) -> usize {
        match self {
            Self::Asked(_, octets) => *octets,
            _ => usize::MAX,
        }
    }

    /// So many were.
    pub(super) fn let_out(&mut self, written: usize) {
        if let Self::Asked(_, octets) = self {
            *octets = octets.saturating_sub(written);
        }
    }
}

impl Connection {
    /// True as long as nothing tells how fast this link is, and it would matter: who is about to ask for much asks for
    /// little first.
    pub fn is_of_unknown_pace(&self) -> bool {
        matches!(&self.squeeze, Squeeze::Measured(pace) if pace.knows_nothing())
    }

    /// True when nothing that is learned, or changed, between two commands keeps them from going out together.
    pub fn may_ask_for_much(&mut self) -> bool {
        !self.is_of_unknown_pace() && !self.is_slow()
    }

    /// True when the link was slow so far and the server offers to compress: soon nothing should be under way.
    pub fn is_slow(&mut self) -> bool {
        if let Squeeze::Measured(pace) = &mut self.squeeze
            && pace.is_slow()
        {
            self.squeeze = Squeeze::Wanted;
        }
        matches!(self.squeeze, Squeeze::Wanted)
    }

    /// Asks for compression when the link was slow so far. To be called when no command is under way; what is queued next
    /// waits for the answer.
    pub fn squeeze_if_slow(&mut self) {
        if self.is_slow() && self.abandoned.is_empty() && self.outbox.octets() == 0 && self.framer.is_between() {
            let tag = self.queue(&Command::compress_deflate());
            self.squeeze = Squeeze::Asked(tag, self.outbox.octets());
        }
    }

    /// When this turn began, where it matters how long it takes: in the middle of a response.
    pub(super) fn begins_to_measure(&mut self) -> Option<(Instant, bool)> {
        self.moved = 0;
        let measures = matches!(self.squeeze, Squeeze::Measured(_));
        measures.then(|| (Instant::now(), !self.framer.is_between()))
    }

    /// The turn is over; it counts when octets were to come, or could not all go.
    pub(super) fn measured(&mut self, began: Option<(Instant, bool)>) {
        if let (Squeeze::Measured(pace), Some((began, coming))) = (&mut self.squeeze, began)
            && (coming || self.blocked)
        {
            pace.note(u64::try_from(self.moved).unwrap_or(u64::MAX), began.elapsed());
        }
    }

    /// True for the answer. From the octet behind an OK on everything is compressed, in both directions.
    pub(super) fn squeezes(&mut self, event: &Event) -> bool {
        let (Squeeze::Asked(asked, _), Event::Response(response)) = (&self.squeeze, event) else { return false };
        if response.start != Start::Tagged(asked.clone()) {
            return false;
        }
        self.squeeze = Squeeze::Settled;
        if matches!(Reply::read(response), Reply::Status(status) if status.condition == Condition::Ok) {
            let read_ahead = self.framer.take_pending();
            let plain = std::mem::replace(&mut self.stream, Box::new(tokio::io::empty()));
            self.stream = deflated(read_ahead, plain);
        }
        true
    }
}

struct Deflated(DeflateDecoder<BufReader<DeflateEncoder<Stream>>>);

/// The stream, compressed. `read_ahead`: what was read of it already.
fn deflated(read_ahead: BytesMut, plain: Stream) -> Stream {
    let below = DeflateEncoder::with_quality(prefixed(read_ahead.to_vec(), plain), Level::Fastest);
    Box::new(Deflated(DeflateDecoder::new(BufReader::with_capacity(READ, below))))
}

impl Deflated {
    fn encoder(&mut self) -> Pin<&mut DeflateEncoder<Stream>> {
        Pin::new(self.0.get_mut().get_mut())
    }
}

impl AsyncRead for Deflated {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, into)
    }
}

impl AsyncWrite for Deflated {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        self.encoder().poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.encoder().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.encoder().poll_shutdown(cx)
    }
}
