//! # Session
//! One connection: reads commands one after the other, obeys, answers. Pipelining needs no more than that.

use tokio::io::{AsyncRead, AsyncWrite};

use super::at::Moment;
use super::quirk::Quirk;
use super::request::Request;
use super::state::Shared;
use super::view::{View, told};
use super::wire::{Gone, Wire};

/// Anything that carries octets both ways.
pub trait Pipe: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Pipe for S {}

/// The tagged answer, without its tag.
pub type Answer = Result<String, Gone>;

/// A place among the connections of a user; given back when dropped.
pub struct Seat {
    shared: Shared,
    pub user: String,
}

impl Seat {
    /// Takes a place, or tells that all are taken.
    pub fn take(shared: &Shared, user: &str) -> Option<Seat> {
        shared.with(|state| {
            let limit = state.profile.connection_limit.unwrap_or(usize::MAX);
            let taken = state.seated.entry(user.to_owned()).or_default();
            if *taken >= limit {
                return None;
            }
            *taken += 1;
            Some(Seat { shared: shared.clone(), user: user.to_owned() })
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.shared.with(|state| {
            if let Some(taken) = state.seated.get_mut(&self.user) {
                *taken = taken.saturating_sub(1);
            }
        });
    }
}

/// One connection.
pub struct Session<S> {
    pub wire: Wire<S>,
    pub shared: Shared,
    pub id: u32,
    pub seat: Option<Seat>,
    pub view: Option<View>,
    pub identified: bool,
    pub condstore: bool,
    /// UIDs instead of numbers (RFC 9586).
    pub uid_only: bool,
    /// A folder was refused: what is read next can have been sent before the client knew it.
    pub overtaken: bool,
    /// An answer came before an APPEND's octets: they are read as commands, which is not the client's doing.
    pub astray: bool,
    errors: u32,
}

impl<S: Pipe> Session<S> {
    pub fn new(stream: S, shared: Shared) -> Session<S> {
        let mut wire = Wire::new(stream);
        let id = shared.with(|state| {
            wire.drip = state.profile.is(Quirk::DripsOctets);
            state.age();
            state.connections += 1;
            state.log.connections += 1;
            state.connections
        });
        Session {
            wire,
            shared,
            id,
            seat: None,
            view: None,
            identified: false,
            condstore: false,
            uid_only: false,
            overtaken: false,
            astray: false,
            errors: 0,
        }
    }

    /// Talks until either side ends it.
    pub async fn run(mut self) {
        if self.greet().await.is_ok() {
            while self.turn().await.is_ok() {}
        }
        let _already_gone = self.wire.flush().await;
    }

    /// Whether a quirk is on.
    pub fn is(&self, quirk: Quirk) -> bool {
        self.shared.with(|state| state.profile.is(quirk))
    }

    /// Whether a capability is there.
    pub fn can(&self, capability: &str) -> bool {
        self.shared.with(|state| state.profile.can(capability))
    }

    /// The login of this connection, empty before it.
    pub fn user(&self) -> String {
        self.seat.as_ref().map(|seat| seat.user.clone()).unwrap_or_default()
    }

    /// Sends one line.
    pub fn say(&mut self, line: impl AsRef<[u8]>) {
        self.shared.with(|state| state.log.hear(self.id, 'S', line.as_ref()));
        self.wire.say(line);
    }

    /// Asks the client to go on.
    pub fn go_on(&mut self) {
        let line = if self.is(Quirk::BareContinuation) { "+" } else { "+ OK" };
        self.say(line);
    }

    /// Notes what a client may not do.
    pub fn breach(&self, what: &str, line: &[u8]) {
        if self.astray {
            return;
        }
        let line = line.get(..200).unwrap_or(line);
        self.shared.with(|state| state.log.breaches.push(format!("{}: {what}: {}", self.id, line.escape_ascii())));
    }

    /// The server's refusal of what does not parse.
    pub fn syntax(&self, request: &Request) -> String {
        self.breach("syntax", &request.rest);
        self.shared.with(|state| state.profile.words.syntax.replace("{}", &request.verb))
    }

    async fn turn(&mut self) -> Result<(), Gone> {
        let line = self.wire.line().await?;
        let Some(request) = self.request(line).await? else {
            return Ok(());
        };
        let about = self.about(&request);
        let answer = match self.suffer(Moment::Command(request.verb.clone()), about.as_deref()).await? {
            Some(text) if request.verb == "APPEND" => self.swallow(&request.rest, text).await?,
            Some(text) => text,
            None => self.obey(&request).await?,
        };
        let answer = match self.suffer(Moment::Answer(request.verb.clone()), about.as_deref()).await? {
            Some(text) => text,
            None => answer,
        };
        self.tell_news(&request.verb);
        self.finish(&request, answer).await
    }

    /// Untagged lines about what has changed in the open folder.
    fn tell_news(&mut self, verb: &str) {
        let only_at_noop = self.is(Quirk::NewMailAtNoopOnly);
        let later = self.is(Quirk::NewMailWhenIdle) && self.wire.has_more();
        let user = self.user();
        let Some(view) = self.view.as_mut() else { return };
        let asked = matches!(verb, "NOOP" | "CHECK");
        if only_at_noop && !asked || later {
            return;
        }
        let may_expunge = !matches!(verb, "FETCH" | "STORE" | "SEARCH");
        let lines = self.shared.with(|state| {
            let folder = state.folder(&user, &view.name)?;
            let lines = view.refresh(folder, may_expunge);
            if asked {
                view.told = told(folder, view.uids.len());
            }
            Some(lines)
        });
        for line in lines.unwrap_or_default() {
            self.say(format!("* {line}"));
        }
    }

    async fn finish(&mut self, request: &Request, answer: String) -> Result<(), Gone> {
        if answer.starts_with("BYE") {
            self.say(format!("* {answer}"));
            return Err(Gone);
        }
        let answer = match answer.strip_prefix("OK ") {
            Some(text) if self.is(Quirk::BareOk) && !text.starts_with('[') => "OK".to_owned(),
            _ => answer,
        };
        self.say(format!("{} {answer}", request.tag));
        if request.verb == "COMPRESS" && answer.starts_with("OK") {
            self.wire.squeeze().await?;
        }
        if answer.starts_with("NO") || answer.starts_with("BAD") {
            self.overtaken |= matches!(request.verb.as_str(), "SELECT" | "EXAMINE");
            self.errors += 1;
            let allowed = self.shared.with(|state| {
                state.log.refusals.push(format!("{}: {answer}", request.verb));
                state.profile.errors_allowed
            });
            if allowed.is_some_and(|allowed| self.errors >= allowed) {
                self.say("* BYE Connection closed. 14");
                return Err(Gone);
            }
        }
        if request.verb == "LOGOUT" { Err(Gone) } else { self.wire.ease().await }
    }
}
