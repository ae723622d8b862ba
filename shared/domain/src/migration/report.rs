//! # Report
//! What people and programs are told at the end of a pass. The JSON's shape is a contract: extend it, do not break it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Class, Counts, FolderNumber, PassKind, State, Warning};

/// The whole report, `version` 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// 1.
    pub version: u32,
    /// The migration's id.
    pub migration: String,
    /// Where it stands.
    pub state: State,
    /// Why, in plain words.
    pub reason: String,
    /// RFC 3339 UTC; when it goes on by itself.
    pub next_at: Option<String>,
    /// Which pass this is.
    pub pass: ReportedPass,
    /// Over all passes.
    pub totals: Counts,
    /// Of this pass.
    pub this_pass: Counts,
    /// Per source folder.
    pub folders: Vec<ReportedFolder>,
    /// Every message in quarantine.
    pub quarantined: Vec<Quarantined>,
    /// Every message that went away before it could be read.
    pub vanished: Vec<VanishedMessage>,
    /// What people should read.
    pub warnings: Vec<Warning>,
    /// When and how fast.
    pub timing: Timing,
    /// Whom a server's certificate had to convince, where it was not the usual authorities.
    #[serde(default, skip_serializing_if = "Trusted::is_usual")]
    pub trust: Trusted,
}

/// What was trusted beside or instead of the usual authorities, in words for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trusted {
    /// At the source.
    pub source: Option<String>,
    /// At the destination.
    pub destination: Option<String>,
}

impl Trusted {
    /// True when it was the usual authorities alone.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// The pass of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedPass {
    /// From 1.
    pub number: u32,
    /// `initial`, `delta` or `final`.
    pub kind: PassKind,
}

/// One folder of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedFolder {
    /// Its number.
    pub number: FolderNumber,
    /// The source's name in Unicode, prefix and delimiter included.
    pub source: String,
    /// The destination's.
    pub destination: String,
    /// Why it goes there.
    pub why: String,
    /// What went wrong with the folder itself.
    pub error: Option<String>,
    /// Over all passes; their `source` is told as `messages`, because `source` is the folder's name here.
    #[serde(flatten, with = "BesideTheName")]
    pub counts: Counts,
    /// Keywords that the destination does not keep, and on how many messages.
    pub flags_dropped: BTreeMap<String, u64>,
    /// Messages whose INTERNALDATE could not be carried.
    pub dates_replaced: u64,
    /// Messages whose flags changed at the source since they were carried.
    pub flags_changed: u64,
}

/// `Counts` as a folder of a report spells them.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Counts")]
struct BesideTheName {
    #[serde(rename = "messages")]
    source: u64,
    copied: u64,
    adopted: u64,
    merged: u64,
    quarantined: u64,
    filtered: u64,
    vanished: u64,
    blocked: u64,
    unexplained: u64,
    arrived: u64,
    removed: u64,
    gone: u64,
    foreign: u64,
}

/// One quarantined message of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// The source's folder name.
    pub folder: String,
    /// Source UID.
    pub uid: u32,
    /// Kind of reason.
    pub class: Class,
    /// The server's words, or the limit that kept it from being sent.
    pub response: String,
    /// Octets.
    pub size: u64,
    /// Message-ID, where it has one.
    pub message_id: Option<String>,
    /// Path in the archive; null when there are no octets.
    pub object: Option<String>,
}

/// One vanished message of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VanishedMessage {
    /// The source's folder name.
    pub folder: String,
    /// Source UID.
    pub uid: u32,
}

/// Times of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// RFC 3339 UTC.
    pub started: String,
    /// RFC 3339 UTC; null while the pass is under way.
    pub finished: Option<String>,
    /// Messages appended per second, first FETCH to the end of the pass.
    pub messages_per_second: f64,
    /// Octets appended in this pass.
    pub octets: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_the_report_has_a_name_and_a_count_under_different_keys() {
        let counts = Counts { source: 7, copied: 7, ..Counts::default() };
        let folder = ReportedFolder {
            number: 0,
            source: "INBOX".into(),
            destination: "INBOX".into(),
            why: "inbox".into(),
            error: None,
            counts,
            flags_dropped: BTreeMap::new(),
            dates_replaced: 0,
            flags_changed: 0,
        };
        let text = serde_json::to_string(&folder).unwrap();
        assert_eq!(text.matches("\"source\"").count(), 1, "{text}");
        assert!(text.contains("\"messages\":7"), "{text}");
        assert_eq!(serde_json::from_str::<ReportedFolder>(&text).unwrap(), folder);
    }
}
