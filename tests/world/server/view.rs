//! # View
//! What a connection knows of the folder it has open: sequence numbers, and what it has been told (RFC 3501 §5.2, §7.4.1).

use super::folder::Folder;

/// Numbers that a STATUS may tell although they are old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    pub messages: usize,
    pub uidnext: u32,
    pub modseq: u64,
}

/// The open folder of one connection.
#[derive(Debug, Clone)]
pub struct View {
    pub name: Vec<u8>,
    pub read_only: bool,
    /// UIDs by sequence number.
    pub uids: Vec<u32>,
    pub told: Told,
    /// Shows no more than so many of the newest.
    most: usize,
    validity: u32,
    reshaped: u64,
}

impl View {
    /// Opens a folder, of which it shows at most so many of the newest messages.
    pub fn open(folder: &Folder, read_only: bool, most: usize) -> View {
        let uids = shown(folder, most);
        let told = told(folder, uids.len());
        let (validity, reshaped) = (folder.uidvalidity, folder.reshaped);
        View { name: folder.name.clone(), read_only, uids, told, most, validity, reshaped }
    }

    /// Brings the view up to date and returns the untagged lines (without `* `) that say so.
    pub fn refresh(&mut self, folder: &Folder, may_expunge: bool) -> Vec<String> {
        let mut lines = Vec::new();
        let before = self.uids.len();
        if folder.uidvalidity != self.validity {
            *self = View::open(folder, self.read_only, self.most);
            lines.push(format!("OK [UIDVALIDITY {}] UIDVALIDITY has changed", folder.uidvalidity));
            lines.push(format!("{} EXISTS", self.uids.len()));
            return lines;
        }
        if folder.reshaped != self.reshaped && may_expunge {
            lines = self.rebuild(folder);
        }
        let from = self.uids.last().map_or(0, |last| last.saturating_add(1));
        if from < folder.uidnext {
            self.uids.extend(
                folder
                    .messages
                    .range(from..)
                    .filter(|(_, message)| message.hidden_until.is_none())
                    .map(|(uid, _)| *uid),
            );
        }
        if self.uids.len() != before - lines.len().min(before) {
            lines.push(format!("{} EXISTS", self.uids.len()));
        }
        lines
    }

    /// The sequence number of a UID.
    pub fn number(&self, uid: u32) -> Option<usize> {
        self.uids.binary_search(&uid).ok().map(|at| at + 1)
    }

    /// Positions of the UIDs from `low` to `high`.
    pub fn between(&self, low: u32, high: u32) -> std::ops::Range<usize> {
        let start = self.uids.partition_point(|uid| *uid < low);
        let end = self.uids.partition_point(|uid| *uid <= high);
        start..end.max(start)
    }

    fn rebuild(&mut self, folder: &Folder) -> Vec<String> {
        self.reshaped = folder.reshaped;
        let now = shown(folder, self.most);
        let gone: Vec<usize> = (0..self.uids.len())
            .rev()
            .filter(|at| self.uids.get(*at).is_some_and(|uid| now.binary_search(uid).is_err()))
            .map(|at| at + 1)
            .collect();
        self.uids = now;
        gone.into_iter().map(|number| format!("{number} EXPUNGE")).collect()
    }
}

/// The numbers of a folder as they are now.
pub fn told(folder: &Folder, messages: usize) -> Told {
    Told { messages, uidnext: folder.uidnext, modseq: folder.modseq }
}

fn shown(folder: &Folder, most: usize) -> Vec<u32> {
    let all: Vec<u32> = folder.shown().map(|message| message.uid).collect();
    all.get(all.len().saturating_sub(most)..).unwrap_or_default().to_vec()
}
