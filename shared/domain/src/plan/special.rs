//! # Special
//! Which one folder of a mailbox stands for Sent, Drafts, Trash, Junk and Archive: by its attribute (RFC 6154), else by a
//! name that people and programs give it.

use super::translate;
use crate::mail::{Delimiter, FolderName, SpecialUse};
use crate::ports::mail::Listing;

/// The uses that are matched between two mailboxes, by attribute or by name. The others are views.
pub const USES: [SpecialUse; 5] =
    [SpecialUse::Sent, SpecialUse::Drafts, SpecialUse::Trash, SpecialUse::Junk, SpecialUse::Archive];

/// How a folder shows its use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The server says so.
    Attribute,
    /// It has a known name.
    Name,
}

/// A folder that may stand for a use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Position in the listing.
    pub index: usize,
    /// Its name.
    pub name: &'a FolderName,
    /// What for.
    pub use_: SpecialUse,
    /// How we know.
    pub evidence: Evidence,
    /// Messages in it, by STATUS; 0 when unknown.
    pub messages: u32,
}

/// True for the uses that show mail which lies in other folders too (RFC 6154 §2, RFC 8457). They are never guessed by
/// name and never matched.
pub fn view(use_: SpecialUse) -> bool {
    matches!(use_, SpecialUse::All | SpecialUse::Flagged | SpecialUse::Important)
}

/// All folders of a mailbox that may stand for a use, in list order: those with an attribute anywhere, those with a known
/// name at the top level only. `counts` says which folders of the listing are asked.
pub fn candidates<'a>(listing: &'a Listing, counts: impl Fn(usize) -> bool) -> Vec<Candidate<'a>> {
    let asked = listing.folders.iter().enumerate().filter(|(index, _)| counts(*index));
    asked
        .filter(|(_, folder)| !folder.container && !folder.name.is_inbox() && !translate::foreign(listing, folder))
        .filter_map(|(index, folder)| {
            let (use_, evidence) = match folder.special_use {
                // Where folders are labels, what is carried from there is the archived mail.
                Some(SpecialUse::All) if listing.labels => (SpecialUse::Archive, Evidence::Attribute),
                Some(use_) => (use_, Evidence::Attribute),
                None => (guess(listing, &folder.name, folder.delimiter)?, Evidence::Name),
            };
            let messages = folder.status.and_then(|status| status.messages).unwrap_or(0);
            USES.contains(&use_).then_some(Candidate { index, name: &folder.name, use_, evidence, messages })
        })
        .collect()
}

/// The folder that stands for `use_`: an attribute goes before a name; then `preferred`, if it is among them; then the one
/// with the most mail; then the first.
pub fn choose<'c, 'a>(
    candidates: &'c [Candidate<'a>],
    use_: SpecialUse,
    preferred: Option<&FolderName>,
) -> Option<&'c Candidate<'a>> {
    let rank = |candidate: &Candidate<'_>| {
        (candidate.evidence == Evidence::Attribute, Some(candidate.name) == preferred, candidate.messages)
    };
    // Of equals `max_by_key` takes the last: hence from the end.
    candidates.iter().rev().filter(|candidate| candidate.use_ == use_).max_by_key(|candidate| rank(candidate))
}

/// Why a folder goes where it goes, for people.
pub fn why(use_: SpecialUse, source: Evidence, destination: Evidence) -> String {
    let by = match (source, destination) {
        (Evidence::Attribute, Evidence::Attribute) => "attribute",
        (Evidence::Name, Evidence::Name) => "name",
        _ => "attribute and name",
    };
    format!("special use {} ({by})", use_.attribute())
}

/// The use as people say it: `Sent`.
pub fn word(use_: SpecialUse) -> &'static str {
    use_.attribute().trim_start_matches('\\')
}

fn guess(listing: &Listing, name: &FolderName, delimiter: Option<Delimiter>) -> Option<SpecialUse> {
    let path = translate::path(listing, name, delimiter);
    let [leaf] = path.as_slice() else { return None };
    SpecialUse::guess(&FolderName::from_raw(leaf.clone()).decoded()?).filter(|use_| !view(*use_))
}

#[cfg(test)]
#[path = "special_tests.rs"]
mod tests;
