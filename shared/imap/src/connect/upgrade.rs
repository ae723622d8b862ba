//! # Upgrade
//! STARTTLS (RFC 9051 §6.2.1), required: there is no way past it.

use posthorse_domain::migration::{Failure, Trouble};

use super::adapter::Adapter;
use super::fault::Fault;
use super::line::Word;
use super::talk::{self, Talk};
use super::tls::{Start, Tls};
use super::{Call, Stream};

/// Reads the greeting, asks for TLS and makes the handshake. Nothing that was said before it is kept.
pub(super) async fn upgrade(mut adapter: Adapter, tls: &Tls, call: &Call<'_>) -> Result<Stream, Failure> {
    let mut talk = Talk::new(&mut adapter);
    let greeting = talk::greet(&mut talk).await.map_err(|fault| before_tls(fault, call))?;
    // RFC 9051 §11.1: a server that is past the login cannot be asked for TLS; mail would go in clear.
    if greeting.word == Word::Preauth {
        return Err(call.failure(Trouble::Tls, "skips the login (PREAUTH) and thereby STARTTLS: refused"));
    }
    let offer = talk::capabilities(&mut talk).await.map_err(|fault| fault.failure(call, "its capabilities"))?;
    if !offer.has("STARTTLS") {
        let why = "does not offer STARTTLS (or somebody in between removed it): if it has port 993, use imaps://";
        return Err(call.failure(Trouble::Tls, why));
    }
    talk::command(&mut talk, "STARTTLS").await.map_err(|fault| refused(fault, call))?;
    drop(talk);
    let (stream, forgotten) = adapter.into_parts();
    if !forgotten.into_left().is_empty() {
        // Octets injected in clear would be read as if they had come through TLS (CVE-2021-33515 and its kin).
        let why = "sent something behind its OK to STARTTLS, before TLS: somebody may be tampering with the connection";
        return Err(call.failure(Trouble::Tls, why));
    }
    tls.wrap(stream, call, Start::Starttls).await
}

fn before_tls(fault: Fault, call: &Call<'_>) -> Failure {
    let hint = match fault {
        Fault::Silent => "; if this port expects TLS from the first octet, use imaps://",
        _ => "",
    };
    let mut failure = fault.failure(call, "its greeting");
    failure.cause.push_str(hint);
    failure
}

fn refused(fault: Fault, call: &Call<'_>) -> Failure {
    match fault {
        Fault::Refused(said) => call.failure(Trouble::Tls, format_args!("refuses STARTTLS: \"{}\"", said.text)),
        fault => fault.failure(call, "its answer to STARTTLS"),
    }
}
