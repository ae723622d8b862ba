//! # Signature
//! Whether a request is signed as Standard Webhooks asks: HMAC-SHA256 over id, time and body, with one of two secrets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use posthorse_domain::migration::Moment;
use ring::hmac;

/// The longest body that is looked at.
pub const LONGEST: usize = 64 * 1024;
/// A request may be this much older or younger than now, in seconds.
const TOLERANCE: i64 = 300;
/// The longest `webhook-id`, and the longest list of signatures.
const LONGEST_ID: usize = 256;
const MOST_SIGNATURES: usize = 16;
/// The least that a secret may hold, in octets (the specification's own least).
const LEAST_SECRET: usize = 24;

/// A secret that signs requests. Prints nothing.
#[derive(Clone)]
pub struct Key(hmac::Key);

impl Key {
    /// Reads `whsec_…` or the bare base64 that the template generates. None for what is no such secret.
    pub fn read(text: &str) -> Option<Self> {
        let octets = BASE64.decode(text.strip_prefix("whsec_").unwrap_or(text)).ok()?;
        (octets.len() >= LEAST_SECRET).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, &octets)))
    }

    /// The key itself.
    pub fn hmac(&self) -> &hmac::Key {
        &self.0
    }
}

/// The three headers, as they came.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'a> {
    /// `webhook-id`: one per message, the same in every try of it.
    pub id: Option<&'a str>,
    /// `webhook-timestamp`: seconds since 1970 UTC.
    pub timestamp: Option<&'a str>,
    /// `webhook-signature`: a list of `v1,…`, separated by spaces.
    pub signature: Option<&'a str>,
}

/// Why a request is not believed. The caller is told no more than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The body is longer than [`LONGEST`].
    TooLong,
    /// A header is missing or is not what it should be.
    Header(&'static str),
    /// Too old or from the future.
    Time,
    /// None of the signatures is ours.
    Signature,
}

/// Checks a request against the secrets; gives its id.
///
/// # Errors
/// The first [`Refusal`] that fits, cheapest check first; nothing is hashed before the length is known to be allowed.
pub fn verify<'a>(headers: &Headers<'a>, body: &[u8], keys: &[Key], now: Moment) -> Result<&'a str, Refusal> {
    if body.len() > LONGEST {
        return Err(Refusal::TooLong);
    }
    let id = headers.id.filter(|id| good_id(id)).ok_or(Refusal::Header("webhook-id"))?;
    let timestamp = headers.timestamp.filter(|text| good_time(text)).ok_or(Refusal::Header("webhook-timestamp"))?;
    let sent: i64 = timestamp.parse().map_err(|_| Refusal::Header("webhook-timestamp"))?;
    let signatures = headers.signature.ok_or(Refusal::Header("webhook-signature"))?;
    if sent.abs_diff(now.millis().div_euclid(1000)) > TOLERANCE.unsigned_abs() {
        return Err(Refusal::Time);
    }
    let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
    let ours = |octets: &Vec<u8>| keys.iter().any(|key| hmac::verify(&key.0, &signed, octets).is_ok());
    if listed(signatures)?.iter().any(ours) { Ok(id) } else { Err(Refusal::Signature) }
}

/// Printable ASCII. A dot would make it unclear where the id ends and the time begins.
fn good_id(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'.')
}

/// Digits alone: no sign, no space, nothing that two parsers could read differently.
fn good_time(text: &str) -> bool {
    (1..=11).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit())
}

/// The `v1` signatures of the list; other versions are left alone.
fn listed(signatures: &str) -> Result<Vec<Vec<u8>>, Refusal> {
    let header = Refusal::Header("webhook-signature");
    let list: Vec<&str> = signatures.split(' ').filter(|item| !item.is_empty()).collect();
    if list.is_empty() || list.len() > MOST_SIGNATURES {
        return Err(header);
    }
    let ours = list.iter().filter_map(|item| item.strip_prefix("v1,"));
    Ok(ours.filter_map(|text| BASE64.decode(text).ok()).collect())
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
