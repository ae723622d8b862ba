//! # Draft
//! A plan in the making: folder after folder gets its place, by ever weaker rights.

use std::collections::{BTreeMap, BTreeSet};

use super::claims::{By, Claims};
use super::make;
use super::map::MapError;
use super::select::{self, Choice};
use super::special::{self, Evidence};
use super::translate::{self, Change, Destination};
use crate::mail::{FolderName, SpecialUse};
use crate::migration::folder::Role;
use crate::migration::{Folder, Warning};
use crate::ports::mail::{Listed, Listing};

/// A folder of the mailbox, before it has a place.
pub(super) struct Entry<'a> {
    /// Position in the listing.
    pub index: usize,
    /// As it is listed.
    pub folder: &'a Listed,
    /// Components below the prefix.
    pub path: Vec<Vec<u8>>,
    /// What the options say.
    pub choice: Choice,
    /// The record of an earlier pass.
    pub known: Option<&'a Folder>,
}

impl Entry<'_> {
    /// False when it is left out on request.
    pub fn carried(&self) -> bool {
        self.choice.left_out.is_none()
    }
}

/// Where a folder goes.
pub(super) struct Place {
    /// The name there.
    pub name: FolderName,
    /// Why, for people.
    pub why: String,
    /// The name had to be changed.
    pub renamed: bool,
}

impl Place {
    fn new(name: FolderName, why: impl Into<String>) -> Self {
        Self { name, why: why.into(), renamed: false }
    }
}

const SAME: &str = "same name";
const INBOX: &str = "INBOX";
pub(super) const MAP: &str = "--map";
const WITH_PARENT: &str = "with the folder above it";
const PARENT_RENAMED: &str = "renamed: with the folder above it";
const TAKEN: &str = "renamed: name taken";

/// Folders that are planned: no container, nobody else's, each once (some servers list twice).
pub(super) fn entries<'a>(source: &'a Listing, choices: Vec<Choice>, known: &'a [Folder]) -> Vec<Entry<'a>> {
    let records: BTreeMap<&FolderName, &Folder> = known.iter().map(|folder| (&folder.source, folder)).collect();
    let mut seen = BTreeSet::new();
    let listed = source.folders.iter().zip(choices).enumerate();
    listed
        .filter(|(_, (folder, _))| !folder.container && !translate::foreign(source, folder))
        .filter(|(_, (folder, _))| {
            seen.insert(if folder.name.is_inbox() { translate::inbox() } else { folder.name.clone() })
        })
        .map(|(index, (folder, choice))| Entry {
            index,
            folder,
            path: translate::path(source, &folder.name, folder.delimiter),
            choice,
            known: records.get(&folder.name).copied(),
        })
        .collect()
}

/// True when mail of ours is there, or may be: an open intent's APPENDs may have arrived.
fn holds(record: &Folder) -> bool {
    let counts = &record.counts;
    counts.copied + counts.adopted + counts.merged > 0 || record.intent.is_some()
}

/// A plan in the making. `places` is keyed by the folder's position in the listing.
pub(super) struct Draft<'a> {
    source: &'a Listing,
    there: Destination<'a>,
    pub claims: Claims<'a>,
    entries: &'a [Entry<'a>],
    pub places: BTreeMap<usize, Place>,
    /// Folders with a place, for their children.
    by_path: BTreeMap<&'a [Vec<u8>], usize>,
    pub notes: BTreeMap<usize, Vec<String>>,
    pub warnings: Vec<Warning>,
}

