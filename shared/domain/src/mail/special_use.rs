//! # Special use
//! What a folder is for, as the server says it, or as its name lets one guess.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The uses of RFC 6154 §2 and RFC 8457 §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpecialUse {
    /// All messages: a view, its mail is in other folders too.
    All,
    /// Archived mail.
    Archive,
    /// Drafts.
    Drafts,
    /// Flagged messages: a view.
    Flagged,
    /// What the server holds to be important: a view.
    Important,
    /// Spam.
    Junk,
    /// Sent mail.
    Sent,
    /// Deleted mail.
    Trash,
}

impl SpecialUse {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::All, Self::Archive, Self::Drafts, Self::Flagged, Self::Important, Self::Junk, Self::Sent, Self::Trash];

    /// The attribute in LIST and CREATE, e.g. `\Sent`.
    pub const fn attribute(self) -> &'static str {
        match self {
            Self::All => "\\All",
            Self::Archive => "\\Archive",
            Self::Drafts => "\\Drafts",
            Self::Flagged => "\\Flagged",
            Self::Important => "\\Important",
            Self::Junk => "\\Junk",
            Self::Sent => "\\Sent",
            Self::Trash => "\\Trash",
        }
    }

    /// Reads an attribute, in any case (Cyrus 3.6 writes `\drafts`); the older words of Gmail's XLIST are known too.
    pub fn from_attribute(attribute: &[u8]) -> Option<Self> {
        const XLIST: [(&str, SpecialUse); 3] =
            [("\\AllMail", SpecialUse::All), ("\\Spam", SpecialUse::Junk), ("\\Starred", SpecialUse::Flagged)];
        let known = Self::ALL.into_iter().map(|used| (used.attribute(), used)).chain(XLIST);
        known.into_iter().find(|(word, _)| word.as_bytes().eq_ignore_ascii_case(attribute)).map(|(_, used)| used)
    }

    /// Guesses by the last level of a name, decoded. The whole name must be one that a mail program gives, without
    /// regard to case and blanks around it.
    ///
    /// Only uses whose folders hold mail of their own are guessed. A folder that a person called "Important" or "All
    /// mail" must not be taken for a view: a view's mail is not carried.
    pub fn guess(leaf_name: &str) -> Option<Self> {
        let name: String = leaf_name.trim().to_lowercase().nfc().collect();
        names::TABLE.iter().find(|(_, names)| names.contains(&name.as_str())).map(|&(used, _)| used)
    }
}

impl fmt::Display for SpecialUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.attribute())
    }
}

#[path = "special_use_names.rs"]
mod names;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn attributes_are_read_in_any_case() {
        for used in SpecialUse::ALL {
            assert_eq!(SpecialUse::from_attribute(used.attribute().to_lowercase().as_bytes()), Some(used));
        }
        for (attribute, used) in [
            ("\\AllMail", Some(SpecialUse::All)),
            ("\\SPAM", Some(SpecialUse::Junk)),
            ("\\Starred", Some(SpecialUse::Flagged)),
            ("\\Inbox", None),
            ("\\HasNoChildren", None),
            ("Sent", None),
            ("", None),
        ] {
            assert_eq!(SpecialUse::from_attribute(attribute.as_bytes()), used, "{attribute}");
        }
    }

    #[test]
    fn a_use_is_guessed_by_the_whole_name_only() {
        for (name, used) in [
            ("Sent", Some(SpecialUse::Sent)),
            (" SENT ITEMS ", Some(SpecialUse::Sent)),
            ("Sent Messages", Some(SpecialUse::Sent)),
            ("Gesendete Objekte", Some(SpecialUse::Sent)),
            ("ENTWÜRFE", Some(SpecialUse::Drafts)),
            ("Entwu\u{308}rfe", Some(SpecialUse::Drafts)),
            ("Éléments envoyés", Some(SpecialUse::Sent)),
            ("Отправленные", Some(SpecialUse::Sent)),
            ("УДАЛЁННЫЕ", Some(SpecialUse::Trash)),
            ("送信済み", Some(SpecialUse::Sent)),
            ("Junk E-mail", Some(SpecialUse::Junk)),
            ("Bulk Mail", Some(SpecialUse::Junk)),
            ("Gönderilmiş Öğeler", Some(SpecialUse::Sent)),
            ("Archives", Some(SpecialUse::Archive)),
            ("Sent 2019", None),
            ("Old Sent", None),
            ("Important", None),
            ("All Mail", None),
            ("Starred", None),
            ("INBOX", None),
            ("Projects", None),
            ("", None),
        ] {
            assert_eq!(SpecialUse::guess(name), used, "{name}");
        }
    }

    #[test]
    fn every_name_in_the_table_can_be_found_and_has_one_use() {
        let mut seen = BTreeMap::new();
        for &(used, list) in names::TABLE {
            for &name in list {
                assert_eq!(SpecialUse::guess(name), Some(used), "{name}");
                assert_eq!(seen.insert(name, used), None, "{name} stands twice");
            }
        }
        assert!(seen.len() > 250, "{}", seen.len());
    }
}
