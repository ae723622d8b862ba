//! # Quarantine
//! What could not be delivered, one by one: a list, and each with its facts, its header and the octets that were in the way.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::offence::{Offence, offences};
use crate::migration::{Class, Failure, MigrationId};
use crate::ports::Archive;

/// The most of a header that is shown, in octets.
const HEADER: usize = 32 * 1024;

/// A message in quarantine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Its name in the quarantine: folder number, UIDVALIDITY and UID at the source.
    pub item: String,
    /// What was written down when it was parked: folder, class, the server's words, size and more.
    pub facts: Value,
}

/// Some of the quarantine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// In the order of their names.
    pub items: Vec<Item>,
    /// Where the next page begins; null on the last.
    pub next: Option<String>,
}

/// One message, looked at closely.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exhibit {
    /// Its name in the quarantine.
    pub item: String,
    /// What was written down when it was parked.
    pub facts: Value,
    /// Its header as it came, cut where it is very long; octets that are no printable ASCII as `\xHH`. Null without octets.
    pub header: Option<String>,
    /// Octets that its class is about; empty where none can be told.
    pub offences: Vec<Offence>,
}

/// The key of an item's octets in the archive; none for what is no item's name.
pub fn octets_key(item: &str) -> Option<String> {
    let good = item.split('-').count() == 3;
    let digits = item.split('-').all(|part| (1..=10).contains(&part.len()) && part.bytes().all(|o| o.is_ascii_digit()));
    (good && digits).then(|| format!("quarantine/{item}.eml"))
}

/// At most `limit` items behind the item `after`.
///
/// # Errors
/// The archive failed.
pub async fn list(archive: &dyn Archive, id: &MigrationId, after: Option<&str>, limit: usize) -> Result<Page, Failure> {
    let keys = archive.keys(id, "quarantine/").await?;
    let name = |key: &String| key.strip_prefix("quarantine/")?.strip_suffix(".json").map(str::to_owned);
    let mut names: Vec<String> =
        keys.iter().filter_map(name).filter(|name| after.is_none_or(|after| name.as_str() > after)).collect();
    let more = names.len() > limit;
    names.truncate(limit);
    let next = names.last().filter(|_| more).cloned();
    let mut items = Vec::new();
    for item in names {
        if let Some(facts) = facts(archive, id, &item).await? {
            items.push(Item { item, facts });
        }
    }
    Ok(Page { items, next })
}

/// One item; none when there is no such one.
///
/// # Errors
/// The archive failed.
pub async fn show(archive: &dyn Archive, id: &MigrationId, item: &str) -> Result<Option<Exhibit>, Failure> {
    let Some(key) = octets_key(item) else { return Ok(None) };
    let Some(facts) = facts(archive, id, item).await? else { return Ok(None) };
    let class: Option<Class> = facts.get("class").and_then(|class| serde_json::from_value(class.clone()).ok());
    let octets = archive.get(id, &key).await?;
    let offences = octets.as_deref().zip(class).map(|(octets, class)| offences(class, octets)).unwrap_or_default();
    let header = octets.as_deref().map(header);
    Ok(Some(Exhibit { item: item.to_owned(), facts, header, offences }))
}

async fn facts(archive: &dyn Archive, id: &MigrationId, item: &str) -> Result<Option<Value>, Failure> {
    let Some(card) = archive.get(id, &format!("quarantine/{item}.json")).await? else { return Ok(None) };
    let facts = serde_json::from_slice(&card);
    facts.map(Some).map_err(|cause| Failure::store(format!("read the facts of {item}: {cause}")))
}

/// Up to the first empty line.
fn header(octets: &[u8]) -> String {
    let ends =
        |at: usize| octets.get(at..).is_some_and(|rest| rest.starts_with(b"\r\n\r\n") || rest.starts_with(b"\n\n"));
    let end = (0..octets.len().min(HEADER)).find(|at| ends(*at)).unwrap_or(octets.len().min(HEADER));
    printable(octets.get(..end).unwrap_or_default())
}

/// Printable ASCII and line ends as they are, everything else as `\xHH`.
pub(super) fn printable(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    for octet in octets {
        match octet {
            b'\n' | b'\t' | b' '..=b'~' => text.push(char::from(*octet)),
            // What ends a line as it should needs no notice.
            b'\r' => text.push('\r'),
            _ => _ = write!(text, "\\x{octet:02X}"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_items_name_is_three_numbers() {
        assert_eq!(octets_key("14-1795466644-421").as_deref(), Some("quarantine/14-1795466644-421.eml"));
        for bad in
            ["", "-", "1-2", "1-2-3-4", "1--3", "../1-2-3", "1-2-3.eml", "1-2-x", "1/2-2-3", "1-2-12345678901", "1-2-٣"]
        {
            assert_eq!(octets_key(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_header_is_shown_up_to_the_empty_line_and_without_anything_that_moves_a_terminal() {
        assert_eq!(header(b"From: a\r\nSubject: \xE4\x1B[2J\0\r\n\r\nbody"), "From: a\r\nSubject: \\xE4\\x1B[2J\\x00");
        assert_eq!(header(b"From: a\n\nbody"), "From: a");
        assert_eq!(header(b"no end"), "no end");
        assert_eq!(header(&vec![b'x'; 100_000]).len(), HEADER);
        assert_eq!(header(b""), "");
    }
}
