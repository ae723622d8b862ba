//! # Matrix: refused
//! What one server holds and another refuses: messages are parked with their octets, folders get another name or are
//! blocked, and nothing else is missing.

use std::fs;
use std::path::Path;

use posthorse_tests::servers::*;
use serde_json::Value;

use crate::support_run::*;
use crate::support_shared::*;

/// Folder, UID and class of each message in quarantine, after a look at its octets.
fn parked(road: &Road, report: &Value, expected: &[(&str, usize, &str)]) {
    let parked = road.parked(report);
    assert_eq!(parked.iter().map(Parked::reason).collect::<Vec<_>>(), expected, "{report:#}");
}

#[test]
fn what_cyrus_refuses_is_kept_and_all_else_arrives() {
    for (into, prefix) in [(Site::Cyrus, ""), (Site::CyrusDots, "INBOX.")] {
        let road = Road::new(Site::Slashed, into, &profile::awkward());
        let report = road.migrate().run().expect(3).report();
        let expected = [("INBOX", 2, "empty"), ("INBOX", 3, "header"), ("INBOX", 4, "header")];
        parked(&road, &report, &expected);
        let renamed = folder(&report, "He said \"no\" * 100%");
        assert_eq!(renamed["destination"], format!("{prefix}He said _no_ _ 100_"), "{renamed:#}");
        let why = renamed["why"].as_str().unwrap();
        assert!(why.starts_with("renamed") && why.contains("Invalid mailbox name"), "{why}");
        assert!(report["warnings"].to_string().contains("renamed-folders"), "{report:#}");
        let verdict = equal(&road.judge_without(&report).map("He said \"no\" * 100%", "He said _no_ _ 100_"));
        assert_eq!(verdict.totals.same, profile::awkward().count() - 3);
        road.nothing_is_left(3);
    }
}

#[test]
fn courier_takes_nearly_everything_and_rewrites_line_ends_only() {
    let road = Road::new(Site::Slashed, Site::Courier, &profile::awkward());
    let report = road.migrate().run().expect(0).report();
    // Courier 5.0 knows no characters beyond U+FFFF.
    assert_eq!(folder(&report, "Emoji 😀")["destination"], "INBOX.Emoji _", "{report:#}");
    let verdict = equal(&road.judge().map("Emoji 😀", "Emoji _"));
    assert_eq!(verdict.totals.same, profile::awkward().count());
    road.nothing_is_left(0);
}

fn with_body(subject: &str, number: u32, body: &[u8]) -> Message {
    let mut letter = tiny::letter(subject, number);
    letter.octets.extend_from_slice(body);
    letter
}

/// Mail that Courier serves as it lies there.
fn oddities() -> Mailbox {
    let letters = [
        tiny::letter("good", 60),
        with_body("NUL", 61, b"one \0 two\r\n"),
        with_body("CRs", 62, b"one \r two\r\r three\r\n"),
        with_body("no end", 63, b"four"),
        tiny::letter("good again", 64),
    ];
    Mailbox { folders: vec![Folder::new("INBOX").with(letters)] }
}

#[test]
fn a_nul_is_refused_by_cyrus_and_rewritten_by_dovecot() {
    let road = Road::new(Site::Courier, Site::Cyrus, &oddities());
    let report = road.migrate().run().expect(3).report();
    parked(&road, &report, &[("INBOX", 2, "nul")]);
    equal(&road.judge_without(&report));
    road.nothing_is_left(3);

    let road = Road::new(Site::Courier, Site::Slashed, &oddities());
    let report = road.migrate().run().expect(0).report();
    let verdict = equal(&road.judge());
    assert_eq!((verdict.totals.rewritten, number(&report["totals"], "copied")), (1, 5), "{report:#}");
    road.nothing_is_left(0);
}

/// Puts octets of the same length in the place of others in the store of a Cyrus, which takes no such mail by IMAP.
fn edit(spool: &Path, old: &[u8], new: &[u8]) -> u32 {
    let mut edited = 0;
    for (path, mut octets) in files(spool) {
        if let Some(at) = octets.windows(old.len()).position(|window| window == old) {
            octets[at..at + new.len()].copy_from_slice(new);
            fs::write(path, octets).unwrap();
            edited += 1;
        }
    }
    edited
}

