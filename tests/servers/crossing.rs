//! # Crossing
//! A mailbox moves between two real Dovecots by the real binary, and a judge that shares no code with it finds both equal.

use std::fs;

use posthorse_tests::servers::judge::Totals;
use posthorse_tests::servers::*;
use serde_json::Value;

use crate::support_run::*;

#[test]
fn a_mailbox_crosses_whole_whichever_way_the_servers_are_spoken_to() {
    for manner in [Manner::Tls, Manner::Starttls, Manner::Plain] {
        let pair = Pair::start(Dovecot::dotted(), Dovecot::slashed(), &profile::tiny());
        let judge = pair.judge();
        let before = judge.snapshot().unwrap();
        let report = pair.migrate(manner).run().expect(0).report();
        let verdict = judge.compare().unwrap();
        assert!(verdict.equal, "{manner:?}: {}", verdict.text);
        let untouched = judge.untouched(&before).unwrap();
        assert!(untouched.equal, "{manner:?}: {}", untouched.text);
        let count = profile::tiny().count();
        assert_eq!((verdict.totals.same, number(&report["totals"], "copied")), (count, count), "{manner:?}");
        assert_eq!((&report["state"], &report["pass"]["kind"]), (&"verified".into(), &"initial".into()));
        assert_eq!(folder(&report, "INBOX.Sent Messages")["destination"], "Sent");
        assert_eq!(folder(&report, "INBOX.Deleted Messages")["destination"], "Trash");
        no_secret_in(&pair.state(), [&pair.from, &pair.to]);
    }
}

#[test]
fn what_is_awkward_is_carried_or_kept_and_never_stops_the_rest() {
    let pair = Pair::start(Dovecot::default(), Dovecot::default(), &profile::awkward());
    let report = pair.migrate(Manner::Tls).run().expect(3).report();
    let parked = report["quarantined"].as_array().unwrap();
    assert_eq!(parked.len(), 1, "{report:#}");
    assert_eq!((&parked[0]["class"], &parked[0]["size"]), (&"empty".into(), &0.into()));
    kept_exactly(&pair, &report);
    reviewed(&pair, parked[0]["object"].as_str().unwrap());
    let verdict = without_parked(&pair, &report).compare().unwrap();
    // Dovecot puts today in the place of a date in the future and drops a lone CR at the end; nothing else may differ.
    let count = profile::awkward().count();
    let expected = Totals { source: count, destination: count - 1, same: count - 2, ..Totals::default() };
    let expected = Totals { quarantined: 1, dates_differ: 1, changed: 1, ..expected };
    assert_eq!(verdict.totals, expected, "{}", verdict.text);
}

/// What `posthorse review` lists, shows and hands out of the one message in quarantine.
fn reviewed(pair: &Pair, object: &str) {
    let item = object.strip_prefix("quarantine/").and_then(|name| name.strip_suffix(".eml")).unwrap();
    let review = |word: &str| Call::new(["review", word]).path("--state", &pair.state());
    let listed = review("list").arg("--json").run().expect(0).json();
    assert_eq!((&listed["items"][0]["item"], &listed["items"][0]["facts"]["class"]), (&item.into(), &"empty".into()));
    assert!(review("list").run().expect(0).stdout.contains(item));
    assert!(review("show").arg(item).run().expect(0).stdout.contains("class: empty"));
    let to = pair.file("kept.eml");
    review("download").arg(item).path("--to", &to).run().expect(0);
    assert_eq!(std::fs::read(&to).unwrap(), std::fs::read(pair.state().join(object)).unwrap());
    // A file that is there is not written over, and what is no item is no path.
    review("download").arg(item).path("--to", &to).run().expect(2);
    review("show").arg("../plan").run().expect(2);
}

