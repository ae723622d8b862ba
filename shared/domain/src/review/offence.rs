//! # Offence
//! Where in a message stands what its class is about. Pure.

use serde::{Deserialize, Serialize};

use super::quarantine::printable;
use crate::migration::Class;

/// The most that are listed of one message.
const MOST: usize = 20;
/// So much is shown on either side.
const AROUND: usize = 24;
/// The longest line, without its end (RFC 5322 §2.1.1).
const LINE: usize = 998;

/// A place in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offence {
    /// Octets before it.
    pub offset: usize,
    /// The line it is in, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
    /// Some octets around it; those that are no printable ASCII, line ends too, as `\xHH`.
    pub around: String,
}

/// The places that a message of this class was refused for, the first ones of many. None where the class is not about
/// single octets.
pub fn offences(class: Class, octets: &[u8]) -> Vec<Offence> {
    let places: Vec<(usize, String)> = match class {
        Class::Nul => found(octets, |octet, _, _| (octet == 0).then(|| "a NUL octet".into())),
        Class::EightBitHeader => {
            let header = octets.get(..header_end(octets)).unwrap_or_default();
            found(header, |octet, _, _| (octet >= 0x80).then(|| format!("octet 0x{octet:02X} in the header")))
        }
        Class::BareNewline => found(octets, |octet, before, behind| match octet {
            b'\n' if before != Some(b'\r') => Some("LF without CR".into()),
            b'\r' if behind != Some(b'\n') => Some("CR without LF".into()),
            _ => None,
        }),
        Class::LineTooLong => long_lines(octets),
        Class::Header => bad_header_lines(octets),
        _ => Vec::new(),
    };
    places.into_iter().take(MOST).map(|(offset, what)| place(octets, offset, what)).collect()
}

fn place(octets: &[u8], offset: usize, what: String) -> Offence {
    let line = 1 + octets.iter().take(offset).filter(|octet| **octet == b'\n').count();
    let (from, to) = (offset.saturating_sub(AROUND), offset.saturating_add(AROUND).min(octets.len()));
    let around = printable(octets.get(from..to).unwrap_or_default());
    let around = around.replace('\r', "\\x0D").replace('\n', "\\x0A").replace('\t', "\\x09");
    Offence { offset, line, what, around }
}

/// Octets for which `what` has words, by themselves and their neighbours.
fn found(octets: &[u8], what: impl Fn(u8, Option<u8>, Option<u8>) -> Option<String>) -> Vec<(usize, String)> {
    let at = |index: Option<usize>| index.and_then(|index| octets.get(index)).copied();
    let words = octets.iter().enumerate().filter_map(|(index, octet)| {
        what(*octet, at(index.checked_sub(1)), at(index.checked_add(1))).map(|words| (index, words))
    });
    words.take(MOST).collect()
}

fn lines(octets: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    octets.split_inclusive(|octet| *octet == b'\n').map(move |line| {
        let begin = at;
        at += line.len();
        (begin, line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line)))
    })
}

fn long_lines(octets: &[u8]) -> Vec<(usize, String)> {
    let long = lines(octets).filter(|(_, line)| line.len() > LINE);
    long.map(|(at, line)| (at, format!("a line of {} octets; {LINE} are allowed", line.len()))).take(MOST).collect()
}

/// Lines of the header that are neither a field nor the continuation of one (RFC 5322 §2.2).
fn bad_header_lines(octets: &[u8]) -> Vec<(usize, String)> {
    let header = octets.get(..header_end(octets)).unwrap_or_default();
    let bad = lines(header).enumerate().filter_map(|(number, (at, line))| {
        let continued = number > 0 && line.first().is_some_and(|first| matches!(first, b' ' | b'\t'));
        let name = line.split(|octet| *octet == b':').next().unwrap_or_default();
        let field = line.contains(&b':') && !name.is_empty() && name.iter().all(|octet| (b'!'..=b'~').contains(octet));
        (!continued && !field).then(|| (at, "neither a header field nor the continuation of one".to_owned()))
    });
    bad.take(MOST).collect()
}

fn header_end(octets: &[u8]) -> usize {
    let mut end = octets.len();
    for (at, line) in lines(octets) {
        if line.is_empty() {
            end = at;
            break;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_octets_that_a_class_is_about_are_found() {
        type Row = (Class, &'static [u8], &'static [(usize, usize)]);
        let rows: [Row; 9] = [
            (Class::Nul, b"a\r\n\r\nb\0c\r\n\0", &[(6, 3), (10, 4)]),
            (Class::EightBitHeader, b"A: \xE4\r\nB: \xFF\r\n\r\n\xFF", &[(3, 1), (9, 2)]),
            (Class::BareNewline, b"A: b\r\n\r\nx\ny\rz\r\n", &[(9, 3), (11, 4)]),
            (Class::Header, b"A: b\r\nnothing\r\n c\r\n: d\r\n\r\nbody", &[(6, 2), (19, 4)]),
            (Class::Header, b" a\r\nB: c\r\n", &[(0, 1)]),
            (Class::TooBig, b"A: b\r\n\r\n", &[]),
            (Class::Nul, b"", &[]),
            (Class::Header, b"", &[]),
            (Class::BareNewline, b"\n", &[(0, 1)]),
        ];
        for (class, octets, wanted) in rows {
            let got: Vec<_> = offences(class, octets).iter().map(|offence| (offence.offset, offence.line)).collect();
            assert_eq!(got, wanted, "{class:?} {octets:?}");
        }
    }

    #[test]
    fn long_lines_are_told_with_their_length() {
        let octets = [&b"A: b\r\n\r\n"[..], &[b'x'; 998], b"\r\n", &[b'y'; 999], b"\r\nz"].concat();
        let got = offences(Class::LineTooLong, &octets);
        assert_eq!(got.len(), 1);
        assert_eq!((got[0].line, got[0].what.as_str()), (4, "a line of 999 octets; 998 are allowed"));
        assert!(got[0].around.starts_with("xxxx") && got[0].around.contains("\\x0D\\x0Ayyy"), "{}", got[0].around);
    }

    #[test]
    fn of_many_the_first_are_listed() {
        assert_eq!(offences(Class::Nul, &[0; 1_000]).len(), MOST);
    }
}
