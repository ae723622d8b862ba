//! # Play
//! Plays a script against a server: `C:` lines are sent, `S:` lines must come. `…` stands for anything.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::{Profile, Server};

/// Longer than any stall of a test, in paused time.
const PATIENCE: Duration = Duration::from_secs(100_000);

/// A raw client.
pub struct Player {
    stream: DuplexStream,
    input: Vec<u8>,
}

impl Player {
    /// Connects; the greeting is still to come.
    pub fn new(server: &Server) -> Player {
        Player { stream: server.connect(), input: Vec::new() }
    }

    /// Connects and logs in.
    pub async fn inside(server: &Server) -> Player {
        let mut player = Player::new(server);
        player.play("S: * …\nC: l LOGIN anna secret").await;
        while !player.line().await.expect("an answer to LOGIN").starts_with("l OK") {}
        player
    }

    /// `C: line`, `C~ text without line end, escapes allowed`, `S: line`, `S* lines up to and with this one`, `S! closed`.
    pub async fn play(&mut self, script: &str) {
        for step in script.lines().map(str::trim_start).filter(|step| !step.is_empty()) {
            let (mark, text) = step.split_at(2);
            let text = text.strip_prefix(' ').unwrap_or(text);
            match mark {
                "C:" => self.send(format!("{text}\r\n").as_bytes()).await,
                "C~" => self.send(&unescaped(text)).await,
                "S:" => {
                    let line = self.line().await;
                    let line = line.unwrap_or_else(|| panic!("closed instead of {text:?}"));
                    assert!(like(text, &line), "\nwanted {text:?}\n   got {line:?}");
                }
                "S*" => loop {
                    let line = self.line().await.unwrap_or_else(|| panic!("closed before {text:?}"));
                    if like(text, &line) {
                        break;
                    }
                },
                "S!" => assert_eq!(self.line().await, None, "should be closed"),
                other => panic!("unknown mark {other:?}"),
            }
        }
    }

    /// Sends octets as they are; the other side may be gone.
    pub async fn send(&mut self, octets: &[u8]) {
        let _the_answer_tells = self.stream.write_all(octets).await;
    }

    /// The next line without its CRLF (which must be there); `None` at the end.
    pub async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(at) = self.input.iter().position(|octet| *octet == b'\n') {
                let line: Vec<u8> = self.input.drain(..=at).collect();
                let line = line.strip_suffix(b"\r\n").unwrap_or_else(|| panic!("a bare LF"));
                return Some(String::from_utf8_lossy(line).into_owned());
            }
            let reading = self.stream.read_buf(&mut self.input);
            let count = tokio::time::timeout(PATIENCE, reading).await.expect("something within reason");
            if count.unwrap_or(0) == 0 {
                assert!(self.input.is_empty(), "half a line: {}", self.input.escape_ascii());
                return None;
            }
        }
    }
}

/// A logged-in client plays a script against a new server of this kind; the server, to look into.
pub async fn plays(profile: Profile, script: &str) -> Server {
    let server = Server::new(profile);
    Player::inside(&server).await.play(script).await;
    server
}

fn like(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split('…');
    let Some(mut rest) = parts.next().and_then(|first| line.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut letters = text.bytes();
    while let Some(letter) = letters.next() {
        out.push(match letter {
            b'\\' => match letters.next().expect("an escape") {
                b'r' => b'\r',
                b'n' => b'\n',
                b'0' => 0,
                b'x' => {
                    let digits = [letters.next().expect("a digit"), letters.next().expect("a digit")];
                    u8::from_str_radix(std::str::from_utf8(&digits).expect("digits"), 16).expect("a number")
                }
                other => other,
            },
            other => other,
        });
    }
    out
}
