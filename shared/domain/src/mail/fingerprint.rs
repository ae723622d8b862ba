//! # Fingerprint
//! By what a message is recognised on the other side: taken from its header, the same before and after all that servers
//! do to headers. INTERNALDATE, size, Received, Return-Path and X- fields are no part of it: destinations rewrite them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::print::{Fields as Fed, Fingerprint, plain};
use super::{address, calendar, encoded_word, header};

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
    // First of all the octets are made what they are on both sides; only then are they read.
    let plain = plain(header);
    let fields = Fields::read(&plain);
    let id = collapsed(&fields.message_id);
    let date = date(&fields.date);
    let (from, subject) = (people(&fields.from), subject(&fields.subject));

    let strong = (!id.is_empty()).then(|| {
        let mut fed = begin("strong");
        fed.field(id.as_bytes());
        add(&mut fed, &date, &from, &subject);
        fed.finish()
    });
    let mut weak = begin("weak");
    add(&mut weak, &date, &from, &subject);
    list(&mut weak, &people(&fields.to));
    list(&mut weak, &people(&fields.cc));
    let id_date = (!id.is_empty() && !date.is_empty()).then(|| {
        let mut fed = begin("id and date");
        fed.field(id.as_bytes());
        fed.field(date.as_bytes());
        fed.finish()
    });
    Fingerprints { strong, weak: weak.finish(), id_date }
}

/// The fields that count, each as it stands first in the header; empty when it is missing.
#[derive(Default)]
struct Fields<'a> {
    message_id: Cow<'a, str>,
    date: Cow<'a, str>,
    from: Cow<'a, str>,
    subject: Cow<'a, str>,
    to: Cow<'a, str>,
    cc: Cow<'a, str>,
}

impl<'a> Fields<'a> {
    fn read(plain: &'a [u8]) -> Self {
        let mut slots: [(&str, Option<Cow<'a, str>>); 6] =
            ["message-id", "date", "from", "subject", "to", "cc"].map(|name| (name, None));
        for field in header::fields(plain) {
            let slot = slots.iter_mut().find(|(slot, _)| field.is(slot));
            if let Some((_, empty @ None)) = slot {
                *empty = Some(text(field.value()));
            }
        }
        let [message_id, date, from, subject, to, cc] = slots.map(|(_, value)| value.unwrap_or_default());
        Self { message_id, date, from, subject, to, cc }
    }
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
fn begin(kind: &str) -> Fed {
    let mut fed = Fed::default();
    fed.field(kind.as_bytes());
    fed
}

fn add(fed: &mut Fed, date: &str, from: &[String], subject: &str) {
    fed.field(date.as_bytes());
    list(fed, from);
    fed.field(subject.as_bytes());
}

fn list(fed: &mut Fed, items: &[String]) {
    fed.field(&u64::try_from(items.len()).unwrap_or(u64::MAX).to_le_bytes());
    items.iter().for_each(|item| fed.field(item.as_bytes()));
}

/// UTC seconds, or the text of what is no date. `@` keeps the two apart.
fn date(value: &str) -> String {
    match calendar::read(value.as_bytes()) {
        Some(stamp) => format!("@{}", stamp.seconds),
        None => collapsed(value),
    }
}

fn people(value: &str) -> Vec<String> {
    address::addresses(value)
}

fn subject(value: &str) -> String {
    let decoded = encoded_word::decode(value);
    // ASCII is its own normal form.
    if decoded.is_ascii() { collapsed(&decoded) } else { collapsed(&decoded.nfc().collect::<String>()) }
}

fn collapsed(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed
}

#[cfg(test)]
#[path = "fingerprint_tests.rs"]
mod tests;
