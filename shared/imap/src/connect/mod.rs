//! # Connect
//! In: a server, a login and a secret. Out: an authenticated octet stream and what the server can do.
//!
//! | file | its one job |
//! |---|---|
//! | `address` | which addresses may be dialled, and the TCP connection |
//! | `socket` | TCP that sends nothing more once it is given up |
//! | `guard`, `special` | what a host of many people's migrations may dial at all |
//! | `tls`, `trust`, `certificate` | the handshake, whom we trust, and what to tell people when we do not |
//! | `line`, `hidden` | one server line, read leniently, with secrets blotted out |
//! | `ear` | hears a server's lines within limits, and makes them canonical |
//! | `adapter` | stands between async-imap and the socket, with a deadline |
//! | `login`, `upgrade`, `talk` | the order of events: greeting, STARTTLS, login, ID; one command at a time |
//! | `greeting`, `method` | is it IMAP at all; LOGIN or PLAIN |
//! | `fault`, `refusal` | what went wrong, as a [`Failure`] |
//! | `capabilities`, `identity` | what the server said of itself |
//! | `prefixed` | octets read ahead are handed over with the stream |
//!
//! Greeting, STARTTLS and authentication are spoken by async-imap, which sees canonical lines only; control and
//! transfer never go through it.

mod adapter;
mod address;
mod capabilities;
mod certificate;
mod ear;
mod fault;
mod greeting;
pub mod guard;
mod hidden;
mod identity;
mod line;
mod login;
mod method;
mod prefixed;
mod refusal;
mod socket;
mod special;
mod talk;
mod tls;
mod trust;
mod upgrade;

#[cfg(test)]
mod peer;

use std::fmt;
use std::time::Duration;

use posthorse_domain::migration::{Failure, Security, ServerSide, Side, Trouble};
use posthorse_domain::ports::Secret;
use tokio::io::{AsyncRead, AsyncWrite};

pub use capabilities::Capabilities;
pub use guard::{Guard, Loopback};
pub use identity::ServerId;
pub use login::login_over;
pub(crate) use prefixed::prefixed;
pub use tls::Tls;

/// Anything that octets can be read from and written to: TCP, TLS, an in-process pipe.
pub trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

/// A connection's octets, whatever carries them.
pub type Stream = Box<dyn Transport>;

/// Where to connect to, and how patiently.
#[derive(Clone, Debug)]
pub struct Dial {
    /// Which mailbox; failures carry it.
    pub side: Side,
    /// Host, port, protection and login.
    pub server: ServerSide,
    /// The longest that one connection attempt, handshake or answer may take.
    pub timeout: Duration,
    /// Whom we trust. Not used without TLS.
    pub tls: Tls,
    /// What may be dialled. None on a person's own machine, which may reach what the person may.
    pub guard: Option<Guard>,
}

/// A connection that is logged in. No folder is open and no command is under way.
pub struct Ready {
    /// The next octet read is the first one behind the last answer to the login.
    pub stream: Stream,
    /// The newest list the server gave.
    pub capabilities: Capabilities,
    /// What the server says of itself (RFC 2971), where it was asked and answered.
    pub id: Option<ServerId>,
}

impl fmt::Debug for Ready {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Ready")
            .field("capabilities", &self.capabilities)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The connection that is being made, for failures' words.
#[derive(Clone, Copy)]
struct Call<'a> {
    side: Side,
    host: &'a str,
    user: &'a str,
    timeout: Duration,
}

impl Call<'_> {
    fn failure(&self, trouble: Trouble, what: impl fmt::Display) -> Failure {
        Failure::new(self.side, trouble, format!("{} {what}", self.host))
    }
}

/// Connects, protects and logs in.
///
/// # Errors
/// `Usage`: the guard does not allow it. `Unreachable`: no name, no TCP connection. `Tls`: no acceptable TLS or STARTTLS, or plaintext to another machine.
/// `Auth`: the login was refused. `Rate`, `Budget`, `Unavailable`: as the server says; BYE is `Unavailable`.
/// `Nonsense`: not IMAP. `Lost`: it broke, or was silent for longer than `timeout`. No failure carries the secret.
pub async fn connect(dial: &Dial, secret: &Secret) -> Result<Ready, Failure> {
    let Dial { side, server, timeout, tls, guard } = dial;
    let call = Call { side: *side, host: &server.host, user: &server.user, timeout: *timeout };
    method::acceptable(&call, secret)?;
    let socket: Stream = Box::new(address::dial(&call, server, guard.as_ref()).await?);
    let (stream, starttls) = match server.security {
        Security::Tls => (tls.wrap(socket, &call, tls::Start::FirstOctet).await?, None),
        Security::Starttls => (socket, Some(tls)),
        Security::Plaintext => (socket, None),
    };
    login_over(stream, *side, &server.host, &server.user, secret, starttls, *timeout).await
}
