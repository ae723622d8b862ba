//! # Slow fingerprints
//! The same fingerprints, read field by field and character by character, as the first version took them: what the quick
//! form is held against.

use unicode_normalization::UnicodeNormalization;

use super::super::print::{Fields as Fed, plain};
use super::super::{calendar, encoded_word, header};
use super::Fingerprints;

pub(super) fn fingerprints(header: &[u8]) -> Fingerprints {
    let plain = plain(header);
    let field = |name| {
        header::fields(&plain)
            .find(|field| field.is(name))
            .map(|field| String::from_utf8_lossy(&field.value()).into_owned())
            .unwrap_or_default()
    };
    let id = collapsed(&field("message-id"));
    let value = field("date");
    let date = match calendar::word_by_word(value.as_bytes()) {
        Some(stamp) => format!("@{}", stamp.seconds),
        None => collapsed(&value),
    };
    let from = addresses(&field("from"));
    let subject = collapsed(&encoded_word::decode(&field("subject")).nfc().collect::<String>());
    let (to, cc) = (addresses(&field("to")), addresses(&field("cc")));

    let print = |kind: &str, id: Option<&str>, lists: &[&[String]]| {
        let mut fed = Fed::new();
        fed.field(kind.as_bytes());
        id.iter().for_each(|id| fed.field(id.as_bytes()));
        fed.field(date.as_bytes());
        for (number, list) in lists.iter().enumerate() {
            fed.field(&u64::try_from(list.len()).unwrap().to_le_bytes());
            list.iter().for_each(|address| fed.field(address.as_bytes()));
            if number == 0 {
                fed.field(subject.as_bytes());
            }
        }
        fed.finish()
    };
    Fingerprints {
        strong: (!id.is_empty()).then(|| print("strong", Some(&id), &[&from])),
        weak: print("weak", None, &[&from, &to, &cc]),
        id_date: (!id.is_empty() && !date.is_empty()).then(|| print("id and date", Some(&id), &[])),
    }
}

fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn addresses(value: &str) -> Vec<String> {
    let mut found = Reader::default().read(value);
    if found.is_empty() && !value.trim().is_empty() {
        found.push(collapsed(value).to_ascii_lowercase());
    }
    found.sort_unstable();
    found
}

#[derive(Default)]
struct Reader {
    found: Vec<String>,
    bare: String,
    angled: Option<String>,
    angle: bool,
    quote: bool,
    comments: usize,
    escaped: bool,
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
        match char {
            '\\' if self.quote || self.comments > 0 => {
                self.keep(char);
                self.escaped = true;
            }
            '(' if !self.quote => self.comments += 1,
            ')' if self.comments > 0 => self.comments -= 1,
            _ if self.comments > 0 => {}
            '"' => {
                self.keep(char);
                self.quote = !self.quote;
            }
            _ if self.quote => self.keep(char),
            '<' if !self.angle => {
                self.angled = Some(String::new());
                self.angle = true;
            }
            '>' if self.angle => self.angle = false,
            ',' | ';' if !self.angle => self.end(),
            ':' if !self.angle && !self.bare.contains('@') => self.bare.clear(),
            _ => self.keep(char),
        }
    }

    fn keep(&mut self, char: char) {
        if self.comments > 0 || char.is_whitespace() {
            return;
        }
        match &mut self.angled {
            Some(angled) if self.angle => angled.push(char.to_ascii_lowercase()),
            _ => self.bare.push(char.to_ascii_lowercase()),
        }
    }

    fn end(&mut self) {
        let bare = std::mem::take(&mut self.bare);
        let address = self.angled.take().unwrap_or(bare);
        let address = match address.strip_prefix('@').and_then(|route| route.split_once(':')) {
            Some((_, behind)) => behind,
            None => &address,
        };
        if address.contains('@') {
            self.found.push(address.to_owned());
        }
    }
}
