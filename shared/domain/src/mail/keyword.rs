//! # Keyword
//! A flag that users and programs made up (RFC 9051 §2.3.2), checked so that it can be sent to any server as an atom.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A keyword: an atom (RFC 9051 §9) of at most 100 octets. Compared without regard to case, printed as first spelled:
/// servers give case back as they like (seen with Dovecot, Cyrus and Courier).
#[derive(Clone, Debug)]
pub struct Keyword(String);

const LONGEST: usize = 100;

impl Keyword {
    /// The keyword spelled so; none when it is empty, too long, or holds what an atom cannot (blanks, controls, 8-bit
    /// octets, `(){%*"\]`).
    pub fn new(word: &str) -> Option<Self> {
        let fits = !word.is_empty() && word.len() <= LONGEST;
        (fits && word.bytes().all(in_atom)).then(|| Self(word.to_owned()))
    }

    /// As spelled.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for a word that no server can fail to read: letters, digits, `$`, `_`, `.` and `-`, at most 50 octets.
    // QUIRK: Dovecot 2.3 takes keywords of up to 50 octets (mail_max_keyword_length).
    pub fn is_plain(&self) -> bool {
        self.0.len() <= 50 && self.0.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"$_.-".contains(&octet))
    }

    fn folded(&self) -> impl Iterator<Item = u8> {
        self.0.bytes().map(|octet| octet.to_ascii_lowercase())
    }
}

// RFC 9051 §9, atom-specials.
// QUIRK: Dovecot 2.3: NO [CANNOT] to a keyword with `]` (which RFC 9051 forbids too); Cyrus takes it.
fn in_atom(octet: u8) -> bool {
    octet.is_ascii_graphic() && !br#"(){%*"\]"#.contains(&octet)
}

impl Ord for Keyword {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl PartialOrd for Keyword {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Keyword {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Keyword {}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Keyword {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Keyword {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::new(&word).ok_or_else(|| de::Error::custom("not a keyword"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_an_atom_or_nothing() {
        for (word, taken) in [
            ("$Forwarded", true),
            ("NonJunk", true),
            ("a.b-c_d+e:f/g#h", true),
            ("[a", true),
            (&"k".repeat(100), true),
            (&"k".repeat(101), false),
            ("", false),
            ("two words", false),
            ("a]b", false),
            ("a\\b", false),
            ("\\Seen", false),
            ("a\"b", false),
            ("a(b", false),
            ("a)b", false),
            ("a{1}", false),
            ("a}", true),
            ("50%", false),
            ("*", false),
            ("a\r\nb", false),
            ("a\0", false),
            ("wichtig\u{e9}", false),
        ] {
            assert_eq!(Keyword::new(word).is_some(), taken, "{word:?}");
        }
    }

    #[test]
    fn case_is_kept_and_does_not_count() {
        let (one, other) = (Keyword::new("NonJunk").unwrap(), Keyword::new("NONJUNK").unwrap());
        assert_eq!(one, other);
        assert_eq!(one.cmp(&other), Ordering::Equal);
        assert_eq!(one.to_string(), "NonJunk");
        assert!(Keyword::new("B") > Keyword::new("a"));
    }
}
