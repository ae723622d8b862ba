//! # Letterhead
//! The fields by which a message is known, and where its header ends: found in one walk, for it is done for every message.

use std::borrow::Cow;

use super::header::{cut, is_empty, shown, unfolded};

/// The fields that count, each as it stands first in the header: what `header::fields` finds under these names.
#[derive(Clone, Copy, Debug, Default)]
pub struct Letterhead<'a> {
    header: &'a [u8],
    message_id: Option<&'a [u8]>,
    date: Option<&'a [u8]>,
    from: Option<&'a [u8]>,
    subject: Option<&'a [u8]>,
    to: Option<&'a [u8]>,
    cc: Option<&'a [u8]>,
}

impl<'a> Letterhead<'a> {
    /// Of a message, or of its header alone.
    pub fn of(octets: &'a [u8]) -> Self {
        let mut found = Self::default();
        let mut rest = octets;
        while !rest.is_empty() {
            let whole = rest;
            let (line, mut behind) = cut(whole);
            if matches!(line, [b'\r' | b'\n', ..]) && is_empty(line) {
                rest = behind;
                break;
            }
            while let [b' ' | b'\t', ..] = behind {
                behind = cut(behind).1;
            }
            rest = behind;
            if let Some((place, at)) = found.place(line) {
                *place = place.or(whole.get(at..whole.len() - behind.len()));
            }
        }
        found.header = octets.get(..octets.len() - rest.len()).unwrap_or(octets);
        found
    }

    /// Where the value belongs that begins on this line, and where on the line.
    fn place(&mut self, line: &[u8]) -> Option<(&mut Option<&'a [u8]>, usize)> {
        let (name, place) = match line.first()?.to_ascii_lowercase() {
            b'm' => ("message-id", &mut self.message_id),
            b'd' => ("date", &mut self.date),
            b'f' => ("from", &mut self.from),
            b's' => ("subject", &mut self.subject),
            b't' => ("to", &mut self.to),
            b'c' => ("cc", &mut self.cc),
            _ => return None,
        };
        let (begin, more) = line.split_at_checked(name.len())?;
        if !begin.eq_ignore_ascii_case(name.as_bytes()) {
            return None;
        }
        // RFC 5322 §4.5.3: blanks before the colon were allowed once.
        let value = more.trim_ascii_start().strip_prefix(b":")?;
        Some((place, line.len() - value.len()))
    }

    /// The header, its empty line included: as `header::split` cuts it.
    pub fn header(&self) -> &'a [u8] {
        self.header
    }

    /// The Message-ID for people, as `header::message_id` has it.
    pub fn shown_id(&self) -> Option<String> {
        shown(&self.message_id())
    }

    /// Its value; empty when the field is missing, as with all others.
    pub fn message_id(&self) -> Cow<'a, [u8]> {
        value(self.message_id)
    }

    /// The Date field's value.
    pub fn date(&self) -> Cow<'a, [u8]> {
        value(self.date)
    }

    /// The From field's value.
    pub fn from(&self) -> Cow<'a, [u8]> {
        value(self.from)
    }

    /// The Subject field's value.
    pub fn subject(&self) -> Cow<'a, [u8]> {
        value(self.subject)
    }

    /// The To field's value.
    pub fn to(&self) -> Cow<'a, [u8]> {
        value(self.to)
    }

    /// The Cc field's value.
    pub fn cc(&self) -> Cow<'a, [u8]> {
        value(self.cc)
    }
}

fn value(folded: Option<&[u8]>) -> Cow<'_, [u8]> {
    folded.map(unfolded).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::header;
    use super::*;

    /// Field by field.
    fn slowly(octets: &[u8]) -> Vec<Vec<u8>> {
        let (header, _) = header::split(octets);
        let values = ["message-id", "date", "from", "subject", "to", "cc"]
            .map(|name| header::value(header, name).unwrap_or_default().into_owned());
        [header.to_vec(), header::message_id(header).unwrap_or_default().into_bytes()]
            .into_iter()
            .chain(values)
            .collect()
    }

    fn quickly(octets: &[u8]) -> Vec<Vec<u8>> {
        let found = Letterhead::of(octets);
        let id = found.shown_id().unwrap_or_default().into_bytes();
        let values = [found.message_id(), found.date(), found.from(), found.subject(), found.to(), found.cc()];
        [found.header().to_vec(), id].into_iter().chain(values.map(Cow::into_owned)).collect()
    }

    #[test]
    fn the_first_field_of_each_name_is_found() {
        let octets = b"From q@q Wed\r\nTo : a\r\n\tb\r\nSUBJECT:\r\nSubject: x\r\nToo: y\r\nfrom:me\r\n\r\nCc: z";
        let found = Letterhead::of(octets);
        assert_eq!(
            (&*found.to(), &*found.subject(), &*found.from(), &*found.cc()),
            (&b"a\tb"[..], &b""[..], &b"me"[..], &b""[..])
        );
        assert_eq!(quickly(octets), slowly(octets));
    }

    proptest! {
        #[test]
        fn it_is_what_is_found_field_by_field(
            octets in proptest::collection::vec(any::<u8>(), 0..200),
            text in "((message-ID|DATE|from|Subject|to|cC|X|too)?[ \t\r]{0,2}:?[a: \t\r]{0,4}(\n|\r\n|\r\r\n)?){0,12}",
        ) {
            for octets in [&octets[..], text.as_bytes()] {
                prop_assert_eq!(quickly(octets), slowly(octets));
            }
        }
    }
}
