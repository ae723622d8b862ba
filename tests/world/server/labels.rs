//! # Labels
//! A mailbox whose folders are labels (Gmail, X-GM-EXT-1): messages with one `gmail_id` are one message.

use super::folder::Folder;
use super::message::Message;
use super::name::quoted;
use super::state::State;

/// X-GM-MSGID: a message that was given none is like no other.
pub fn id(folder: &Folder, message: &Message) -> u64 {
    let place =
        || blake3::hash(&[&folder.name, &folder.uidvalidity.to_be_bytes()[..], &message.uid.to_be_bytes()].concat());
    let first = |hash: blake3::Hash| u64::from_be_bytes(*hash.as_bytes().first_chunk().unwrap_or(&[0; 8])) >> 1;
    message.gmail_id.unwrap_or_else(|| first(place()))
}

/// X-GM-LABELS of a message seen from `folder`, which is not among them, spelled for the wire.
pub fn labels(state: &State, user: &str, folder: &[u8], message: &Message) -> String {
    let (Some(mailbox), Some(id)) = (state.mailboxes.get(user), message.gmail_id) else { return String::new() };
    let holds = |other: &&Folder| other.messages.values().any(|held| held.gmail_id == Some(id));
    let others = mailbox.folders.values().filter(|other| other.name != folder);
    let words: Vec<String> = others.filter(holds).filter_map(spelled).collect();
    words.join(" ")
}

fn spelled(folder: &Folder) -> Option<String> {
    let bears = |attribute: &str| folder.attributes.iter().any(|own| own == attribute);
    let system =
        [("\\Sent", "\\Sent"), ("\\Drafts", "\\Draft"), ("\\Flagged", "\\Starred"), ("\\Important", "\\Important")];
    let name = match system.into_iter().find(|(attribute, _)| bears(attribute)) {
        _ if bears("\\All") || bears("\\Trash") || bears("\\Junk") => return None,
        Some((_, label)) => label.as_bytes(),
        None if folder.name.eq_ignore_ascii_case(b"INBOX") => b"\\Inbox",
        None => &folder.name,
    };
    String::from_utf8(quoted(name)).ok()
}
