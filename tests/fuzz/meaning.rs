//! # Meaning
//! What our readers make of a response, written so that it can be compared with what a judge makes of it.

use bytes::Bytes;
use posthorse_imap::wire::{Body, Code, Condition, Fetch, Reply, Status, Untagged};

/// Our meaning of a response.
pub fn of(reply: &Reply) -> String {
    match reply {
        Reply::Status(read) => of_status(read),
        Reply::Continuation(read) => format!("+ {}", text(&read.raw)),
        Reply::Data(data) => of_data(data),
        Reply::Foreign(line) => format!("foreign {}", text(line)),
    }
}

fn of_status(read: &Status) -> String {
    let tag = read.tag.as_ref().map_or("*".to_owned(), ToString::to_string);
    let code = read.code.as_ref().map(of_code);
    status(&tag, condition(read.condition), code, &read.text())
}

pub fn status(tag: &str, condition: &str, code: Option<String>, text: &str) -> String {
    format!("{tag} {condition} [{}] {text}", code.unwrap_or_default())
}

fn condition(condition: Condition) -> &'static str {
    match condition {
        Condition::Ok => "OK",
        Condition::No => "NO",
        Condition::Bad => "BAD",
        Condition::Bye => "BYE",
        Condition::Preauth => "PREAUTH",
    }
}

fn of_code(code: &Code) -> String {
    match code {
        Code::Capability(read) => format!("CAPABILITY {}", words(read)),
        Code::PermanentFlags(read) => format!("PERMANENTFLAGS {}", words(read)),
        Code::Other { .. } => "?".to_owned(),
        other => other.to_string(),
    }
}

/// Words in any order and case.
pub fn words<T: AsRef<[u8]>>(words: &[T]) -> String {
    let mut words: Vec<String> = words.iter().map(|word| text(word.as_ref()).to_ascii_lowercase()).collect();
    words.sort();
    words.join(" ")
}

/// Octets as the judges see them.
pub fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// A folder name as the judges see it: INBOX is the same in any case.
pub fn name(octets: &[u8]) -> String {
    if octets.eq_ignore_ascii_case(b"INBOX") { "INBOX".to_owned() } else { text(octets) }
}

pub fn delimiter(delimiter: Option<char>) -> String {
    delimiter.map_or("NIL".to_owned(), String::from)
}

/// An item that may be missing.
pub fn item(name: &str, value: Option<impl ToString>) -> String {
    value.map(|value| format!(" {name}={}", value.to_string())).unwrap_or_default()
}

fn of_data(data: &Untagged) -> String {
    match data {
        Untagged::Capability(read) | Untagged::Enabled(read) => format!("words {}", words(read)),
        Untagged::Id(pairs) => {
            let mut pairs: Vec<String> = pairs
                .iter()
                .map(|(name, value)| {
                    format!("{}={}", text(name), value.as_ref().map(|value| text(value)).unwrap_or_default())
                })
                .collect();
            pairs.sort();
            format!("id {pairs:?}")
        }
        Untagged::List(read) | Untagged::Lsub(read) => format!(
            "list {} {} {}",
            words(&read.attributes),
            delimiter(read.delimiter.map(|delimiter| char::from(delimiter.get()))),
            name(read.name.raw())
        ),
        Untagged::Status(read) => [
            format!("status {}", name(read.name.raw())),
            item("messages", read.messages),
            item("uidnext", read.uid_next),
            item("uidvalidity", read.validity),
            item("unseen", read.unseen),
            item("highestmodseq", read.highest_modseq),
        ]
        .concat(),
        Untagged::Flags(read) => format!("flags {}", words(read)),
        Untagged::Exists(number) => format!("exists {number}"),
        Untagged::Recent(number) => format!("recent {number}"),
        Untagged::Expunge(number) => format!("expunge {number}"),
        Untagged::Vanished { earlier, uids } => format!("vanished {earlier} {uids}"),
        Untagged::Fetch(read) => of_fetch(read),
        Untagged::Search(uids) => format!("search {:?}", uids.iter().map(|uid| uid.get()).collect::<Vec<_>>()),
        Untagged::Quota(read) => {
            let resource = |resource: &posthorse_imap::wire::Resource| {
                format!(" {} {}/{}", text(&resource.name), resource.usage, resource.limit)
            };
            format!("quota {}{}", text(&read.root), read.resources.iter().map(resource).collect::<String>())
        }
        Untagged::QuotaRoot { folder, roots } => {
            format!("quotaroot {} {:?}", name(folder.raw()), roots.iter().map(|root| text(root)).collect::<Vec<_>>())
        }
        Untagged::Namespace(_) | Untagged::ESearch(_) | Untagged::Other => "other".to_owned(),
    }
}

fn of_fetch(read: &Fetch) -> String {
    fetch(
        read.number,
        [
            item("uid", read.uid),
            item("flags", read.flags.as_deref().map(words)),
            item("size", read.size),
            item("modseq", read.modseq),
            item("body", read.body.as_ref().map(of_body)),
            item("header", read.header.as_ref().map(of_body)),
        ],
    )
}

/// A FETCH: UID, flags, size, mod-sequence, body, header.
pub fn fetch(number: u32, items: [String; 6]) -> String {
    format!("fetch {number}{}", items.concat())
}

fn of_body(body: &Body) -> String {
    match body {
        Body::Nil => octets(None),
        Body::Octets(held) => octets(Some(held)),
        Body::Streamed(passed) => format!("{passed} octets"),
    }
}

/// A body.
pub fn octets(octets: Option<&[u8]>) -> String {
    octets.map_or("NIL".to_owned(), |octets| format!("{:?}", Bytes::copy_from_slice(octets)))
}
