//! # Address
//! The bare addresses of an address field (RFC 5322 §3.4), without names, comments and groups.

/// The addresses in `value`, lower-cased, sorted, without blanks. Where there is none (a group without members, a name
/// alone), the whole value in lower case is the only one, so that it still tells messages apart. Linear time.
pub fn addresses(value: &str) -> Vec<String> {
    let room = || String::with_capacity(value.len());
    let mut found = Reader { bare: room(), angled: room(), ..Reader::default() }.read(value);
    if found.is_empty() && !value.trim().is_empty() {
        found.push(value.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase());
    }
    found.sort_unstable();
    found
}

#[derive(Default)]
struct Reader {
    found: Vec<String>,
    bare: String,
    /// What stands between the angles, when there were any.
    angled: String,
    is_angled: bool,
    inside: Inside,
    comments: usize,
    escaped: bool,
}

/// What the reader stands in; a comment is counted apart.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Inside {
    #[default]
    Text,
    Quote,
    Angle,
    QuoteInAngle,
}

impl Reader {
    fn read(mut self, value: &str) -> Vec<String> {
        for char in value.chars() {
            if std::mem::take(&mut self.escaped) {
                self.keep(char);
            } else {
                self.step(char);
            }
        }
        self.end();
        self.found
    }

    fn step(&mut self, char: char) {
        use Inside::{Angle, Quote, QuoteInAngle, Text};
        let quoted = matches!(self.inside, Quote | QuoteInAngle);
        match (char, self.inside) {
            ('\\', _) if quoted || self.comments > 0 => {
                self.keep(char);
                self.escaped = true;
            }
            ('(', _) if !quoted => self.comments += 1,
            (')', _) if self.comments > 0 => self.comments -= 1,
            _ if self.comments > 0 => {}
            ('"', inside) => {
                self.keep(char);
                self.inside = match inside {
                    Text => Quote,
                    Quote => Text,
                    Angle => QuoteInAngle,
                    QuoteInAngle => Angle,
                };
            }
            ('<', Text) => {
                self.angled.clear();
                self.is_angled = true;
                self.inside = Angle;
            }
            ('>', Angle) => self.inside = Text,
            (',' | ';', Text) => self.end(),
            // A group's name, unless it is the colon of an IPv6 literal.
            (':', Text) if !self.bare.contains('@') => self.bare.clear(),
            _ => self.keep(char),
        }
    }

    fn keep(&mut self, char: char) {
        if self.comments > 0 || char.is_whitespace() {
            return;
        }
        match self.inside {
            Inside::Angle | Inside::QuoteInAngle => self.angled.push(char.to_ascii_lowercase()),
            Inside::Text | Inside::Quote => self.bare.push(char.to_ascii_lowercase()),
        }
    }

    fn end(&mut self) {
        let address = if self.is_angled { self.angled.as_str() } else { self.bare.as_str() };
        // A route (RFC 5322 §4.4): <@one,@two:user@host>.
        let address = match address.strip_prefix('@').and_then(|route| route.split_once(':')) {
            Some((_, behind)) => behind,
            None => address,
        };
        if address.contains('@') {
            self.found.push(address.to_owned());
        }
        self.bare.clear();
        self.angled.clear();
        self.is_angled = false;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
