//! # Accept
//! What a server makes of the octets it is given: refuses them in its words, changes them, or keeps them.

use super::profile::Profile;
use super::rules::{Kind, Treatment};

const KINDS: [Kind; 8] = [
    Kind::Empty,
    Kind::Nul,
    Kind::BareLf,
    Kind::BareCr,
    Kind::EightBitHeader,
    Kind::HeaderWithoutColon,
    Kind::LongLine,
    Kind::NoFinalCrlf,
];

/// The octets as the server stores them, or the answer that refuses them.
pub fn accept(octets: Vec<u8>, profile: &Profile) -> Result<Vec<u8>, String> {
    let mut octets = octets;
    for kind in KINDS {
        let Some(treatment) = profile.kinds.get(&kind).filter(|_| is(kind, &octets, profile.longest_line)) else {
            continue;
        };
        match treatment {
            Treatment::Refuse(words) | Treatment::RefuseEarly(words) => return Err((*words).to_owned()),
            Treatment::Change => octets = changed(kind, octets),
        }
    }
    Ok(octets)
}

/// The refusal that a message's size alone brings, before its octets.
pub fn refused_by_size(size: u64, profile: &Profile) -> Option<String> {
    if profile.append_limit.is_some_and(|limit| size > limit) {
        return Some(profile.words.too_big.to_owned());
    }
    match profile.kinds.get(&Kind::Empty) {
        Some(Treatment::RefuseEarly(words)) if size == 0 => Some((*words).to_owned()),
        _ => None,
    }
}

/// The header with its last line end, without the empty line.
pub fn header(octets: &[u8]) -> &[u8] {
    if octets.starts_with(b"\r\n") || octets.starts_with(b"\n") {
        return &[];
    }
    let crlf = octets.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 2);
    let lf = octets.windows(2).position(|window| window == b"\n\n").map(|at| at + 1);
    let end = [crlf, lf].into_iter().flatten().min().unwrap_or(octets.len());
    octets.get(..end).unwrap_or(octets)
}

fn is(kind: Kind, octets: &[u8], longest: usize) -> bool {
    match kind {
        Kind::Empty => octets.is_empty(),
        Kind::Nul => octets.contains(&0),
        Kind::BareLf => bare_lf(octets),
        Kind::BareCr => bare_cr(octets),
        Kind::EightBitHeader => !header(octets).is_ascii(),
        Kind::HeaderWithoutColon => header(octets).split(|octet| *octet == b'\n').any(is_no_field),
        Kind::LongLine => {
            octets.split(|octet| *octet == b'\n').any(|line| line.strip_suffix(b"\r").unwrap_or(line).len() > longest)
        }
        Kind::NoFinalCrlf => !octets.ends_with(b"\r\n"),
    }
}

fn bare_lf(octets: &[u8]) -> bool {
    octets.first() == Some(&b'\n') || octets.windows(2).any(|pair| matches!(pair, [before, b'\n'] if *before != b'\r'))
}

fn bare_cr(octets: &[u8]) -> bool {
    octets.last() == Some(&b'\r') || octets.windows(2).any(|pair| matches!(pair, [b'\r', after] if *after != b'\n'))
}

fn is_no_field(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    !line.is_empty() && !line.contains(&b':') && !line.starts_with(b" ") && !line.starts_with(b"\t")
}

fn changed(kind: Kind, octets: Vec<u8>) -> Vec<u8> {
    match kind {
        Kind::Nul => octets.into_iter().map(|octet| if octet == 0 { 0x80 } else { octet }).collect(),
        Kind::BareLf => with_crlf(&octets),
        Kind::BareCr => without_bare_cr(&octets),
        Kind::EightBitHeader => {
            let end = header(&octets).len();
            octets.iter().enumerate().map(|(at, octet)| if at < end && *octet > 127 { b'X' } else { *octet }).collect()
        }
        Kind::NoFinalCrlf => octets.into_iter().chain(*b"\r\n").collect(),
        Kind::Empty | Kind::HeaderWithoutColon | Kind::LongLine => octets,
    }
}

fn with_crlf(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len() + octets.len() / 40);
    for octet in octets {
        if *octet == b'\n' && out.last() != Some(&b'\r') {
            out.push(b'\r');
        }
        out.push(*octet);
    }
    out
}

fn without_bare_cr(octets: &[u8]) -> Vec<u8> {
    let next = octets.iter().skip(1).map(Some).chain([None]);
    octets
        .iter()
        .zip(next)
        .filter(|(octet, next)| **octet != b'\r' || *next == Some(&b'\n'))
        .map(|(octet, _)| *octet)
        .collect()
}
