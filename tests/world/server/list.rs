//! # List
//! NAMESPACE, LIST with its extensions (RFC 5258, 5819, 6154) and LSUB.

use std::collections::BTreeMap;

use super::folder::Folder;
use super::name::{fits, literal, quoted};
use super::quirk::Quirk;
use super::request::Request;
use super::session::{Pipe, Session};
use super::words::Words;

/// What a LIST asks for.
#[derive(Debug, Default)]
struct Ask {
    subscribed_only: bool,
    special_only: bool,
    patterns: Vec<Vec<u8>>,
    special_use: bool,
    subscribed: bool,
    status: Option<Vec<String>>,
}

impl<S: Pipe> Session<S> {
    /// NAMESPACE (RFC 2342).
    pub fn namespace(&mut self) -> String {
        let (prefix, delimiter) = self.shared.with(|state| (state.profile.prefix, state.profile.delimiter));
        self.say(format!("* NAMESPACE ((\"{prefix}\" {})) NIL NIL", spell_delimiter(delimiter)));
        "OK Namespace completed.".to_owned()
    }

    /// LIST.
    pub fn list(&mut self, request: &Request) -> String {
        let Some(ask) = ask(&request.rest) else {
            return self.syntax(request);
        };
        if ask.patterns.iter().all(Vec::is_empty) {
            let delimiter = self.shared.with(|state| state.profile.delimiter);
            self.say(format!("* LIST (\\Noselect) {} \"\"", spell_delimiter(delimiter)));
            return "OK List completed.".to_owned();
        }
        for folder in self.listed(&ask) {
            self.say(self.list_line("LIST", &folder, &ask));
            if let (Some(items), true) = (&ask.status, folder.selectable) {
                self.status_line(&folder.name, items);
            }
        }
        "OK List completed.".to_owned()
    }

    /// LSUB.
    pub fn lsub(&mut self, request: &Request) -> String {
        let Some(mut ask) = ask(&request.rest) else {
            return self.syntax(request);
        };
        ask.subscribed_only = true;
        for folder in self.listed(&ask) {
            self.say(self.list_line("LSUB", &folder, &Ask::default()));
        }
        "OK Lsub completed.".to_owned()
    }

    /// The folders that fit, without their messages.
    fn listed(&self, ask: &Ask) -> Vec<Folder> {
        let user = self.user();
        self.shared.with(|state| {
            let delimiter = state.profile.delimiter;
            let folders = state.mailboxes.get(&user).map(|mailbox| &mailbox.folders);
            folders
                .into_iter()
                .flat_map(BTreeMap::values)
                .filter(|folder| !ask.subscribed_only || folder.subscribed)
                .filter(|folder| !ask.special_only || !folder.attributes.is_empty())
                .filter(|folder| ask.patterns.iter().any(|pattern| fits(&inbox(pattern), &folder.name, delimiter)))
                .map(without_messages)
                .collect()
        })
    }

    fn list_line(&self, word: &str, folder: &Folder, ask: &Ask) -> Vec<u8> {
        let user = self.user();
        self.shared.with(|state| {
            let profile = &state.profile;
            let mut attributes = Vec::new();
            if !folder.selectable {
                attributes.push("\\Noselect".to_owned());
            }
            if profile.can("CHILDREN") {
                let has = state.mailboxes.get(&user).is_some_and(|mailbox| {
                    let behind = mailbox.folders.range(folder.name.clone()..).map(|(name, _)| name);
                    let mut near = behind.take_while(|name| name.starts_with(&folder.name));
                    near.any(|name| is_below(name, &folder.name, profile.delimiter))
                });
                attributes.push(if has { "\\HasChildren" } else { "\\HasNoChildren" }.to_owned());
            }
            if ask.subscribed && folder.subscribed {
                attributes.push("\\Subscribed".to_owned());
            }
            if profile.can("SPECIAL-USE") && (ask.special_use || !profile.is(Quirk::AttributesOnDemand)) {
                let lower = profile.is(Quirk::LowerCaseAttributes);
                let spell = |word: &String| if lower { word.to_ascii_lowercase() } else { word.clone() };
                attributes.extend(folder.attributes.iter().map(spell));
            }
            let head = format!("* {word} ({}) {} ", attributes.join(" "), spell_delimiter(profile.delimiter));
            let name = match () {
                () if profile.is(Quirk::SpellsInbox) && folder.name == b"INBOX" => quoted(b"Inbox"),
                () if profile.is(Quirk::BareNames) => folder.name.clone(),
                () if profile.is(Quirk::LiteralNames) => literal(&folder.name),
                () => quoted(&folder.name),
            };
            [head.into_bytes(), name].concat()
        })
    }
}

/// The delimiter as LIST and NAMESPACE tell it.
pub fn spell_delimiter(delimiter: Option<u8>) -> String {
    match delimiter {
        None => "NIL".to_owned(),
        Some(b'\\') => "\"\\\\\"".to_owned(),
        Some(letter) => format!("\"{}\"", char::from(letter)),
    }
}

/// Whether a name lies below another.
pub fn is_below(name: &[u8], parent: &[u8], delimiter: Option<u8>) -> bool {
    name.strip_prefix(parent).is_some_and(|rest| rest.len() > 1 && rest.first().copied() == delimiter)
}

fn ask(rest: &[u8]) -> Option<Ask> {
    let mut ask = Ask::default();
    let mut words = Words::new(rest);
    if words.peek() == Some(b'(') {
        for option in texts(words.list()?) {
            ask.subscribed_only |= option == "SUBSCRIBED";
            ask.subscribed |= option == "SUBSCRIBED";
            ask.special_only |= option == "SPECIAL-USE";
            ask.special_use |= option == "SPECIAL-USE";
        }
        words.space()?;
    }
    let reference = words.astring()?;
    words.space()?;
    let patterns = if words.peek() == Some(b'(') { words.list()? } else { vec![words.astring()?] };
    ask.patterns = patterns.into_iter().map(|pattern| [reference.clone(), pattern].concat()).collect();
    if words.space().is_some() {
        (words.keyword()? == "RETURN").then_some(())?;
        words.space()?;
        returns(&mut words, &mut ask)?;
    }
    words.is_empty().then_some(ask)
}

fn returns(words: &mut Words<'_>, ask: &mut Ask) -> Option<()> {
    words.eat(b'(').then_some(())?;
    while !words.eat(b')') {
        words.eat(b' ');
        let option = words.until(|octet| octet == b' ' || octet == b')').to_ascii_uppercase();
        match option.as_slice() {
            b"SPECIAL-USE" => ask.special_use = true,
            b"SUBSCRIBED" => ask.subscribed = true,
            b"CHILDREN" => {}
            b"STATUS" => {
                words.space()?;
                ask.status = Some(texts(words.list()?));
            }
            _ => return None,
        }
    }
    Some(())
}

/// Words in upper case.
pub fn texts(words: Vec<Vec<u8>>) -> Vec<String> {
    words.into_iter().map(|word| String::from_utf8_lossy(&word).to_ascii_uppercase()).collect()
}

fn inbox(pattern: &[u8]) -> Vec<u8> {
    super::mailbox::canonical(pattern)
}

fn without_messages(folder: &Folder) -> Folder {
    Folder {
        selectable: folder.selectable,
        attributes: folder.attributes.clone(),
        subscribed: folder.subscribed,
        ..Folder::new(&folder.name, folder.uidvalidity)
    }
}
