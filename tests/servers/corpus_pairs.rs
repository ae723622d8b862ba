//! # Corpus: pairs
//! A corpus of real messages, odd and broken ones among them, moves between servers of different make: each arrives as the
//! destination is known to store it, or is parked for a reason that its octets show.
//!
//! `POSTHORSE_CORPUS` names the directory; below its `data` are the messages, `.eml`, one to a file.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use posthorse_tests::servers::judge::Tolerance;
use posthorse_tests::servers::*;
use serde_json::Value;

use crate::support_run::*;
use crate::support_shared::*;

/// A folder for each directory of messages.
fn corpus(at: &Path) -> Mailbox {
    let mut folders: BTreeMap<OsString, Vec<Message>> = BTreeMap::new();
    let all = files(&at.join("data")).into_iter();
    let letters = all.filter(|(path, _)| path.extension().is_some_and(|extension| extension == "eml"));
    for (number, (path, octets)) in (0..).zip(letters) {
        let directory = path.parent().and_then(Path::file_name).unwrap().to_owned();
        let internal_date = 1_000_000_000 + number * 7_919;
        folders.entry(directory).or_default().push(Message {
            octets: lines(&octets),
            internal_date,
            ..Message::default()
        });
    }
    assert!(!folders.is_empty(), "no data/**/*.eml below {}", at.display());
    let folders = folders.into_iter().map(|(name, messages)| Folder::new(name.to_str().unwrap()).with(messages));
    Mailbox { folders: folders.collect() }
}

/// The message as a Maildir server hands it out: each line feed has its carriage return, and just one.
fn lines(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len());
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => {
                let end = line.iter().rposition(|octet| *octet != b'\r').map_or(0, |last| last + 1);
                out.extend_from_slice(&line[..end]);
                out.extend_from_slice(b"\r\n");
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

/// Moves the whole corpus, if there is one.
fn crosses(source: Site, into: Site, classes: &[&str], rewrites: fn(&[u8]) -> bool) {
    let Some(at) = std::env::var_os("POSTHORSE_CORPUS").map(PathBuf::from) else {
        println!("POSTHORSE_CORPUS is not set: no corpus was moved");
        return;
    };
    // Cargo runs tests in the package's directory; people name it from the workspace's.
    let mailbox = corpus(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(at));
    let road = Road::new(source, into, &mailbox);
    let code = if classes.is_empty() { 0 } else { 3 };
    let report = road.migrate().run().expect(code).report();
    let parked = road.parked(&report);
    // Dovecot 2.3 and Courier 5.0 drop a lone CR at a message's end; how many those are is counted below.
    let judge = road.judge_without(&report).tolerate(Tolerance::CourierCrlf);
    let verdict = judge.compare().unwrap();
    table(source, into, &report, &parked, verdict.totals.rewritten);
    assert!(verdict.equal, "{}", verdict.text);
    assert_eq!(number(&report["totals"], "source"), mailbox.count());
    let names = mailbox.folders.iter().map(|folder| format!("INBOX.{}", folder.path[0]));
    let served: Vec<Message> = names.flat_map(|name| road.served(&name)).collect();
    let all = served.iter().filter(|message| rewrites(&message.octets)).count();
    let gone = parked.iter().filter(|message| rewrites(&message.octets)).count();
    assert_eq!(verdict.totals.rewritten, u64::try_from(all - gone).unwrap(), "rewritten");
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
        // Seen with Cyrus 3.6.1: a header whose lines end with a lone CR is not always taken either.
        "header" => head(octets).any(|line| no_field(line) || line.contains(&b'\r')),
        _ => false,
    }
}

/// The header's lines, those that continue another left out.
fn head(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = octets.split(|octet| *octet == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with(b" ") && !line.starts_with(b"\t"))
}

/// Cyrus puts an X in the place of each of these (munge8bit).
fn raw_header(octets: &[u8]) -> bool {
    let end = octets.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(octets.len());
    !octets[..end].is_ascii()
}

/// Dovecot stores NUL as 0x80, and drops a lone CR at the end.
fn nul_or_last_return(octets: &[u8]) -> bool {
    octets.contains(&0) || octets.ends_with(b"\r")
}

/// A line that Cyrus takes for no field: no name, no colon, or a blank before the colon. mbox lines it lets pass.
fn no_field(line: &[u8]) -> bool {
    let name = line.split(|octet| *octet == b':').next().unwrap_or_default();
    let mbox = line.starts_with(b"From ") || line.starts_with(b">From ");
    !mbox && (name.is_empty() || name.len() == line.len() || name.iter().any(|octet| *octet <= b' '))
}

#[test]
fn the_corpus_moves_from_dovecot_to_cyrus() {
    crosses(Site::Dotted, Site::Cyrus, &["empty", "header", "nul", "bare-newline"], raw_header);
}

#[test]
fn the_corpus_moves_from_courier_to_dovecot() {
    crosses(Site::Courier, Site::Slashed, &["empty"], nul_or_last_return);
}
