//! # Peer
//! A server for tests that plays a transcript: lines after `S:` it says, lines after `C:` it expects octet for octet,
//! octets after `R:` it says without a line end, at `O:` it expects any octet. What it says in a row goes out in one write.

use std::time::Duration;

use posthorse_domain::migration::{Failure, Side};
use posthorse_domain::ports::Secret;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::timeout;

use super::{Ready, Tls, login_over};

/// Long enough for a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Plays a transcript to its end and gives the stream back, still open; an error tells what was heard instead.
pub(super) async fn play<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, script: &[u8]) -> Result<S, String> {
    let mut saying = Vec::new();
    for line in script.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii_start).filter(|line| !line.is_empty()) {
        let (who, words) = line.split_at(2);
        let words = words.strip_prefix(b" ").unwrap_or(words);
        match who {
            b"S:" => saying.extend_from_slice(&[words, b"\r\n"].concat()),
            b"R:" => saying.extend_from_slice(words),
            b"C:" => {
                say(&mut stream, &mut saying).await;
                expect(&mut stream, words).await?;
            }
            b"O:" => {
                say(&mut stream, &mut saying).await;
                stream.read_u8().await.map_err(|error| error.to_string())?;
            }
            other => panic!("no such line: {other:?}"),
        }
    }
    say(&mut stream, &mut saying).await;
    Ok(stream)
}

/// The client may be gone already; that is for the test to judge.
async fn say<S: AsyncWrite + Unpin>(stream: &mut S, saying: &mut Vec<u8>) {
    if !saying.is_empty() {
        let _gone = stream.write_all(saying).await;
        let _gone = stream.flush().await;
        saying.clear();
    }
}

async fn expect<S: AsyncRead + Unpin>(stream: &mut S, words: &[u8]) -> Result<(), String> {
    let wanted = [words, b"\r\n"].concat();
    let mut heard = Vec::new();
    while !heard.ends_with(b"\r\n") {
        match stream.read_u8().await {
            Ok(octet) => heard.push(octet),
            Err(error) => {
                let heard = String::from_utf8_lossy(&heard);
                return Err(format!("wanted {:?}, heard {heard:?}, then {error}", String::from_utf8_lossy(words)));
            }
        }
    }
    let told = || format!("wanted {:?}, heard {:?}", String::from_utf8_lossy(words), String::from_utf8_lossy(&heard));
    if heard == wanted { Ok(()) } else { Err(told()) }
}

/// A login to be played.
pub(super) struct Scene<'a> {
    pub(super) host: &'a str,
    pub(super) user: &'a str,
    pub(super) password: &'a [u8],
    pub(super) starttls: Option<&'a Tls>,
    pub(super) timeout: Duration,
    /// How many octets the pipe holds; 1 makes every write one octet long.
    pub(super) pipe: usize,
    /// The server closes when the transcript is over.
    pub(super) closes: bool,
}

impl Default for Scene<'_> {
    fn default() -> Self {
        Self {
            host: "mail.example",
            user: "anna",
            password: b"secret",
            starttls: None,
            timeout: PATIENCE,
            pipe: 65_536,
            closes: false,
        }
    }
}

impl Scene<'_> {
    /// Plays it, and gives the outcome and the server's end. Fails the test when the server heard something else.
    pub(super) async fn play(&self, script: &[u8]) -> (Result<Ready, Failure>, Option<DuplexStream>) {
        let (ours, theirs) = duplex(self.pipe);
        let closes = self.closes;
        let script = script.to_vec();
        let server = tokio::spawn(async move { play(theirs, &script).await.map(|end| (!closes).then_some(end)) });
        let secret = Secret::new(self.password);
        let side = Side::Source;
        let stream = Box::new(ours);
        let login = login_over(stream, side, self.host, self.user, &secret, self.starttls, self.timeout);
        let outcome = timeout(PATIENCE * 2, login).await.expect("the login waits without an end");
        let played = timeout(PATIENCE, server).await.expect("the server waits for a line that was not sent");
        match played.unwrap() {
            Ok(end) => (outcome, end),
            Err(mismatch) => panic!("{mismatch}; the outcome was {outcome:?}"),
        }
    }

    /// Plays it and gives the failure.
    pub(super) async fn fails(&self, script: &[u8]) -> Failure {
        match self.play(script).await.0 {
            Err(failure) => failure,
            Ok(ready) => panic!("logged in: {ready:?} by {}", String::from_utf8_lossy(script)),
        }
    }

    /// Plays it and gives what is ready.
    pub(super) async fn succeeds(&self, script: &[u8]) -> Ready {
        match self.play(script).await.0 {
            Ok(ready) => ready,
            Err(failure) => panic!("{failure} by {}", String::from_utf8_lossy(script)),
        }
    }
}
