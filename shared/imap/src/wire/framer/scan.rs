//! # Scan
//! Where the token at the start of some octets ends. Each function looks at each octet once.

use bytes::{BufMut, Bytes, BytesMut};

/// What a `{` at the start of some octets is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Announced {
    /// A literal of this many octets.
    Literal(u64),
    /// Something like a literal whose size is no number: what follows cannot be told from protocol.
    Broken,
    /// An ordinary octet.
    No,
}

/// Reads `{n}`, `{n+}`, `{n-}` or `~{n}` (RFC 9051 §4.3, RFC 7888, RFC 3516) that ends the line, trailing blanks apart.
pub(super) fn announced(rest: &[u8]) -> Announced {
    let rest = rest.strip_prefix(b"~").unwrap_or(rest);
    let Some(rest) = rest.strip_prefix(b"{") else { return Announced::No };
    let size = rest.iter().take_while(|&&octet| octet.is_ascii_digit() || matches!(octet, b'+' | b'-' | b'.')).count();
    let Some((size, tail)) = rest.split_at_checked(size) else { return Announced::No };
    let Some(tail) = tail.strip_prefix(b"}") else { return Announced::No };
    if !tail.iter().all(|&octet| is_blank(octet)) {
        return Announced::No;
    }
    let digits = size.strip_suffix(b"+").or(size.strip_suffix(b"-")).unwrap_or(size);
    number(digits).map_or(Announced::Broken, Announced::Literal)
}

/// Decimal digits up to 2⁶⁴-1.
pub(super) fn number(digits: &[u8]) -> Option<u64> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A blank between tokens. RFC 9051 has one space; servers double it or use a tab.
pub(super) fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

/// Octets from the opening quote to the closing one, both included; none when it does not close.
pub(super) fn quoted(rest: &[u8]) -> Option<usize> {
    let mut escaped = false;
    for (at, &octet) in rest.iter().enumerate().skip(1) {
        match octet {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The inside of a quoted string with `\"` and `\\` undone. Other backslashes stay: servers forget to escape them.
pub(super) fn unescape(inside: Bytes) -> Bytes {
    if !inside.contains(&b'\\') {
        return inside;
    }
    let mut plain = BytesMut::with_capacity(inside.len());
    let mut octets = inside.iter().copied().peekable();
    while let Some(octet) = octets.next() {
        let escaped = if octet == b'\\' { octets.next_if(|next| matches!(next, b'"' | b'\\')) } else { None };
        plain.put_u8(escaped.unwrap_or(octet));
    }
    plain.freeze()
}

/// Octets of the atom at the start; at least one, unless `rest` is empty. An item's section (`BODY[HEADER.FIELDS (TO)]`)
/// is part of it, as long as `sections` holds; it is cleared when a bracket does not close on the line.
pub(super) fn atom(rest: &[u8], sections: &mut bool) -> usize {
    for (at, &octet) in rest.iter().enumerate().skip(1) {
        let ends = match octet {
            b'(' | b')' => true,
            b'{' | b'~' => rest.get(at..).is_some_and(|tail| announced(tail) != Announced::No),
            _ => is_blank(octet),
        };
        if ends {
            return at;
        }
        if octet == b'[' && *sections && rest.get(..at).is_some_and(has_section) {
            match section(rest, at) {
                Some(end) => return end,
                None => *sections = false,
            }
        }
    }
    rest.len()
}

fn has_section(item: &[u8]) -> bool {
    [&b"BODY"[..], b"BODY.PEEK", b"BINARY", b"BINARY.PEEK", b"BINARY.SIZE"]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(item))
}

/// Where a section that opens at `from` ends, with its `<origin>`.
fn section(rest: &[u8], from: usize) -> Option<usize> {
    let end = from + rest.get(from..)?.iter().position(|&octet| octet == b']')? + 1;
    let tail = rest.get(end..)?;
    if tail.first() != Some(&b'<') {
        return Some(end);
    }
    let origin = tail.iter().take_while(|&&octet| octet == b'<' || octet.is_ascii_digit()).count();
    Some(if tail.get(origin) == Some(&b'>') { end + origin + 1 } else { end })
}

/// Octets of a response code from its `[` to its `]`, both included (RFC 9051 §7.1). A `]` in a string or a list does
/// not close it, unless no other does. None when there is none at all: then the bracket is text.
pub(super) fn code(rest: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut first = None;
    let mut in_string = false;
    let mut escaped = false;
    for (at, &octet) in rest.iter().enumerate().skip(1) {
        if octet == b']' && first.is_none() {
            first = Some(at + 1);
        }
        match octet {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'(' if !in_string => depth += 1,
            b')' if !in_string => depth = depth.saturating_sub(1),
            b']' if !in_string && depth == 0 => return Some(at + 1),
            _ => {}
        }
    }
    first
}
