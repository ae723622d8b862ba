//! # Corpus: pairs
//! A corpus of real messages, odd and broken ones among them, moves between servers of different make: each arrives as the
//! destination is known to store it, or is parked for a reason that its octets show.
//!
//! `POSTHORSE_CORPUS` names the directory; below its `data` are the messages, `.eml`, one to a file.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use posthorse_tests::servers::*;
use serde_json::Value;

use crate::support_run::*;
use crate::support_shared::*;

/// A folder for each directory of messages.
fn corpus(at: &Path) -> Mailbox {
    let mut folders: BTreeMap<OsString, Vec<Message>> = BTreeMap::new();
    let mut count = 0;
    for (path, octets) in files(&at.join("data")) {
        if path.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        count += 1;
        let directory = path.parent().and_then(Path::file_name).unwrap().to_owned();
        let internal_date = 1_000_000_000 + i64::from(count) * 7_919;
        folders.entry(directory).or_default().push(Message { octets, internal_date, ..Message::default() });
    }
    assert!(count > 0, "no data/**/*.eml below {}", at.display());
    let folders = folders.into_iter().map(|(name, messages)| {
        // Maildir++ has no dot within a name.
        Folder::new(&name.to_string_lossy().replace('.', "_")).with(messages)
    });
    Mailbox { folders: folders.collect() }
}

/// Moves the whole corpus, if there is one.
fn crosses(source: Site, into: Site, classes: &[&str]) {
    let Some(at) = std::env::var_os("POSTHORSE_CORPUS") else {
        println!("POSTHORSE_CORPUS is not set: no corpus was moved");
        return;
    };
    let mailbox = corpus(Path::new(&at));
    let road = Road::new(source, into, &mailbox);
    let code = if classes.is_empty() { 0 } else { 3 };
    let report = road.migrate().run().expect(code).report();
    let parked = road.parked(&report);
    let verdict = road.judge_without(&report).compare().unwrap();
    table(source, into, &report, &parked, verdict.totals.rewritten);
    assert!(verdict.equal, "{}", verdict.text);
    assert_eq!(number(&report["totals"], "source"), mailbox.count());
    for message in &parked {
        assert!(classes.contains(&message.class.as_str()), "{:?}: {}", message.reason(), message.response);
        assert!(deserves(&message.class, &message.octets), "{:?}: {}", message.reason(), message.response);
    }
    road.nothing_is_left(code);
}

/// Outcome and class, and how many.
fn table(source: Site, into: Site, report: &Value, parked: &[Parked], rewritten: u64) {
    let mut rows: BTreeMap<String, u64> = BTreeMap::new();
    for outcome in ["copied", "adopted", "merged", "vanished", "blocked", "unexplained"] {
        rows.insert(outcome.into(), number(&report["totals"], outcome));
    }
    rows.insert("copied, rewritten by the destination".into(), rewritten);
    for message in parked {
        *rows.entry(format!("quarantined, {}: {}", message.class, message.response)).or_default() += 1;
    }
    println!("{source:?} to {into:?}");
    for (what, count) in rows.iter().filter(|(_, count)| **count > 0) {
        println!("{count:>7}  {what}");
    }
}

/// True when the octets have what the class says.
fn deserves(class: &str, octets: &[u8]) -> bool {
    match class {
        "empty" => octets.is_empty(),
        "nul" => octets.contains(&0),
        "bare-newline" => octets.array_windows().any(|[before, octet]| *octet == b'\n' && *before != b'\r'),
        "header" => head(octets).any(|line| !line.contains(&b':')),
        _ => false,
    }
}

/// The header's lines, those that continue another left out.
fn head(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = octets.split(|octet| *octet == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with(b" ") && !line.starts_with(b"\t"))
}

#[test]
fn the_corpus_moves_from_dovecot_to_cyrus() {
    crosses(Site::Dotted, Site::Cyrus, &["empty", "header", "nul", "bare-newline"]);
}

#[test]
fn the_corpus_moves_from_courier_to_dovecot() {
    crosses(Site::Courier, Site::Slashed, &["empty"]);
}
