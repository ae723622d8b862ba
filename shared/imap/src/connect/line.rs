//! # Line
//! One line that a server says before or during the login, read leniently. Nothing here can fail.

/// The status word of RFC 9051 §7.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Ok,
    No,
    Bad,
    Bye,
    Preauth,
}

/// A line, as far as the login cares.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// `+ …`
    Continue,
    /// `* OK …` (no tag) or `A0001 NO …`
    Status { tag: Option<&'a [u8]>, word: Word, code: Option<Code<'a>>, text: &'a [u8] },
    /// `* CAPABILITY …`, the words behind it.
    Capability(&'a [u8]),
    /// `* ID …`, what stands behind it.
    Id(&'a [u8]),
    /// Anything else; the login has no use for it.
    Other,
}

/// A response code: `[NAME arguments]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code<'a> {
    pub(super) name: &'a [u8],
    pub(super) arguments: &'a [u8],
}

/// Reads a line without its line end.
pub(super) fn read(line: &[u8]) -> Line<'_> {
    // QUIRK: some servers send `+` without the blank that RFC 9051 §7.6 asks for.
    if line.starts_with(b"+") {
        return Line::Continue;
    }
    let (first, rest) = split(line);
    let (keyword, behind) = split(rest);
    let tag = (first != b"*").then_some(first);
    if let Some(word) = word(keyword) {
        let (code, text) = code(behind);
        return Line::Status { tag, word, code, text };
    }
    match (tag, keyword) {
        (None, name) if name.eq_ignore_ascii_case(b"CAPABILITY") => Line::Capability(behind),
        (None, name) if name.eq_ignore_ascii_case(b"ID") => Line::Id(behind),
        _ => Line::Other,
    }
}

fn word(keyword: &[u8]) -> Option<Word> {
    let words: [(&[u8], Word); 5] =
        [(b"OK", Word::Ok), (b"NO", Word::No), (b"BAD", Word::Bad), (b"BYE", Word::Bye), (b"PREAUTH", Word::Preauth)];
    words.into_iter().find(|(spelled, _)| keyword.eq_ignore_ascii_case(spelled)).map(|(_, word)| word)
}

/// The first word, which a blank or a bracket ends, and what is behind the blanks.
fn split(octets: &[u8]) -> (&[u8], &[u8]) {
    let end = octets.iter().position(|octet| matches!(octet, b' ' | b'[')).unwrap_or(octets.len());
    let (first, rest) = octets.split_at_checked(end).unwrap_or((octets, b""));
    (first, rest.trim_ascii_start())
}

/// A code is a bracket right behind the status word and nowhere else: `Ready(163com[...])` holds none (Coremail).
fn code(behind: &[u8]) -> (Option<Code<'_>>, &[u8]) {
    let Some(inside) = behind.strip_prefix(b"[") else { return (None, behind) };
    let mut halves = inside.splitn(2, |octet| *octet == b']');
    match (halves.next(), halves.next()) {
        (Some(code), Some(text)) => {
            let (name, arguments) = split(code.trim_ascii());
            (Some(Code { name, arguments }), text.trim_ascii_start())
        }
        _ => (None, behind),
    }
}

/// What a person can read of these octets: one line, at most `most` characters.
pub(super) fn shown(octets: &[u8], most: usize) -> String {
    let text = String::from_utf8_lossy(octets);
    let mut characters = text.trim().chars().map(|c| if c.is_control() || c == '\u{fffd}' { '.' } else { c });
    let mut shown: String = characters.by_ref().take(most).collect();
    if characters.next().is_some() {
        shown.pop();
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status<'a>(tag: Option<&'a [u8]>, word: Word, code: Option<(&'a [u8], &'a [u8])>, text: &'a [u8]) -> Line<'a> {
        Line::Status { tag, word, code: code.map(|(name, arguments)| Code { name, arguments }), text }
    }

    #[test]
    fn lines_are_read_as_servers_really_send_them() {
        let table: &[(&[u8], Line<'_>)] = &[
            (b"* OK ready", status(None, Word::Ok, None, b"ready")),
            (b"* ok", status(None, Word::Ok, None, b"")),
            (
                b"* OK [CAPABILITY IMAP4rev1 ID] hi",
                status(None, Word::Ok, Some((b"CAPABILITY", b"IMAP4rev1 ID")), b"hi"),
            ),
            (b"* OK[ALERT]hi", status(None, Word::Ok, Some((b"ALERT", b"")), b"hi")),
            (b"* OK Coremail Ready(163com[cafe])", status(None, Word::Ok, None, b"Coremail Ready(163com[cafe])")),
            (b"* OK [UIDNEXT 5]\xc3\xa9", status(None, Word::Ok, Some((b"UIDNEXT", b"5")), b"\xc3\xa9")),
            (b"* OK [never closed", status(None, Word::Ok, None, b"[never closed")),
            (b"* OK []", status(None, Word::Ok, Some((b"", b"")), b"")),
            (
                b"A0001 NO [AUTHENTICATIONFAILED] no",
                status(Some(b"A0001"), Word::No, Some((b"AUTHENTICATIONFAILED", b"")), b"no"),
            ),
            (b"A0001 bad", status(Some(b"A0001"), Word::Bad, None, b"")),
            (b"* PREAUTH hello", status(None, Word::Preauth, None, b"hello")),
            (b"* BYE [UNAVAILABLE] later", status(None, Word::Bye, Some((b"UNAVAILABLE", b"")), b"later")),
            (b"* Capability  A B", Line::Capability(b"A B")),
            (b"* ID NIL", Line::Id(b"NIL")),
            (b"* 1 FETCH (INTERNALDATE NIL)", Line::Other),
            (b"A0001 CAPABILITY X", Line::Other),
            (b"+", Line::Continue),
            (b"+ go on", Line::Continue),
            (b"", Line::Other),
            (b"*", Line::Other),
            (b"   ", Line::Other),
            (b"\xff\xfe\x00", Line::Other),
        ];
        for (line, wanted) in table {
            assert_eq!(read(line), *wanted, "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn what_people_are_shown_is_printable_and_short() {
        assert_eq!(shown(b"  +OK POP3\x07 \xff ready\r\n", 80), "+OK POP3. . ready");
        assert_eq!(shown(&[b'x'; 81], 80).chars().count(), 80);
        assert_eq!(shown(&[b'x'; 80], 80), "x".repeat(80));
    }
}
