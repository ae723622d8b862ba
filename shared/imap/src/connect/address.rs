//! # Address
//! Which addresses may be dialled, in which order, and the TCP connection to the first that answers.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use posthorse_domain::migration::{Failure, Obstacle, Security, ServerSide, Trouble};
use tokio::net::{TcpSocket, lookup_host};
use tokio::time::timeout;

use super::Call;
use super::guard::{Guard, Refused};
use super::socket::Socket;

/// How long an address may keep us waiting while there is another one to try.
const PATIENCE_WITH_OTHERS: Duration = Duration::from_secs(10);

/// Resolves the name, once, and connects to one of the answers. A guard sees all of them, on every new connection again.
pub(super) async fn dial(call: &Call<'_>, server: &ServerSide, guard: Option<&Guard>) -> Result<Socket, Failure> {
    dial_by(call, server, guard, look_up, open).await
}

/// The same by any resolver and any way to connect.
async fn dial_by<S>(
    call: &Call<'_>,
    server: &ServerSide,
    guard: Option<&Guard>,
    look_up: impl AsyncFn(String, u16) -> io::Result<Vec<SocketAddr>>,
    open: impl AsyncFn(SocketAddr) -> io::Result<S>,
) -> Result<S, Failure> {
    let refused = |refused: Refused| call.failure(Trouble::Usage, refused).seen(Obstacle::Refused);
    guard.map_or(Ok(()), |guard| guard.host(&server.host, server.port).map(|_| ())).map_err(refused)?;
    let found = resolve(call, server, look_up).await?;
    guard.map_or(Ok(()), |guard| guard.addresses(found.iter().map(SocketAddr::ip))).map_err(refused)?;
    let addresses = allowed(call, server.security, found)?;
    let mut tried = String::new();
    let mut seen = Obstacle::Timeout;
    let last = addresses.len().saturating_sub(1);
    for (index, address) in addresses.into_iter().enumerate() {
        let patience = if index == last { call.timeout } else { call.timeout.min(PATIENCE_WITH_OTHERS) };
        match timeout(patience, open(address)).await {
            Ok(Ok(socket)) => return Ok(socket),
            Ok(Err(error)) => {
                seen = Obstacle::Refused;
                _ = write!(tried, "; {address}: {error}");
            }
            Err(_) => _ = write!(tried, "; {address}: no answer within {} s", patience.as_secs_f32()),
        }
    }
    let tried = tried.trim_start_matches("; ");
    let why = format_args!("cannot be reached on port {} ({tried})", server.port);
    Err(call.failure(Trouble::Unreachable, why).seen(seen))
}

async fn look_up(host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
    lookup_host((host, port)).await.map(Iterator::collect)
}

async fn resolve(
    call: &Call<'_>,
    server: &ServerSide,
    look_up: impl AsyncFn(String, u16) -> io::Result<Vec<SocketAddr>>,
) -> Result<Vec<SocketAddr>, Failure> {
    // An IPv6 address comes out of a URL in brackets.
    let host = server.host.trim_start_matches('[').trim_end_matches(']');
    let found = match timeout(call.timeout, look_up(host.to_owned(), server.port)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            return Err(call.failure(Trouble::Unreachable, format_args!("is a name without an address: {error}")));
        }
        Err(_) => {
            let why = "was not found: the name service does not answer";
            return Err(call.failure(Trouble::Unreachable, why).seen(Obstacle::Timeout));
        }
    };
    Ok(found)
}

/// The addresses to try, IPv4 first; without TLS every single one must be this machine's.
fn allowed(call: &Call<'_>, security: Security, mut found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Failure> {
    if security == Security::Plaintext
        && let Some(other) = found.iter().find(|address| !address.ip().to_canonical().is_loopback())
    {
        let why = format_args!(
            "is {} and not this machine: without TLS only loopback addresses are allowed; use imaps:// or imap://",
            other.ip()
        );
        return Err(call.failure(Trouble::Tls, why));
    }
    found.sort_by_key(SocketAddr::is_ipv6);
    found.dedup();
    if found.is_empty() {
        return Err(call.failure(Trouble::Unreachable, "is a name without an address"));
    }
    Ok(found)
}

async fn open(address: SocketAddr) -> io::Result<Socket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Half-open connections show after the system's keep-alive time even when nobody waits for an answer.
    socket.set_keepalive(true)?;
    Socket::new(socket.connect(address).await?)
}

#[cfg(test)]
mod tests {
    use posthorse_domain::migration::Side;

    use super::*;

