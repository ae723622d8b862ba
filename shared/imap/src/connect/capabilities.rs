//! # Capabilities
//! What the server says it can do (RFC 9051 §7.2.2).

use std::collections::BTreeSet;

/// Capability names, in upper case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(BTreeSet<String>);

impl Capabilities {
    /// Reads the words behind `CAPABILITY`, in any case, with any blanks between. Words that are not printable ASCII are
    /// left out.
    pub fn read(words: &[u8]) -> Self {
        let words = words.split(|octet| octet.is_ascii_whitespace());
        let names = words.filter(|word| !word.is_empty() && word.iter().all(u8::is_ascii_graphic));
        Self(names.map(|word| String::from_utf8_lossy(word).to_ascii_uppercase()).collect())
    }

    /// True when the server lists this name, e.g. `UIDPLUS` or `AUTH=PLAIN`; case does not matter.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name) || self.0.contains(&name.to_ascii_uppercase())
    }

    /// The largest message that APPEND takes into any folder, in octets: `APPENDLIMIT=n` (RFC 7889 §2). None when it
    /// is not stated, or differs by folder (`APPENDLIMIT` alone).
    pub fn append_limit(&self) -> Option<u64> {
        self.values("APPENDLIMIT=").find_map(|value| value.parse().ok())
    }

    /// Several messages in one APPEND (`MULTIAPPEND`, RFC 3502), without waiting.
    pub fn takes_batches(&self) -> bool {
        self.literal_plus() && self.has("MULTIAPPEND")
    }

    /// Literals of any size without waiting: `LITERAL+` (RFC 7888).
    pub fn literal_plus(&self) -> bool {
        self.has("LITERAL+")
    }

    /// Literals up to 4096 octets without waiting: `LITERAL-` (RFC 7888), or IMAP4rev2, which contains it (RFC 9051
    /// appendix E).
    pub fn literal_minus(&self) -> bool {
        self.has("LITERAL-") || self.has("IMAP4REV2")
    }

    /// What stands behind each `AUTH=`, e.g. `PLAIN`, `XOAUTH2`.
    pub fn mechanisms(&self) -> impl Iterator<Item = &str> {
        self.values("AUTH=")
    }

    /// All names, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    fn values(&self, prefix: &'static str) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(move |name| name.strip_prefix(prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_spacing() {
        let capabilities = Capabilities::read(b"  IMAP4rev1  Literal+\tuidplus AUTH=plain AUTH=XOAUTH2 bad\xff ");
        for name in ["IMAP4REV1", "imap4rev1", "LITERAL+", "UIDPLUS", "AUTH=PLAIN"] {
            assert!(capabilities.has(name), "{name}");
        }
        assert!(!capabilities.has("LITERAL-") && !capabilities.has("BAD"));
        assert_eq!(capabilities.mechanisms().collect::<Vec<_>>(), ["PLAIN", "XOAUTH2"]);
        assert_eq!(capabilities.iter().count(), 5);
    }

    #[test]
    fn an_append_limit_is_a_number_or_unknown() {
        let table: &[(&[u8], Option<u64>)] = &[
            (b"APPENDLIMIT=35651584", Some(35_651_584)),
            (b"appendlimit=0", Some(0)),
            (b"APPENDLIMIT", None),
            (b"APPENDLIMIT=", None),
            (b"APPENDLIMIT=-1", None),
            (b"APPENDLIMIT=99999999999999999999999", None),
            (b"", None),
        ];
        for (words, limit) in table {
            assert_eq!(Capabilities::read(words).append_limit(), *limit, "{}", String::from_utf8_lossy(words));
        }
    }

    #[test]
    fn imap4rev2_brings_small_literals() {
        assert!(Capabilities::read(b"IMAP4rev2").literal_minus());
        assert!(!Capabilities::read(b"IMAP4rev1 LITERAL+").literal_minus());
    }
}
