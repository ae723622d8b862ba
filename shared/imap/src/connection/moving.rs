//! # Moving
//! Octets in both directions at once: what is queued goes out before anything is waited for, and nothing goes out once the
//! lease is over.

use std::future::{Future, poll_fn};
use std::io::IoSlice;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use posthorse_domain::migration::{Failure, Trouble};
use posthorse_domain::ports::Clock;
use tokio::io::{AsyncReadExt, AsyncWrite};

use super::Connection;

/// Octets handed to the socket at once; the lease is checked before each.
pub const WRITE: usize = 64 << 10;

/// Pieces in one write: a command's line, its literal, the next line.
const SLICES: usize = 16;

/// Until when anything may be written.
#[derive(Clone, Copy)]
pub struct Lease<'a> {
    /// Both clocks.
    pub clock: &'a dyn Clock,
    /// `Clock::monotonic`.
    pub until_monotonic: Duration,
    /// Milliseconds since 1970 UTC.
    pub until_wall: i64,
}

impl Lease<'_> {
    /// A frozen and thawed process sees the jump on one of the two clocks.
    fn over(&self) -> bool {
        self.clock.monotonic() >= self.until_monotonic || self.clock.now().millis() >= self.until_wall
    }
}

enum Moved {
    Some,
    End,
    Late,
}

impl Connection {
    /// Writes what can be written and reads what there is.
    pub(super) async fn move_octets(&mut self, lease: Option<Lease<'_>>, awaited: bool) -> Result<(), Failure> {
        let (side, silence) = (self.side, if awaited { self.silence } else { Duration::MAX });
        let lost = |cause: String| Err(Failure::new(side, Trouble::Lost, cause));
        let began = self.begins_to_measure();
        let moved = tokio::time::timeout(silence, poll_fn(|cx| self.poll_move(cx, lease))).await;
        self.measured(began);
        match moved {
            Ok(Ok(Moved::Some)) => Ok(()),
            Ok(Ok(Moved::End)) => lost("the server closed the connection".into()),
            Ok(Ok(Moved::Late)) => {
                let cause = "the step's time is over; nothing more may be sent on this connection";
                Err(Failure::new(side, Trouble::Stopped, cause))
            }
            Ok(Err(error)) => lost(format!("the connection broke: {error}")),
            Err(_) => lost(format!("the server was silent for {} s (--timeout)", silence.as_secs())),
        }
    }

    fn poll_move(&mut self, cx: &mut Context<'_>, lease: Option<Lease<'_>>) -> Poll<std::io::Result<Moved>> {
        let mut wrote = false;
        self.blocked = false;
        loop {
            let most = if self.abandoned.is_empty() { WRITE } else { WRITE.min(self.sendable) };
            let most = most.min(self.squeeze.lets_out());
            let mut slices = [IoSlice::new(&[]); SLICES];
            let filled = self.outbox.fill(most, &mut slices);
            let Some(pieces) = slices.get(..filled).filter(|pieces| !pieces.is_empty()) else { break };
            if lease.is_some_and(|lease| lease.over()) {
                return Poll::Ready(Ok(Moved::Late));
            }
            match Pin::new(&mut self.stream).poll_write_vectored(cx, pieces) {
                Poll::Ready(written) => {
                    let written = written?;
                    if written == 0 {
                        return Poll::Ready(Ok(Moved::End));
                    }
                    self.outbox.written(written);
                    self.sendable = self.sendable.saturating_sub(written);
                    self.squeeze.let_out(written);
                    self.moved += written;
                    (wrote, self.unflushed) = (true, true);
                }
                Poll::Pending => {
                    self.blocked = true;
                    break;
                }
            }
        }
        if self.unflushed {
            if lease.is_some_and(|lease| lease.over()) {
                return Poll::Ready(Ok(Moved::Late));
            }
            match Pin::new(&mut self.stream).poll_flush(cx) {
                Poll::Ready(flushed) => {
                    flushed?;
                    self.unflushed = false;
                }
                Poll::Pending => self.blocked = true,
            }
        }
        let space = self.framer.space();
        match pin!(self.stream.read_buf(space)).poll(cx) {
            Poll::Ready(Ok(0)) => Poll::Ready(Ok(Moved::End)),
            Poll::Ready(read) => {
                self.moved += read?;
                Poll::Ready(Ok(Moved::Some))
            }
            Poll::Pending if wrote => Poll::Ready(Ok(Moved::Some)),
            Poll::Pending => Poll::Pending,
        }
    }
}