    fn call() -> Call<'static> {
        Call { side: Side::Source, host: "mail.example", user: "anna", timeout: Duration::from_secs(5) }
    }

    fn addresses(list: &[&str]) -> Vec<SocketAddr> {
        list.iter().map(|address| address.parse().unwrap()).collect()
    }

    #[test]
    fn plaintext_goes_to_this_machine_only() {
        let table: &[(&[&str], bool)] = &[
            (&["127.0.0.1:143"], true),
            (&["127.8.9.1:143", "[::1]:143"], true),
            (&["[::ffff:127.0.0.1]:143"], true),
            (&["192.0.2.1:143"], false),
            (&["127.0.0.1:143", "192.0.2.1:143"], false),
            (&["[::ffff:192.0.2.1]:143"], false),
            (&["[2001:db8::1]:143"], false),
            (&["0.0.0.0:143"], false),
        ];
        for (list, good) in table {
            let got = allowed(&call(), Security::Plaintext, addresses(list));
            assert_eq!(got.is_ok(), *good, "{list:?}");
            assert!(got.err().is_none_or(|failure| failure.trouble == Trouble::Tls), "{list:?}");
            assert!(allowed(&call(), Security::Starttls, addresses(list)).is_ok(), "{list:?}");
        }
    }

    #[test]
    fn ipv4_is_tried_first_and_order_is_kept_otherwise() {
        let found = addresses(&["[2001:db8::2]:993", "192.0.2.9:993", "[2001:db8::1]:993", "192.0.2.1:993"]);
        let wanted = addresses(&["192.0.2.9:993", "192.0.2.1:993", "[2001:db8::2]:993", "[2001:db8::1]:993"]);
        assert_eq!(allowed(&call(), Security::Tls, found).unwrap(), wanted);
    }

    #[tokio::test]
    async fn a_guard_keeps_names_of_this_machine_from_being_dialled() {
        use crate::connect::Loopback;

        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let guard = |loopback| Guard::new("", &port.to_string(), loopback).unwrap();
        for host in ["localhost", "127.0.0.1"] {
            let server =
                ServerSide { host: host.into(), port, security: Security::Tls, user: "anna".into(), tls: None };
            let failure = dial(&call(), &server, Some(&guard(Loopback::Refused))).await.unwrap_err();
            assert_eq!(failure.trouble, Trouble::Usage, "{host}: {failure}");
            assert!(failure.cause.contains("this machine"), "{host}: {failure}");
            assert!(dial(&call(), &server, Some(&guard(Loopback::Allowed))).await.is_ok(), "{host}");
        }
        let odd = ServerSide { host: "127.1".into(), port, security: Security::Tls, user: "anna".into(), tls: None };
        assert!(dial(&call(), &odd, Some(&guard(Loopback::Allowed))).await.is_err());
    }

    #[tokio::test]
    async fn a_resolver_that_flips_is_never_followed_to_what_the_guard_refuses() {
        use std::sync::Mutex;

        use crate::connect::Loopback;

        let guard = Guard::new("", "993", Loopback::Refused).unwrap();
        let bad = ["127.0.0.1:993", "10.0.0.7:993", "169.254.169.254:993", "[::1]:993", "[::ffff:10.0.0.7]:993"];
        let server = ServerSide {
            host: "mail.example".into(),
            port: 993,
            security: Security::Tls,
            user: "anna".into(),
            tls: None,
        };
        let (asked, opened) = (Mutex::new(0_usize), Mutex::new(Vec::new()));
        let look_up = async |_: String, _: u16| {
            let mut asked = asked.lock().unwrap();
            *asked += 1;
            // A public address, then something else, and now and then both.
            let public = "198.41.0.4:993".parse().unwrap();
            let private: SocketAddr = bad[*asked % bad.len()].parse().unwrap();
            Ok(match *asked % 3 {
                0 => vec![public],
                1 => vec![private],
                _ => vec![public, private],
            })
        };
        let open = async |address: SocketAddr| {
            opened.lock().unwrap().push(address);
            io::Result::Ok(())
        };
        let mut let_through = 0;
        for _ in 0..300 {
            let_through += usize::from(dial_by(&call(), &server, Some(&guard), look_up, open).await.is_ok());
        }
        assert_eq!(*asked.lock().unwrap(), 300, "a name is resolved once per connection");
        let opened = opened.into_inner().unwrap();
        assert_eq!((let_through, opened.len()), (100, 100));
        assert!(opened.iter().all(|address| address.to_string() == "198.41.0.4:993"), "{opened:?}");
    }

    #[test]
    fn a_name_without_addresses_is_unreachable() {
        assert_eq!(allowed(&call(), Security::Tls, Vec::new()).unwrap_err().trouble, Trouble::Unreachable);
    }
}
