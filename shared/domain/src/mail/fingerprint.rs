//! # Fingerprint
//! By what a message is recognised on the other side: taken from its header, the same before and after all that servers
//! do to headers. INTERNALDATE, size, Received, Return-Path and X- fields are no part of it: destinations rewrite them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::address::Reader;
use super::print::{Fields, Fingerprint, plain};
use super::{Letterhead, calendar, encoded_word};

/// A message's fingerprints, each from other fields of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprints {
    /// Message-ID, Date, From, Subject. None without a Message-ID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strong: Option<Fingerprint>,
    /// Date, From, Subject, To, Cc: also where a destination added a Message-ID.
    pub weak: Fingerprint,
    /// Message-ID and Date, when there are both: a last resort, where it is unique on both sides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_date: Option<Fingerprint>,
}

/// The fingerprints of a header block; what stands behind its first empty line does not count. Total: any octets have
/// fingerprints. Takes linear time.
pub fn fingerprints(header: &[u8]) -> Fingerprints {
    Letterhead::of(header).fingerprints()
}

impl Letterhead<'_> {
    /// The fingerprints of the header.
    pub fn fingerprints(&self) -> Fingerprints {
        // First of all the octets are made what they are on both sides; only then are they read.
        if is_plain(self.header()) { of_plain(self) } else { of_plain(&Letterhead::of(&plain(self.header()))) }
    }
}

/// True when making the octets plain would change nothing in what is read: CRs stand before line ends only, where fields are
/// read without them.
fn is_plain(header: &[u8]) -> bool {
    let odd = |octet: u8| matches!(octet, 0 | 0x80..);
    let pairs = header.iter().zip(header.get(1..).unwrap_or_default());
    let clean = pairs.fold(true, |clean, (&octet, &next)| clean & !odd(octet) & ((octet != b'\r') | (next == b'\n')));
    clean && header.last().is_none_or(|&last| !odd(last) && last != b'\r')
}

fn of_plain(head: &Letterhead<'_>) -> Fingerprints {
    let mut reader = Reader::default();
    let id = text(head.message_id());
    let id = collapsed(&id);
    let date = date(&head.date());
    let mut common = Fields::new();
    common.field(date.as_bytes());
    list(&mut common, reader.read(&head.from()));
    common.field(subject(&text(head.subject())).as_bytes());

    let mut fed = Fields::new();
    let strong = (!id.is_empty()).then(|| {
        begin(&mut fed, "strong");
        fed.field(id.as_bytes());
        fed.fields(&common);
        fed.finish()
    });
    let id_date = (!id.is_empty() && !date.is_empty()).then(|| {
        begin(&mut fed, "id and date");
        fed.field(id.as_bytes());
        fed.field(date.as_bytes());
        fed.finish()
    });
    begin(&mut fed, "weak");
    fed.fields(&common);
    list(&mut fed, reader.read(&head.to()));
    list(&mut fed, reader.read(&head.cc()));
    Fingerprints { strong, weak: fed.finish(), id_date }
}

/// The octets are ASCII by now.
fn text(value: Cow<'_, [u8]>) -> Cow<'_, str> {
    match value {
        Cow::Borrowed(octets) => String::from_utf8_lossy(octets),
        Cow::Owned(octets) => match String::from_utf8(octets) {
            Ok(text) => Cow::Owned(text),
            Err(odd) => Cow::Owned(String::from_utf8_lossy(odd.as_bytes()).into_owned()),
        },
    }
}

/// A kind of its own before the fields: no strong fingerprint can equal a weak one.
fn begin(fed: &mut Fields, kind: &str) {
    fed.clear();
    fed.field(kind.as_bytes());
}

fn list<'a>(fed: &mut Fields, items: impl ExactSizeIterator<Item = &'a [u8]>) {
    fed.field(&u64::try_from(items.len()).unwrap_or(u64::MAX).to_le_bytes());
    items.for_each(|item| fed.field(item));
}

/// UTC seconds, or the text of what is no date. `@` keeps the two apart.
fn date(value: &[u8]) -> String {
    match calendar::read(value) {
        Some(stamp) => ["@", &stamp.seconds.to_string()].concat(),
        None => collapsed(&String::from_utf8_lossy(value)).into_owned(),
    }
}

fn subject(value: &str) -> String {
    if !value.contains("=?") {
        return collapsed(value).into_owned();
    }
    let decoded = encoded_word::decode(value);
    // ASCII is its own normal form.
    if decoded.is_ascii() || is_nfc_quick(decoded.chars()) == IsNormalized::Yes {
        collapsed(&decoded).into_owned()
    } else {
        collapsed(&decoded.nfc().collect::<String>()).into_owned()
    }
}

/// Each run of white space as one blank, none around it.
fn collapsed(text: &str) -> Cow<'_, str> {
    let mut after_blank = true;
    let single = text.chars().all(|char| {
        let blank = char.is_whitespace();
        let single = !blank || (char == ' ' && !after_blank);
        after_blank = blank;
        single
    });
    if single && (text.is_empty() || !after_blank) {
        return Cow::Borrowed(text);
    }
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    Cow::Owned(collapsed)
}

#[cfg(test)]
#[path = "fingerprint_slow.rs"]
mod slow;
#[cfg(test)]
#[path = "fingerprint_tests.rs"]
mod tests;