#[test]
fn a_bare_newline_is_refused_by_cyrus_and_made_whole_by_courier() {
    let mailbox = || {
        let letters =
            [tiny::letter("good", 65), with_body("bare", 66, b"hereISaNEWLINE\r\n"), tiny::letter("good again", 67)];
        Mailbox { folders: vec![Folder::new("INBOX").with(letters)] }
    };
    let road = Road::new(Site::Cyrus, Site::CyrusDots, &mailbox());
    assert_eq!(edit(&road.source().home().join("spool"), b"hereISaNEWLINE", b"here\naNEW\nLINE"), 1);
    let report = road.migrate().run().expect(3).report();
    parked(&road, &report, &[("INBOX", 2, "bare-newline")]);
    equal(&road.judge_without(&report));
    road.nothing_is_left(3);
}

#[test]
fn a_strict_cyrus_refuses_raw_octets_in_headers() {
    let road = Road::new(Site::Dotted, Site::CyrusStrict, &profile::tiny());
    let report = road.migrate().run().expect(3).report();
    let expected = [("INBOX", 10, "8-bit-header"), ("INBOX", 11, "8-bit-header")];
    parked(&road, &report, &expected);
    let judge = road.judge_without(&report);
    assert_eq!(equal(&judge).totals.rewritten, 0);
    road.nothing_is_left(3);
}

/// A letter in each of these folders.
fn named(paths: &[&str]) -> Mailbox {
    let folders = (0..).zip(paths).map(|(number, path)| Folder::new(path).with([tiny::letter(path, 100 + number)]));
    Mailbox { folders: folders.collect() }
}

/// Source and destination names, both as the servers spell them.
type Names<'a> = &'a [(&'a str, &'a str)];

/// Moves a letter in each folder and finds it under the other name; `told`: the plan knows before anything is made.
fn renames(source: Site, into: Site, names: Names, told: bool) {
    let paths: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
    let road = Road::new(source, into, &named(&paths));
    let (delimiter, prefix) = road.source().hierarchy();
    let spelled = |path: &str| format!("{prefix}{}", path.replace('/', &delimiter.to_string()));
    let plan = road.plan();
    let report = road.migrate().run().expect(0).report();
    let renamed = report["warnings"].to_string();
    let mut judge = road.judge();
    for (from, to) in names {
        let entry = folder(&report, &spelled(from));
        assert_eq!(entry["destination"], *to, "{entry:#}");
        if told {
            assert_eq!(planned(&plan, &spelled(from))["destination"], *to, "{plan:#}");
        }
        let (there, prefix) = road.destination().hierarchy();
        let same = to.strip_prefix(prefix.as_str()).unwrap().replace(there, "/") == *from;
        assert_eq!(entry["why"].as_str().unwrap().starts_with("renamed"), !same, "{entry:#}");
        assert_eq!(renamed.contains(&format!("'{}' as '{to}'", spelled(from))), !same, "{renamed}");
        judge = judge.map(&spelled(from), to);
    }
    let verdict = equal(&judge);
    assert_eq!(verdict.totals.same, u64::try_from(names.len()).unwrap());
    road.nothing_is_left(0);
}

#[test]
fn the_other_sides_delimiter_becomes_an_underscore_and_taken_names_get_a_number() {
    let names: Names = &[
        ("a.b", "INBOX.a_b_1"),
        ("a_b", "INBOX.a_b"),
        ("a.b/c.d", "INBOX.a_b_1.c_d"),
        ("Dr. Jones...", "INBOX.Dr_ Jones___"),
        ("v1.0", "INBOX.v1_0"),
    ];
    renames(Site::Mdbox, Site::Dotted, names, true);
    renames(Site::Cyrus, Site::Courier, names, true);
}

#[test]
fn names_that_differ_in_case_only_stay_two_folders() {
    for (source, into) in [(Site::Slashed, Site::Cyrus), (Site::Courier, Site::Mdbox), (Site::Cyrus, Site::Slashed)] {
        let names: Names = &[("Work", "Work"), ("work", "work"), ("WORK/One", "WORK/One"), ("work/one", "work/one")];
        renames(source, into, names, true);
    }
}

#[test]
fn what_cyrus_refuses_in_a_name_becomes_an_underscore_and_no_more() {
    let names: Names = &[
        ("50% off!", "50_ off_"),
        ("a; b. c", "a_ b. c"),
        ("x^y`z", "x_y_z"),
        ("<tag>|{set}", "_tag___set_"),
        ("Fish & chips #1, *", "Fish & chips #1, *"),
    ];
    renames(Site::Mdbox, Site::Cyrus, names, false);
    let names: Names =
        &[("what|", "what__1"), ("what_", "what_"), ("really?", "really?"), ("in/what|else/deep", "in/what_else/deep")];
    renames(Site::Mdbox, Site::Cyrus, names, false);
}

