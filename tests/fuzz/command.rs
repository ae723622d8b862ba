//! # Command
//! Nothing in a folder name, an ID value, a flag or a message makes a second command, or anything but itself.

use posthorse_domain::mail::{Flags, FolderName, InternalDate, Keyword};
use posthorse_imap::wire::{Append, Command, Literals, MessageLiteral, Part, StatusItem, Tag};

use crate::random::Random;

const NASTY: &[u8] = b"\r\n\r\n\0\"\"\\\\{}{}+-0123456789 ()[]*%P2 DELETE INBOX~&\x7f\xc3\xa9\xff\tabc";

/// A command as a strict server reads it: words and strings.
#[derive(Debug, PartialEq)]
struct Heard {
    words: Vec<u8>,
    strings: Vec<Vec<u8>>,
}

/// Reads commands as strictly as RFC 9051 §9 has them.
struct Server<'a> {
    rest: &'a [u8],
    heard: Vec<Heard>,
}

impl Server<'_> {
    fn listen(octets: &[u8]) -> Vec<Heard> {
        let mut server = Server { rest: octets, heard: Vec::new() };
        while !server.rest.is_empty() {
            server.command();
        }
        server.heard
    }

    fn take(&mut self) -> u8 {
        let (&octet, rest) = self.rest.split_first().expect("a command breaks off");
        self.rest = rest;
        octet
    }

    fn command(&mut self) {
        let mut heard = Heard { words: Vec::new(), strings: Vec::new() };
        loop {
            match self.take() {
                b'\r' => {
                    assert_eq!(self.take(), b'\n', "CR without LF");
                    return self.heard.push(heard);
                }
                b'"' => heard.strings.push(self.quoted()),
                b'{' => heard.strings.push(self.literal()),
                octet => {
                    assert!(matches!(octet, b' '..=b'~'), "octet {octet} outside a string");
                    heard.words.push(octet);
                }
            }
        }
    }

    fn quoted(&mut self) -> Vec<u8> {
        let mut inside = Vec::new();
        loop {
            match self.take() {
                b'"' => return inside,
                b'\\' => {
                    let octet = self.take();
                    assert!(matches!(octet, b'"' | b'\\'));
                    inside.push(octet);
                }
                octet => {
                    assert!(matches!(octet, b' '..=b'~'), "octet {octet} in a quoted string");
                    inside.push(octet);
                }
            }
        }
    }

    fn literal(&mut self) -> Vec<u8> {
        let mut size = 0_usize;
        loop {
            match self.take() {
                octet @ b'0'..=b'9' => size = size * 10 + usize::from(octet - b'0'),
                b'+' => assert_eq!(self.rest.first(), Some(&b'}')),
                octet => {
                    assert_eq!((octet, self.take(), self.take()), (b'}', b'\r', b'\n'));
                    let (octets, rest) = self.rest.split_at(size);
                    self.rest = rest;
                    return octets.to_vec();
                }
            }
        }
    }
}

/// What is written; the writer waits exactly behind `{n}`.
fn written(parts: &[Part]) -> Vec<u8> {
    let mut octets = Vec::new();
    for part in parts {
        match part {
            Part::Octets(more) => octets.extend_from_slice(more),
            Part::Wait => assert!(octets.ends_with(b"}\r\n") && !octets.ends_with(b"+}\r\n")),
        }
    }
    octets
}

fn literals(random: &mut Random) -> Literals {
    [Literals::Sync, Literals::Plus, Literals::Minus][random.below(3)]
}

fn alone(command: &Command, words: &str, strings: &[&[u8]], random: &mut Random) {
    let octets = written(&command.parts(&Tag::number(1), literals(random)));
    let expected =
        Heard { words: words.as_bytes().to_vec(), strings: strings.iter().map(|octets| octets.to_vec()).collect() };
    assert_eq!(Server::listen(&octets), [expected], "{}", octets.escape_ascii());
}

