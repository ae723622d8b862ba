//! # Adapter
//! Stands between async-imap and the socket: what is read goes through the [`Ear`] first, one line per read, so that
//! async-imap's own buffer is empty whenever an answer is complete; what is written goes out at the flush, in one piece.
//! A greeting or an answer that is not complete at its deadline fails.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use posthorse_domain::ports::Secret;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::Stream;
use super::ear::{Ear, Waiting};
use super::fault::{Fault, Said};

/// The stream that async-imap is given.
pub(super) struct Adapter {
    below: Stream,
    ear: Ear,
    /// What is left of one line for async-imap.
    canonical: Vec<u8>,
    /// Written by async-imap and not sent yet.
    output: Vec<u8>,
    sent: usize,
    timeout: Duration,
    deadline: Pin<Box<Sleep>>,
}

impl Adapter {
    /// Wraps a stream. An answer may take `timeout`; `secret` never shows in what is kept.
    pub(super) fn new(below: Stream, timeout: Duration, secret: &Secret) -> Self {
        Self {
            below,
            ear: Ear::new(secret),
            canonical: Vec::new(),
            output: Vec::new(),
            sent: 0,
            timeout,
            deadline: Box::pin(sleep(timeout)),
        }
    }

    /// To be called before each command, and before the greeting is read: limits and the deadline begin anew.
    pub(super) fn begin(&mut self, waiting: Waiting) {
        self.ear.begin(waiting);
        self.deadline = Box::pin(sleep(self.timeout));
    }

    /// How the greeting or the command went.
    pub(super) fn outcome(&mut self) -> Result<Said, Fault> {
        self.ear.outcome()
    }

    /// What was heard.
    pub(super) fn ear(&mut self) -> &mut Ear {
        &mut self.ear
    }

    /// The stream, and what was heard.
    pub(super) fn into_parts(self) -> (Stream, Ear) {
        (self.below, self.ear)
    }

    /// One canonical line, or the reason why there is none.
    fn poll_line(&mut self, cx: &mut Context<'_>) -> Poll<Result<Vec<u8>, Fault>> {
        if matches!(self.ear.waiting(), Waiting::Nothing) {
            return Poll::Ready(Err(Fault::Broken("read without a command".into())));
        }
        loop {
            match self.ear.hear() {
                Ok(Some(line)) => return Poll::Ready(Ok(line)),
                Ok(None) => ready!(self.poll_receive(cx))?,
                Err(fault) => return Poll::Ready(Err(fault)),
            }
        }
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        if self.deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(Fault::Silent));
        }
        let mut room = [0; 4096];
        let mut room = ReadBuf::new(&mut room);
        ready!(Pin::new(&mut self.below).poll_read(cx, &mut room)).map_err(|error| Fault::Broken(error.to_string()))?;
        if room.filled().is_empty() {
            return Poll::Ready(Err(self.ear.ended()));
        }
        self.ear.receive(room.filled());
        Poll::Ready(Ok(()))
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.output.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.below).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.sent += count,
            }
        }
        // A password was among it.
        self.output.fill(0);
        self.output.clear();
        self.sent = 0;
        Pin::new(&mut self.below).poll_flush(cx)
    }

    fn fail<T>(&mut self, fault: Fault) -> Poll<io::Result<T>> {
        self.ear.note(fault);
        Poll::Ready(Err(io::Error::other("the connection is of no further use")))
    }
}

impl AsyncRead for Adapter {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.canonical.is_empty() {
            match ready!(this.poll_line(cx)) {
                Ok(line) => this.canonical = line,
                Err(fault) => return this.fail(fault),
            }
        }
        let count = this.canonical.len().min(into.remaining());
        into.put_slice(this.canonical.get(..count).unwrap_or_default());
        this.canonical.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Adapter {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().output.extend_from_slice(octets);
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.ear.sending(&this.output);
        match this.poll_send(cx) {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(())),
            Poll::Ready(Err(error)) => this.fail(Fault::Broken(error.to_string())),
            Poll::Pending if this.deadline.as_mut().poll(cx).is_ready() => this.fail(Fault::Silent),
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().below).poll_shutdown(cx)
    }
}

/// Shows nothing of what went through.
impl fmt::Debug for Adapter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Adapter").field("waiting", &self.ear.waiting()).finish_non_exhaustive()
    }
}
