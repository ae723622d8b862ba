//! # Socket
//! TCP that sends nothing more once it is given up, or its process has died. The system keeps megabytes for a slow link and goes
//! on sending them without us: an APPEND would then be complete long after it was looked for. So little is left unsent, and
//! what is left is thrown away (a reset) unless the connection was shut down.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Octets that the system may hold unsent before it takes no more (tcp(7): TCP_NOTSENT_LOWAT): what a link of 4 KiB a second
/// sends before a minute of silence is over.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 256 << 10;

/// A connection.
#[derive(Debug)]
pub(super) struct Socket(TcpStream);

impl Socket {
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let socket = SockRef::from(&stream);
        socket.set_linger(Some(Duration::ZERO))?;
        #[cfg(target_os = "linux")]
        socket.set_tcp_notsent_lowat(UNSENT)?;
        Ok(Self(stream))
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, into)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, octets)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    /// What was written before is still sent.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        SockRef::from(&self.0).set_linger(None)?;
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_secs(5);

    /// Writes as much as the system takes while nobody reads.
    async fn filled(shuts_down: bool) -> (usize, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut socket = Socket::new(stream).unwrap();
        let (peer, _) = listener.accept().await.unwrap();
        let mut written = 0;
        while let Ok(count) = timeout(Duration::from_millis(200), socket.write(&[b'x'; 64 << 10])).await {
            written += count.unwrap();
        }
        if shuts_down {
            socket.shutdown().await.unwrap();
        }
        (written, peer)
    }

    /// Reads to the end, or to what breaks it off.
    async fn heard(mut peer: TcpStream) -> (usize, io::Result<()>) {
        let (mut octets, mut heard) = (vec![0; 64 << 10], 0);
        loop {
            match timeout(SOON, peer.read(&mut octets)).await.unwrap() {
                Ok(0) => return (heard, Ok(())),
                Ok(count) => heard += count,
                Err(error) => return (heard, Err(error)),
            }
        }
    }

    #[tokio::test]
    async fn what_was_not_sent_when_it_is_given_up_is_never_sent() {
        let (written, peer) = filled(false).await;
        let (heard, end) = heard(peer).await;
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        assert!(heard < written, "{heard} of {written}");
    }

    #[tokio::test]
    async fn what_was_written_before_it_is_shut_down_arrives() {
        let (written, peer) = filled(true).await;
        let (heard, end) = heard(peer).await;
        assert_eq!((heard, end.is_ok()), (written, true));
    }
}
