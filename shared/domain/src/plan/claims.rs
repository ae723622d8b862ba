//! # Claims
//! Which names of the destination are spoken for while a plan is made.

use std::collections::{BTreeMap, BTreeSet};

use crate::mail::FolderName;
use crate::ports::mail::{Listed, Listing};

/// By which right a folder goes to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Its own name, its use, or an earlier plan: nobody else comes there by these.
    Name,
    /// A `--map`: others may be there.
    Rule,
}

/// Names at the destination and who goes to them.
pub struct Claims<'a> {
    listed: BTreeMap<&'a FolderName, &'a Listed>,
    /// The same names without case. Exchange and others do not tell `archive` from `Archive`.
    folded: BTreeSet<String>,
    taken: BTreeMap<FolderName, By>,
    made: BTreeSet<FolderName>,
    /// The last number that was put behind a name, so that many losers of one name do not count from 1 each.
    numbers: BTreeMap<FolderName, u32>,
}

impl<'a> Claims<'a> {
    /// Nobody goes anywhere yet.
    pub fn new(destination: &'a Listing) -> Self {
        Self {
            listed: destination.folders.iter().map(|folder| (&folder.name, folder)).collect(),
            folded: destination.folders.iter().map(|folder| folded(&folder.name)).collect(),
            taken: BTreeMap::new(),
            made: BTreeSet::new(),
            numbers: BTreeMap::new(),
        }
    }

    /// True when a folder may go there by its own name: nobody else does, and the destination has it in this very case or
    /// not at all.
    pub fn free(&self, name: &FolderName) -> bool {
        !name.is_inbox()
            && self.taken.get(name) != Some(&By::Name)
            && (self.listed.contains_key(name) || !self.folded.contains(&folded(name)))
    }

    /// Somebody goes there.
    pub fn take(&mut self, name: &FolderName, by: By) {
        let right = self.taken.entry(name.clone()).or_insert(by);
        if by == By::Name {
            *right = by;
        }
    }

    /// The name with the lowest number behind it under which nobody is. A listed folder without mail may be our own, from
    /// a plan that was cut short.
    pub fn beside(&mut self, name: &FolderName) -> FolderName {
        let mut number = self.numbers.get(name).copied().unwrap_or(0);
        loop {
            number = number.saturating_add(1);
            let other = FolderName::from_raw([name.raw(), format!("_{number}").as_bytes()].concat());
            let usable = match self.listed.get(&other) {
                Some(folder) => folder.status.is_some_and(|status| status.messages == Some(0)),
                None => !self.folded.contains(&folded(&other)),
            };
            if number == u32::MAX || (usable && !self.taken.contains_key(&other)) {
                self.numbers.insert(name.clone(), number);
                return other;
            }
        }
    }

    /// True when the folder must be made; once for each name.
    pub fn create(&mut self, name: &FolderName) -> bool {
        let there = name.is_inbox() || self.listed.get(name).is_some_and(|folder| !folder.container);
        !there && self.made.insert(name.clone())
    }
}

fn folded(name: &FolderName) -> String {
    name.unicode().to_lowercase()
}
