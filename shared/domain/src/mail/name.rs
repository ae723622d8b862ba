//! # Folder name
//! A folder's name, octet for octet as the server spells it, and how people read it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::utf7;

/// A folder's name on the wire. Equal means equal octets; that INBOX is one name in any case is asked with
/// [`FolderName::is_inbox`].
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FolderName(Vec<u8>);

/// The octet between the levels of a name (RFC 9051 §7.3.1). NIL, a flat name, is `None` of this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Delimiter(u8);

impl Delimiter {
    /// The delimiter with this octet.
    pub const fn new(octet: u8) -> Self {
        Self(octet)
    }

    /// Its octet.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&char::from(self.0).to_string())
    }
}

impl FolderName {
    /// The name with exactly these octets.
    pub fn from_raw(octets: impl Into<Vec<u8>>) -> Self {
        Self(octets.into())
    }

    /// The name that spells this text, in modified UTF-7 (RFC 3501 §5.1.3).
    pub fn from_unicode(text: &str) -> Self {
        Self(utf7::encode(text))
    }

    /// Its octets.
    pub fn raw(&self) -> &[u8] {
        &self.0
    }

    /// Its text; none when the octets are neither modified UTF-7 nor, holding 8-bit octets, UTF-8.
    ///
    /// A name with 8-bit octets is no modified UTF-7 at all, so `&` stands for itself in it (RFC 6855 §3).
    pub fn decoded(&self) -> Option<String> {
        if self.0.is_ascii() { utf7::decode(&self.0) } else { String::from_utf8(self.0.clone()).ok() }
    }

    /// Its text for people: undecodable octets as `\xHH`, and control characters too, so that a name cannot steer a
    /// terminal.
    pub fn unicode(&self) -> String {
        let mut shown = String::new();
        if self.0.is_ascii() {
            for part in utf7::parts(&self.0) {
                match part {
                    utf7::Part::Text(text) => show(&text, &mut shown),
                    utf7::Part::Undecodable(octet) => show_octets(&[octet], &mut shown),
                }
            }
        } else {
            for chunk in self.0.utf8_chunks() {
                show(chunk.valid(), &mut shown);
                show_octets(chunk.invalid(), &mut shown);
            }
        }
        shown
    }

    /// True for INBOX in any case (RFC 9051 §5.1), the whole name.
    pub fn is_inbox(&self) -> bool {
        self.0.eq_ignore_ascii_case(b"INBOX")
    }

    /// Its levels, outermost first, as octets; empty levels are kept. Without a delimiter the name is one level.
    pub fn components(&self, delimiter: Option<Delimiter>) -> Vec<Vec<u8>> {
        match delimiter {
            Some(Delimiter(octet)) => self.0.split(|&each| each == octet).map(<[u8]>::to_vec).collect(),
            None => vec![self.0.clone()],
        }
    }

    /// True when its octets begin with `prefix`.
    pub fn starts_with(&self, prefix: &[u8]) -> bool {
        self.0.starts_with(prefix)
    }
}

fn show(text: &str, shown: &mut String) {
    for char in text.chars() {
        if char.is_control() {
            show_octets(char.encode_utf8(&mut [0; 4]).as_bytes(), shown);
        } else {
            shown.push(char);
        }
    }
}

fn show_octets(octets: &[u8], shown: &mut String) {
    for octet in octets {
        shown.push_str(&format!("\\x{octet:02X}"));
    }
}

impl fmt::Display for FolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.unicode())
    }
}

impl fmt::Debug for FolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FolderName(\"{}\")", self.0.escape_ascii())
    }
}

/// A string that any JSON store keeps: printable ASCII as it is, `\\` for a backslash, `\xHH` for every other octet.
impl Serialize for FolderName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(self.0.len());
        for &octet in &self.0 {
            match octet {
                b'\\' => text.push_str("\\\\"),
                b' '..=b'~' => text.push(char::from(octet)),
                _ => show_octets(&[octet], &mut text),
            }
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for FolderName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        unescape(&text).map(Self).ok_or_else(|| de::Error::custom("not an escaped folder name"))
    }
}

fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&octet, after)) = rest.split_first() {
        rest = match (octet, after) {
            (b'\\', [b'\\', after @ ..]) => {
                octets.push(b'\\');
                after
            }
            (b'\\', [b'x', high, low, after @ ..]) => {
                octets.push(hex(*high)? << 4 | hex(*low)?);
                after
            }
            (b'\\', _) => return None,
            _ => {
                octets.push(octet);
                after
            }
        };
    }
    Some(octets)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_shown_as_people_know_it() {
        for (raw, decoded, shown) in [
            (&b"Entw&APw-rfe"[..], Some("Entwürfe"), "Entwürfe"),
            (b"R&-D", Some("R&D"), "R&D"),
            (b"R&D", None, "R\\x26D"),
            ("Entwürfe & Co".as_bytes(), Some("Entwürfe & Co"), "Entwürfe & Co"),
            (b"Entw\xfcrfe", None, "Entw\\xFCrfe"),
            (b"Entw\xfcrfe \xc3\xbc", None, "Entw\\xFCrfe ü"),
            (b"a\x1b[31m", Some("a\u{1b}[31m"), "a\\x1B[31m"),
            (b"&AIU-", Some("\u{85}"), "\\xC2\\x85"),
            (b"", Some(""), ""),
        ] {
            let name = FolderName::from_raw(raw);
            assert_eq!(name.decoded().as_deref(), decoded, "{name:?}");
            assert_eq!(name.unicode(), shown, "{name:?}");
        }
    }

    #[test]
    fn inbox_is_inbox_in_any_case_and_only_whole() {
        for (raw, inbox) in [("INBOX", true), ("inbox", true), ("InBox", true), ("INBOX.a", false), ("", false)] {
            assert_eq!(FolderName::from_raw(raw).is_inbox(), inbox, "{raw}");
        }
    }

    #[test]
    fn levels_are_what_the_delimiter_makes_them() {
        let levels = |raw: &str, delimiter: Option<u8>| -> Vec<String> {
            let levels = FolderName::from_raw(raw).components(delimiter.map(Delimiter::new));
            levels.into_iter().map(|level| String::from_utf8(level).unwrap()).collect()
        };
        assert_eq!(levels("INBOX.Dr. Who", Some(b'.')), ["INBOX", "Dr", " Who"]);
        assert_eq!(levels("INBOX.Dr. Who", Some(b'/')), ["INBOX.Dr. Who"]);
        assert_eq!(levels("INBOX.a", None), ["INBOX.a"]);
        assert_eq!(levels("a//b/", Some(b'/')), ["a", "", "b", ""]);
    }

    #[test]
    fn a_record_keeps_every_octet_and_stays_readable() {
        let json = |raw: &[u8]| serde_json::to_string(&FolderName::from_raw(raw)).unwrap();
        assert_eq!(json(b"INBOX.Entw&APw-rfe"), r#""INBOX.Entw&APw-rfe""#);
        assert_eq!(json(b"a\\b\xff\n"), r#""a\\\\b\\xFF\\x0A""#);
        for broken in [r#""\\""#, r#""\\x1""#, r#""\\xZZ""#, r#""\\n""#] {
            assert!(serde_json::from_str::<FolderName>(broken).is_err(), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn any_octets_survive_a_record(raw in proptest::collection::vec(any::<u8>(), 0..40)) {
            let name = FolderName::from_raw(raw);
            let json = serde_json::to_string(&name).unwrap();
            prop_assert!(name.unicode().chars().all(|char| !char.is_control()));
            prop_assert_eq!(serde_json::from_str::<FolderName>(&json).unwrap(), name);
        }

        #[test]
        fn a_name_made_from_text_reads_as_that_text(text in any::<String>()) {
            prop_assert_eq!(FolderName::from_unicode(&text).decoded(), Some(text));
        }
    }
}
