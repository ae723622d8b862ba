//! # Client
//! A tiny blocking IMAP client that shares nothing with the product: it seeds, delivers and looks.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::date;
use super::mailbox::{Flag, Message};
use super::server::Login;

/// A server that says nothing for so long has hung.
const SILENCE: Duration = Duration::from_secs(60);

/// One untagged response: its text, literals left out and kept beside it.
#[derive(Debug, Clone, Default)]
pub struct Untagged {
    /// The line or lines, `{n}` standing where a literal was; undecodable octets replaced.
    pub text: String,
    /// The literals in their order.
    pub literals: Vec<Vec<u8>>,
}

/// A connection without TLS.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<TcpStream>,
    tag: u32,
}

impl Client {
    /// Connects to a loopback port and logs in.
    ///
    /// # Errors
    /// When nobody answers or the login is refused (the server's words).
    pub fn login(port: u16, login: &Login) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SILENCE))?;
        let mut client = Self { stream: BufReader::with_capacity(1 << 18, stream), tag: 0 };
        client.response()?;
        client.command(&format!("LOGIN {} {}", quote(&login.user), quote(&login.password)))?;
        Ok(client)
    }

    /// Sends one command and returns its untagged responses.
    ///
    /// # Errors
    /// NO, BAD or BYE, with the server's words; a lost connection.
    pub fn command(&mut self, command: &str) -> io::Result<Vec<Untagged>> {
        let tag = self.send(command)?;
        self.answers(&tag)
    }

    /// Appends one message to `folder`, named as the server spells it; a synchronising literal (RFC 9051 §6.3.12).
    ///
    /// # Errors
    /// As [`Client::command`].
    pub fn append(&mut self, folder: &str, message: &Message) -> io::Result<()> {
        let flags = message.flags.iter().map(|flag| flag.imap()).chain(message.keywords.iter().map(String::as_str));
        let flags = flags.collect::<Vec<_>>().join(" ");
        let date = date::imap(message.internal_date);
        let size = message.octets.len();
        let tag = self.send(&format!("APPEND {} ({flags}) \"{date}\" {{{size}}}", quote(folder)))?;
        loop {
            let response = self.response()?;
            if response.text.starts_with('+') {
                break;
            }
            if response.text.starts_with(&tag) {
                return Err(io::Error::other(response.text));
            }
        }
        self.write(&message.octets)?;
        self.write(b"\r\n")?;
        self.answers(&tag).map(drop)
    }

    /// Everything in `folder` in UID order, read by EXAMINE; `\Recent` is dropped.
    ///
    /// # Errors
    /// As [`Client::command`].
    pub fn messages(&mut self, folder: &str) -> io::Result<Vec<Message>> {
        let opened = self.command(&format!("EXAMINE {}", quote(folder)))?;
        if opened.iter().any(|line| line.text.starts_with("* 0 EXISTS")) {
            return Ok(Vec::new());
        }
        let fetched = self.command("FETCH 1:* (FLAGS INTERNALDATE BODY.PEEK[])")?;
        Ok(fetched.into_iter().filter(|line| line.text.contains(" FETCH ")).map(message).collect())
    }

    /// The folder's UIDVALIDITY (RFC 9051 §2.3.1.1).
    ///
    /// # Errors
    /// As [`Client::command`]; when the server names none.
    pub fn uid_validity(&mut self, folder: &str) -> io::Result<u32> {
        let opened = self.command(&format!("EXAMINE {}", quote(folder)))?;
        let validity = opened.iter().find_map(|line| between(&line.text, "[UIDVALIDITY ", "]")?.parse().ok());
        validity.ok_or_else(|| io::Error::other("no UIDVALIDITY"))
    }

    fn send(&mut self, command: &str) -> io::Result<String> {
        self.tag += 1;
        let tag = format!("t{} ", self.tag);
        self.write(format!("{tag}{command}\r\n").as_bytes())?;
        Ok(tag)
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(octets)
    }

    fn answers(&mut self, tag: &str) -> io::Result<Vec<Untagged>> {
        let mut untagged = Vec::new();
        loop {
            let response = self.response()?;
            match response.text.strip_prefix(tag) {
                Some(answer) if answer.starts_with("OK") => return Ok(untagged),
                Some(_) => return Err(io::Error::other(response.text)),
                None if response.text.starts_with("* BYE") => return Err(io::Error::other(response.text)),
                None => untagged.push(response),
            }
        }
    }

    fn response(&mut self) -> io::Result<Untagged> {
        let mut response = Untagged::default();
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
            response.text.push_str(&line);
            let Some(size) = literal(&line) else { return Ok(response) };
            let mut octets = vec![0; size];
            self.stream.read_exact(&mut octets)?;
            response.literals.push(octets);
        }
    }
}

/// A quoted string; what we send never holds CR, LF or NUL.
#[must_use]
pub fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn literal(line: &str) -> Option<usize> {
    line.strip_suffix('}')?.rsplit_once('{')?.1.parse().ok()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(inner, _)| inner)
}

fn message(response: Untagged) -> Message {
    let names: Vec<&str> = between(&response.text, "FLAGS (", ")").unwrap_or_default().split_whitespace().collect();
    let is_keyword = |name: &&&str| !name.starts_with('\\');
    let flags = Flag::ALL.into_iter().filter(|flag| names.iter().any(|name| name.eq_ignore_ascii_case(flag.imap())));
    let internal_date = between(&response.text, "INTERNALDATE \"", "\"").and_then(date::parse).unwrap_or(i64::MIN);
    Message {
        flags: flags.collect::<BTreeSet<_>>(),
        keywords: names.iter().filter(is_keyword).map(|&name| name.to_owned()).collect(),
        internal_date,
        octets: response.literals.into_iter().next().unwrap_or_default(),
    }
}
