//! # Rewrite
//! Servers that do not keep the header they are given.

use super::accept::header;
use super::profile::Profile;
use super::quirk::Quirk;

/// The value of the Message-ID header, if there is one.
pub fn message_id(octets: &[u8]) -> Option<&[u8]> {
    field(octets).map(|(_, _, value)| value)
}

/// The octets with the header as such a server would have it.
pub fn rewritten(octets: Vec<u8>, profile: &Profile) -> Vec<u8> {
    let mut octets = octets;
    if profile.is(Quirk::ReplacesMessageIds)
        && let Some((start, end, value)) = field(&octets)
    {
        let new = format!("Message-ID: <{:x}@replaced.example>", checksum(value)).into_bytes();
        octets.splice(start..end, new);
    }
    if profile.is(Quirk::AddsMissingMessageIds) && message_id(&octets).is_none() {
        let new = format!("Message-ID: <{:x}@added.example>\r\n", checksum(&octets)).into_bytes();
        octets.splice(0..0, new);
    }
    if profile.is(Quirk::AddsHeaders) {
        let new = b"Received: from client by world; Sat, 17 Jul 2010 09:44:25 +0000\r\nX-World: seen\r\n";
        octets.splice(0..0, *new);
    }
    octets
}

/// Where the Message-ID field begins and ends (without its line end), and its value.
fn field(octets: &[u8]) -> Option<(usize, usize, &[u8])> {
    const NAME: &[u8] = b"message-id:";
    let mut start = 0;
    for line in header(octets).split_inclusive(|octet| *octet == b'\n') {
        let text = line.trim_ascii_end();
        if text.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)) {
            return Some((start, start + text.len(), text.get(NAME.len()..)?.trim_ascii()));
        }
        start += line.len();
    }
    None
}

/// FNV-1a: any number that depends on the octets alone will do.
fn checksum(octets: &[u8]) -> u64 {
    octets.iter().fold(0xcbf2_9ce4_8422_2325, |sum, octet| (sum ^ u64::from(*octet)).wrapping_mul(0x100_0000_01b3))
}
