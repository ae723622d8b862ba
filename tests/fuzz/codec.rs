//! # Codec
//! What imap-codec makes of a response; none where it does not accept it.

use imap_codec::ResponseCodec;
use imap_codec::decode::Decoder;
use imap_codec::imap_types::core::{AString, QuotedChar};
use imap_codec::imap_types::fetch::{MessageDataItem, Section};
use imap_codec::imap_types::flag::{FlagFetch, FlagPerm};
use imap_codec::imap_types::mailbox::Mailbox;
use imap_codec::imap_types::response::{
    Code, CommandContinuationRequest, Data, Response, Status, StatusBody, StatusKind,
};
use imap_codec::imap_types::status::StatusDataItem;

use crate::meaning::{self, delimiter, item, name, octets, text, words};

/// Its meaning of a response.
pub fn of(line: &[u8]) -> Option<String> {
    let (rest, response) = ResponseCodec::default().decode(line).ok()?;
    if !rest.is_empty() {
        return None;
    }
    match response {
        Response::CommandContinuationRequest(CommandContinuationRequest::Basic(basic)) => {
            basic.code().is_none().then(|| format!("+ {}", basic.text().inner()))
        }
        Response::CommandContinuationRequest(_) => None,
        Response::Status(Status::Tagged(tagged)) => of_status(tagged.tag.inner(), &tagged.body),
        Response::Status(Status::Untagged(body)) => of_status("*", &body),
        Response::Status(Status::Bye(bye)) => {
            let code = understood(bye.code.as_ref())?.map(of_code);
            Some(meaning::status("*", "BYE", code, bye.text.inner()))
        }
        Response::Data(data) => of_data(&data),
    }
}

/// None for a code that it knows and does not read: APPENDUID with more than one UID.
fn understood<'a, 'b>(code: Option<&'a Code<'b>>) -> Option<Option<&'a Code<'b>>> {
    let unread = matches!(code, Some(Code::Other(other)) if other.inner().starts_with(b"APPENDUID"));
    (!unread).then_some(code)
}

fn of_status(tag: &str, body: &StatusBody<'_>) -> Option<String> {
    let condition = match body.kind {
        StatusKind::Ok => "OK",
        StatusKind::No => "NO",
        StatusKind::Bad => "BAD",
    };
    let code = understood(body.code.as_ref())?.map(of_code);
    Some(meaning::status(tag, condition, code, body.text.inner()))
}

fn of_code(code: &Code<'_>) -> String {
    match code {
        Code::Alert => "ALERT".to_owned(),
        Code::Capability(read) => format!("CAPABILITY {}", words(&spelled(read.as_ref()))),
        Code::PermanentFlags(flags) => {
            let flag = |flag: &FlagPerm<'_>| match flag {
                FlagPerm::Flag(flag) => flag.to_string(),
                FlagPerm::Asterisk => "\\*".to_owned(),
            };
            format!("PERMANENTFLAGS {}", words(&flags.iter().map(flag).collect::<Vec<_>>()))
        }
        Code::ReadOnly => "READ-ONLY".to_owned(),
        Code::ReadWrite => "READ-WRITE".to_owned(),
        Code::TryCreate => "TRYCREATE".to_owned(),
        Code::UidNext(number) => format!("UIDNEXT {number}"),
        Code::UidValidity(number) => format!("UIDVALIDITY {number}"),
        Code::Unseen(number) => format!("UNSEEN {number}"),
        Code::OverQuota => "OVERQUOTA".to_owned(),
        Code::TooBig => "TOOBIG".to_owned(),
        Code::AppendUid { uid_validity, uid } => format!("APPENDUID {uid_validity} {uid}"),
        Code::UidNotSticky => "UIDNOTSTICKY".to_owned(),
        Code::HighestModSeq(number) => format!("HIGHESTMODSEQ {number}"),
        Code::NoModSeq => "NOMODSEQ".to_owned(),
        Code::Closed => "CLOSED".to_owned(),
        Code::Other(_) => "?".to_owned(),
        other => format!("{other:?}"),
    }
}

