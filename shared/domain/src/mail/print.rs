//! # Print
//! BLAKE3, cut to 128 bits: of fields, of octets as they are, of a body as servers may have changed it.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// 128 bits that stand for a message or a part of it; written as 32 hexadecimal digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// The fingerprint with these octets.
    pub const fn new(octets: [u8; 16]) -> Self {
        Self(octets)
    }

    /// Its octets.
    pub const fn octets(&self) -> &[u8; 16] {
        &self.0
    }

    /// Its hexadecimal digits, in this room.
    fn digits<'a>(&self, room: &'a mut [u8; 32]) -> &'a str {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for (pair, octet) in room.chunks_exact_mut(2).zip(self.0) {
            for (place, half) in pair.iter_mut().zip([octet >> 4, octet & 15]) {
                *place = DIGITS.get(usize::from(half)).copied().unwrap_or(b'0');
            }
        }
        std::str::from_utf8(room).unwrap_or_default()
    }

    /// The sum of both: that of many is the same in any order and in any portions.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(u128::from_le_bytes(self.0).wrapping_add(u128::from_le_bytes(other.0)).to_le_bytes())
    }

    /// Of octets exactly as they are.
    pub fn of(octets: &[u8]) -> Self {
        Self::cut(&blake3::hash(octets))
    }

    /// The first half of a hash.
    fn cut(hash: &blake3::Hash) -> Self {
        Self(hash.as_bytes().first_chunk().copied().unwrap_or_default())
    }
}

/// The digest of octets exactly as they are, fed in pieces.
#[derive(Clone, Debug, Default)]
pub struct Digest(blake3::Hasher);

impl Digest {
    /// Nothing fed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Feeds the next octets.
    pub fn update(&mut self, octets: &[u8]) {
        self.0.update(octets);
    }

    /// The fingerprint of all that was fed.
    pub fn finish(&self) -> Fingerprint {
        Fingerprint::cut(&self.0.finalize())
    }
}

/// Fields that make one fingerprint: few and short, so that they are put together before they are hashed.
pub(super) struct Fields(Vec<u8>);

impl Fields {
    /// None yet, with room for what most of them are.
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(512))
    }

    /// Begins anew.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds a field with its length before it, so that no two lists of fields make the same octets.
    pub(super) fn field(&mut self, field: &[u8]) {
        self.0.extend_from_slice(&u64::try_from(field.len()).unwrap_or(u64::MAX).to_le_bytes());
        self.0.extend_from_slice(field);
    }

    /// Adds these fields as well.
    pub(super) fn fields(&mut self, fields: &Self) {
        self.0.extend_from_slice(&fields.0);
    }

    /// The fingerprint of all of them.
    pub(super) fn finish(&self) -> Fingerprint {
        Fingerprint::of(&self.0)
    }
}

/// The digest of a body that tells messages apart whose headers do not, fed in pieces: CRs dropped, NUL and octets from
/// 0x80 as `X`, white space at the end dropped. The same before and after a server that does any of this to mail.
#[derive(Clone, Debug, Default)]
pub struct BodyDigest {
    fed: Digest,
    /// The state behind the last octet that is not white space. What follows may turn out to be the end; keeping the
    /// state instead of that white space bounds memory.
    trimmed: Digest,
}

impl BodyDigest {
    /// Nothing fed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Feeds the next octets.
    pub fn update(&mut self, octets: &[u8]) {
        octets.chunks(PIECE).for_each(|piece| self.feed(&plain(piece)));
    }

    fn feed(&mut self, plain: &[u8]) {
        let solid = plain.trim_ascii_end();
        if !solid.is_empty() {
            self.fed.update(solid);
            self.trimmed = self.fed.clone();
        }
        self.fed.update(plain.get(solid.len()..).unwrap_or_default());
    }

    /// The fingerprint of all that was fed.
    pub fn finish(&self) -> Fingerprint {
        self.trimmed.finish()
    }
}

const PIECE: usize = 16 * 1024;

