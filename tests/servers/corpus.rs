//! # Corpus
//! Mail that nobody here wrote, much of it malformed, crosses between two real Dovecots: each message is copied octet for
//! octet as the source serves it, or kept for review with a reason.
//!
//! `POSTHORSE_CORPUS` names a directory with `data/<class>/….eml`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use posthorse_tests::servers::judge::Tolerance;
use posthorse_tests::servers::*;
use serde_json::Value;

use crate::support_run::*;

/// The directory with the classes; `None` is said aloud.
fn data() -> Option<PathBuf> {
    let Some(corpus) = std::env::var_os("POSTHORSE_CORPUS") else {
        eprintln!(
            "POSTHORSE_CORPUS is not set: no mail of others is tried (it names a directory with data/<class>/….eml)"
        );
        return None;
    };
    // Cargo runs tests in the package's directory, people type the name in the workspace's.
    let corpus = PathBuf::from(corpus);
    let from_root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(&corpus);
    let found = [corpus.join("data"), from_root.join("data")].into_iter().find(|data| data.is_dir());
    Some(found.unwrap_or_else(|| panic!("POSTHORSE_CORPUS={} has no directory data", corpus.display())))
}

/// One folder for each class, its messages in the order of their names.
fn mailbox(data: &Path) -> Mailbox {
    let mut folders = vec![Folder::new("INBOX")];
    for class in sorted(data) {
        let messages = sorted(&class).into_iter().filter(|file| file.extension() == Some(&OsString::from("eml")));
        let messages = (0..).zip(messages).map(|(number, file)| Message {
            octets: served(&fs::read(file).unwrap()),
            internal_date: 1_500_000_000 + 61 * number,
            ..Message::default()
        });
        folders.push(Folder::new(class.file_name().and_then(|name| name.to_str()).unwrap()).with(messages));
    }
    Mailbox { folders }
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The message as Dovecot serves it from a Maildir: each line feed with one carriage return, all else as it is. Most
/// projects store mail with line feeds alone, which is their file format and no oddity of the message.
fn served(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len());
    for &octet in octets {
        if octet == b'\n' {
            while out.last() == Some(&b'\r') {
                out.pop();
            }
            out.push(b'\r');
        }
        out.push(octet);
    }
    out
}

/// Outcome × class, as people read it.
fn table(report: &Value) -> String {
    let outcomes = ["messages", "copied", "quarantined", "vanished", "blocked", "unexplained"];
    let mut lines = vec![format!("{:26}{}", "", outcomes.map(|outcome| format!("{outcome:>13}")).concat())];
    for folder in report["folders"].as_array().unwrap() {
        let counts = outcomes.map(|outcome| format!("{:>13}", number(folder, outcome))).concat();
        lines.push(format!("{:26}{counts}", folder["source"].as_str().unwrap()));
    }
    let mut reasons = BTreeMap::new();
    for message in report["quarantined"].as_array().unwrap() {
        *reasons.entry(format!("{}: {}", message["class"], message["response"])).or_insert(0) += 1;
    }
    lines.extend(reasons.into_iter().map(|(reason, count)| format!("{count} {reason}")));
    lines.join("\n")
}

#[test]
fn every_message_of_the_corpus_is_copied_exactly_or_kept_with_a_reason() {
    let Some(data) = data() else { return };
    let mailbox = mailbox(&data);
    let pair = Pair::start(Dovecot::dotted(), Dovecot::slashed(), &mailbox);
    let source = Judge::of(&pair.source, &pair.from).unwrap();
    let before = source.snapshot().unwrap();
    let ended = pair.migrate(Manner::Tls).run();
    assert!(matches!(ended.code(), Some(0 | 3)), "{ended:?}");
    let report = ended.report();
    eprintln!("{}", table(&report));
    let (totals, count) = (&report["totals"], mailbox.count());
    let parked = report["quarantined"].as_array().unwrap();
    assert!(count > 0);
    assert_eq!(number(totals, "source"), count);
    assert_eq!(number(totals, "copied") + number(totals, "quarantined"), count);
    assert_eq!(u64::try_from(parked.len()).unwrap(), number(totals, "quarantined"));
    for message in parked {
        assert!(message["response"].as_str().is_some_and(|words| !words.is_empty()), "{message}");
    }
    kept_exactly(&pair, &report);
    let file = pair.file("report.json");
    fs::write(&file, report.to_string()).unwrap();
    // QUIRK: Dovecot 2.3: APPEND drops a carriage return that is a message's last octet (mail of old Macs ends so). Those
    // messages alone may differ, by just that.
    let all = mailbox.folders.iter().flat_map(Folder::messages);
    let ends_in_cr = all.filter(|message| message.octets.ends_with(b"\r")).count();
    let verdict = pair.judge().without(&file).tolerate(Tolerance::CourierCrlf).compare().unwrap();
    assert!(verdict.equal, "{}", verdict.text);
    assert_eq!(usize::try_from(verdict.totals.rewritten).unwrap(), ends_in_cr);
    assert_eq!(verdict.totals.same + verdict.totals.quarantined, count);
    assert!(source.untouched(&before).unwrap().equal);
    // Nothing of it is taken for new by a further run.
    let again = pair.migrate(Manner::Tls).run().report();
    assert_eq!(number(&again["this_pass"], "source"), 0, "{}", table(&again));
}

#[test]
fn the_corpus_is_recognised_where_it_lies_already() {
    let Some(data) = data() else { return };
    let mailbox = mailbox(&data);
    let pair = Pair::start(Dovecot::dotted(), Dovecot::slashed(), &mailbox);
    let first = pair.migrate(Manner::Plain).run();
    let parked = number(&first.report()["totals"], "quarantined");
    let before = pair.uid_nexts();
    // A new state directory knows nothing: fingerprints alone must find each message.
    let report = pair.migrate(Manner::Plain).swap("/state", "/state2").run().report();
    eprintln!("{}", report["totals"]);
    assert_eq!(number(&report["totals"], "adopted"), mailbox.count() - parked, "{}", table(&report));
    assert_eq!(pair.uid_nexts(), before);
}
