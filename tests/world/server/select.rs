//! # Select
//! SELECT, EXAMINE and STATUS.

use super::folder::{Folder, Permanent};
use super::list::texts;
use super::mailbox::length;
use super::name::quoted;
use super::profile::Profile;
use super::quirk::Quirk;
use super::request::Request;
use super::session::{Pipe, Session};
use super::view::{Told, View, told};
use super::words::Words;

const SYSTEM: &str = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";

impl<S: Pipe> Session<S> {
    /// SELECT, or EXAMINE if `read_only`. A refusal leaves no folder open (RFC 3501 §6.3.1).
    pub fn select(&mut self, request: &Request, read_only: bool) -> String {
        let mut words = Words::new(&request.rest);
        let Some(name) = words.astring() else {
            return self.syntax(request);
        };
        self.view = None;
        if self.is(Quirk::IdBeforeSelect) && !self.identified {
            return format!("NO {} Unsafe Login. Please contact the help desk", request.verb);
        }
        self.condstore |= words.rest().eq_ignore_ascii_case(b" (CONDSTORE)");
        let user = self.user();
        let uid_only = self.uid_only;
        let opened = self.shared.with(|state| {
            let profile = state.profile.clone();
            let most = profile.message_limit.filter(|_| !uid_only).unwrap_or(usize::MAX);
            let missing = profile.words.no_folder.replace("{}", &String::from_utf8_lossy(&name));
            let folder = state.folder(&user, &name).filter(|folder| folder.selectable).ok_or(missing)?;
            match &folder.locked {
                Some(words) => Err(words.clone()),
                None => Ok((select_lines(folder, &profile, read_only, most), View::open(folder, read_only, most))),
            }
        });
        match opened {
            Err(words) => words,
            Ok((lines, view)) => {
                lines.iter().for_each(|line| self.say(format!("* {line}")));
                self.view = Some(view);
                let code = if read_only { "READ-ONLY" } else { "READ-WRITE" };
                format!("OK [{code}] {} completed.", request.verb)
            }
        }
    }

    /// STATUS.
    pub fn status(&mut self, request: &Request) -> String {
        let mut words = Words::new(&request.rest);
        let name = words.astring();
        let items = words.space().and_then(|()| words.list()).map(texts);
        let (Some(name), Some(items)) = (name, items) else {
            return self.syntax(request);
        };
        if let Some(word) = items.iter().find(|item| !self.knows(item)) {
            return format!("BAD Error in IMAP command STATUS: Unknown status item {word}");
        }
        let user = self.user();
        let refusal = self.shared.with(|state| match state.folder(&user, &name) {
            Some(Folder { selectable: true, locked: None, .. }) => None,
            Some(Folder { locked: Some(words), .. }) => Some(words.clone()),
            _ => Some(state.profile.words.no_folder.replace("{}", &String::from_utf8_lossy(&name))),
        });
        refusal.unwrap_or_else(|| {
            self.status_line(&name, &items);
            "OK Status completed.".to_owned()
        })
    }

    fn knows(&self, item: &str) -> bool {
        match item {
            "MESSAGES" | "RECENT" | "UIDNEXT" | "UIDVALIDITY" | "UNSEEN" => true,
            "HIGHESTMODSEQ" => self.can("CONDSTORE"),
            "SIZE" => self.can("STATUS=SIZE"),
            _ => false,
        }
    }

    /// Says one STATUS line.
    pub fn status_line(&mut self, name: &[u8], items: &[String]) {
        let user = self.user();
        let open = self.view.as_ref().filter(|view| view.name == name).map(|view| view.told);
        let line = self.shared.with(|state| {
            let profile = state.profile.clone();
            let folder = state.folder(&user, name)?;
            let told = match open.filter(|_| profile.is(Quirk::StaleStatus)) {
                Some(old) => old,
                None => told(folder, folder.shown().count()),
            };
            Some(status_line(folder, items, told, &profile))
        });
        if let Some(line) = line {
            self.say(line);
        }
    }
}

fn status_line(folder: &Folder, items: &[String], told: Told, profile: &Profile) -> Vec<u8> {
    let value = |item: &str| match item {
        "MESSAGES" => told.messages.to_string(),
        "UIDNEXT" => told.uidnext.to_string(),
        "UIDVALIDITY" if profile.is(Quirk::UidValidityZero) => "0".to_owned(),
        "UIDVALIDITY" => folder.uidvalidity.to_string(),
        "UNSEEN" => folder.shown().filter(|message| !message.flags.contains("\\Seen")).count().to_string(),
        "HIGHESTMODSEQ" => told.modseq.to_string(),
        "SIZE" => folder.shown().map(|message| length(&message.octets)).sum::<u64>().to_string(),
        _ => "0".to_owned(),
    };
    let left_out = |item: &str| match item {
        "UIDNEXT" => profile.is(Quirk::EmptyStatus),
        "UIDVALIDITY" => profile.is(Quirk::EmptyStatus) || profile.is(Quirk::NoUidValidity),
        _ => false,
    };
    let pairs: Vec<String> =
        items.iter().filter(|item| !left_out(item)).map(|item| format!("{item} {}", value(item))).collect();
    let blank = if profile.is(Quirk::TrailingBlank) { " " } else { "" };
    [b"* STATUS ", quoted(&folder.name).as_slice(), format!(" ({}){blank}", pairs.join(" ")).as_bytes()].concat()
}

fn select_lines(folder: &Folder, profile: &Profile, read_only: bool, most: usize) -> Vec<String> {
    let keywords = folder.keywords.iter().fold(String::new(), |text, keyword| text + " " + keyword);
    let mut lines = vec![format!("FLAGS ({SYSTEM}{keywords})")];
    match (profile.permanent(folder), read_only) {
        (Permanent::Untold, _) => {}
        (_, true) => lines.push("OK [PERMANENTFLAGS ()] Read-only mailbox.".to_owned()),
        (Permanent::Any, _) => lines.push(format!("OK [PERMANENTFLAGS ({SYSTEM}{keywords} \\*)] Flags permitted.")),
        (Permanent::Only(known), _) => {
            let known = known.iter().fold(String::new(), |text, keyword| text + " " + keyword);
            lines.push(format!("OK [PERMANENTFLAGS ({SYSTEM}{known})] Flags permitted."));
        }
    }
    lines.push(format!("{} EXISTS", folder.shown().count().min(most)));
    lines.push("0 RECENT".to_owned());
    if let Some(at) = folder.shown().position(|message| !message.flags.contains("\\Seen")) {
        lines.push(format!("OK [UNSEEN {}] First unseen.", at + 1));
    }
    if profile.is(Quirk::UidValidityZero) {
        lines.push("OK [UIDVALIDITY 0] UIDs valid".to_owned());
    } else if !profile.is(Quirk::NoUidValidity) {
        lines.push(format!("OK [UIDVALIDITY {}] UIDs valid", folder.uidvalidity));
    }
    if !profile.is(Quirk::NoUidNextOnSelect) {
        lines.push(format!("OK [UIDNEXT {}] Predicted next UID", folder.uidnext));
    }
    if profile.can("CONDSTORE") {
        lines.push(format!("OK [HIGHESTMODSEQ {}] Highest", folder.modseq));
    }
    lines
}
