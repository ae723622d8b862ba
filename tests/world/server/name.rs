//! # Name
//! Folder names on the wire: modified UTF-7 (RFC 3501 §5.1.3), quoting, and the patterns of LIST.

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// The wire form of a Unicode name: modified UTF-7, INBOX in capitals.
pub fn wire(name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut shifted: Vec<u16> = Vec::new();
    for letter in name.chars() {
        if (' '..='~').contains(&letter) {
            unshift(&mut out, &mut shifted);
            out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            if letter == '&' {
                out.push(b'-');
            }
        } else {
            shifted.extend_from_slice(letter.encode_utf16(&mut [0; 2]));
        }
    }
    unshift(&mut out, &mut shifted);
    super::mailbox::canonical(&out)
}

fn unshift(out: &mut Vec<u8>, shifted: &mut Vec<u16>) {
    if shifted.is_empty() {
        return;
    }
    out.push(b'&');
    let octets: Vec<u8> = shifted.drain(..).flat_map(u16::to_be_bytes).collect();
    for three in octets.chunks(3) {
        let group = three.iter().fold(0u32, |sum, octet| sum << 8 | u32::from(*octet)) << (8 * (3 - three.len()));
        for place in 0..=three.len() {
            let six = usize::try_from(group >> (18 - 6 * place) & 63).unwrap_or_default();
            out.extend(BASE64.get(six));
        }
    }
    out.push(b'-');
}

/// Whether every `&` begins a well-formed shift and all octets are printable ASCII.
pub fn is_mutf7(name: &[u8]) -> bool {
    let mut rest = name;
    while let Some((octet, tail)) = rest.split_first() {
        rest = tail;
        if !(b' '..=b'~').contains(octet) {
            return false;
        }
        if *octet == b'&' {
            let Some(end) = tail.iter().position(|octet| *octet == b'-') else {
                return false;
            };
            let (inner, after) = tail.split_at(end);
            if !inner.iter().all(|octet| BASE64.contains(octet)) {
                return false;
            }
            rest = after.get(1..).unwrap_or_default();
        }
    }
    true
}

/// A name as a quoted string, or as a literal where quoting cannot carry it.
pub fn quoted(name: &[u8]) -> Vec<u8> {
    if name.iter().any(|octet| matches!(octet, 0 | b'\r' | b'\n') || *octet >= 0x80) {
        return literal(name);
    }
    let mut out = vec![b'"'];
    for octet in name {
        if matches!(octet, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*octet);
    }
    out.push(b'"');
    out
}

/// Octets as a literal.
pub fn literal(name: &[u8]) -> Vec<u8> {
    let mut out = format!("{{{}}}\r\n", name.len()).into_bytes();
    out.extend_from_slice(name);
    out
}

/// Whether a LIST pattern fits a name: `*` is anything, `%` anything within one level (RFC 3501 §6.3.8).
pub fn fits(pattern: &[u8], name: &[u8], delimiter: Option<u8>) -> bool {
    let Some((first, rest)) = pattern.split_first() else {
        return name.is_empty();
    };
    match first {
        b'*' => (0..=name.len()).any(|skip| fits(rest, name.get(skip..).unwrap_or_default(), delimiter)),
        b'%' => {
            let level = name.iter().position(|octet| Some(*octet) == delimiter).unwrap_or(name.len());
            (0..=level).any(|skip| fits(rest, name.get(skip..).unwrap_or_default(), delimiter))
        }
        letter => name.split_first().is_some_and(|(head, tail)| head == letter && fits(rest, tail, delimiter)),
    }
}
