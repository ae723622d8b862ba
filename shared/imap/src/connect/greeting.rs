//! # Greeting
//! Judges the first line: IMAP (RFC 9051 §7.1), or another protocol that answers on this port.

use super::fault::Fault;
use super::line::{self, Code, Line, Word};

/// How much of a foreign greeting is shown, in characters.
const SHOWN: usize = 80;

/// Status word, code and text of an IMAP greeting.
pub(super) fn judge(octets: &[u8]) -> Result<(Word, Option<Code<'_>>, &[u8]), Fault> {
    match line::read(octets) {
        Line::Status { tag: None, word, code, text } => Ok((word, code, text)),
        _ => Err(Fault::NotImap(line::shown(octets, SHOWN), guess(octets))),
    }
}

/// True for the first octet of a TLS record: alert or handshake (RFC 8446 §5.1).
pub(super) fn is_tls(octets: &[u8]) -> bool {
    matches!(octets, [0x15 | 0x16, ..])
}

fn guess(octets: &[u8]) -> &'static str {
    let table: [(&[u8], &str); 5] = [
        (b"+OK", " (that is POP3; IMAP is on port 993 or 143)"),
        (b"-ERR", " (that is POP3; IMAP is on port 993 or 143)"),
        (b"HTTP/", " (that is a web server; IMAP is on port 993 or 143)"),
        (b"SSH-", " (that is SSH; IMAP is on port 993 or 143)"),
        (b"220", " (that is SMTP or FTP; IMAP is on port 993 or 143)"),
    ];
    table.iter().find(|(start, _)| octets.starts_with(start)).map_or("", |(_, guess)| guess)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_protocols_are_told_by_their_first_words() {
        let table: &[(&[u8], &str)] = &[
            (b"+OK POP3 ready <1@x>", "POP3"),
            (b"-ERR busy", "POP3"),
            (b"HTTP/1.1 400 Bad Request", "web server"),
            (b"SSH-2.0-OpenSSH_9.6", "SSH"),
            (b"220 mx ESMTP", "SMTP"),
            (b"hello", ""),
            (b"A0001 OK ready", ""),
            (b"* CAPABILITY IMAP4rev1", ""),
            (b"", ""),
        ];
        for (octets, word) in table {
            let Err(Fault::NotImap(shown, guess)) = judge(octets) else { panic!("{octets:?} is taken for IMAP") };
            assert!(guess.contains(word), "{shown}: {guess}");
            assert_eq!(shown.as_bytes(), *octets);
        }
        assert!(is_tls(b"\x15\x03\x01") && is_tls(b"\x16\x03") && !is_tls(b"* OK") && !is_tls(b""));
    }
}
