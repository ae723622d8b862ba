//! # Ear
//! Hears a server's lines, without I/O: octets go in, out comes one canonical line at a time for async-imap, which sees
//! only `* OK`, `* PREAUTH`, `* BYE`, `+` and tagged OK, NO or BAD with fixed words. What was really said is kept.
//!
//! async-imap 0.12 panics on `* OK [UIDNEXT 5]é` and gives up on the first line it cannot parse.

use posthorse_domain::ports::Secret;

use super::fault::{Fault, Said};
use super::hidden::Hidden;
use super::line::{self, Line, Word};
use super::{Capabilities, ServerId, greeting};

/// Longest line taken, in octets, its end included.
const LONGEST_LINE: usize = 8 * 1024;

/// Lines taken for one greeting or one answer, the tagged one included.
const MOST_LINES: usize = 64;

/// Most characters kept of a server's words.
const MOST_WORDS: usize = 500;

/// What the next lines are read for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Waiting {
    /// Nothing: octets that come stay where they are.
    Nothing,
    /// The first line of all.
    Greeting,
    /// The answer to a command, with so many continuations before it.
    Answer { continuations: u8 },
}

/// What the server said in its own words.
pub(super) struct Ear {
    /// The newest list, from a greeting's or an answer's code or from a line of its own.
    pub(super) capabilities: Option<Capabilities>,
    /// The answer to ID.
    pub(super) id: Option<ServerId>,
    /// Received and not looked at yet.
    input: Vec<u8>,
    waiting: Waiting,
    tag: Vec<u8>,
    lines: usize,
    /// A continuation was heard, and what is sent next responds to it.
    responding: bool,
    hidden: Hidden,
    answer: Option<Said>,
    bye: Option<Said>,
    fault: Option<Fault>,
}

impl Ear {
    /// Hears nothing yet; `secret` never shows in what is kept.
    pub(super) fn new(secret: &Secret) -> Self {
        Self {
            capabilities: None,
            id: None,
            input: Vec::new(),
            waiting: Waiting::Nothing,
            tag: Vec::new(),
            lines: 0,
            responding: false,
            hidden: Hidden::new(secret),
            answer: None,
            bye: None,
            fault: None,
        }
    }

    /// A greeting or an answer is due; the limits begin anew.
    pub(super) fn begin(&mut self, waiting: Waiting) {
        self.waiting = waiting;
        self.tag.clear();
        self.lines = 0;
        self.answer = None;
    }

    /// What is due.
    pub(super) fn waiting(&self) -> Waiting {
        self.waiting
    }

    /// Takes octets in.
    pub(super) fn receive(&mut self, octets: &[u8]) {
        self.input.extend_from_slice(octets);
    }

    /// Octets that no line heard so far contains.
    pub(super) fn into_left(self) -> Vec<u8> {
        self.input
    }

    /// Looks at what is about to be sent: notes a command's tag, and hides the response to a continuation, which is the
    /// secret in base64.
    pub(super) fn sending(&mut self, output: &[u8]) {
        if output.is_empty() {
            return;
        }
        if self.responding {
            self.hidden.add(output.trim_ascii());
            self.responding = false;
        } else if self.tag.is_empty() {
            self.tag = output.split(|octet| *octet == b' ').next().unwrap_or_default().to_vec();
        }
    }

    /// Keeps what ended the talk.
    pub(super) fn note(&mut self, fault: Fault) {
        self.fault = Some(fault);
    }

    /// What the end of the stream means here.
    pub(super) fn ended(&self) -> Fault {
        let half_a_greeting = matches!(self.waiting, Waiting::Greeting) && !self.input.is_empty();
        if half_a_greeting { greeting::judge(&self.input).err().unwrap_or(Fault::Closed) } else { Fault::Closed }
    }

    /// How the greeting or the command went; OK and PREAUTH are success.
    pub(super) fn outcome(&mut self) -> Result<Said, Fault> {
        match (self.answer.take(), self.bye.take(), self.fault.take()) {
            (Some(said), _, _) if matches!(said.word, Word::No | Word::Bad) => Err(Fault::Refused(said)),
            (_, Some(bye), _) => Err(Fault::Bye(bye)),
            (Some(said), None, _) => Ok(said),
            (None, None, Some(fault)) => Err(fault),
            (None, None, None) => Err(Fault::Broken("no answer could be read".into())),
        }
    }

