//! # Translate
//! A name of one server as a name of another: by components, never by text (a delimiter of there may be a letter here).

use std::collections::{BTreeMap, BTreeSet};

use crate::mail::{Delimiter, FolderName, utf7};
use crate::ports::mail::{Listed, Listing};

/// What had to be done to a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It holds the destination's delimiter.
    Delimiter(Delimiter),
    /// It holds control characters.
    Control,
    /// It is not modified UTF-7, nor UTF-8.
    Undecodable,
    /// It is empty.
    Empty,
    /// The destination, or this folder there, takes no folders below.
    Flat,
}

impl Change {
    /// For people, in the plan.
    pub fn why(self) -> String {
        match self {
            Self::Delimiter(delimiter) => format!("renamed: '{}' is the delimiter there", char::from(delimiter.get())),
            Self::Control => "renamed: control characters".into(),
            Self::Undecodable => "renamed: the name cannot be decoded".into(),
            Self::Empty => "renamed: part of the name is empty".into(),
            Self::Flat => "renamed: no folders in folders there".into(),
        }
    }
}

/// True when the folder is another person's or shared: it is not part of this mailbox. The longest prefix decides: a
/// server may give shared folders the empty one (Cyrus 3.6 without unixhierarchysep).
pub fn foreign(listing: &Listing, folder: &Listed) -> bool {
    let name = folder.name.raw();
    if folder.name.is_inbox() || (!listing.prefix.is_empty() && is_prefix(&listing.prefix, name)) {
        return listing.foreign_prefixes.iter().any(|p| p.len() > listing.prefix.len() && is_prefix(p, name));
    }
    listing.foreign_prefixes.iter().any(|prefix| {
        let personal = prefix.is_empty() && listing.prefix.is_empty();
        let root = prefix.split_last().map_or(&[][..], |(_, root)| root);
        !personal && (is_prefix(prefix, name) || (folder.container && name == root))
    })
}

/// The name's components below the personal prefix, as the server spells them; INBOX in capitals, an empty last one
/// dropped.
pub fn path(listing: &Listing, name: &FolderName, delimiter: Option<Delimiter>) -> Vec<Vec<u8>> {
    if name.is_inbox() {
        return vec![b"INBOX".to_vec()];
    }
    let raw = name.raw();
    let below = if is_prefix(&listing.prefix, raw) { raw.get(listing.prefix.len()..).unwrap_or_default() } else { raw };
    let mut path = FolderName::from_raw(below).components(delimiter);
    if path.len() > 1 && path.last().is_some_and(Vec::is_empty) {
        path.pop();
    }
    if let Some(first) = path.first_mut()
        && first.eq_ignore_ascii_case(b"INBOX")
    {
        first.make_ascii_uppercase();
    }
    path
}

/// Where names are made: the destination's prefix, its delimiter, and the folders that take no children.
pub struct Destination<'a> {
    listing: &'a Listing,
    delimiter: Option<Delimiter>,
    names: BTreeMap<String, &'a FolderName>,
    childless: BTreeSet<&'a [u8]>,
}

impl<'a> Destination<'a> {
    /// A destination as it is listed. A namespace without a delimiter is believed only when no folder has one.
    pub fn new(listing: &'a Listing) -> Self {
        let delimiter = listing.delimiter.or_else(|| listing.folders.iter().find_map(|folder| folder.delimiter));
        let names = listing.folders.iter().map(|folder| (folder.name.unicode(), &folder.name)).collect();
        let mut childless: BTreeSet<&[u8]> =
            listing.folders.iter().filter(|folder| folder.childless).map(|folder| folder.name.raw()).collect();
        // A folder that has children can have children, whatever its attributes say.
        for folder in &listing.folders {
            let above = folder.name.raw().rsplitn(2, |octet| Some(*octet) == folder.delimiter.map(Delimiter::get));
            above.skip(1).for_each(|above| {
                childless.remove(above);
            });
        }
        Self { listing, delimiter, names, childless }
    }

