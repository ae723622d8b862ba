//! # Special
//! Addresses that are not the public internet: IANA's special-purpose registries (RFC 6890 and its updates), multicast, and
//! what IPv6 has not given out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// What kind of address one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
    /// Anybody can reach it.
    Public,
    /// This machine.
    Loopback,
    /// Not reached from everywhere; an operator may allow it.
    Private(&'static str),
    /// Nobody's server: this network's own, the cloud's own, or many machines at once.
    Never(&'static str),
}

/// Addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    base: IpAddr,
    length: u8,
}

impl Network {
    const fn v4(octets: [u8; 4], length: u8) -> Self {
        let [a, b, c, d] = octets;
        Self { base: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), length }
    }

    const fn v6(segments: [u16; 4], length: u8) -> Self {
        let [a, b, c, d] = segments;
        Self { base: IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)), length }
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => base.to_bits() == address.to_bits() & mask_v4(self.length),
            (IpAddr::V6(base), IpAddr::V6(address)) => base.to_bits() == address.to_bits() & mask_v6(self.length),
            _ => false,
        }
    }
}

fn mask_v4(length: u8) -> u32 {
    u32::MAX.checked_shl(32_u32.saturating_sub(length.into())).unwrap_or(0)
}

fn mask_v6(length: u8) -> u128 {
    u128::MAX.checked_shl(128_u32.saturating_sub(length.into())).unwrap_or(0)
}

impl FromStr for Network {
    type Err = String;

    /// `10.1.0.0/16`; bits behind the length must be zero, since something else may have been meant.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text} is no network; give an address and a length, such as 10.1.0.0/16");
        let (base, length) = text.split_once('/').ok_or_else(wrong)?;
        let base: IpAddr = base.parse().map_err(|_| wrong())?;
        let length: u8 = length.parse().map_err(|_| wrong())?;
        let longest = if base.is_ipv4() { 32 } else { 128 };
        let network = Self { base, length };
        if length <= longest && network.contains(base) { Ok(network) } else { Err(wrong()) }
    }
}

/// What kind of address this is; IPv4 in IPv6 has been taken out before.
pub(super) fn range(address: IpAddr) -> Range {
    let found = TABLE.iter().find(|(network, _)| network.contains(address));
    match (found, address) {
        (Some((_, range)), _) => *range,
        (None, IpAddr::V6(_)) if !GIVEN_OUT.contains(address) => Range::Never("not given out"),
        (None, _) => Range::Public,
    }
}

/// Global unicast, the only part of IPv6 that is given out.
const GIVEN_OUT: Network = Network::v6([0x2000, 0, 0, 0], 3);

const TABLE: &[(Network, Range)] = &[
    (Network::v4([127, 0, 0, 0], 8), Range::Loopback),
    (Network::v4([0, 0, 0, 0], 8), Range::Never("this network")),
    (Network::v4([10, 0, 0, 0], 8), Range::Private("private use")),
    (Network::v4([100, 64, 0, 0], 10), Range::Private("shared address space")),
    (Network::v4([169, 254, 0, 0], 16), Range::Never("link-local")),
    (Network::v4([172, 16, 0, 0], 12), Range::Private("private use")),
    (Network::v4([192, 0, 0, 0], 24), Range::Never("protocol assignments")),
    (Network::v4([192, 0, 2, 0], 24), Range::Private("documentation")),
    (Network::v4([192, 31, 196, 0], 24), Range::Never("AS112")),
    (Network::v4([192, 52, 193, 0], 24), Range::Never("AMT")),
    (Network::v4([192, 88, 99, 0], 24), Range::Never("6to4 relays")),
    (Network::v4([192, 168, 0, 0], 16), Range::Private("private use")),
    (Network::v4([192, 175, 48, 0], 24), Range::Never("AS112")),
    (Network::v4([198, 18, 0, 0], 15), Range::Private("benchmarking")),
    (Network::v4([198, 51, 100, 0], 24), Range::Private("documentation")),
    (Network::v4([203, 0, 113, 0], 24), Range::Private("documentation")),
    (Network::v4([224, 0, 0, 0], 4), Range::Never("multicast")),
    (Network::v4([240, 0, 0, 0], 4), Range::Never("reserved")),
    (LOOPBACK_V6, Range::Loopback),
    (Network::v6([0x64, 0xff9b, 1, 0], 48), Range::Never("local translation")),
    (Network::v6([0x100, 0, 0, 0], 64), Range::Never("discard only")),
    (Network::v6([0x100, 0, 0, 1], 64), Range::Never("dummy prefix")),
    (Network::v6([0x2001, 0, 0, 0], 23), Range::Never("protocol assignments")),
    (Network::v6([0x2001, 0xdb8, 0, 0], 32), Range::Private("documentation")),
    (Network::v6([0x2002, 0, 0, 0], 16), Range::Never("6to4")),
    (Network::v6([0x2620, 0x4f, 0x8000, 0], 48), Range::Never("AS112")),
    (Network::v6([0x3fff, 0, 0, 0], 20), Range::Private("documentation")),
    (Network::v6([0x5f00, 0, 0, 0], 16), Range::Never("segment routing")),
    (Network::v6([0xfd00, 0xec2, 0, 0], 32), Range::Never("the cloud's own")),
    (Network::v6([0xfc00, 0, 0, 0], 7), Range::Private("unique local")),
    (Network::v6([0xfe80, 0, 0, 0], 10), Range::Never("link-local")),
    (Network::v6([0xfec0, 0, 0, 0], 10), Range::Never("site-local")),
    (Network::v6([0xff00, 0, 0, 0], 8), Range::Never("multicast")),
];

const LOOPBACK_V6: Network = Network { base: IpAddr::V6(Ipv6Addr::LOCALHOST), length: 128 };
