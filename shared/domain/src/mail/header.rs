//! # Header
//! A message's header block, field by field, whatever state it is in. Never fails, never panics, takes linear time.

use std::borrow::Cow;

/// Cuts a message behind its first empty line: header (that line included) and body. Without one all is header.
///
/// A line of CRs alone is empty too, so that the cut is the same where a server drops them.
pub fn split(octets: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    for line in lines(octets) {
        end += line.len();
        if is_empty(line) {
            break;
        }
    }
    octets.split_at_checked(end).unwrap_or((octets, &[]))
}

/// A field as it stands. Only who wants its value pays for unfolding it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// As spelled.
    pub name: &'a str,
    folded: &'a [u8],
}

impl<'a> Field<'a> {
    /// True in any case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value, unfolded (RFC 5322 §2.2.3), blanks around it dropped.
    pub fn value(&self) -> Cow<'a, [u8]> {
        unfolded(self.folded)
    }
}

/// A value in one line, blanks around it dropped.
pub(super) fn unfolded(folded: &[u8]) -> Cow<'_, [u8]> {
    let (first, more) = cut(folded);
    if more.is_empty() {
        return Cow::Borrowed(without_end(first).trim_ascii());
    }
    let mut value = Vec::with_capacity(folded.len());
    lines(folded).for_each(|line| value.extend_from_slice(without_end(line)));
    value.truncate(value.trim_ascii_end().len());
    value.drain(..value.len() - value.trim_ascii_start().len());
    Cow::Owned(value)
}

/// The fields of a header block, in order.
///
/// Ends at the first empty line. Lines that are no field (no colon, an mbox `From ` line, a name that is empty, with
/// blanks inside or not ASCII) are passed over, with the lines folded under them.
pub fn fields(header: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut rest = header;
    std::iter::from_fn(move || {
        loop {
            let whole = rest;
            let (line, mut behind) = cut(whole);
            if line.is_empty() || is_empty(line) {
                return None;
            }
            while let [b' ' | b'\t', ..] = behind {
                behind = cut(behind).1;
            }
            rest = behind;
            let whole = whole.get(..whole.len() - behind.len()).unwrap_or(line);
            if let Some((name, at)) = name(without_end(line)) {
                return Some(Field { name, folded: whole.get(at..).unwrap_or_default() });
            }
        }
    })
}

/// The value of the first field with this name, in any case.
pub fn value<'a>(header: &'a [u8], name: &str) -> Option<Cow<'a, [u8]>> {
    fields(header).find(|field| field.is(name)).map(|field| field.value())
}

/// The Message-ID as spelled, for people; none when it is missing or empty. At most 998 octets of it, a line's limit
/// (RFC 5322 §2.1.1).
pub fn message_id(header: &[u8]) -> Option<String> {
    shown(&value(header, "Message-ID")?)
}

/// A Message-ID for people.
pub(super) fn shown(id: &[u8]) -> Option<String> {
    let shown = id.get(..998).unwrap_or(id);
    (!shown.is_empty()).then(|| String::from_utf8_lossy(shown).into_owned())
}

fn lines(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = octets;
    std::iter::from_fn(move || {
        let (line, behind) = cut(rest);
        rest = behind;
        (!line.is_empty()).then_some(line)
    })
}

/// The first line with its end, and what is behind it.
pub(super) fn cut(octets: &[u8]) -> (&[u8], &[u8]) {
    let length = memchr::memchr(b'\n', octets).map_or(octets.len(), |at| at + 1);
    octets.split_at_checked(length).unwrap_or((octets, &[]))
}

/// True for a line that ends the header.
pub(super) fn is_empty(line: &[u8]) -> bool {
    line.split_last().is_some_and(|(end, before)| *end == b'\n' && before.iter().all(|&octet| octet == b'\r'))
}

fn without_end(line: &[u8]) -> &[u8] {
    let mut line = line.strip_suffix(b"\n").unwrap_or(line);
    while let Some(shorter) = line.strip_suffix(b"\r") {
        line = shorter;
    }
    line
}

