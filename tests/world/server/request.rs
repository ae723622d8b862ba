//! # Request
//! Reads one command with its literals and notes it.

use super::log::Command;
use super::mailbox::canonical;
use super::session::{Pipe, Session};
use super::wire::{Gone, Line};
use super::words::{Words, announced};

/// A command, read whole but for the octets of an APPEND.
pub struct Request {
    pub tag: String,
    pub verb: String,
    /// What follows the verb and its blank, literals as they came.
    pub rest: Vec<u8>,
}

impl<S: Pipe> Session<S> {
    /// Reads a command up to its end; an APPEND up to the end of its first line. `None`: not a command, already answered.
    pub async fn request(&mut self, line: Line) -> Result<Option<Request>, Gone> {
        if !line.exact {
            self.breach("line not ended by CRLF alone", &line.text);
        }
        let mut words = Words::new(&line.text);
        let tag = String::from_utf8_lossy(words.until(|octet| octet == b' ')).into_owned();
        let verb = words.space().and_then(|()| words.keyword());
        let (Some(mut verb), false) = (verb, tag.is_empty()) else {
            self.breach("no command", &line.text);
            self.hear(&tag, "?", &line.text);
            self.say("* BAD Invalid tag");
            return Ok(None);
        };
        if verb == "UID" {
            let second = words.space().and_then(|()| words.keyword()).unwrap_or_default();
            verb = format!("UID {second}");
        }
        self.hear(&tag, &verb, &line.text);
        let mut rest = words.rest().strip_prefix(b" ").unwrap_or(words.rest()).to_vec();
        if verb != "APPEND" {
            self.read_literals(&mut rest).await?;
        }
        Ok(Some(Request { tag, verb, rest }))
    }

    async fn read_literals(&mut self, rest: &mut Vec<u8>) -> Result<(), Gone> {
        let mut tail = rest.clone();
        while let Some(literal) = announced(&tail) {
            if literal.waits {
                self.go_on();
            } else if !self.can("LITERAL+") && !self.can("LITERAL-") {
                self.breach("literal+ not offered", &tail);
            }
            rest.extend_from_slice(b"\r\n");
            rest.extend(self.wire.octets(literal.size).await?);
            tail = self.wire.line().await?.text;
            rest.extend_from_slice(&tail);
        }
        Ok(())
    }

    fn hear(&self, tag: &str, verb: &str, line: &[u8]) {
        let told = match verb {
            "LOGIN" | "AUTHENTICATE" => format!("{tag} {verb} ***").into_bytes(),
            _ => line.to_vec(),
        };
        let words = told.get(tag.len() + 1..).unwrap_or_default();
        let line = shortened(words);
        let (connection, tag, verb, octets) = (self.id, tag.to_owned(), verb.to_owned(), told.len());
        self.shared.with(|state| {
            let at = state.age();
            state.log.hear(connection, 'C', &told);
            state.log.commands.push(Command { connection, tag, verb, line, octets, at });
        });
    }

    /// The folder that a command is about: the one it names, else the open one.
    pub fn about(&self, request: &Request) -> Option<Vec<u8>> {
        match request.verb.as_str() {
            "SELECT" | "EXAMINE" | "STATUS" | "CREATE" | "APPEND" | "SUBSCRIBE" | "DELETE" => {
                Words::new(&request.rest).astring().map(|name| canonical(&name))
            }
            _ => self.view.as_ref().map(|view| view.name.clone()),
        }
    }
}

/// At most about 400 characters: what a long line ends with is told too.
fn shortened(line: &[u8]) -> String {
    match (line.get(..320), line.len().checked_sub(80).and_then(|tail| line.get(tail..))) {
        (Some(head), Some(tail)) if line.len() > 400 => format!("{}…{}", head.escape_ascii(), tail.escape_ascii()),
        _ => line.escape_ascii().to_string(),
    }
}