#[test]
fn what_dovecot_refuses_in_a_name_becomes_an_underscore() {
    let long = format!("{}é{}", "x".repeat(180), "y".repeat(40));
    let long = long.as_str();
    let road = Road::new(Site::Cyrus, Site::Slashed, &named(&["~tilde", "v1.0 ~", "~", long]));
    let report = road.migrate().run().expect(0).report();
    for (from, to) in [("~tilde", "_tilde"), ("v1.0 ~", "v1_0 ~"), ("~", "_")] {
        assert_eq!(folder(&report, from)["destination"], to, "{report:#}");
    }
    let cut = folder(&report, long)["destination"].as_str().unwrap().to_owned();
    let judge = road.judge().map("~tilde", "_tilde").map("v1.0 ~", "v1_0 ~").map("~", "_").map(long, &cut);
    equal(&judge);
    road.nothing_is_left(0);
}

#[test]
fn a_name_that_cannot_be_decoded_is_carried_under_one_that_can() {
    // Half a surrogate pair: Cyrus takes any modified UTF-7.
    let road = Road::new(Site::Cyrus, Site::Mdbox, &profile::tiny());
    let mut client = road.source().client(&road.from).unwrap();
    client.command("CREATE \"half&2AA-\"").unwrap();
    client.append("half&2AA-", &tiny::letter("half a character", 70)).unwrap();
    let report = road.migrate().run().expect(0).report();
    let moved = folder(&report, "half\\x262AA-");
    assert_eq!((&moved["destination"], number(moved, "copied")), (&"half_2AA-".into(), 1), "{report:#}");
    assert!(report["warnings"].to_string().contains("undecodable-name"), "{report:#}");
    let judge = road.judge().map("half&2AA-", "half_2AA-");
    equal(&judge.tolerate(judge::Tolerance::Subscriptions));
    road.nothing_is_left(0);
}

#[test]
fn folders_that_are_listed_and_cannot_be_opened_are_blocked_and_the_rest_goes_on() {
    let mut mailbox = profile::tiny();
    mailbox.folders.extend(named(&["~tilde", "good", "bad&name"]).folders);
    let road = Road::new(Site::Dotted, Site::Cyrus, &mailbox);
    // QUIRK: Dovecot 2.3 lists a directory whose name is no modified UTF-7, spelled anew, and then does not find it.
    let maildir = road.source().maildir(&road.from);
    fs::rename(maildir.join(".bad&-name"), maildir.join(".bad&name")).unwrap();
    let report = road.migrate().run().expect(3).report();
    for (name, words) in [("INBOX.~tilde", "CANNOT"), ("INBOX.bad&name", "exist")] {
        let blocked = folder(&report, name);
        assert!(blocked["error"].as_str().unwrap().contains(words), "{blocked:#}");
        assert_eq!((number(blocked, "blocked"), number(blocked, "copied")), (0, 0), "STATUS does not count them");
    }
    assert_eq!(number(&report["totals"], "copied"), profile::tiny().count() + 1, "{report:#}");
    let judge = road.judge();
    equal(&judge.exclude("~tilde").exclude("bad&name"));
    road.nothing_is_left(3);
}

#[test]
fn special_folders_are_found_by_their_use_in_any_spelling() {
    let mut mailbox = profile::tiny();
    mailbox.folders.push(Folder::new("Junk").used_for("Junk").with([tiny::letter("junk", 71)]));
    for (into, prefix) in [(Site::Cyrus, ""), (Site::CyrusDots, "INBOX.")] {
        let road = Road::new(Site::Dotted, into, &mailbox);
        let plan = road.plan();
        let uses = [("Sent Messages", "Sent"), ("Deleted Messages", "Trash"), ("Drafts", "Drafts"), ("Junk", "Spam")];
        for (from, to) in uses {
            let entry = planned(&plan, &format!("INBOX.{from}"));
            assert_eq!(entry["destination"], format!("{prefix}{to}"), "{plan:#}");
            assert!(entry["why"].as_str().unwrap().contains("special use"), "{entry:#}");
        }
        road.migrate().run().expect(0);
        equal(&road.judge());
    }
}