fn spelled<T: ToString>(words: &[T]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn folder(mailbox: &Mailbox<'_>) -> String {
    match mailbox {
        Mailbox::Inbox => "INBOX".to_owned(),
        Mailbox::Other(other) => name(other.as_ref()),
    }
}

fn octet(delimiter: &Option<QuotedChar>) -> Option<char> {
    delimiter.as_ref().map(QuotedChar::inner)
}

fn of_data(data: &Data<'_>) -> Option<String> {
    match data {
        Data::Capability(read) => Some(format!("words {}", words(&spelled(read.as_ref())))),
        Data::List { items, delimiter: octets, mailbox } | Data::Lsub { items, delimiter: octets, mailbox } => {
            Some(format!("list {} {} {}", words(&spelled(items)), delimiter(octet(octets)), folder(mailbox)))
        }
        Data::Status { mailbox, items } => Some(of_folder_status(mailbox, items)),
        Data::Search(numbers, _) => {
            Some(format!("search {:?}", numbers.iter().map(|number| number.get()).collect::<Vec<_>>()))
        }
        Data::Flags(flags) => Some(format!("flags {}", words(&spelled(flags)))),
        Data::Exists(number) => Some(format!("exists {number}")),
        Data::Recent(number) => Some(format!("recent {number}")),
        Data::Expunge(number) => Some(format!("expunge {number}")),
        Data::Fetch { seq, items } => of_fetch(seq.get(), items.as_ref()),
        Data::QuotaRoot { mailbox, roots } => {
            let root = |root: &AString<'_>| text(root.as_ref());
            Some(format!("quotaroot {} {:?}", folder(mailbox), roots.iter().map(root).collect::<Vec<_>>()))
        }
        Data::Id { parameters } => {
            let mut pairs: Vec<String> = parameters
                .iter()
                .flatten()
                .map(|(name, value)| {
                    let value = value.0.as_ref().map(|value| text(value.as_ref())).unwrap_or_default();
                    format!("{}={value}", text(name.as_ref()))
                })
                .collect();
            pairs.sort();
            Some(format!("id {pairs:?}"))
        }
        _ => None,
    }
}

fn of_folder_status(mailbox: &Mailbox<'_>, items: &[StatusDataItem]) -> String {
    let mut read: [String; 5] = Default::default();
    for value in items {
        match value {
            StatusDataItem::Messages(number) => read[0] = item("messages", Some(number)),
            StatusDataItem::UidNext(number) => read[1] = item("uidnext", Some(number)),
            StatusDataItem::UidValidity(number) => read[2] = item("uidvalidity", Some(number)),
            StatusDataItem::Unseen(number) => read[3] = item("unseen", Some(number)),
            StatusDataItem::HighestModSeq(number) => read[4] = item("highestmodseq", Some(number)),
            _ => {}
        }
    }
    format!("status {}{}", folder(mailbox), read.concat())
}

fn of_fetch(number: u32, items: &[MessageDataItem<'_>]) -> Option<String> {
    let mut read: [String; 6] = Default::default();
    for value in items {
        let (at, spelled) = match value {
            MessageDataItem::Uid(uid) => (0, item("uid", Some(uid))),
            MessageDataItem::Flags(flags) => {
                let flag = |flag: &FlagFetch<'_>| match flag {
                    FlagFetch::Flag(flag) => flag.to_string(),
                    FlagFetch::Recent => "\\Recent".to_owned(),
                };
                (1, item("flags", Some(words(&flags.iter().map(flag).collect::<Vec<_>>()))))
            }
            MessageDataItem::Rfc822Size(size) => (2, item("size", Some(size))),
            MessageDataItem::ModSeq(number) => (3, item("modseq", Some(number))),
            MessageDataItem::BodyExt { section, origin: None, data } => {
                let data = octets(data.0.as_ref().map(AsRef::as_ref));
                match section {
                    None => (4, item("body", Some(data))),
                    Some(Section::Header(None)) => (5, item("header", Some(data))),
                    Some(_) => continue,
                }
            }
            MessageDataItem::InternalDate(_) => continue,
            _ => return None,
        };
        read[at] = spelled;
    }
    Some(meaning::fetch(number, read))
}
