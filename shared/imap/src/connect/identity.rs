//! # Identity
//! ID (RFC 2971): what the server says of itself, and what we say of us.

use std::collections::BTreeMap;

use super::line;

/// Longest value kept, in characters; RFC 2971 §3.3 allows 1024 octets.
const LONGEST: usize = 200;

/// The server's own description: lower-case field names and their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerId(BTreeMap<String, String>);

impl ServerId {
    /// Reads the list behind `* ID`; none for NIL and for what is no list.
    pub fn read(octets: &[u8]) -> Option<Self> {
        let mut inside = octets.trim_ascii().strip_prefix(b"(")?;
        let mut fields = BTreeMap::new();
        while let Some((field, rest)) = string(inside) {
            let (value, rest) = string(rest).map_or((None, word(rest)), |(value, rest)| (Some(value), rest));
            if let Some(value) = value {
                fields.insert(line::shown(&field, LONGEST).to_ascii_lowercase(), line::shown(&value, LONGEST));
            }
            inside = rest;
        }
        Some(Self(fields))
    }

    /// A field's value, e.g. of `name` or `version`.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// All fields with their values, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, value)| (field.as_str(), value.as_str()))
    }
}

/// Our ID command. Always pairs: some servers refuse an empty list.
pub(super) fn command() -> String {
    format!(r#"ID ("name" "posthorse" "version" "{}")"#, env!("CARGO_PKG_VERSION"))
}

/// True when this server wants to know us before the login.
// QUIRK: Coremail (NetEase 163, 126, 188): folders are refused with `Unsafe Login` until ID was sent.
pub(super) fn wanted_first(greeting: &str) -> bool {
    greeting.to_ascii_lowercase().contains("coremail")
}

/// A quoted string at the start, without its quotes, and what is behind it.
fn string(octets: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = octets.trim_ascii_start().strip_prefix(b"\"")?;
    let mut value = Vec::new();
    loop {
        match rest {
            [b'\\', octet, behind @ ..] => {
                value.push(*octet);
                rest = behind;
            }
            [b'"', behind @ ..] => return Some((value, behind)),
            [octet, behind @ ..] => {
                value.push(*octet);
                rest = behind;
            }
            [] => return None,
        }
    }
}

/// What is behind a word such as NIL.
fn word(octets: &[u8]) -> &[u8] {
    let rest = octets.trim_ascii_start();
    let end = rest.iter().position(|octet| matches!(octet, b' ' | b')')).unwrap_or(rest.len());
    rest.get(end..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_as_it_describes_itself() {
        let id = ServerId::read(br#"("Name" "Dove\"cot\\" "version" NIL "vendor" "x" "cut"#).unwrap();
        assert_eq!(id.iter().collect::<Vec<_>>(), [("name", "Dove\"cot\\"), ("vendor", "x")]);
        assert_eq!(id.get("name"), Some("Dove\"cot\\"));
    }

    #[test]
    fn what_is_no_description_is_none() {
        for octets in [&b"NIL"[..], b"", b"x", b"\"a\" \"b\""] {
            assert_eq!(ServerId::read(octets), None, "{}", String::from_utf8_lossy(octets));
        }
        assert_eq!(ServerId::read(b"()"), Some(ServerId::default()));
    }

    #[test]
    fn we_introduce_ourselves_first_to_coremail_only() {
        assert!(wanted_first("Coremail System IMap Server Ready(163com[cafe])"));
        assert!(!wanted_first("Dovecot ready."));
        assert_eq!(command(), format!("ID (\"name\" \"posthorse\" \"version\" \"{}\")", env!("CARGO_PKG_VERSION")));
    }
}