impl<'a> Draft<'a> {
    /// Gives every entry its place.
    pub fn new(
        source: &'a Listing,
        destination: &'a Listing,
        entries: &'a [Entry<'a>],
        known: &[Folder],
    ) -> Result<Self, MapError> {
        let mut draft = Self {
            source,
            there: Destination::new(destination),
            claims: Claims::new(destination),
            entries,
            places: BTreeMap::new(),
            by_path: BTreeMap::new(),
            notes: BTreeMap::new(),
            warnings: Vec::new(),
        };
        draft.keep(known)?;
        draft.obey_rules();
        draft.open_inbox();
        draft.match_uses(destination);
        draft.translate();
        Ok(draft)
    }

    /// Earlier passes' destinations stay.
    fn keep(&mut self, known: &[Folder]) -> Result<(), MapError> {
        for entry in self.entries {
            let Some(record) = entry.known.filter(|record| record.role != Role::Filtered || holds(record)) else {
                continue;
            };
            let elsewhere = |to: &FolderName| *to != record.destination && !make::stands_for(&record.why, to);
            match self.ruled(entry).filter(elsewhere) {
                Some(to) if holds(record) => {
                    return Err(MapError::Moves {
                        source_name: entry.folder.name.unicode(),
                        from: record.destination.unicode(),
                        to: to.unicode(),
                    });
                }
                Some(_) => {}
                None => {
                    let why = if record.role == Role::Filtered { "as before" } else { record.why.as_str() };
                    let renamed = why.starts_with("renamed");
                    self.put(entry, Place { renamed, ..Place::new(record.destination.clone(), why) }, By::Name);
                }
            }
        }
        // Also where a folder's mail is that is gone from the source since: nobody else's may come there.
        for record in known.iter().filter(|record| holds(record)) {
            self.claims.take(&record.destination, By::Name);
        }
        Ok(())
    }

    fn obey_rules(&mut self) {
        for entry in self.entries.iter().filter(|entry| entry.choice.mapped.is_some()) {
            if let Some(name) = self.ruled(entry).filter(|_| !self.places.contains_key(&entry.index)) {
                self.put(entry, Place::new(name, MAP), By::Rule);
            }
        }
    }

    /// Where a `--map` sends it.
    fn ruled(&self, entry: &Entry<'_>) -> Option<FolderName> {
        let mapped = entry.choice.mapped.as_ref()?;
        let top = self.there.named(&mapped.to);
        Some(mapped.below.iter().fold(top, |parent, component| self.there.child(Some(&parent), component).0))
    }

    fn open_inbox(&mut self) {
        for entry in self.entries.iter().filter(|entry| entry.folder.name.is_inbox()) {
            if !self.places.contains_key(&entry.index) {
                self.put(entry, Place::new(translate::inbox(), INBOX), By::Name);
            }
        }
    }

    /// One folder for each special use.
    fn match_uses(&mut self, destination: &Listing) {
        let asked: BTreeMap<usize, &'a Entry<'a>> = self
            .entries
            .iter()
            .filter(|entry| entry.carried() && entry.choice.mapped.is_none())
            .map(|entry| (entry.index, entry))
            .collect();
        let here = special::candidates(self.source, |index| asked.contains_key(&index));
        let there = special::candidates(destination, |_| true);
        for use_ in special::USES {
            let Some(taker) = special::choose(&here, use_, None) else { continue };
            let Some(entry) = asked.get(&taker.index) else { continue };
            let own = self.translated(entry).name;
            let placed = self.places.get(&entry.index).map(|place| place.name.clone());
            let target = special::choose(&there, use_, Some(&own)).filter(|there| self.claims.free(there.name));
            if let (None, Some(target)) = (&placed, target) {
                let why = special::why(use_, taker.evidence, target.evidence);
                self.put(entry, Place::new(target.name.clone(), why), By::Name);
            }
            let name = placed.or(target.map(|target| target.name.clone())).unwrap_or(own);
            for other in here.iter().filter(|other| other.use_ == use_ && other.index != taker.index) {
                if !self.places.contains_key(&other.index) {
                    self.note_look_alike(other, use_, &name);
                }
            }
        }
    }

    fn note_look_alike(&mut self, other: &special::Candidate<'_>, use_: SpecialUse, to: &FolderName) {
        let verb = if other.evidence == Evidence::Attribute { "is" } else { "looks like" };
        let (from, to) = (select::escaped(&other.name.unicode()), select::escaped(&to.unicode()));
        let note = format!("{verb} {} too; to merge: --map '{from}={to}'", special::word(use_));
        let text = format!("'{}' {note}", other.name.unicode());
        self.warnings.push(Warning { code: "look-alike".into(), text });
        self.notes.entry(other.index).or_default().push(note);
    }

    /// Everything else goes by its own name, folders above first, and those first whose name stays as it is. Who loses a
    /// name gets a number only after all others of that level have theirs.
    fn translate(&mut self) {
        let mut levels: BTreeMap<usize, Vec<&'a Entry<'a>>> = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| !self.places.contains_key(&entry.index)) {
            levels.entry(entry.path.len()).or_default().push(entry);
        }
        for level in levels.into_values() {
            let mut losers = Vec::new();
            let mut places: Vec<_> = level.into_iter().map(|entry| (entry, self.translated(entry))).collect();
            places.sort_by_key(|(_, place)| place.renamed);
            for (entry, place) in places {
                if !entry.carried() || self.claims.free(&place.name) {
                    self.put(entry, place, By::Name);
                } else {
                    losers.push((entry, place.name));
                }
            }
            for (entry, name) in losers {
                let name = self.claims.beside(&name);
                self.put(entry, Place { renamed: true, ..Place::new(name, TAKEN) }, By::Name);
            }
        }
    }

    /// Its own name, below the nearest folder above it that has a place.
    fn translated(&self, entry: &Entry<'_>) -> Place {
        let above = (1..entry.path.len()).rev().find_map(|depth| {
            let index = self.by_path.get(entry.path.get(..depth)?)?;
            Some((depth, self.places.get(index)?))
        });
        let (depth, parent) = above.map_or((0, None), |(depth, place)| (depth, Some(place)));
        let mut name = parent.map(|place| place.name.clone());
        let mut change: Option<Change> = None;
        for component in entry.path.iter().skip(depth) {
            let (child, changed) = self.there.child(name.as_ref(), component);
            name = Some(child);
            change = change.or(changed);
        }
        let why = match (change, parent) {
            (Some(change), _) => change.why(),
            (None, Some(parent)) if parent.renamed => PARENT_RENAMED.into(),
            (None, Some(parent)) if parent.why != SAME && parent.why != INBOX => WITH_PARENT.into(),
            _ => SAME.into(),
        };
        let renamed = change.is_some() || parent.is_some_and(|parent| parent.renamed);
        Place { name: name.unwrap_or_else(translate::inbox), why, renamed }
    }

    fn put(&mut self, entry: &'a Entry<'a>, place: Place, by: By) {
        if entry.carried() || entry.known.is_some_and(holds) {
            self.claims.take(&place.name, by);
        }
        self.by_path.entry(&entry.path).or_insert(entry.index);
        self.places.insert(entry.index, place);
    }
}