#[test]
fn folders_that_only_look_like_sent_keep_their_names_and_the_plan_names_the_map() {
    let mut mailbox = profile::tiny();
    for (path, subject) in [("Отправленные", "russian"), ("Sent Mail", "gmail"), ("Gesendet", "german")] {
        mailbox.folders.push(Folder::new(path).with([tiny::letter(subject, 70)]));
    }
    let pair = Pair::start(Dovecot::dotted(), Dovecot::slashed(), &mailbox);
    let plan = pair.migrate(Manner::Plain).arg("--dry-run").run().expect(0).json();
    for name in ["Отправленные", "Sent Mail", "Gesendet"] {
        let planned = planned(&plan, &format!("INBOX.{name}"));
        assert_eq!(planned["destination"], name);
        let told = format!("--map 'INBOX.{name}=Sent'");
        assert!(planned["notes"].to_string().contains(&told), "{planned}");
    }
    let report = pair.migrate(Manner::Plain).run().expect(0).report();
    let verdict = pair.judge().compare().unwrap();
    assert!(verdict.equal, "{}", verdict.text);
    assert!(report["warnings"].to_string().contains("--map 'INBOX.Gesendet=Sent'"), "{report:#}");
}

#[test]
fn a_dry_run_prints_the_plan_and_writes_nothing_anywhere() {
    let pair = Pair::start(Dovecot::dotted(), Dovecot::slashed(), &profile::tiny());
    // The first login makes this server's special folders.
    drop(pair.destination.client(&pair.to).unwrap());
    let judge = pair.judge();
    let (source, destination) = (judge.snapshot().unwrap(), Judge::of(&pair.destination, &pair.to).unwrap());
    let before = destination.snapshot().unwrap();
    let dry = pair.migrate(Manner::Tls).arg("--dry-run");
    let plan = dry.run().expect(0).json();
    assert_eq!(planned(&plan, "INBOX.Sent Messages")["destination"], "Sent");
    assert_eq!(planned(&plan, "INBOX.Archive.2012.Été & hiver")["destination"], "Archive/2012/Été & hiver");
    assert_eq!(planned(&plan, "INBOX")["messages"], 25);
    let table = Call::clone(&dry).swap("--json", "--quiet").run().expect(0).stdout;
    for row in [["INBOX.Sent Messages", "Sent", "3"], ["INBOX.Empty", "Empty", "0"], ["INBOX", "INBOX", "25"]] {
        let line = table.lines().find(|line| line.starts_with(&format!("{} ", row[0])));
        let line = line.unwrap_or_else(|| panic!("no {row:?} in\n{table}"));
        assert!(row.iter().all(|cell| line.contains(cell)), "{row:?} in\n{table}");
    }
    assert!(!pair.state().exists());
    assert!(judge.untouched(&source).unwrap().equal);
    let verdict = destination.untouched(&before).unwrap();
    assert!(verdict.equal, "{}", verdict.text);
}

#[test]
fn folders_are_mapped_included_and_excluded_by_the_names_of_the_plan() {
    let pair = Pair::start(Dovecot::dotted(), Dovecot::slashed(), &profile::tiny());
    let report = pair
        .migrate(Manner::Plain)
        .option("--map", "INBOX.Archive=Old/Post")
        .option("--exclude", "INBOX.Entw*")
        .option("--exclude", "INBOX.Deleted Messages")
        .run()
        .expect(0)
        .report();
    let judge = pair.judge().map("Archive", "Old/Post").exclude("Entwürfe alt").exclude("Deleted Messages");
    let verdict = judge.compare().unwrap();
    assert!(verdict.equal, "{}", verdict.text);
    assert_eq!(number(&report["totals"], "filtered"), 2);
    assert_eq!(number(&report["totals"], "source"), profile::tiny().count());
    assert_eq!(folder(&report, "INBOX.Archive.2012.Été & hiver")["destination"], "Old/Post/2012/Été & hiver");

    let pair = Pair::of(pair.source, Server::start(Dovecot::slashed()).unwrap());
    let call = pair.migrate(Manner::Plain).option("--include", "INBOX.Archive").option("--exclude", "*hiver");
    let report = call.run().expect(0).report();
    assert_eq!((number(&report["totals"], "copied"), pair.delivered("Archive").len()), (1, 1));
    assert_eq!(number(&report["totals"], "filtered"), profile::tiny().count() - 1);
    assert_eq!(pair.delivered("INBOX"), []);
}

