//! # Flags
//! Reading flag lists, and what a folder makes of keywords.

use std::collections::BTreeSet;

use super::folder::{Folder, Permanent};
use super::profile::Profile;
use super::quirk::Quirk;

const SYSTEM: [&str; 5] = ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"];

/// Flags of one message as a client sent them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    pub system: BTreeSet<String>,
    pub keywords: BTreeSet<String>,
}

/// Reads the words of a flag list, or the server's refusal.
pub fn read(words: &[Vec<u8>], profile: &Profile) -> Result<Flags, String> {
    let mut flags = Flags::default();
    for word in words {
        if !word.is_ascii() {
            return Err(profile.words.bad_flag.replace("{}", "with 8-bit data"));
        }
        let word = String::from_utf8_lossy(word).into_owned();
        if word.starts_with('\\') {
            match SYSTEM.iter().find(|known| known.eq_ignore_ascii_case(&word)) {
                Some(known) => flags.system.insert((*known).to_owned()),
                None => return Err(profile.words.bad_flag.replace("{}", &word.to_ascii_uppercase())),
            };
        } else if word.contains(|letter: char| "[]%*\"\\".contains(letter) || letter.is_ascii_control()) {
            return Err(profile.words.bad_keyword.to_owned());
        } else {
            flags.keywords.insert(word);
        }
    }
    Ok(flags)
}

/// The keywords that a folder keeps, or its refusal.
pub fn kept(keywords: BTreeSet<String>, folder: &Folder, profile: &Profile) -> Result<BTreeSet<String>, String> {
    let keywords = match profile.permanent(folder) {
        Permanent::Any | Permanent::Untold => keywords,
        Permanent::Only(known) if profile.is(Quirk::RefusesUnknownKeywords) && !keywords.is_subset(known) => {
            return Err("NO Invalid flag list".to_owned());
        }
        Permanent::Only(known) => keywords.into_iter().filter(|keyword| known.contains(keyword)).collect(),
    };
    let all = folder.keywords.union(&keywords).count();
    match profile.keyword_limit {
        Some(limit) if all > limit => Err(profile.words.too_many_keywords.to_owned()),
        _ => Ok(keywords),
    }
}
