//! # Hidden
//! Blots the secret out of what a server says: some answer BAD with the command that they did not understand.

use posthorse_domain::ports::Secret;

/// Octets that no failure may show.
pub(super) struct Hidden(Vec<Secret>);

impl Hidden {
    /// Hides a secret as it is and as a quoted string spells it (RFC 9051 §4.3).
    pub(super) fn new(secret: &Secret) -> Self {
        let mut hidden = Self(Vec::new());
        hidden.add(secret.reveal());
        hidden.add(&quoted(secret.reveal()));
        hidden
    }

    /// Hides one more spelling.
    pub(super) fn add(&mut self, octets: &[u8]) {
        if !octets.is_empty() && !self.0.iter().any(|known| known.reveal() == octets) {
            self.0.push(Secret::new(octets));
            self.0.sort_by_key(|known| std::cmp::Reverse(known.reveal().len()));
        }
    }

    /// The same text with `***` where something hidden stood, in any case.
    pub(super) fn cover(&self, text: &[u8]) -> Vec<u8> {
        let mut covered = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((first, behind)) = rest.split_first() {
            match self.0.iter().find_map(|known| without(rest, known.reveal())) {
                Some(later) => {
                    covered.extend_from_slice(b"***");
                    rest = later;
                }
                None => {
                    covered.push(*first);
                    rest = behind;
                }
            }
        }
        covered
    }
}

fn quoted(octets: &[u8]) -> Vec<u8> {
    let escape = |octet: &u8| if matches!(octet, b'"' | b'\\') { vec![b'\\', *octet] } else { vec![*octet] };
    octets.iter().flat_map(escape).collect()
}

fn without<'a>(text: &'a [u8], start: &[u8]) -> Option<&'a [u8]> {
    let (head, behind) = text.split_at_checked(start.len())?;
    head.eq_ignore_ascii_case(start).then_some(behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_blotted_out_in_every_spelling() {
        let mut hidden = Hidden::new(&Secret::new(*br#"p"w\d"#));
        hidden.add(b"AGFubmE=");
        let table: &[(&[u8], &[u8])] = &[
            (br#"unknown: LOGIN anna p"w\d"#, b"unknown: LOGIN anna ***"),
            (br#"LOGIN "anna" "p\"w\\d" failed"#, br#"LOGIN "anna" "***" failed"#),
            (br#"LOGIN ANNA P"W\D"#, b"LOGIN ANNA ***"),
            (b"got AGFubmE= ?", b"got *** ?"),
            (b"nothing here", b"nothing here"),
            (b"", b""),
        ];
        for (text, wanted) in table {
            assert_eq!(hidden.cover(text), *wanted, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn an_empty_secret_hides_nothing() {
        assert_eq!(Hidden::new(&Secret::new(Vec::new())).cover(b"words"), b"words");
    }
}