/// The octets as every server leaves them.
// QUIRK: Cyrus 3.6 puts `X` for 8-bit octets in headers at APPEND (measured: 31 of 1,649 messages looked different).
pub(super) fn plain(octets: &[u8]) -> Cow<'_, [u8]> {
    let clean = octets.iter().fold(true, |clean, octet| clean & !matches!(octet, 0 | b'\r' | 0x80..));
    if clean {
        return Cow::Borrowed(octets);
    }
    let mut plain = Vec::with_capacity(octets.len());
    let mut from = 0;
    for cr in memchr::memchr_iter(b'\r', octets) {
        plain.extend_from_slice(octets.get(from..cr).unwrap_or_default());
        from = cr + 1;
    }
    plain.extend_from_slice(octets.get(from..).unwrap_or_default());
    for octet in &mut plain {
        *octet = if matches!(*octet, 0 | 0x80..) { b'X' } else { *octet };
    }
    Cow::Owned(plain)
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits(&mut [0; 32]))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.digits(&mut [0; 32]))
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Digits)
    }
}

/// Reads what `Serialize` writes, without a text of its own for each of many.
struct Digits;

impl de::Visitor<'_> for Digits {
    type Value = Fingerprint;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fingerprint of 32 hexadecimal digits")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Fingerprint, E> {
        let mut octets = [0; 16];
        let whole = text.len() == 32;
        for (octet, pair) in octets.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digit = |at: usize| pair.get(at).and_then(|digit| char::from(*digit).to_digit(16));
            let value = digit(0).zip(digit(1)).and_then(|(high, low)| u8::try_from(high << 4 | low).ok());
            *octet = value.filter(|_| whole).ok_or_else(|| E::custom("not a fingerprint"))?;
        }
        if whole { Ok(Fingerprint(octets)) } else { Err(E::custom("not a fingerprint")) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn body(octets: &[u8]) -> Fingerprint {
        let mut digest = BodyDigest::new();
        digest.update(octets);
        digest.finish()
    }

    #[test]
    fn a_fingerprint_is_the_first_half_of_blake3_in_hex() {
        assert_eq!(Fingerprint::of(b"").to_string(), "af1349b9f5f9a1a6a0404dea36dcc949");
        let json = serde_json::to_string(&Fingerprint::of(b"")).unwrap();
        assert_eq!(serde_json::from_str::<Fingerprint>(&json).unwrap(), Fingerprint::of(b""));
        for broken in ["\"af\"", "\"+f1349b9f5f9a1a6a0404dea36dcc949\"", "7"] {
            assert!(serde_json::from_str::<Fingerprint>(broken).is_err());
        }
    }

    #[test]
    fn a_body_is_recognised_after_a_server_changed_what_servers_change() {
        for (one, other, same) in [
            (&b"a\r\nb\r\n"[..], &b"a\nb\n"[..], true),
            (b"a\r\nb", b"a\r\nb\r\n\r\n \t\r\n", true),
            (b"caf\xc3\xa9\0", b"cafXXX", true),
            (b"", b"\r\n", true),
            (b"a b", b"ab", false),
            (b"a\n\nb", b"a\nb", false),
            (b" a", b"a", false),
        ] {
            assert_eq!(body(one) == body(other), same, "{} / {}", one.escape_ascii(), other.escape_ascii());
        }
        assert_eq!(body(b"x\r\ny  \r\n"), Fingerprint::of(b"x\ny"));
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_a_body_is_cut(pieces in proptest::collection::vec("[a\u{e9}\0 \r\n]{0,6}", 0..20)) {
            let mut digest = BodyDigest::new();
            pieces.iter().for_each(|piece| digest.update(piece.as_bytes()));
            let whole = pieces.concat();
            let plain = plain(whole.as_bytes());
            prop_assert_eq!(digest.finish(), body(whole.as_bytes()));
            prop_assert_eq!(digest.finish(), Fingerprint::of(plain.trim_ascii_end()));
        }
    }
}
