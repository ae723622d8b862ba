//! # Proto
//! What imap-proto makes of a response; none where it does not accept it, or is known to keep escapes in quoted strings.

use imap_proto::rfc4315::UidSetMember;
use imap_proto::{
    AttributeValue, Capability, MailboxDatum, MessageSection, NameAttribute, Response, ResponseCode, SectionPath,
    Status, StatusAttribute,
};
use posthorse_domain::mail::{Uid, UidSet};

use crate::meaning::{self, delimiter, item, name, octets, words};

/// Its meaning of a response.
pub fn of(line: &[u8]) -> Option<String> {
    let (rest, response) = Response::parse(line).ok()?;
    // It takes some fields of a header for the header.
    if !rest.is_empty() || line.windows(13).any(|item| item == b"HEADER.FIELDS") {
        return None;
    }
    match response {
        Response::Capabilities(read) => Some(format!("words {}", words(&capabilities(&read)))),
        Response::Continue(outcome) if outcome.code.is_none() => {
            Some(format!("+ {}", outcome.information.unwrap_or_default()))
        }
        Response::Done { tag, status, outcome } => {
            of_status(&tag.0, &status, outcome.code, outcome.information.as_deref())
        }
        Response::Data { status, outcome } => of_status("*", &status, outcome.code, outcome.information.as_deref()),
        Response::Expunge(number) => Some(format!("expunge {number}")),
        Response::Vanished { earlier, uids } => {
            let uids: UidSet =
                uids.into_iter().map(|range| (Uid::new(*range.start()), Uid::new(*range.end()))).collect();
            Some(format!("vanished {earlier} {uids}"))
        }
        Response::Fetch(number, items) => of_fetch(number, &items),
        Response::MailboxData(data) => of_data(data),
        Response::Id(pairs) => {
            let mut pairs: Vec<String> =
                pairs.unwrap_or_default().iter().map(|(name, value)| format!("{name}={value}")).collect();
            pairs.sort();
            Some(format!("id {pairs:?}"))
        }
        _ => None,
    }
}

fn capabilities(read: &[Capability<'_>]) -> Vec<String> {
    let word = |capability: &Capability<'_>| match capability {
        Capability::Imap4rev1 => "IMAP4rev1".to_owned(),
        Capability::Auth(mechanism) => format!("AUTH={mechanism}"),
        Capability::Atom(atom) => atom.to_string(),
    };
    read.iter().map(word).collect()
}

fn of_status(tag: &str, status: &Status, code: Option<ResponseCode<'_>>, text: Option<&str>) -> Option<String> {
    let condition = match status {
        Status::Ok => "OK",
        Status::No => "NO",
        Status::Bad => "BAD",
        Status::PreAuth => "PREAUTH",
        Status::Bye => "BYE",
    };
    let text = text.unwrap_or_default();
    // It takes a code that it does not know for text.
    if code.is_none() && text.starts_with('[') {
        return None;
    }
    let code = code.map(|code| of_code(&code));
    Some(meaning::status(tag, condition, code, text))
}

fn of_code(code: &ResponseCode<'_>) -> String {
    match code {
        ResponseCode::Alert => "ALERT".to_owned(),
        ResponseCode::Capabilities(read) => format!("CAPABILITY {}", words(&capabilities(read))),
        ResponseCode::HighestModSeq(number) => format!("HIGHESTMODSEQ {number}"),
        ResponseCode::PermanentFlags(flags) => format!("PERMANENTFLAGS {}", words(&strings(flags))),
        ResponseCode::ReadOnly => "READ-ONLY".to_owned(),
        ResponseCode::ReadWrite => "READ-WRITE".to_owned(),
        ResponseCode::TryCreate => "TRYCREATE".to_owned(),
        ResponseCode::UidNext(number) => format!("UIDNEXT {number}"),
        ResponseCode::UidValidity(number) => format!("UIDVALIDITY {number}"),
        ResponseCode::Unseen(number) => format!("UNSEEN {number}"),
        ResponseCode::UidNotSticky => "UIDNOTSTICKY".to_owned(),
        ResponseCode::AppendUid(validity, uids) => {
            let uids: UidSet = uids
                .iter()
                .map(|member| match member {
                    UidSetMember::UidRange(range) => (Uid::new(*range.start()), Uid::new(*range.end())),
                    UidSetMember::Uid(uid) => (Uid::new(*uid), Uid::new(*uid)),
                })
                .collect();
            format!("APPENDUID {validity} {uids}")
        }
        other => format!("{other:?}"),
    }
}

