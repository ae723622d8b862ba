//! # Folders
//! NAMESPACE, LIST and LSUB of all folders, and the room at the destination, in one flight of pipelined commands; STATUS of
//! folders in others. LIST-STATUS (RFC 5819) would save one: its answer cannot be cut, and takes minutes where a server has many
//! folders to look into.

use std::collections::{BTreeMap, BTreeSet};

use posthorse_domain::mail::{FolderName, SpecialUse};
use posthorse_domain::migration::answer::During;
use posthorse_domain::migration::{Failure, Side, Trouble};
use posthorse_domain::ports::mail::{Census, Listed, Listing};

use super::Client;
use super::open::census;
use crate::connection::{Said, trouble};
use crate::wire::{Command, Condition, Listing as ListLine, Namespace, Namespaces, Status, Untagged};

/// STATUS commands on their way at once.
const FLIGHT: usize = 200;

#[derive(Default)]
struct Found {
    namespaces: Namespaces,
    lines: Vec<ListLine>,
    subscribed: BTreeSet<FolderName>,
    room: Option<u64>,
    labels: bool,
}

impl Client {
    pub(super) async fn all_folders(&mut self) -> Result<Listing, Failure> {
        let mut found = Found { labels: self.has_labels(), ..Found::default() };
        self.list_names(&mut found).await?;
        Ok(listing(found))
    }

    /// Plain LIST first: extended forms add knowledge where they are advertised, and a refusal of theirs is no failure.
    async fn list_names(&mut self, found: &mut Found) -> Result<(), Failure> {
        let capabilities = self.connection.capabilities();
        let mut commands = vec![Command::list(b"*"), Command::lsub(b"*")];
        if capabilities.has("NAMESPACE") {
            commands.push(Command::namespace());
        }
        if capabilities.has("LIST-EXTENDED") && capabilities.has("SPECIAL-USE") {
            commands.push(Command::list_special(b"*"));
        }
        if self.connection.side() == Side::Destination && self.connection.capabilities().has("QUOTA") {
            commands.push(Command::get_quota_root(&FolderName::from_raw("INBOX")));
        }
        let answers = self.connection.run(&commands, |_, said| found.note(said)).await?;
        for status in answers.iter().filter(|status| status.condition != Condition::Ok) {
            self.go_on_without(status)?;
        }
        match answers.first() {
            Some(status) if status.condition != Condition::Ok => Err(self.connection.refused(status, During::Open)),
            _ => Ok(()),
        }
    }

    /// A refusal that is only about its command leaves something out. One about rate, allowance or login is no answer at
    /// all: a plan made without the namespace or a folder's numbers would be another plan.
    fn go_on_without(&self, status: &Status) -> Result<(), Failure> {
        let answer = self.connection.answer(status, During::Open);
        match trouble(&answer) {
            Some(trouble @ (Trouble::Rate(_) | Trouble::Budget | Trouble::Auth)) => {
                Err(self.connection.failure(trouble, answer.words))
            }
            _ => Ok(()),
        }
    }

    /// STATUS of folders, flight after flight. A refusal leaves one unknown.
    pub(super) async fn ask_status(&mut self, folders: &[FolderName]) -> Result<Vec<Option<Census>>, Failure> {
        let items = self.status_items();
        let mut told = Vec::with_capacity(folders.len());
        for flight in folders.chunks(FLIGHT) {
            let commands: Vec<Command> = flight.iter().map(|name| Command::status(name, &items)).collect();
            let mut here: BTreeMap<usize, Census> = BTreeMap::new();
            let answers = self
                .connection
                .run(&commands, |at, said| {
                    // The answer may spell the name in another way; the command that it answers tells whose it is.
                    if let Some(Untagged::Status(status)) = said.data() {
                        here.insert(at, census(&status));
                    }
                })
                .await?;
            for status in answers.iter().filter(|status| status.condition != Condition::Ok) {
                self.go_on_without(status)?;
            }
            told.extend((0..flight.len()).map(|at| here.get(&at).copied()));
        }
        Ok(told)
    }
}

impl Found {
    fn note(&mut self, said: Said) {
        let Some(data) = said.data() else { return };
        match data {
            Untagged::List(line) => self.lines.push(line),
            Untagged::Lsub(line) => {
                self.subscribed.insert(line.name);
            }
            Untagged::Namespace(namespaces) => self.namespaces = namespaces,
            // Of several roots the one that is full first counts.
            Untagged::Quota(quota) => {
                self.room = self.room.into_iter().chain(quota.room()).min();
            }
            _ => {}
        }
    }
}

fn is_container(line: &ListLine) -> bool {
    line.has("\\Noselect") || line.has("\\NonExistent")
}

fn special_use(line: &ListLine) -> Option<SpecialUse> {
    line.attributes.iter().find_map(|attribute| SpecialUse::from_attribute(attribute))
}

/// The namespace of a server that tells none: below INBOX, when all of several folders lie there.
fn shown(lines: &[ListLine]) -> Option<Namespace> {
    let delimiter = lines.iter().find_map(|line| line.delimiter)?;
    let prefix = [b"INBOX", &[delimiter.get()][..]].concat();
    let below = |name: &[u8]| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(&prefix));
    let others: BTreeSet<&[u8]> =
        lines.iter().filter(|line| !line.name.is_inbox()).map(|line| line.name.raw()).collect();
    let all = others.len() > 1 && others.iter().all(|name| below(name));
    all.then_some(Namespace { prefix, delimiter: Some(delimiter) })
}

/// One entry per name; attributes of all its lines together.
fn listing(found: Found) -> Listing {
    let mut order: Vec<FolderName> = Vec::new();
    let mut folders: BTreeMap<FolderName, Listed> = BTreeMap::new();
    for line in &found.lines {
        let folder = folders.entry(line.name.clone()).or_insert_with(|| {
            order.push(line.name.clone());
            Listed {
                name: line.name.clone(),
                delimiter: line.delimiter,
                container: false,
                childless: false,
                special_use: None,
                subscribed: found.subscribed.contains(&line.name),
                status: None,
            }
        });
        folder.container |= is_container(line);
        folder.childless |= line.has("\\Noinferiors");
        folder.special_use = folder.special_use.or_else(|| special_use(line));
    }
    let told = found.namespaces.personal.first().cloned();
    let first = told.or_else(|| shown(&found.lines));
    let first = first.as_ref();
    let foreign = found.namespaces.other.iter().chain(&found.namespaces.shared);
    Listing {
        prefix: first.map(|namespace| namespace.prefix.clone()).unwrap_or_default(),
        delimiter: first
            .and_then(|namespace| namespace.delimiter)
            .or_else(|| found.lines.iter().find_map(|line| line.delimiter)),
        foreign_prefixes: foreign
            .map(|namespace| namespace.prefix.clone())
            .filter(|prefix| !prefix.is_empty())
            .collect(),
        folders: order.into_iter().filter_map(|name| folders.remove(&name)).collect(),
        subscriptions: found.subscribed,
        room: found.room,
        labels: found.labels,
    }
}
