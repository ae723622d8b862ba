//! # Create
//! CREATE with its refusals and missing parents, SUBSCRIBE, DELETE, RENAME, and the quota.

use super::list::is_below;
use super::log::Change;
use super::mailbox::canonical;
use super::name::{is_mutf7, quoted};
use super::profile::Profile;
use super::request::Request;
use super::rules::NameTest;
use super::session::{Pipe, Session};
use super::words::Words;

impl<S: Pipe> Session<S> {
    /// CREATE (RFC 3501 §6.3.3), also with USE (RFC 6154).
    pub fn create(&mut self, request: &Request) -> String {
        let mut words = Words::new(&request.rest);
        let Some(name) = words.astring() else {
            return self.syntax(request);
        };
        let uses = match words.rest() {
            b"" => Vec::new(),
            rest if self.can("CREATE-SPECIAL-USE") || self.can("SPECIAL-USE") => special_use(rest),
            _ => return self.syntax(request),
        };
        let user = self.user();
        self.shared.with(|state| {
            let profile = state.profile.clone();
            let name = match (name.split_last(), profile.delimiter) {
                (Some((last, head)), Some(delimiter)) if *last == delimiter => head.to_vec(),
                _ => name.clone(),
            };
            let name = canonical(&name);
            if let Some(words) = refusal(&name, &profile) {
                return words.to_owned();
            }
            if state.folder(&user, &name).is_some_and(|folder| folder.selectable) {
                return profile.words.exists.replace("{}", &String::from_utf8_lossy(&name));
            }
            let Some(mailbox) = state.mailboxes.get_mut(&user) else {
                return profile.words.no_folder.to_owned();
            };
            for parent in parents(&name, &profile) {
                if !mailbox.folders.contains_key(&parent) {
                    mailbox.create(&parent).selectable = profile.real_parents;
                }
            }
            let folder = mailbox.create(&name);
            folder.selectable = true;
            folder.attributes.extend(uses.clone());
            state.changed(Change::Created(name));
            "OK Create completed.".to_owned()
        })
    }

    /// SUBSCRIBE and UNSUBSCRIBE.
    pub fn subscribe(&mut self, request: &Request, on: bool) -> String {
        let Some(name) = Words::new(&request.rest).astring() else {
            return self.syntax(request);
        };
        let user = self.user();
        self.shared.with(|state| match state.folder(&user, &name) {
            Some(folder) => {
                folder.subscribed = on;
                state.changed(Change::Subscription(canonical(&name)));
                "OK Subscribe completed.".to_owned()
            }
            None => state.profile.words.no_folder.replace("{}", &String::from_utf8_lossy(&name)),
        })
    }

    /// DELETE.
    pub fn delete(&mut self, request: &Request) -> String {
        let Some(name) = Words::new(&request.rest).astring() else {
            return self.syntax(request);
        };
        let (user, name) = (self.user(), canonical(&name));
        self.shared.with(|state| {
            let gone = state.mailboxes.get_mut(&user).and_then(|mailbox| mailbox.folders.remove(&name));
            if gone.is_none() {
                return state.profile.words.no_folder.replace("{}", &String::from_utf8_lossy(&name));
            }
            state.changed(Change::Deleted(name));
            "OK Delete completed.".to_owned()
        })
    }

    /// RENAME of one folder.
    pub fn rename(&mut self, request: &Request) -> String {
        let mut words = Words::new(&request.rest);
        let (Some(from), Some(())) = (words.astring(), words.space()) else {
            return self.syntax(request);
        };
        let Some(to) = words.astring() else {
            return self.syntax(request);
        };
        let user = self.user();
        self.shared.with(|state| {
            let Some(mailbox) = state.mailboxes.get_mut(&user) else { return "NO No mailbox".to_owned() };
            let Some(mut folder) = mailbox.folders.remove(&canonical(&from)) else { return "NO No folder".to_owned() };
            folder.name = canonical(&to);
            mailbox.folders.insert(canonical(&to), folder);
            state.changed(Change::Renamed(canonical(&from)));
            "OK Rename completed.".to_owned()
        })
    }

    /// GETQUOTAROOT (RFC 9208): one root for all folders, in units of 1,024 octets.
    pub fn quota_root(&mut self, request: &Request) -> String {
        let Some(name) = Words::new(&request.rest).astring().filter(|_| self.can("QUOTA")) else {
            return self.syntax(request);
        };
        let user = self.user();
        let quota = self.shared.with(|state| {
            let mailbox = state.mailboxes.get(&user)?;
            mailbox.quota.map(|quota| (mailbox.used().div_ceil(1024), quota.octets / 1024))
        });
        let root = if quota.is_some() { " \"User quota\"" } else { "" };
        self.say([b"* QUOTAROOT ", quoted(&name).as_slice(), root.as_bytes()].concat());
        if let Some((used, limit)) = quota {
            self.say(format!("* QUOTA \"User quota\" (STORAGE {used} {limit})"));
        }
        "OK Getquotaroot completed.".to_owned()
    }
}

/// The answer that refuses this name, if any.
pub fn refusal(name: &[u8], profile: &Profile) -> Option<&'static str> {
    profile.names.iter().find(|(test, _)| fails(name, *test, profile)).map(|(_, words)| *words)
}

fn fails(name: &[u8], test: NameTest, profile: &Profile) -> bool {
    let levels = || name.split(|octet| Some(*octet) == profile.delimiter);
    match test {
        NameTest::Holds(letters) => name.iter().any(|octet| letters.as_bytes().contains(octet)),
        NameTest::Begins(text) => levels().any(|level| level.starts_with(text.as_bytes())),
        NameTest::LongerThan(most) => name.len() > most,
        NameTest::NotMutf7 => !is_mutf7(name),
        NameTest::OutsideNamespace => name != b"INBOX" && !name.starts_with(profile.prefix.as_bytes()),
        NameTest::ExcessBlanks => levels().any(|level| {
            level.starts_with(b" ") || level.ends_with(b" ") || level.windows(2).any(|pair| pair == b"  ")
        }),
        NameTest::Is(reserved) => name.eq_ignore_ascii_case(reserved.as_bytes()),
    }
}

/// The names above a name, outermost first, below the namespace's prefix.
fn parents(name: &[u8], profile: &Profile) -> Vec<Vec<u8>> {
    let Some(delimiter) = profile.delimiter else {
        return Vec::new();
    };
    let cuts = name.iter().enumerate().filter(|(_, octet)| **octet == delimiter).map(|(at, _)| at);
    cuts.filter_map(|at| name.get(..at))
        .filter(|parent| is_below(name, parent, profile.delimiter) && !parent.is_empty())
        .map(canonical)
        .collect()
}

fn special_use(rest: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(rest);
    text.split(['(', ')', ' ']).filter(|word| word.starts_with('\\')).map(str::to_owned).collect()
}
