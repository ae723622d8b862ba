//! # Address
//! The bare addresses of an address field (RFC 5322 §3.4), without names, comments and groups.

/// Reads one field after the other, in the same room.
#[derive(Debug, Default)]
pub struct Reader {
    /// The addresses that were found, one behind the other, and where each of them stands.
    found: Vec<u8>,
    places: Vec<(usize, usize)>,
    bare: Vec<u8>,
    /// There is an at sign in `bare`.
    has_at: bool,
    /// What stands between the angles, when there were any.
    angled: Vec<u8>,
    is_angled: bool,
    inside: Inside,
    comments: usize,
    escaped: bool,
}

/// What the reader stands in; a comment is counted apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Inside {
    #[default]
    Text,
    Quote,
    Angle,
    QuoteInAngle,
}

impl Reader {
    /// The addresses in `value`, which is ASCII: lower-cased, sorted, without blanks. Where there is none (a group without
    /// members, a name alone), the whole value in lower case is the only one, so that it still tells messages apart. Linear
    /// time.
    pub fn read(&mut self, value: &[u8]) -> impl ExactSizeIterator<Item = &[u8]> {
        self.begin();
        for &octet in value {
            if std::mem::take(&mut self.escaped) {
                self.keep(octet);
            } else if matches!(octet, b'\\' | b'(' | b')' | b'"' | b'<' | b'>' | b',' | b';' | b':') {
                self.step(octet);
            } else {
                self.keep(octet);
            }
        }
        self.end();
        if self.places.is_empty() && !value.iter().all(is_blank) {
            self.whole(value);
        }
        let Self { found, places, .. } = self;
        let found = found.as_slice();
        let address = move |&(from, to): &(usize, usize)| found.get(from..to).unwrap_or_default();
        places.sort_unstable_by(|one, other| address(one).cmp(address(other)));
        places.iter().map(address)
    }

    fn begin(&mut self) {
        self.found.clear();
        self.places.clear();
        self.bare.clear();
        self.angled.clear();
        (self.has_at, self.is_angled, self.escaped) = (false, false, false);
        (self.inside, self.comments) = (Inside::Text, 0);
    }

    fn step(&mut self, octet: u8) {
        use Inside::{Angle, Quote, QuoteInAngle, Text};
        let quoted = matches!(self.inside, Quote | QuoteInAngle);
        match (octet, self.inside) {
            (b'\\', _) if quoted || self.comments > 0 => {
                self.keep(octet);
                self.escaped = true;
            }
            (b'(', _) if !quoted => self.comments += 1,
            (b')', _) if self.comments > 0 => self.comments -= 1,
            _ if self.comments > 0 => {}
            (b'"', inside) => {
                self.keep(octet);
                self.inside = match inside {
                    Text => Quote,
                    Quote => Text,
                    Angle => QuoteInAngle,
                    QuoteInAngle => Angle,
                };
            }
            (b'<', Text) => {
                self.angled.clear();
                self.is_angled = true;
                self.inside = Angle;
            }
            (b'>', Angle) => self.inside = Text,
            (b',' | b';', Text) => self.end(),
            // A group's name, unless it is the colon of an IPv6 literal.
            (b':', Text) if !self.has_at => self.bare.clear(),
            _ => self.keep(octet),
        }
    }

    fn keep(&mut self, octet: u8) {
        if self.comments > 0 || is_blank(&octet) {
            return;
        }
        match self.inside {
            Inside::Angle | Inside::QuoteInAngle => self.angled.push(octet.to_ascii_lowercase()),
            Inside::Text | Inside::Quote => {
                self.has_at |= octet == b'@';
                self.bare.push(octet.to_ascii_lowercase());
            }
        }
    }

    fn end(&mut self) {
        let address = if self.is_angled { &self.angled } else { &self.bare };
        // A route (RFC 5322 §4.4): <@one,@two:user@host>.
        let route = address.strip_prefix(b"@").and_then(|route| memchr::memchr(b':', route));
        let address = address.get(route.map_or(0, |colon| colon + 2)..).unwrap_or_default();
        if memchr::memchr(b'@', address).is_some() {
            let from = self.found.len();
            self.found.extend_from_slice(address);
            self.places.push((from, self.found.len()));
        }
        self.bare.clear();
        self.angled.clear();
        (self.has_at, self.is_angled) = (false, false);
    }

    /// Takes the whole value, each run of blanks in it as one.
    fn whole(&mut self, value: &[u8]) {
        for word in value.split(is_blank).filter(|word| !word.is_empty()) {
            if !self.found.is_empty() {
                self.found.push(b' ');
            }
            self.found.extend(word.iter().map(u8::to_ascii_lowercase));
        }
        self.places.push((0, self.found.len()));
    }
}

/// White space, the vertical tab with it.
fn is_blank(octet: &u8) -> bool {
    matches!(octet, b'\t'..=b'\r' | b' ')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn addresses(value: &str) -> Vec<String> {
        let mut reader = Reader::default();
        // What the reader has read before does not matter.
        let _ = reader.read(b"(<\"x@y\\");
        reader.read(value.as_bytes()).map(|address| String::from_utf8_lossy(address).into_owned()).collect()
    }

    #[test]
    fn addresses_are_found_in_all_their_dress() {
        for (value, found) in [
            ("a@b.c", vec!["a@b.c"]),
            ("Anna <Anna@Example.ORG>", vec!["anna@example.org"]),
            ("B <b@x>, a@x", vec!["a@x", "b@x"]),
            ("a@x (Anna, (nested) \"quoted\" <no@x>)", vec!["a@x"]),
            ("\"Doe, John <no@x>\" <j@x>", vec!["j@x"]),
            ("\"a \\\" b, <c>\" <j@x>", vec!["j@x"]),
            ("Friends: a@x, B <b@x>; c@x", vec!["a@x", "b@x", "c@x"]),
            ("<@one,@two:user@host>", vec!["user@host"]),
            ("\"john doe\"@x", vec!["\"johndoe\"@x"]),
            ("<\"a,b\"@x>, c@x", vec!["\"a,b\"@x", "c@x"]),
            ("u@[IPv6:::1]", vec!["u@[ipv6:::1]"]),
            ("=?utf-8?Q?Doe,_John?= <j@x>", vec!["j@x"]),
            ("undisclosed-recipients:;", vec!["undisclosed-recipients:;"]),
            ("Only  A Name", vec!["only a name"]),
            ("a <open@x", vec!["open@x"]),
            ("\"open, a@x", vec!["\"open,a@x"]),
            ("a@x, a@x", vec!["a@x", "a@x"]),
            (" , ;", vec![", ;"]),
            ("", vec![]),
        ] {
            assert_eq!(addresses(value), found, "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(value in any::<String>(), dress in "[ab@<>(),;:\"\\\\ ]{0,40}") {
            let _ = (addresses(&value), addresses(&dress));
        }
    }
}