#[test]
fn a_name_that_matches_nothing_is_a_mistake_and_nothing_is_begun() {
    let pair = Pair::start(Dovecot::dotted(), Dovecot::slashed(), &profile::tiny());
    let rows = [("--include", "INBOX.Archiv"), ("--exclude", "Archive?"), ("--map", "INBOX.Nirgends=Sent")];
    for (option, value) in rows {
        for dry in [true, false] {
            let call = pair.migrate(Manner::Plain).option(option, value);
            let ended = if dry { call.arg("--dry-run") } else { call }.run().expect(2);
            let name = value.split('=').next().unwrap();
            assert!(ended.stderr.contains(name), "{option} {value}: {}", ended.stderr);
            assert!(ended.stdout.is_empty(), "{}", ended.stdout);
        }
    }
    assert_eq!(pair.delivered("INBOX"), []);
    // The mistake is mended by the same command without it.
    pair.migrate(Manner::Plain).run().expect(0);
    assert!(pair.judge().compare().unwrap().equal);
}

#[test]
fn a_message_over_the_stated_limit_is_kept_without_being_sent() {
    let pair = Pair::start(Dovecot::dotted(), limited(None), &with_large());
    let report = pair.migrate(Manner::Tls).run().expect(3).report();
    large_are_parked(&pair, &report, "APPENDLIMIT");
}

#[test]
fn a_message_that_the_server_refuses_is_kept_with_its_words_and_the_rest_goes_on() {
    // The same limit, not announced: with MULTIAPPEND, with LITERAL+, with synchronising literals.
    for capability in ["", LITERAL_PLUS, SYNCHRONISING] {
        let pair = Pair::start(Dovecot::dotted(), limited(Some(capability)), &with_large());
        let report = pair.migrate(Manner::Plain).run().expect(3).report();
        large_are_parked(&pair, &report, "larger than the maximum");
    }
}

#[test]
fn flags_that_the_destination_does_not_keep_are_counted_by_name() {
    let destination = Dovecot { rights: Some("lrstipekxa".into()), ..Dovecot::slashed() };
    let pair = Pair::start(Dovecot::dotted(), destination, &profile::tiny());
    let report = pair.migrate(Manner::Plain).run().expect(0).report();
    let dropped = &folder(&report, "INBOX")["flags_dropped"];
    let expected: Value =
        [("$Forwarded", 1), ("MyLabel", 2), ("NonJunk", 1), ("\\Answered", 1), ("\\Draft", 1), ("\\Flagged", 1)]
            .into_iter()
            .map(|(name, count)| (name.to_owned(), Value::from(count)))
            .collect();
    assert_eq!(dropped, &expected);
    assert_eq!(folder(&report, "INBOX.Drafts")["flags_dropped"], serde_json::json!({"\\Draft": 1}));
    let verdict = pair.judge().compare().unwrap();
    let count = profile::tiny().count();
    let expected = Totals { source: count, destination: count, same: count, ..Totals::default() };
    assert_eq!(verdict.totals, Totals { flags_differ: 2, keywords_differ: 2, ..expected }, "{}", verdict.text);
}

/// Dovecot 2.3's capabilities after login, without MULTIAPPEND.
const LITERAL_PLUS: &str = "IMAP4rev1 ID ENABLE IDLE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED CONDSTORE QRESYNC \
                            ESEARCH LIST-STATUS SPECIAL-USE BINARY MOVE STATUS=SIZE LITERAL+";
/// And without LITERAL+.
const SYNCHRONISING: &str = "IMAP4rev1 ID ENABLE IDLE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED CONDSTORE QRESYNC \
                             ESEARCH LIST-STATUS SPECIAL-USE BINARY MOVE STATUS=SIZE";

