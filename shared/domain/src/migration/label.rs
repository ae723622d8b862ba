//! # Label
//! Folders that are labels: one message shows up in the folder of each of its labels (Gmail, X-GM-EXT-1). Which of them
//! carries it. Pure.
//!
//! A folder's own label is not among a message's X-GM-LABELS there, and archived mail has none at all: it shows up in
//! "All Mail" only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::folder::Role;
use super::manifest::Line;
use super::{Folder, FolderNumber, Outcome};
use crate::mail::{FolderName, SpecialUse};
use crate::ports::mail::Meta;

/// What is done with a message that has several labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Labels {
    /// `Each` into another mailbox of labels, which folds the copies into one message; `Once` elsewhere.
    #[default]
    Auto,
    /// It is carried once: from Drafts, else its own label, else Sent, else INBOX, else the archive.
    Once,
    /// A copy for each label; archived mail once.
    Each,
}

/// Which label a folder is. The lesser one carries a message that has both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `\Draft`.
    Drafts,
    /// A person's own.
    Own,
    /// `\Sent`.
    Sent,
    /// `\Inbox`.
    Inbox,
    /// No label: all mail but Trash and Junk is there.
    All,
}

/// A folder as a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Which one.
    pub kind: Kind,
    /// Mail that another folder carries is left to that one.
    pub yields: bool,
}

impl Label {
    /// What a folder of a mailbox of labels is; none for Trash and Junk, whose mail has no label, and for mere views.
    pub fn of(name: &FolderName, use_: Option<SpecialUse>, once: bool) -> Option<Self> {
        let kind = match use_ {
            Some(SpecialUse::Trash | SpecialUse::Junk | SpecialUse::Flagged | SpecialUse::Important) => return None,
            Some(SpecialUse::All) => Kind::All,
            Some(SpecialUse::Sent) => Kind::Sent,
            Some(SpecialUse::Drafts) => Kind::Drafts,
            _ if name.is_inbox() => Kind::Inbox,
            _ => Kind::Own,
        };
        Some(Self { kind, yields: once || kind == Kind::All })
    }
}

/// Decides which messages of a folder are left to another one.
#[derive(Debug, Default)]
pub struct Carriers {
    ranks: BTreeMap<Vec<u8>, (Kind, FolderNumber)>,
    carried: Mutex<BTreeSet<u64>>,
}

impl Carriers {
    /// Of all of a migration's folders; none when no folder of it leaves anything to another.
    pub fn of<'a>(folders: impl Iterator<Item = &'a Folder> + Clone) -> Option<Self> {
        let any = folders.clone().any(Folder::yields);
        let carries = |folder: &&Folder| folder.role == Role::Carry && !folder.gone && folder.error.is_none();
        let rank = |folder: &Folder| {
            let kind = folder.label?.kind;
            let spelled = match kind {
                Kind::All => return None,
                Kind::Drafts => b"\\Draft".to_vec(),
                Kind::Sent => b"\\Sent".to_vec(),
                Kind::Inbox => b"\\Inbox".to_vec(),
                Kind::Own => folder.source.raw().to_vec(),
            };
            Some((spelled, (kind, folder.number)))
        };
        let ranks = folders.filter(carries).filter_map(rank).collect();
        any.then(|| Self { ranks, carried: Mutex::default() })
    }

    /// Takes note of messages that have been carried.
    pub fn note<'a>(&self, lines: impl Iterator<Item = &'a Line>) {
        let is_done = |line: &&Line| line.delivered() || line.outcome == Outcome::Quarantined;
        let ids = lines.filter(is_done).filter_map(|line| line.gmail_id);
        self.carried.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
    }

    /// True when another folder carries this message of `folder`, or has carried it already: archiving a message takes a
    /// label from it and makes no second message of it.
    pub fn leaves(&self, folder: &Folder, meta: &Meta) -> bool {
        let Some((label, tags)) = folder.label.filter(|label| label.yields).zip(meta.tags.as_ref()) else {
            return false;
        };
        let own = (label.kind, folder.number);
        let elsewhere = tags.labels.iter().filter_map(|name| self.ranks.get(name.as_ref()));
        elsewhere.into_iter().any(|rank| *rank < own)
            || self.carried.lock().unwrap_or_else(PoisonError::into_inner).contains(&tags.id)
    }
}

#[cfg(test)]
#[path = "label_tests.rs"]
mod tests;