    /// A name that a person gave: it may lack the prefix.
    pub fn named(&self, name: &str) -> FolderName {
        let delimiter = self.delimiter.map(|delimiter| char::from(delimiter.get()));
        let name = delimiter.map_or(name, |delimiter| name.strip_suffix(delimiter).unwrap_or(name));
        let asked = FolderName::from_unicode(name);
        let mut prefixes = self.listing.foreign_prefixes.iter().filter(|prefix| !prefix.is_empty());
        match self.names.get(name) {
            _ if asked.is_inbox() => inbox(),
            Some(listed) => FolderName::clone(listed),
            None if is_prefix(&self.listing.prefix, asked.raw()) || prefixes.any(|p| asked.starts_with(p)) => asked,
            None => joined(&[&self.listing.prefix, asked.raw()]),
        }
    }

    /// The folder `component` (as the source spells it) below `parent`, or at the top.
    pub fn child(&self, parent: Option<&FolderName>, component: &[u8]) -> (FolderName, Option<Change>) {
        let (safe, change) = safe(component, self.delimiter);
        let leaf = FolderName::from_unicode(&safe);
        let Some(parent) = parent else { return (joined(&[&self.listing.prefix, leaf.raw()]), change) };
        let Some(delimiter) = self.delimiter.filter(|_| !self.childless.contains(parent.raw())) else {
            return (joined(&[&self.stem(parent), b"_", leaf.raw()]), change.or(Some(Change::Flat)));
        };
        (joined(&[&self.stem(parent), &[delimiter.get()], leaf.raw()]), change)
    }

    /// With the prefix `INBOX.` a child of INBOX is `INBOX.INBOX.kid`: `INBOX.kid` is a folder beside it.
    fn stem(&self, parent: &FolderName) -> Vec<u8> {
        let prefix = if parent.is_inbox() { self.listing.prefix.as_slice() } else { &[] };
        [prefix, parent.raw()].concat()
    }
}

/// INBOX, in capitals.
pub fn inbox() -> FolderName {
    FolderName::from_raw(&b"INBOX"[..])
}

fn joined(parts: &[&[u8]]) -> FolderName {
    FolderName::from_raw(parts.concat())
}

/// Compares exactly, but for the case of a leading INBOX (RFC 9051 §5.1).
fn is_prefix(prefix: &[u8], name: &[u8]) -> bool {
    match (prefix.split_at_checked(5), name.split_at_checked(5)) {
        (Some((one, prefix)), Some((other, name))) if one.eq_ignore_ascii_case(b"INBOX") => {
            one.eq_ignore_ascii_case(other) && name.starts_with(prefix)
        }
        _ => name.starts_with(prefix),
    }
}

/// A component in Unicode with `_` for what cannot be part of a name there.
fn safe(component: &[u8], delimiter: Option<Delimiter>) -> (String, Option<Change>) {
    let (text, mut change) = match FolderName::from_raw(component).decoded() {
        Some(text) if text.is_empty() => ("_".into(), Some(Change::Empty)),
        Some(text) => (text, None),
        None => (lossy(component), Some(Change::Undecodable)),
    };
    let mut keep = |c: char| {
        let reason = match delimiter {
            Some(delimiter) if c == char::from(delimiter.get()) => Change::Delimiter(delimiter),
            _ if c.is_control() => Change::Control,
            _ => return c,
        };
        change.get_or_insert(reason);
        '_'
    };
    let text = text.chars().map(&mut keep).collect();
    (text, change)
}

/// What can be decoded, and one `_` for each octet that cannot.
fn lossy(octets: &[u8]) -> String {
    if octets.is_ascii() {
        let parts = utf7::parts(octets).into_iter();
        return parts.map(|part| if let utf7::Part::Text(text) = part { text } else { "_".into() }).collect();
    }
    let chunks = octets.utf8_chunks();
    chunks.map(|chunk| format!("{}{}", chunk.valid(), "_".repeat(chunk.invalid().len()))).collect()
}

#[cfg(test)]
#[path = "translate_tests.rs"]
mod tests;
