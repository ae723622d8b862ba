//! # Map
//! Which destination folder each folder of the source goes to, and why. Every source folder has its own destination,
//! unless a person merges some by `--map`.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::draft::{self, Draft, Entry};
use super::select::{self, LeftOut, Unmatched};
use super::warnings;
use crate::mail::FolderName;
use crate::migration::folder::Role;
use crate::migration::label::{Label, Labels};
use crate::migration::{Folder, FolderNumber, Options, Warning};
use crate::ports::mail::{Listed, Listing};

/// Where everything goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Folders of this mailbox that can be opened, in the source's order.
    pub folders: Vec<Planned>,
    /// Folders to subscribe to at the destination: subscribed at the source, not yet there.
    pub subscriptions: Vec<FolderNumber>,
    /// What people should read.
    pub warnings: Vec<Warning>,
}

/// A source folder and its destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its number; that of its record, when it has one.
    pub number: FolderNumber,
    /// As the source lists it.
    pub source: Listed,
    /// Where it goes; for one that is left out, where it would.
    pub destination: FolderName,
    /// The destination has no such folder yet. Of several that go to one, the first has this.
    pub create: bool,
    /// Why it goes there, in a few words for people.
    pub why: String,
    /// Carried, or left out on request.
    pub role: Role,
    /// Its name had to be changed.
    pub renamed: bool,
    /// Sentences for people.
    pub notes: Vec<String>,
    /// What it is where folders are labels.
    pub label: Option<Label>,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MapError {
    /// Patterns name nothing.
    #[error("{}", unmatched(.0))]
    Unmatched(Vec<Unmatched>),
    /// A folder that holds mail of ours would go elsewhere.
    #[error("--map would move '{source_name}' to '{to}', but mail of it was already copied to '{from}'")]
    Moves {
        /// The source's folder.
        source_name: String,
        /// Where its mail is.
        from: String,
        /// Where it would go now.
        to: String,
    },
}

fn unmatched(patterns: &[Unmatched]) -> String {
    let named: Vec<String> = patterns.iter().map(|p| format!("{} '{}'", p.option, p.pattern)).collect();
    format!("{}: no such folder at the source", named.join(", "))
}

/// Plans all folders. What `known` records say stays: numbers always, destinations unless a `--map` says otherwise before
/// any mail is there.
///
/// # Errors
/// A pattern that names nothing, or a `--map` that would move a folder whose mail was copied already: usage errors both.
pub fn map(source: &Listing, destination: &Listing, options: &Options, known: &[Folder]) -> Result<Plan, MapError> {
    let mut selection = select::select(source, options, known);
    if !selection.unmatched.is_empty() {
        return Err(MapError::Unmatched(selection.unmatched));
    }
    if source.labels {
        select::leave_out_views(source, options, &mut selection);
    }
    let entries = draft::entries(source, selection.choices, known);
    let draft = Draft::new(source, destination, &entries, known)?;
    let mut number = known.iter().map(|record| record.number).max().unwrap_or(0);
    let next = || {
        number += 1;
        number
    };
    let warned = draft.warnings.clone();
    let mut folders = planned(&entries, draft, next);
    if source.labels {
        let once = match options.labels {
            Labels::Auto => !destination.labels,
            asked => asked == Labels::Once,
        };
        for planned in &mut folders {
            planned.label = Label::of(&planned.source.name, planned.source.special_use, once);
        }
    }
    let subscriptions = subscriptions(&folders, source, destination);
    let mut warnings = warnings::warnings(&folders, source);
    warnings.extend(warned);
    let old: BTreeSet<FolderNumber> = known.iter().map(|record| record.number).collect();
    let new = |planned: &&Planned| !old.contains(&planned.number);
    warnings.extend(warnings::no_room(folders.iter().filter(new), destination));
    Ok(Plan { folders, subscriptions, warnings })
}

fn planned(entries: &[Entry<'_>], mut draft: Draft<'_>, mut next: impl FnMut() -> FolderNumber) -> Vec<Planned> {
    let mut sharing: BTreeMap<FolderName, u32> = BTreeMap::new();
    for place in entries.iter().filter(|entry| entry.carried()).filter_map(|entry| draft.places.get(&entry.index)) {
        *sharing.entry(place.name.clone()).or_default() += 1;
    }
    let mut folders = Vec::new();
    for entry in entries {
        let Some(place) = draft.places.remove(&entry.index) else { continue };
        let merged = place.why == draft::MAP && sharing.get(&place.name).is_some_and(|count| *count > 1);
        let why = match entry.choice.left_out {
            Some(LeftOut::Excluded) => "excluded".into(),
            Some(LeftOut::NotIncluded) => "not included".into(),
            Some(LeftOut::View) => "shows mail of other folders".into(),
            None if merged => "merged by --map".into(),
            None => place.why,
        };
        folders.push(Planned {
            number: entry.known.map_or_else(&mut next, |record| record.number),
            source: entry.folder.clone(),
            create: entry.carried() && draft.claims.create(&place.name),
            destination: place.name,
            why,
            role: if entry.carried() { Role::Carry } else { Role::Filtered },
            renamed: place.renamed && entry.carried(),
            notes: draft.notes.remove(&entry.index).unwrap_or_default(),
            label: None,
        });
    }
    folders
}

fn subscriptions(folders: &[Planned], source: &Listing, destination: &Listing) -> Vec<FolderNumber> {
    let there: BTreeSet<&FolderName> = destination
        .folders
        .iter()
        .filter(|f| f.subscribed)
        .map(|f| &f.name)
        .chain(&destination.subscriptions)
        .collect();
    let wanted = |planned: &&Planned| {
        let folder = &planned.source;
        planned.role == Role::Carry
            && (folder.subscribed || source.subscriptions.contains(&folder.name))
            && !there.contains(&planned.destination)
    };
    folders.iter().filter(wanted).map(|planned| planned.number).collect()
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;
