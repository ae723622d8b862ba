//! # Store
//! SEARCH, and the commands that change or remove messages: UID STORE, EXPUNGE, CLOSE. All changes are noted.

use super::fetch::positions;
use super::flags::read;
use super::log::Change;
use super::message::Message;
use super::request::Request;
use super::rewrite::message_id;
use super::session::{Pipe, Session};
use super::set::Set;
use super::words::Words;

impl<S: Pipe> Session<S> {
    /// UID SEARCH with ALL, UID, HEADER Message-ID, DELETED, SEEN and UNSEEN.
    pub fn search(&mut self, request: &Request) -> String {
        let (Some(view), user) = (self.view.clone(), self.user()) else {
            return self.syntax(request);
        };
        let mut words = Words::new(&request.rest);
        let mut wanted: Vec<u32> = view.uids.clone();
        while !words.is_empty() {
            let key = words.keyword().unwrap_or_default();
            let argument = match key.as_str() {
                "UID" => words.space().map(|()| words.until(|octet| octet == b' ').to_vec()),
                "HEADER" => words
                    .space()
                    .and_then(|()| words.astring())
                    .and_then(|_| words.space())
                    .and_then(|()| words.astring()),
                "ALL" | "DELETED" | "SEEN" | "UNSEEN" => Some(Vec::new()),
                _ => None,
            };
            let Some(argument) = argument else {
                return self.syntax(request);
            };
            words.eat(b' ');
            let set = Set::parse(&argument).filter(|_| key == "UID");
            let in_set = set.map(|set| positions(&view, &set, true));
            self.shared.with(|state| {
                let Some(folder) = state.folder(&user, &view.name) else { return };
                wanted.retain(|uid| {
                    folder.messages.get(uid).is_some_and(|message| match &in_set {
                        Some(set) => view.number(*uid).is_some_and(|number| set.contains(&(number - 1))),
                        None => meets(message, &key, &argument),
                    })
                });
            });
        }
        let uids = wanted.iter().fold(String::new(), |text, uid| format!("{text} {uid}"));
        self.say(format!("* SEARCH{uids}"));
        "OK Search completed.".to_owned()
    }

    /// UID STORE with FLAGS, +FLAGS and -FLAGS, also `.SILENT`.
    pub fn store(&mut self, request: &Request) -> String {
        let mut words = Words::new(&request.rest);
        let set = Set::parse(words.until(|octet| octet == b' '));
        let action = words.space().and_then(|()| words.keyword());
        let list = words.space().and_then(|()| words.list());
        let (Some(set), Some(action), Some(list), Some(view)) = (set, action, list, self.view.clone()) else {
            return self.syntax(request);
        };
        if view.read_only {
            return "NO [READ-ONLY] Mailbox is read-only.".to_owned();
        }
        let user = self.user();
        let lines = self.shared.with(|state| {
            let flags = read(&list, &state.profile)?;
            let mut lines = Vec::new();
            for at in positions(&view, &set, true) {
                let Some(folder) = state.folder(&user, &view.name) else { break };
                folder.modseq += 1;
                let modseq = folder.modseq;
                let Some(message) = view.uids.get(at).and_then(|uid| folder.messages.get_mut(uid)) else { continue };
                apply(message, &action, &flags);
                message.modseq = modseq;
                let (uid, flags) = (message.uid, message.all_flags().join(" "));
                let appended = message.appended;
                lines.push(format!("* {} FETCH (UID {uid} FLAGS ({flags}))", at + 1));
                state.changed(Change::Stored { folder: view.name.clone(), uid, appended });
            }
            Ok::<_, String>(lines)
        });
        match lines {
            Err(words) => words,
            Ok(lines) => {
                let silent = action.ends_with(".SILENT");
                lines.iter().filter(|_| !silent).for_each(|line| self.say(line));
                "OK Store completed.".to_owned()
            }
        }
    }

    /// EXPUNGE.
    pub fn expunge(&mut self) -> String {
        self.remove_deleted();
        "OK Expunge completed.".to_owned()
    }

    /// CLOSE: removes what is marked `\Deleted` without a word (RFC 3501 §6.4.2).
    pub fn close(&mut self) -> String {
        self.remove_deleted();
        self.view = None;
        "OK Close completed.".to_owned()
    }

    fn remove_deleted(&self) {
        let (Some(view), user) = (self.view.as_ref().filter(|view| !view.read_only), self.user()) else {
            return;
        };
        self.shared.with(|state| {
            let Some(folder) = state.folder(&user, &view.name) else { return };
            let marked: Vec<u32> =
                folder.messages.values().filter(|m| m.flags.contains("\\Deleted")).map(|m| m.uid).collect();
            marked.iter().for_each(|uid| folder.remove(*uid));
            for uid in marked {
                state.changed(Change::Expunged { folder: view.name.clone(), uid });
            }
        });
    }
}

fn meets(message: &Message, key: &str, argument: &[u8]) -> bool {
    match key {
        "DELETED" => message.flags.contains("\\Deleted"),
        "SEEN" => message.flags.contains("\\Seen"),
        "UNSEEN" => !message.flags.contains("\\Seen"),
        // RFC 3501 §6.4.4: HEADER finds a part of the field, whatever the case.
        "HEADER" => {
            let wanted = String::from_utf8_lossy(argument).to_ascii_lowercase();
            let id = message_id(&message.octets).map(|id| String::from_utf8_lossy(id).to_ascii_lowercase());
            id.is_some_and(|id| id.contains(&wanted))
        }
        _ => true,
    }
}

fn apply(message: &mut Message, action: &str, flags: &super::flags::Flags) {
    if action.starts_with('-') {
        message.flags.retain(|flag| !flags.system.contains(flag));
        message.keywords.retain(|keyword| !flags.keywords.contains(keyword));
        return;
    }
    if !action.starts_with('+') {
        message.flags.clear();
        message.keywords.clear();
    }
    message.flags.extend(flags.system.iter().cloned());
    message.keywords.extend(flags.keywords.iter().cloned());
}
