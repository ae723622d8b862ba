//! # Wire
//! Lines and literals in, answers out, on one connection. Answers are flushed before every wait for the client.

use bytes::BytesMut;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Octets without a line end that we take before we give the client up.
const LONGEST_LINE: usize = 1 << 20;
/// Octets that we hold back before writing.
const FULL: usize = 64 << 10;

/// The connection is over: closed by either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

/// One line without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub text: Vec<u8>,
    /// Ended by CRLF and without another CR (RFC 3501 §2.2).
    pub exact: bool,
}

/// The server's end of a connection.
pub struct Wire<S> {
    stream: S,
    input: BytesMut,
    out: Vec<u8>,
    /// Write octet by octet.
    pub drip: bool,
    squeezed: Option<(Compress, Decompress)>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Wire<S> {
    pub fn new(stream: S) -> Self {
        Wire { stream, input: BytesMut::new(), out: Vec::new(), drip: false, squeezed: None }
    }

    /// The next line; waits for it.
    pub async fn line(&mut self) -> Result<Line, Gone> {
        let mut seen = 0;
        loop {
            let fresh = self.input.get(seen..).unwrap_or_default();
            if let Some(at) = fresh.iter().position(|octet| *octet == b'\n') {
                let mut text = self.input.split_to(seen + at + 1).to_vec();
                text.pop();
                let ended = text.last() == Some(&b'\r');
                if ended {
                    text.pop();
                }
                return Ok(Line { exact: ended && !text.contains(&b'\r'), text });
            }
            seen = self.input.len();
            if seen > LONGEST_LINE {
                return Err(Gone);
            }
            self.fill().await?;
        }
    }

    /// True when more has come than was read.
    pub fn has_more(&self) -> bool {
        !self.input.is_empty()
    }

    /// Exactly so many octets of a literal.
    pub async fn octets(&mut self, count: u64) -> Result<Vec<u8>, Gone> {
        let count = usize::try_from(count).map_err(|_| Gone)?;
        while self.input.len() < count {
            self.fill().await?;
        }
        Ok(self.input.split_to(count).to_vec())
    }

    /// Adds octets to what will be sent.
    pub fn put(&mut self, octets: impl AsRef<[u8]>) {
        self.out.extend_from_slice(octets.as_ref());
    }

    /// Adds one line and its CRLF to what will be sent.
    pub fn say(&mut self, line: impl AsRef<[u8]>) {
        self.put(line);
        self.put("\r\n");
    }

    /// Sends what has gathered, if it is much.
    pub async fn ease(&mut self) -> Result<(), Gone> {
        if self.out.len() > FULL { self.flush().await } else { Ok(()) }
    }

    /// Sends all that has gathered.
    pub async fn flush(&mut self) -> Result<(), Gone> {
        let mut out = std::mem::take(&mut self.out);
        if out.is_empty() {
            return Ok(());
        }
        if let Some((squeeze, _)) = &mut self.squeezed {
            out = squeezed(squeeze, &out)?;
        }
        if self.drip {
            return self.trickle(&out).await;
        }
        self.stream.write_all(&out).await.map_err(|_| Gone)?;
        self.stream.flush().await.map_err(|_| Gone)
    }

    async fn trickle(&mut self, out: &[u8]) -> Result<(), Gone> {
        for octet in out {
            self.stream.write_all(std::slice::from_ref(octet)).await.map_err(|_| Gone)?;
            self.stream.flush().await.map_err(|_| Gone)?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn fill(&mut self) -> Result<(), Gone> {
        self.flush().await?;
        let Some((_, loosen)) = &mut self.squeezed else {
            return match self.stream.read_buf(&mut self.input).await {
                Ok(0) | Err(_) => Err(Gone),
                Ok(_) => Ok(()),
            };
        };
        let mut came = BytesMut::new();
        match self.stream.read_buf(&mut came).await {
            Ok(0) | Err(_) => Err(Gone),
            Ok(_) => loosened(loosen, &came, &mut self.input),
        }
    }

    /// Sends what has gathered; from then on both directions are compressed (RFC 4978). A client that has said more by then
    /// said it too early.
    pub async fn squeeze(&mut self) -> Result<(), Gone> {
        self.flush().await?;
        if !self.input.is_empty() {
            return Err(Gone);
        }
        self.squeezed = Some((Compress::new(Compression::default(), false), Decompress::new(false)));
        Ok(())
    }
}

fn squeezed(squeeze: &mut Compress, plain: &[u8]) -> Result<Vec<u8>, Gone> {
    let (before, mut out) = (squeeze.total_in(), Vec::new());
    loop {
        out.reserve(FULL);
        let done = usize::try_from(squeeze.total_in() - before).map_err(|_| Gone)?;
        let rest = plain.get(done..).unwrap_or_default();
        squeeze.compress_vec(rest, &mut out, FlushCompress::Sync).map_err(|_| Gone)?;
        if rest.is_empty() || out.len() < out.capacity() {
            return Ok(out);
        }
    }
}

fn loosened(loosen: &mut Decompress, squeezed: &[u8], into: &mut BytesMut) -> Result<(), Gone> {
    let (before, mut plain) = (loosen.total_in(), Vec::new());
    loop {
        plain.reserve(FULL);
        let done = usize::try_from(loosen.total_in() - before).map_err(|_| Gone)?;
        let rest = squeezed.get(done..).unwrap_or_default();
        loosen.decompress_vec(rest, &mut plain, FlushDecompress::Sync).map_err(|_| Gone)?;
        if plain.len() < plain.capacity() {
            into.extend_from_slice(&plain);
            return Ok(());
        }
    }
}