#[test]
fn a_folder_name_makes_no_second_command() {
    let items = [StatusItem::Messages];
    for seed in 0..100_000 {
        let random = &mut Random::new(seed);
        let raw = random.octets(NASTY, 24);
        let folder = FolderName::from_raw(raw.clone());
        let raw = &raw[..];
        match seed % 9 {
            0 => alone(&Command::create(&folder), "P1 CREATE ", &[raw], random),
            1 => alone(&Command::subscribe(&folder), "P1 SUBSCRIBE ", &[raw], random),
            2 => alone(&Command::select(&folder, true), "P1 SELECT  (CONDSTORE)", &[raw], random),
            3 => alone(&Command::examine(&folder, false), "P1 EXAMINE ", &[raw], random),
            4 => alone(&Command::status(&folder, &items), "P1 STATUS  (MESSAGES)", &[raw], random),
            5 => alone(&Command::list(raw), "P1 LIST  ", &[b"", raw], random),
            6 => alone(&Command::list_special(raw), "P1 LIST   RETURN (SPECIAL-USE)", &[b"", raw], random),
            7 => alone(&Command::lsub(raw), "P1 LSUB  ", &[b"", raw], random),
            _ => alone(&Command::get_quota_root(&folder), "P1 GETQUOTAROOT ", &[raw], random),
        }
    }
}

#[test]
fn an_id_makes_no_second_command() {
    for seed in 0..20_000 {
        let random = &mut Random::new(seed);
        let mut any = || String::from_utf8_lossy(&random.octets(NASTY, 24)).into_owned();
        let (name, value, other) = (any(), any(), any());
        let pairs = [(name.as_str(), value.as_str()), ("os", other.as_str())];
        let strings = [name.as_bytes(), value.as_bytes(), b"os", other.as_bytes()];
        alone(&Command::id(&pairs), "P1 ID (   )", &strings, random);
    }
}

#[test]
fn an_append_makes_no_second_command() {
    let mut keywords = 0;
    for seed in 0..30_000 {
        let random = &mut Random::new(seed);
        let raw = random.octets(NASTY, 16);
        let words: Vec<Vec<u8>> = (0..4).map(|_| random.octets(NASTY, 6)).collect();
        let (mut flags, _) = Flags::read(words.iter().map(|word| &word[..]).chain([&b"\\Seen"[..]]));
        let keyword = String::from_utf8_lossy(&random.octets(NASTY, 6)).into_owned();
        flags.keywords.extend(Keyword::new(&keyword));
        keywords += flags.keywords.len();
        let date = InternalDate::parse(b" 1-Feb-2020 03:04:05 +0100").filter(|_| random.once_in(2));
        let messages: Vec<Vec<u8>> = (0..=random.below(3)).map(|_| random.octets(NASTY, 40)).collect();
        let append = |message: &[u8], random: &mut Random| Append {
            flags: &flags,
            date,
            size: u64::try_from(message.len()).unwrap(),
            literal: if random.once_in(2) { MessageLiteral::Sync } else { MessageLiteral::Plus },
        };
        let mut octets = Vec::new();
        for (at, message) in messages.iter().enumerate() {
            let append = append(message, random);
            let parts = match at {
                0 => append.head(&Tag::number(1), &FolderName::from_raw(raw.clone()), literals(random)),
                _ => append.next(),
            };
            octets.extend(written(&parts));
            octets.extend_from_slice(message);
        }
        octets.extend_from_slice(Append::TAIL);
        let heard = Server::listen(&octets);
        assert_eq!(heard.len(), 1, "{}", octets.escape_ascii());
        let spelled = date.map(|date| date.to_string().into_bytes());
        let each = messages.iter().flat_map(|message| spelled.iter().cloned().chain([message.clone()]));
        let expected: Vec<Vec<u8>> = [raw].into_iter().chain(each).collect();
        assert_eq!(heard[0].strings, expected, "{}", octets.escape_ascii());
    }
    assert!(keywords > 10_000, "only {keywords} keywords were tried");
}
