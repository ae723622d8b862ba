//! # Append
//! APPEND as it comes in: synchronising and other literals, several messages (RFC 3502), and what is refused before
//! the octets. `commit.rs` stores.

use super::accept::refused_by_size;
use super::at::{Event, Moment};
use super::commit::Arrived;
use super::date::{Date, judge};
use super::fault::Fault;
use super::flags::{Flags, read};
use super::lock::Lock;
use super::mailbox::length;
use super::quirk::Quirk;
use super::request::Request;
use super::session::{Answer, Pipe, Session};
use super::wire::Gone;
use super::words::{Announced, Words, announced, before_literal};

/// What stands before a message's octets.
struct Head {
    flags: Flags,
    date: Option<Date>,
    literal: Announced,
}

/// Why an APPEND ends before its octets.
enum No {
    /// Does not parse: flags, date, syntax.
    Syntax(String),
    /// Parses, but is refused.
    Refused(String),
    /// A literal of a kind that the server does not know: to it, the octets are the next command.
    Unknown(String),
}

impl<S: Pipe> Session<S> {
    /// APPEND.
    pub async fn append(&mut self, request: &Request) -> Answer {
        let mut text = request.rest.clone();
        let Some(folder) = self.append_folder(&mut text).await? else {
            let answer = self.syntax(request);
            return self.refuse(&text, No::Syntax(answer)).await;
        };
        let _lock = match self.is(Quirk::LocksFromAppend) {
            true => Some(Lock::of(self.shared.clone(), self.user(), folder.clone()).await),
            false => None,
        };
        let mut arrived = Vec::new();
        loop {
            let head = match self.head(&text, &folder, arrived.len()) {
                Ok(head) => head,
                Err(no) => return self.refuse(&text, no).await,
            };
            let octets = match self.take(&folder, head.literal).await? {
                Ok(octets) => octets,
                Err(answer) => return Ok(answer),
            };
            let (empty, waits) = (octets.is_empty(), head.literal.waits);
            arrived.push(Arrived { flags: head.flags, date: head.date, octets });
            text = self.wire.line().await?.text;
            if text.is_empty() {
                let answer = self.commit(&folder, arrived).await?;
                return Ok(self.after_empty(empty && !waits, answer));
            }
        }
    }

    /// Reads on to the end of the command without storing anything, then answers.
    pub async fn swallow(&mut self, text: &[u8], answer: String) -> Answer {
        let mut tail = text.to_vec();
        while let Some(literal) = announced(&tail).filter(|literal| !literal.waits) {
            self.wire.octets(literal.size).await?;
            tail = self.wire.line().await?.text;
        }
        Ok(answer)
    }

    async fn refuse(&mut self, text: &[u8], no: No) -> Answer {
        match no {
            // QUIRK: Dovecot 2.3 answers at once and then reads the octets of a LITERAL+ as commands.
            No::Syntax(answer) if self.is(Quirk::LiteralPlusDesync) => Ok(answer),
            No::Unknown(answer) => Ok(answer),
            No::Syntax(answer) | No::Refused(answer) => self.swallow(text, answer).await,
        }
    }

    /// Takes the folder's name off the text; it may be a literal of its own.
    async fn append_folder(&mut self, text: &mut Vec<u8>) -> Result<Option<Vec<u8>>, Gone> {
        if text.starts_with(b"{") {
            let Some(literal) = announced(text) else { return Ok(None) };
            if literal.waits {
                self.go_on();
            }
            let name = self.wire.octets(literal.size).await?;
            *text = self.wire.line().await?.text;
            return Ok(Some(name));
        }
        let mut words = Words::new(text);
        let name = words.astring();
        *text = words.rest().to_vec();
        Ok(name)
    }

