//! # Login
//! The order of events on a stream that is there: greeting, STARTTLS, login, capabilities, ID, hand-over.

use std::time::Duration;

use async_imap::{Connection, Session};
use posthorse_domain::migration::{Failure, Side};
use posthorse_domain::ports::Secret;

use super::adapter::Adapter;
use super::ear::Waiting;
use super::fault::Fault;
use super::line::Word;
use super::method::{self, Method, Plain};
use super::prefixed::prefixed;
use super::talk::{self, Talk};
use super::{Call, Capabilities, Ready, Stream, Tls, identity, refusal, upgrade};

/// Logs in over a stream: the part of [`connect`](super::connect) without TCP, for in-process servers too.
///
/// `starttls` makes STARTTLS required before the login; without it the stream is taken to be protected already, or to be
/// allowed in clear. `host` is the name that TLS checks and failures name. `timeout` bounds each single answer.
///
/// # Errors
/// As [`connect`](super::connect), without `Unreachable`.
pub async fn login_over(
    stream: Stream,
    side: Side,
    host: &str,
    user: &str,
    secret: &Secret,
    starttls: Option<&Tls>,
    timeout: Duration,
) -> Result<Ready, Failure> {
    let call = Call { side, host, user, timeout };
    method::acceptable(&call, secret)?;
    let mut adapter = Adapter::new(stream, timeout, secret);
    let capabilities = match starttls {
        Some(tls) => {
            let stream = upgrade::upgrade(adapter, tls, &call).await?;
            adapter = Adapter::new(stream, timeout, secret);
            enter(Talk::new(&mut adapter), &call, secret, "").await?
        }
        None => {
            let mut talk = Talk::new(&mut adapter);
            let greeting = talk::greet(&mut talk).await.map_err(|fault| fault.failure(&call, "its greeting"))?;
            match greeting.word {
                Word::Preauth => settle(&mut talk, &call).await?,
                _ => enter(talk, &call, secret, &greeting.text).await?,
            }
        }
    };
    let (stream, mut ear) = adapter.into_parts();
    let id = ear.id.take();
    Ok(Ready { stream: prefixed(ear.into_left(), stream), capabilities, id })
}

/// From the greeting to the end of the login's talk.
async fn enter(mut talk: Talk<'_>, call: &Call<'_>, secret: &Secret, greeting: &str) -> Result<Capabilities, Failure> {
    let offer = talk::capabilities(&mut talk).await.map_err(|fault| fault.failure(call, "its capabilities"))?;
    if identity::wanted_first(greeting) && offer.has("ID") {
        talk::identify(&mut talk).await.map_err(|fault| fault.failure(call, "its answer to ID"))?;
    }
    let mut session = authenticate(talk, call, secret, &offer).await?;
    settle(&mut session, call).await
}

async fn authenticate<'a>(
    talk: Talk<'a>,
    call: &Call<'_>,
    secret: &Secret,
    offer: &Capabilities,
) -> Result<Session<&'a mut Adapter>, Failure> {
    let method = method::choose(call, secret, offer)?;
    let (fault, talk) = match attempt(talk, method, call, secret).await {
        Ok(session) => return Ok(session),
        Err(refused) => refused,
    };
    let again = method == Method::Login
        && offer.has("AUTH=PLAIN")
        && matches!(&fault, Fault::Refused(said) if refusal::of_the_command(call, said));
    if !again {
        return Err(fault.failure(call, "its answer to the login"));
    }
    let second = attempt(talk, Method::Plain, call, secret).await;
    second.map_err(|(fault, _)| fault.failure(call, "its answer to the login"))
}

async fn attempt<'a>(
    mut talk: Talk<'a>,
    method: Method,
    call: &Call<'_>,
    secret: &Secret,
) -> Result<Session<&'a mut Adapter>, (Fault, Talk<'a>)> {
    // What was offered before the login says nothing about what is offered behind it.
    talk.get_mut().ear().capabilities = None;
    let outcome = match (method, std::str::from_utf8(secret.reveal())) {
        (Method::Login, Ok(password)) => {
            talk.get_mut().begin(Waiting::Answer { continuations: 0 });
            talk.login(call.user, password).await
        }
        _ => {
            talk.get_mut().begin(Waiting::Answer { continuations: 1 });
            talk.authenticate("PLAIN", Plain { user: call.user, secret }).await
        }
    };
    outcome.map_err(|(_canonical, mut talk)| {
        let fault = talk.get_mut().outcome().err().unwrap_or_else(|| Fault::Broken("no answer could be read".into()));
        (fault, talk)
    })
}

/// Behind the login: what the server can do now, and who it is.
async fn settle(line: &mut Connection<&mut Adapter>, call: &Call<'_>) -> Result<Capabilities, Failure> {
    let capabilities = talk::capabilities(line).await.map_err(|fault| fault.failure(call, "its capabilities"))?;
    // QUIRK: Coremail (NetEase) refuses SELECT with `Unsafe Login` until ID was sent.
    if capabilities.has("ID") {
        talk::identify(line).await.map_err(|fault| fault.failure(call, "its answer to ID"))?;
    }
    // QUIRK: Yahoo shows no more than a part of a large folder until UIDONLY is on (RFC 9586, RFC 9738).
    if capabilities.has("UIDONLY") && capabilities.has("ENABLE") {
        talk::enable_uid_only(line).await.map_err(|fault| fault.failure(call, "its answer to ENABLE"))?;
    }
    Ok(line.get_mut().ear().capabilities.clone().unwrap_or(capabilities))
}

#[cfg(test)]
#[path = "login_tests.rs"]
mod tests;