fn strings(words: &[std::borrow::Cow<'_, str>]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

/// A name in which no escape may have been kept.
fn plain(text: &str) -> Option<String> {
    (!text.contains(['\\', '"'])).then(|| name(text.as_bytes()))
}

fn of_data(data: MailboxDatum<'_>) -> Option<String> {
    match data {
        MailboxDatum::Exists(number) => Some(format!("exists {number}")),
        MailboxDatum::Recent(number) => Some(format!("recent {number}")),
        MailboxDatum::Flags(flags) => Some(format!("flags {}", words(&strings(&flags)))),
        MailboxDatum::Search(numbers) => Some(format!("search {numbers:?}")),
        MailboxDatum::List(read) => {
            let attributes: Vec<String> = read.name_attributes.iter().map(attribute).collect();
            // The delimiter keeps its escape.
            let last = read.delimiter.and_then(|text| text.chars().last());
            Some(format!("list {} {} {}", words(&attributes), delimiter(last), plain(&read.name)?))
        }
        MailboxDatum::Status { mailbox, status } => {
            let find = |wanted: fn(&StatusAttribute) -> Option<u64>| status.iter().find_map(wanted);
            Some(
                [
                    format!("status {}", plain(&mailbox)?),
                    item("messages", find(|it| matches!(it, StatusAttribute::Messages(_)).then(|| value(it)))),
                    item("uidnext", find(|it| matches!(it, StatusAttribute::UidNext(_)).then(|| value(it)))),
                    item("uidvalidity", find(|it| matches!(it, StatusAttribute::UidValidity(_)).then(|| value(it)))),
                    item("unseen", find(|it| matches!(it, StatusAttribute::Unseen(_)).then(|| value(it)))),
                    item(
                        "highestmodseq",
                        find(|it| matches!(it, StatusAttribute::HighestModSeq(_)).then(|| value(it))),
                    ),
                ]
                .concat(),
            )
        }
        _ => None,
    }
}

fn value(attribute: &StatusAttribute) -> u64 {
    match attribute {
        StatusAttribute::HighestModSeq(number) => *number,
        StatusAttribute::Messages(number)
        | StatusAttribute::Recent(number)
        | StatusAttribute::UidNext(number)
        | StatusAttribute::UidValidity(number)
        | StatusAttribute::Unseen(number) => u64::from(*number),
        other => panic!("{other:?}"),
    }
}

fn attribute(attribute: &NameAttribute<'_>) -> String {
    match attribute {
        NameAttribute::NoInferiors => "\\Noinferiors".to_owned(),
        NameAttribute::NoSelect => "\\Noselect".to_owned(),
        NameAttribute::Extension(word) => word.to_string(),
        other => format!("\\{other:?}"),
    }
}

fn of_fetch(number: u32, items: &[AttributeValue<'_>]) -> Option<String> {
    let mut read: [String; 6] = Default::default();
    for value in items {
        let (at, spelled) = match value {
            AttributeValue::Uid(uid) => (0, item("uid", Some(uid))),
            AttributeValue::Flags(flags) => (1, item("flags", Some(words(&strings(flags))))),
            AttributeValue::Rfc822Size(size) => (2, item("size", Some(size))),
            AttributeValue::ModSeq(number) => (3, item("modseq", Some(number))),
            AttributeValue::BodySection { section, index: None, data } => {
                // Escapes are kept in a quoted string, and a literal may hold the same octets.
                if data.as_deref().is_some_and(|data| data.contains(&b'\\')) {
                    return None;
                }
                match section {
                    None => (4, item("body", Some(octets(data.as_deref())))),
                    Some(SectionPath::Full(MessageSection::Header)) => {
                        (5, item("header", Some(octets(data.as_deref()))))
                    }
                    Some(_) => return None,
                }
            }
            AttributeValue::InternalDate(_) => continue,
            _ => return None,
        };
        read[at] = spelled;
    }
    Some(meaning::fetch(number, read))
}