    /// Flags, date and literal of the next message, if it may come.
    fn head(&self, text: &[u8], folder: &[u8], before: usize) -> Result<Head, No> {
        let user = self.user();
        let syntax = |session: &Self| {
            session.breach("append", text);
            No::Syntax(session.shared.with(|state| state.profile.words.syntax.replace("{}", "APPEND")))
        };
        let literal = announced(text).ok_or_else(|| syntax(self))?;
        if before > 0 && !self.can("MULTIAPPEND") {
            return Err(syntax(self));
        }
        if !literal.waits && !self.can("LITERAL+") {
            let (No::Syntax(words) | No::Refused(words) | No::Unknown(words)) = syntax(self);
            match self.can("LITERAL-") {
                false => return Err(No::Unknown(words)),
                // RFC 7888 §5: at most 4,096 octets.
                true if literal.size > 4096 => return Err(No::Refused(words)),
                true => {}
            }
        }
        let mut words = Words::new(before_literal(text));
        let (flags, date) = flags_and_date(&mut words).ok_or_else(|| syntax(self))?;
        self.shared.with(|state| {
            let now = state.now();
            let profile = &state.profile;
            let flags = read(&flags.unwrap_or_default(), profile).map_err(refusal)?;
            let date = date.map(|date| judge(&date, &profile.dates, now)).transpose().map_err(refusal)?;
            if let Some(words) = refused_by_size(literal.size, profile) {
                return Err(No::Refused(words));
            }
            let missing = profile.words.try_create.replace("{}", &String::from_utf8_lossy(folder));
            match state.folder(&user, folder) {
                Some(folder) if folder.selectable => Ok(Head { flags, date, literal }),
                _ => Err(No::Refused(missing)),
            }
        })
    }

    /// Asks for the octets if they wait, and reads them; or an answer, and the octets are the next commands.
    async fn take(&mut self, folder: &[u8], literal: Announced) -> Result<Result<Vec<u8>, String>, Gone> {
        if literal.waits {
            self.go_on();
        }
        let event = Event { moment: Moment::Literal, folder: Some(folder), uid: None, octets: None };
        for fault in self.shared.with(|state| state.strike(&event)) {
            match fault {
                // QUIRK: Cyrus 3.6 (NO "System I/O error", when two connections bring a mailbox's first messages at once).
                Fault::Answer(text) => {
                    self.astray = true;
                    return Ok(Err(text));
                }
                Fault::Close => return Err(Gone),
                Fault::CloseAfter(octets) => {
                    self.wire.octets(octets.min(literal.size)).await?;
                    return Err(Gone);
                }
                Fault::Stall(time) => {
                    self.wire.flush().await?;
                    tokio::time::sleep(time).await;
                }
                _ => {}
            }
        }
        let octets = self.wire.octets(literal.size).await?;
        self.shared.with(|state| {
            state.log.received += length(&octets);
            *state.log.came.entry(*blake3::hash(&octets).as_bytes()).or_default() += 1;
        });
        Ok(Ok(octets))
    }

    // QUIRK: Cyrus 3.6 says a stray untagged BAD after an empty LITERAL+ message.
    fn after_empty(&mut self, empty_unasked: bool, answer: String) -> String {
        if empty_unasked && self.is(Quirk::StrayBadAfterEmptyLiteral) {
            self.say("* BAD Invalid tag");
        }
        answer
    }
}

/// BAD is for what does not parse.
fn refusal(words: String) -> No {
    if words.starts_with("BAD") { No::Syntax(words) } else { No::Refused(words) }
}

type FlagsAndDate = (Option<Vec<Vec<u8>>>, Option<Vec<u8>>);

/// ` (flags) "date" ` with both optional, as RFC 3501 §6.3.11 has it.
fn flags_and_date(words: &mut Words<'_>) -> Option<FlagsAndDate> {
    words.space()?;
    let mut flags = None;
    if words.peek() == Some(b'(') {
        flags = Some(words.list()?);
        words.space()?;
    }
    let mut date = None;
    if words.peek() == Some(b'"') {
        date = words.astring();
        words.space()?;
    }
    words.is_empty().then_some((flags, date))
}
