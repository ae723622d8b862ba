//! # Fingerprint
//! By what a message is recognised on the other side: taken from its header, the same before and after all that servers
//! do to headers. INTERNALDATE, size, Received, Return-Path and X- fields are no part of it: destinations rewrite them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::print::{Digest, Fingerprint, plain};
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
        let mut digest = begin("strong");
        digest.field(id.as_bytes());
        add(&mut digest, &date, &from, &subject);
        digest.finish()
    });
    let mut weak = begin("weak");
    add(&mut weak, &date, &from, &subject);
    list(&mut weak, &people(&fields.to));
    list(&mut weak, &people(&fields.cc));
    let id_date = (!id.is_empty() && !date.is_empty()).then(|| {
        let mut digest = begin("id and date");
        digest.field(id.as_bytes());
        digest.field(date.as_bytes());
        digest.finish()
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
        Cow::Owned(octets) => Cow::Owned(String::from_utf8_lossy(&octets).into_owned()),
    }
}

/// A kind of its own before the fields: no strong fingerprint can equal a weak one.
fn begin(kind: &str) -> Digest {
    let mut digest = Digest::new();
    digest.field(kind.as_bytes());
    digest
}

fn add(digest: &mut Digest, date: &str, from: &[String], subject: &str) {
    digest.field(date.as_bytes());
    list(digest, from);
    digest.field(subject.as_bytes());
}

fn list(digest: &mut Digest, items: &[String]) {
    digest.field(&u64::try_from(items.len()).unwrap_or(u64::MAX).to_le_bytes());
    items.iter().for_each(|item| digest.field(item.as_bytes()));
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
    let normal: String = encoded_word::decode(value).nfc().collect();
    collapsed(&normal)
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