    /// Hears lines until there is one for async-imap; none when more octets are needed.
    pub(super) fn hear(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        if matches!(self.waiting, Waiting::Greeting) && greeting::is_tls(&self.input) {
            return Err(Fault::SpeaksTls);
        }
        while let Some(line) = self.next_line()? {
            let canonical = match self.waiting {
                Waiting::Greeting => Some(self.hear_greeting(&line)?),
                Waiting::Nothing | Waiting::Answer { .. } => self.hear_line(&line)?,
            };
            if canonical.is_some() {
                return Ok(canonical);
            }
        }
        Ok(None)
    }

    fn next_line(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let end = self.input.iter().position(|octet| *octet == b'\n');
        if end.unwrap_or(self.input.len()) >= LONGEST_LINE {
            return Err(Fault::LongLine);
        }
        let Some(end) = end else { return Ok(None) };
        self.lines += 1;
        if self.lines > MOST_LINES {
            return Err(Fault::ManyLines);
        }
        let line: Vec<u8> = self.input.drain(..=end).collect();
        Ok(Some(line.trim_ascii_end().to_vec()))
    }

    fn hear_greeting(&mut self, octets: &[u8]) -> Result<Vec<u8>, Fault> {
        let (word, code, text) = greeting::judge(octets)?;
        let said = self.said(word, code, text);
        self.waiting = Waiting::Nothing;
        let (place, canonical): (_, &[u8]) = match word {
            Word::Ok => (&mut self.answer, b"* OK ready\r\n"),
            Word::Preauth => (&mut self.answer, b"* PREAUTH ready\r\n"),
            Word::No | Word::Bad | Word::Bye => (&mut self.bye, b"* BYE closing\r\n"),
        };
        *place = Some(said);
        Ok(canonical.to_vec())
    }

    fn hear_line(&mut self, octets: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        match line::read(octets) {
            Line::Continue => return self.hear_continuation().map(Some),
            Line::Capability(words) => self.capabilities = Some(Capabilities::read(words)),
            Line::Id(list) => self.id = ServerId::read(list),
            Line::Status { tag, word, code, text } => return Ok(self.hear_status(tag, word, code, text)),
            Line::Other => {}
        }
        Ok(None)
    }

    fn hear_continuation(&mut self) -> Result<Vec<u8>, Fault> {
        match &mut self.waiting {
            Waiting::Answer { continuations } if *continuations > 0 => *continuations -= 1,
            _ => return Err(Fault::Uncalled),
        }
        self.responding = true;
        Ok(b"+ \r\n".to_vec())
    }

    fn hear_status(
        &mut self,
        tag: Option<&[u8]>,
        word: Word,
        code: Option<line::Code<'_>>,
        text: &[u8],
    ) -> Option<Vec<u8>> {
        let said = self.said(word, code, text);
        let spelled: &[u8] = match (tag, word) {
            (None, Word::Bye) => {
                self.bye = Some(said);
                return None;
            }
            (Some(tag), Word::Ok) if tag == self.tag => b" OK done\r\n",
            (Some(tag), Word::No) if tag == self.tag => b" NO refused\r\n",
            (Some(tag), Word::Bad) if tag == self.tag => b" BAD refused\r\n",
            _ => return None,
        };
        self.answer = Some(said);
        self.waiting = Waiting::Nothing;
        Some([&self.tag, spelled].concat())
    }

    /// Keeps a status line's code and words; RFC 9051 §7.1 allows CAPABILITY as a code of any OK.
    fn said(&mut self, word: Word, code: Option<line::Code<'_>>, text: &[u8]) -> Said {
        if let Some(code) = code
            && code.name.eq_ignore_ascii_case(b"CAPABILITY")
        {
            self.capabilities = Some(Capabilities::read(code.arguments));
        }
        let covered = |octets: &[u8]| line::shown(&self.hidden.cover(octets), MOST_WORDS);
        Said { word, code: code.map(|code| covered(code.name).to_ascii_uppercase()), text: covered(text) }
    }
}