/// A line's name, and where its value begins.
fn name(line: &[u8]) -> Option<(&str, usize)> {
    let colon = memchr::memchr(b':', line)?;
    // RFC 5322 §4.5.3: blanks before the colon were allowed once.
    let name = line.get(..colon)?.trim_ascii_end();
    let sound = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    Some((std::str::from_utf8(name).ok().filter(|_| sound)?, colon + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(header: &[u8]) -> Vec<String> {
        fields(header).map(|field| format!("{}={}", field.name, field.value().escape_ascii())).collect()
    }

    #[test]
    fn a_message_is_cut_behind_its_first_empty_line() {
        for (whole, header) in [
            (&b"A: 1\r\n\r\nbody"[..], &b"A: 1\r\n\r\n"[..]),
            (b"A: 1\n\nbody\n\nmore", b"A: 1\n\n"),
            (b"A: 1\r\n\r\r\nbody", b"A: 1\r\n\r\r\n"),
            (b"A: 1\r\n \r\nB: 2", b"A: 1\r\n \r\nB: 2"),
            (b"\r\nbody", b"\r\n"),
            (b"A: 1", b"A: 1"),
            (b"A: 1\r\n\r", b"A: 1\r\n\r"),
            (b"", b""),
        ] {
            assert_eq!(split(whole).0, header, "{}", whole.escape_ascii());
        }
    }

    #[test]
    fn fields_are_read_whatever_stands_between_them() {
        for (header, expected) in [
            (&b"A: 1\r\nB: 2\r\n\r\nC: 3"[..], vec!["A=1", "B=2"]),
            (b"A: 1\n 2\n\t3\nB:4", vec!["A=1 2\\t3", "B=4"]),
            (b"Subject : x\n", vec!["Subject=x"]),
            (b"From a@b Mon Jan  1 00:00:00 2001\nA: 1\n", vec!["A=1"]),
            (b">From a@b Mon Jan  1 00:00:00 2001\n folded: 7\nA: 1\n", vec!["A=1"]),
            (b"no colon\nA: 1\n: no name\nB: 2", vec!["A=1", "B=2"]),
            (b" folded under nothing\nA: 1", vec!["A=1"]),
            (b"\xe9: 1\nA: \xe9\n", vec!["A=\\xe9"]),
            (b"A:\nB: \r\nC:", vec!["A=", "B=", "C="]),
            (b"A: 1\r\r\nB: 2", vec!["A=1", "B=2"]),
            (b"A: 1\n \nB: 2", vec!["A=1", "B=2"]),
            (b"", vec![]),
        ] {
            assert_eq!(read(header), expected, "{}", header.escape_ascii());
        }
    }

    #[test]
    fn the_first_of_a_repeated_field_counts() {
        assert_eq!(value(b"a: 1\nMESSAGE-ID: <x>\nMessage-Id: <y>\n", "Message-ID").as_deref(), Some(&b"<x>"[..]));
        assert_eq!(value(b"a: 1\n", "b"), None);
    }

    #[test]
    fn a_message_id_is_shown_as_spelled_and_not_endlessly() {
        for (header, id) in [
            (&b"Message-id:\r\n <A@b>\r\n\r\n"[..], Some("<A@b>")),
            (b"Message-ID: caf\xe9\n", Some("caf\u{fffd}")),
            (b"Message-ID:  \n", None),
            (b"A: 1\n\nMessage-ID: <in@body>\n", None),
        ] {
            assert_eq!(message_id(header).as_deref(), id);
        }
        let long = [b"Message-ID: ".as_slice(), &b"x".repeat(1_000_000)].concat();
        assert_eq!(message_id(&long).unwrap().len(), 998);
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..200), text in "[a: \r\n]{0,80}") {
            for header in [&octets[..], text.as_bytes()] {
                let (head, body) = split(header);
                prop_assert_eq!([head, body].concat(), header);
                prop_assert!(fields(header).eq(fields(head)));
                prop_assert!(fields(header).all(|field| !field.value().contains(&b'\n')));
            }
        }
    }
}
