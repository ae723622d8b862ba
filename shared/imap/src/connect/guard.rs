//! # Guard
//! Which servers a host of many people's migrations may dial: whoever asks for a migration names the server, and must not
//! reach with it what only the host can reach. Pure: the caller resolves the name once, shows all answers, and dials one of
//! these very addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::special::{Network, Range, range};

/// IMAP over TLS, and IMAP with STARTTLS (RFC 8314).
const PORTS: [u16; 2] = [993, 143];
/// The longest name, in octets (RFC 1035 §2.3.4).
const LONGEST_NAME: usize = 253;
/// The longest label of a name.
const LONGEST_LABEL: usize = 63;

/// Whether this machine itself may be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loopback {
    /// In tests, where the servers are.
    Allowed,
    /// Everywhere else.
    Refused,
}

/// What may be dialled: the public internet, and the networks that the operator allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    networks: Vec<Network>,
    ports: Vec<u16>,
    loopback: Loopback,
}

/// What a host in a request is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// An address, spelled in the one way that everybody reads alike.
    Address(IpAddr),
    /// A name to be resolved, without a final dot.
    Name(String),
}

/// Why a server is not dialled, in words that follow its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl Guard {
    /// `networks`: private networks to be allowed, `10.1.0.0/16, fd12::/16`; `ports`: those to be allowed, 993 and 143 when
    /// empty. Both lists are separated by commas.
    ///
    /// # Errors
    /// What is not a network or a port, in words for the operator.
    pub fn new(networks: &str, ports: &str, loopback: Loopback) -> Result<Self, String> {
        let networks = list(networks).map(str::parse).collect::<Result<_, _>>()?;
        let port = |text: &str| match text.parse() {
            Ok(port) if port > 0 => Ok(port),
            _ => Err(format!("{text} is no port")),
        };
        let named = list(ports).map(port).collect::<Result<Vec<u16>, _>>()?;
        let ports = if named.is_empty() { PORTS.to_vec() } else { named };
        Ok(Self { networks, ports, loopback })
    }

    /// Reads the host of a request, and looks at its port. An address is judged at once.
    ///
    /// # Errors
    /// The port is not allowed, the host is neither a name nor an address that everybody reads alike, or the address is not
    /// to be dialled.
    pub fn host(&self, host: &str, port: u16) -> Result<Host, Refused> {
        if !self.ports.contains(&port) {
            let ports = self.ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
            return Err(Refused(format!("is not dialled on port {port}; allowed are {ports}")));
        }
        let host = read(host)?;
        if let Host::Address(address) = host {
            self.address(address)?;
        }
        Ok(host)
    }

    /// Judges all answers of the name service: one that must not be dialled spoils the others.
    ///
    /// # Errors
    /// The first address that is not to be dialled.
    pub fn addresses(&self, answers: impl IntoIterator<Item = IpAddr>) -> Result<(), Refused> {
        answers.into_iter().try_for_each(|address| self.address(address))
    }

    fn address(&self, address: IpAddr) -> Result<(), Refused> {
        let meant = meant(address);
        let allowed = match range(meant) {
            Range::Public => true,
            Range::Loopback => self.loopback == Loopback::Allowed,
            Range::Private(_) => self.networks.iter().any(|network| network.contains(meant)),
            Range::Never(_) => false,
        };
        let what = match range(meant) {
            Range::Public => return Ok(()),
            Range::Loopback => "this machine",
            Range::Private(what) | Range::Never(what) => what,
        };
        if allowed { Ok(()) } else { Err(Refused(format!("is at {address} ({what}), which is not dialled"))) }
    }
}

/// The address that is reached in the end: IPv4 in IPv6 (RFC 4291 §2.5.5.2, RFC 6052) is judged as IPv4.
fn meant(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => match v6.segments() {
            [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                IpAddr::V4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
            }
            _ => IpAddr::V6(v6),
        },
        v4 => v4,
    }
}

fn read(host: &str) -> Result<Host, Refused> {
    if let Some(inside) = host.strip_prefix('[') {
        let inside = inside.strip_suffix(']').and_then(|inside| inside.parse::<Ipv6Addr>().ok());
        return inside.map(|v6| Host::Address(v6.into())).ok_or_else(|| odd("an IPv6 address in brackets"));
    }
    if let Ok(address) = host.parse() {
        return Ok(Host::Address(address));
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    if !name.is_ascii() {
        return Err(Refused("is not spelled in ASCII; give the name's xn-- form".into()));
    }
    let labels = name.split('.').collect::<Vec<_>>();
    if name.len() > LONGEST_NAME || !labels.iter().all(|label| good(label)) {
        return Err(odd("a host name"));
    }
    // Resolvers read such words as addresses, in octal, in hexadecimal, with fewer parts than four.
    if labels.last().is_none_or(|last| number(last)) {
        return Err(odd("an address of four decimal numbers"));
    }
    Ok(Host::Name(name.to_ascii_lowercase()))
}

fn odd(what: &str) -> Refused {
    Refused(format!("is not {what}, spelled so that everybody reads it alike"))
}

fn good(label: &str) -> bool {
    let inner = label.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
    !label.is_empty() && label.len() <= LONGEST_LABEL && inner && !label.starts_with('-') && !label.ends_with('-')
}

fn number(label: &str) -> bool {
    let hexadecimal = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    let digits = label.bytes().all(|octet| octet.is_ascii_digit());
    digits || hexadecimal.is_some_and(|rest| rest.bytes().all(|octet| octet.is_ascii_hexdigit()))
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
