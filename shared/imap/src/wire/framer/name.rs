//! # Name
//! The folder name in LIST, LSUB and STATUS, where servers write what they like: unquoted with blanks, tabs, brackets,
//! or quoted with the quotes inside it left as they are.

use bytes::{Buf, Bytes};

use super::scan::{self, Announced};
use super::{Token, WireError};

/// In which response a name stands: what may follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// LIST and LSUB: nothing, or extended data (RFC 9051 §7.3.1).
    List,
    /// STATUS: a list of items (RFC 9051 §7.3.4).
    Status,
}

/// What a name is.
pub(super) enum Name {
    /// It stands on this line.
    Here(Token),
    /// A literal of this many octets follows the line.
    Literal(u64),
}

/// Takes the name off the start of `rest`, which has no leading blanks and is not empty.
pub(super) fn take(rest: &mut Bytes, place: Place) -> Result<Name, WireError> {
    match scan::announced(rest) {
        Announced::Literal(octets) => {
            rest.clear();
            Ok(Name::Literal(octets))
        }
        Announced::Broken => Err(WireError::LiteralSize),
        Announced::No => Ok(Name::Here(here(rest, place))),
    }
}

fn here(rest: &mut Bytes, place: Place) -> Token {
    if rest.first() == Some(&b'"') {
        if let Some(token) = well_quoted(rest) {
            return token;
        }
        // QUIRK: Exchange: a quote inside a quoted name is not escaped; others do the same to a backslash at its end.
        let mut all = rest.split_to(unquoted(rest, place));
        if all.len() > 1 && all.last() == Some(&b'"') {
            all.advance(1);
            all.truncate(all.len() - 1);
            return Token::Quoted(scan::unescape(all));
        }
        return Token::Atom(all);
    }
    // QUIRK: Domino, RainLoop's and vmime's reports: blanks, tabs and brackets in a name without quotes.
    let end = unquoted(rest, place);
    Token::Atom(rest.split_to(end))
}

/// A quoted string behind which only blanks or a list come.
fn well_quoted(rest: &mut Bytes) -> Option<Token> {
    let end = scan::quoted(rest)?;
    let tail = rest.get(end..)?;
    let next = tail.iter().find(|&&octet| !scan::is_blank(octet));
    if !matches!(next, None | Some(b'(')) {
        return None;
    }
    let mut inside = rest.split_to(end);
    inside.advance(1);
    inside.truncate(end - 2);
    Some(Token::Quoted(scan::unescape(inside)))
}

/// Where a name that is not (well) quoted ends, blanks behind it left out. At least one octet.
fn unquoted(rest: &[u8], place: Place) -> usize {
    let end = match place {
        Place::List => extended(rest),
        Place::Status => rest.iter().rposition(|&octet| octet == b'('),
    };
    let name = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest);
    let blanks = name.iter().rev().take_while(|&&octet| octet == b' ').count();
    (name.len() - blanks).max(1)
}

/// Where extended data of a kind that we know begins; any other parenthesis belongs to the name.
fn extended(rest: &[u8]) -> Option<usize> {
    rest.iter().enumerate().skip(1).filter(|&(_, &octet)| octet == b'(').map(|(at, _)| at).find(|&at| {
        let word = rest.get(at + 1..).unwrap_or_default();
        let word = word.strip_prefix(b"\"").unwrap_or(word);
        [&b"CHILDINFO"[..], b"OLDNAME"]
            .iter()
            .any(|item| word.get(..item.len()).is_some_and(|start| start.eq_ignore_ascii_case(item)))
    })
}