#[test]
fn every_way_to_append_delivers_the_same() {
    let mut turns = Vec::new();
    for capability in [None, Some(LITERAL_PLUS), Some(SYNCHRONISING)] {
        let destination = Dovecot { capability: capability.map(str::to_owned), ..Dovecot::slashed() };
        let mut mailbox = profile::tiny();
        mailbox.folders.push(Folder { path: vec!["Many".into()], ..profile::plain(300, 3_000).folders.remove(0) });
        let pair = Pair::start(Dovecot::dotted(), destination, &mailbox);
        let proxy = Proxy::start(pair.destination.port(), Rules::default()).unwrap();
        pair.between(Manner::Plain, pair.source.port(), proxy.port()).run().expect(0).report();
        let verdict = pair.judge().compare().unwrap();
        assert!(verdict.equal, "{capability:?}: {}", verdict.text);
        turns.push(proxy.counts().turns);
    }
    // Each synchronising literal waits for its own word to go on; the others do not.
    let count = profile::tiny().count() + 300;
    assert!(turns[0] < count && turns[1] < turns[2] && turns[2] > count, "{turns:?}");
}

#[test]
fn the_connections_that_plan_go_on_to_copy_and_the_recount_has_its_own() {
    let pair = Pair::start(Dovecot::dotted(), Dovecot::slashed(), &profile::tiny());
    let start = |port| Proxy::start(port, Rules::default()).unwrap();
    let (from, to) = (start(pair.source.port()), start(pair.destination.port()));
    let call = pair.between(Manner::Plain, from.port(), to.port()).option("--connections", "2");
    let had = || [&from, &to].map(|proxy| proxy.counts().connections);
    call.run().expect(0);
    assert_eq!(had(), [4, 4], "two pairs, and as many for the recount");
    call.run().expect(0);
    assert_eq!(had(), [7, 7], "nothing is copied: one more to plan, and those of the recount");
    assert!(pair.judge().compare().unwrap().equal);
}

/// Refuses what is over 5,000 octets; `capability` hides that from the client.
fn limited(capability: Option<&str>) -> Dovecot {
    Dovecot { max_mail_size: Some(50_000), capability: capability.map(str::to_owned), ..Dovecot::slashed() }
}

/// Two large messages among the others.
fn with_large() -> Mailbox {
    let mut mailbox = profile::tiny();
    let inbox = &mut mailbox.folder_mut("INBOX").unwrap().listed;
    for (at, number) in [(3, 90), (9, 91)] {
        let mut large = tiny::letter("a large one", number).seen().keyword("Big");
        large.octets.extend(b"All work and no play makes Jack a dull boy.\r\n".repeat(1_500));
        inbox.insert(at, large);
    }
    mailbox
}

fn large_are_parked(pair: &Pair, report: &Value, words: &str) {
    let parked = report["quarantined"].as_array().unwrap();
    let uids: Vec<_> = parked.iter().map(|message| message["uid"].as_u64().unwrap()).collect();
    assert_eq!(uids, [4, 10], "{report:#}");
    for message in parked {
        assert_eq!((&message["class"], &message["folder"]), (&"too-big".into(), &"INBOX".into()));
        assert!(message["response"].as_str().unwrap().contains(words), "{message}");
    }
    kept_exactly(pair, report);
    let verdict = without_parked(pair, report).compare().unwrap();
    assert!(verdict.equal, "{}", verdict.text);
    assert_eq!(verdict.totals.quarantined, 2);
}

fn without_parked(pair: &Pair, report: &Value) -> Judge {
    let file = pair.file("report.json");
    fs::write(&file, report.to_string()).unwrap();
    pair.judge().without(&file)
}

fn planned<'a>(plan: &'a Value, source: &str) -> &'a Value {
    let mut folders = plan["folders"].as_array().unwrap().iter();
    folders.find(|folder| folder["source"] == source).unwrap_or_else(|| panic!("no folder '{source}' in {plan:#}"))
}
