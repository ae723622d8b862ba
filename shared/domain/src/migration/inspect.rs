//! # Inspect
//! What is decided about a message by looking at it: send it or park it, and what a server may have disliked.

use crate::mail::{Letterhead, header};
use crate::migration::Class;
use crate::migration::answer::Kind;

/// A line longer than this is refused by Exchange (9,900 octets on premises, little more in Microsoft 365).
const LONGEST_LINE: usize = 9_900;

/// What the destination takes and what this step can carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The largest message that APPEND takes, in octets (RFC 7889).
    pub append_limit: Option<u64>,
    /// The largest message that a whole step can carry at the measured rate, in octets.
    pub step_limit: Option<u64>,
}

/// What to do with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Send it.
    Send,
    /// Do not send it; park it with this reason.
    Park(Class, String),
}

/// Decides by a message's true size. Its header is at hand for rules to come: what a destination may dislike in it is for
/// the destination to say, since each dislikes something else.
pub fn inspect(limits: &Limits, octets: u64, _header: &[u8]) -> Verdict {
    if let Some(most) = limits.append_limit.filter(|most| octets > *most) {
        return Verdict::Park(Class::TooBig, format!("{octets} octets; the destination takes {most} (APPENDLIMIT)"));
    }
    if let Some(most) = limits.step_limit.filter(|most| octets > *most) {
        let reason = format!("{octets} octets; a whole step carries {most} at the measured rate");
        return Verdict::Park(Class::TooSlow, reason);
    }
    Verdict::Send
}

/// True for the note that Exchange hands out in place of a message which it cannot convert. Subject, sender and body must
/// all be its own: a person may have forwarded such a note.
// QUIRK: Exchange 2010 to Microsoft 365: FETCH answers OK with From "Microsoft Exchange Server" (a year may follow, no
// address) and Subject "Retrieval using the IMAP4 protocol failed for the following message: 752".
pub fn placeholder(head: &Letterhead<'_>, body_start: &[u8]) -> bool {
    let subject = head.subject();
    // Nearly every message is told from it by the first word.
    subject.get(..9).is_some_and(|word| word.eq_ignore_ascii_case(b"retrieval"))
        && plain(subject).starts_with("retrieval using the imap4 protocol failed for the following message")
        && plain(head.from()).trim_start_matches('"').starts_with("microsoft exchange server")
        && plain(unfolded(body_start)).contains("retrieve the following message")
}

/// A better class for a refusal whose words are not specific, by what servers are known to dislike. Specific words win.
pub fn class_of(octets: &[u8], answer: Kind) -> Class {
    if let Kind::Message(class) = answer
        && class != Class::Refused
    {
        return class;
    }
    if octets.is_empty() {
        Class::Empty
    } else if octets.contains(&0) {
        Class::Nul
    } else if has_bare_newline(octets) {
        Class::BareNewline
    } else if !header::split(octets).0.is_ascii() {
        Class::EightBitHeader
    } else if octets.split(|octet| *octet == b'\n').any(|line| without_cr(line).len() > LONGEST_LINE) {
        Class::LineTooLong
    } else {
        Class::Refused
    }
}

fn has_bare_newline(octets: &[u8]) -> bool {
    octets.first() == Some(&b'\n') || octets.array_windows().any(|[before, octet]| *octet == b'\n' && *before != b'\r')
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Takes out the soft line ends of quoted-printable (RFC 2045 §6.7).
fn unfolded(body: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = body.split(|octet| *octet == b'\n').map(without_cr).collect();
    lines
        .iter()
        .flat_map(|line| line.strip_suffix(b"=").map_or_else(|| [*line, b"\n"].concat(), <[u8]>::to_vec))
        .collect()
}

/// Lower case, white space collapsed and trimmed.
fn plain(octets: impl AsRef<[u8]>) -> String {
    let text = String::from_utf8_lossy(octets.as_ref()).to_ascii_lowercase();
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "inspect_tests.rs"]
mod tests;
