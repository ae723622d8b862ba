//! # Delta
//! What a further run does: nothing without news, just the news otherwise, and never a message that somebody deleted.

use posthorse_tests::servers::*;
use serde_json::Value;

use crate::support_run::*;

/// A pair whose initial pass is done.
fn moved() -> Pair {
    let pair = Pair::start(Dovecot::dotted(), Dovecot::slashed(), &profile::tiny());
    pair.migrate(Manner::Plain).run().expect(0);
    pair
}

fn again(pair: &Pair) -> Value {
    pair.migrate(Manner::Plain).run().expect(0).report()
}

fn equal(pair: &Pair) {
    let verdict = pair.judge().compare().unwrap();
    assert!(verdict.equal, "{}", verdict.text);
}

/// Deletes one message for good, and no other that is marked.
fn delete(server: &Server, login: &Login, folder: &str, uid: u32) {
    let mut client = server.client(login).unwrap();
    let select = format!("SELECT {}", client::quote(folder));
    for command in [select, format!("UID STORE {uid} +FLAGS (\\Deleted)"), format!("UID EXPUNGE {uid}")] {
        client.command(&command).unwrap();
    }
}

#[test]
fn a_further_run_without_news_appends_nothing_and_reads_no_mail() {
    let pair = moved();
    let before = pair.uid_nexts();
    let (source, destination) = (pair.source.port(), pair.destination.port());
    let [from, to] = [source, destination].map(|port| Proxy::start(port, Rules::default()).unwrap());
    // The port is part of the mailbox's name, so the proxies get a migration of their own: it adopts what is there.
    let call = pair.between(Manner::Plain, from.port(), to.port()).swap("/state", "/state2");
    let report = call.run().expect(0).report();
    assert_eq!(
        (number(&report["totals"], "adopted"), number(&report["totals"], "copied")),
        (profile::tiny().count(), 0)
    );
    let (read, sent) = (from.counts().down, to.counts().up);
    let report = call.run().expect(0).report();
    assert_eq!((&report["pass"]["kind"], &report["pass"]["number"]), (&"delta".into(), &2.into()));
    assert_eq!(number(&report["this_pass"], "source"), 0);
    assert_eq!(number(&report["totals"], "source"), profile::tiny().count());
    // Lists, STATUS and flags of 37 messages in 12 folders; their mail alone is more than 35,000 octets.
    let (read, sent) = (from.counts().down - read, to.counts().up - sent);
    assert!(read < 25_000 && sent < 5_000, "{read} octets read, {sent} sent");
    assert_eq!(again(&pair)["this_pass"]["copied"], 0);
    assert_eq!(pair.uid_nexts(), before);
    equal(&pair);
}

#[test]
fn a_further_run_copies_just_what_is_new() {
    let pair = moved();
    let mut client = pair.source.client(&pair.from).unwrap();
    client.append("INBOX", &tiny::letter("new", 80).seen().keyword("Fresh")).unwrap();
    // The same letter once more is another message.
    client.append("INBOX", &tiny::letter("first", 19).seen()).unwrap();
    client.command("CREATE INBOX.Later").unwrap();
    client.command("SUBSCRIBE INBOX.Later").unwrap();
    client.append("INBOX.Later", &tiny::letter("in a new folder", 81)).unwrap();
    let report = again(&pair);
    assert_eq!((number(&report["this_pass"], "source"), number(&report["this_pass"], "copied")), (3, 3));
    assert_eq!(number(&report["totals"], "copied"), profile::tiny().count() + 3);
    equal(&pair);
    assert_eq!(number(&again(&pair)["this_pass"], "copied"), 0);
}

#[test]
fn what_was_deleted_at_the_destination_is_not_brought_back() {
    let pair = moved();
    delete(&pair.destination, &pair.to, "INBOX", 1);
    delete(&pair.destination, &pair.to, "Sent", 2);
    pair.source.client(&pair.from).unwrap().append("INBOX", &tiny::letter("new", 80)).unwrap();
    let report = again(&pair);
    assert_eq!((number(&report["totals"], "removed"), number(&report["this_pass"], "copied")), (2, 1));
    assert_eq!(
        (number(folder(&report, "INBOX"), "removed"), number(folder(&report, "INBOX.Sent Messages"), "removed")),
        (1, 1)
    );
    assert_eq!((pair.delivered("INBOX").len(), pair.delivered("Sent").len()), (25, 2));
    let report = again(&pair);
    assert_eq!((number(&report["totals"], "removed"), number(&report["this_pass"], "copied")), (2, 0));
}

#[test]
fn what_was_moved_at_the_destination_is_not_copied_again() {
    let pair = moved();
    let mut client = pair.destination.client(&pair.to).unwrap();
    client.command("SELECT INBOX").unwrap();
    client.command("MOVE 1:5 Archive").unwrap();
    drop(client);
    assert_eq!(number(&again(&pair)["this_pass"], "copied"), 0);
    assert_eq!((pair.delivered("INBOX").len(), pair.delivered("Archive").len()), (20, 6));
}

#[test]
fn what_was_deleted_at_the_source_stays_at_the_destination_and_counts_as_gone() {
    let pair = moved();
    delete(&pair.source, &pair.from, "INBOX", 3);
    let report = again(&pair);
    assert_eq!((number(&report["totals"], "gone"), number(&report["totals"], "copied")), (1, profile::tiny().count()));
    assert_eq!(pair.delivered("INBOX").len(), 25);
}

#[test]
fn flags_that_changed_at_the_source_are_counted() {
    let pair = moved();
    let mut client = pair.source.client(&pair.from).unwrap();
    client.command("SELECT INBOX").unwrap();
    client.command("STORE 1 +FLAGS (\\Flagged)").unwrap();
    client.command("STORE 2 +FLAGS (Todo)").unwrap();
    drop(client);
    assert_eq!(number(folder(&again(&pair), "INBOX"), "flags_changed"), 2);
}

#[test]
fn a_folder_left_out_at_first_can_be_taken_later() {
    let pair = Pair::start(Dovecot::dotted(), Dovecot::slashed(), &profile::tiny());
    let first = pair.migrate(Manner::Plain).option("--exclude", "INBOX.Archive").run().expect(0).report();
    assert_eq!((number(&first["totals"], "filtered"), pair.delivered("Archive").len()), (2, 0));
    let second = again(&pair);
    assert_eq!((number(&second["totals"], "filtered"), number(&second["this_pass"], "copied")), (0, 2));
    equal(&pair);
}

#[test]
fn a_map_that_would_move_a_folder_with_copied_mail_is_refused() {
    let pair = moved();
    let before = pair.uid_nexts();
    let ended = pair.migrate(Manner::Plain).option("--map", "INBOX.Archive=Elsewhere").run().expect(2);
    assert!(ended.stderr.contains("INBOX.Archive") && ended.stdout.is_empty(), "{ended:?}");
    assert_eq!(pair.uid_nexts(), before);
    again(&pair);
}

#[test]
fn after_the_final_pass_another_must_be_asked_for_and_after_the_end_there_is_none() {
    let pair = moved();
    let last = pair.migrate(Manner::Plain).option("--pass", "final").run().expect(0).report();
    assert_eq!(last["pass"]["kind"], "final");
    let refused = pair.migrate(Manner::Plain).run().expect(2);
    assert!(refused.stderr.contains("--pass") && refused.stderr.contains("finish"), "{}", refused.stderr);
    let more = pair.migrate(Manner::Plain).option("--pass", "delta").run().expect(0).report();
    assert_eq!((&more["pass"]["kind"], &more["pass"]["number"]), (&"delta".into(), &3.into()));
    assert!(pair.look("finish").run().expect(0).stdout.contains("finished"));
    assert!(pair.look("status").run().expect(0).stdout.contains("finished"));
    for call in [pair.migrate(Manner::Plain).option("--pass", "final"), pair.verify(Manner::Plain)] {
        let refused = call.run().expect(2);
        assert!(refused.stderr.contains("finished") && refused.stdout.is_empty(), "{refused:?}");
    }
    // What it said stays readable, and finishing twice is no mistake.
    pair.look("finish").run().expect(0);
    assert_eq!(pair.look("report").arg("--json").run().expect(0).report()["state"], "finished");
}

#[test]
fn words_are_done_once_and_a_state_that_forbids_them_is_named() {
    let pair = moved();
    for word in ["pause", "resume"] {
        let refused = pair.look(word).run().expect(2);
        assert!(refused.stderr.contains("verified") && refused.stdout.is_empty(), "{word}: {refused:?}");
    }
    assert!(pair.look("pass").arg("final").run().expect(0).stdout.contains("posthorse migrate"));
    let again = pair.look("pass").arg("final").arg("--json").run().expect(0).json();
    assert_eq!((&again["already"], &again["state"]), (&true.into(), &"planning".into()));
    assert!(pair.look("pause").run().expect(0).stdout.starts_with("paused"));
    assert!(pair.look("resume").run().expect(0).stdout.starts_with("planning"));
    let last = pair.migrate(Manner::Plain).run().expect(0).report();
    assert_eq!((&last["pass"]["kind"], &last["pass"]["number"]), (&"final".into(), &2.into()));
    pair.look("rerun").arg("1").run().expect(0);
    assert_eq!(pair.migrate(Manner::Plain).run().expect(0).report()["pass"]["number"], 3);
    let refused = pair.look("rerun").arg("999").run().expect(2);
    assert!(refused.stderr.contains("no such folder"), "{refused:?}");
    assert!(pair.look("cancel").run().expect(0).stdout.starts_with("cancelled"));
    let refused = pair.look("finish").run().expect(2);
    assert!(refused.stderr.contains("cancelled"), "{refused:?}");
}

#[test]
fn a_state_directory_can_be_looked_at_and_counted_again() {
    let pair = moved();
    let status = pair.look("status").run().expect(0).stdout;
    assert!(status.starts_with("verified (pass 1, initial)"), "{status}");
    let status = pair.look("status").arg("--json").run().expect(0).json();
    assert_eq!((&status["state"], &status["pass"]["number"]), (&"verified".into(), &1.into()));
    let report = pair.look("report").arg("--json").run().expect(0).report();
    assert_eq!(number(&report["totals"], "copied"), profile::tiny().count());
    let kept: Value = serde_json::from_slice(&std::fs::read(pair.state().join("reports/1.json")).unwrap()).unwrap();
    assert_eq!((&kept["totals"], &kept["folders"]), (&report["totals"], &report["folders"]));
    let table = pair.look("report").run().expect(0).stdout;
    for words in ["INBOX.Sent Messages", "Balance: 37 at the source = 37 copied", "The balance closes."] {
        assert!(table.contains(words), "{words} in\n{table}");
    }
    assert_eq!(
        number(&pair.verify(Manner::Plain).run().expect(0).report()["totals"], "copied"),
        profile::tiny().count()
    );
    delete(&pair.destination, &pair.to, "INBOX", 2);
    let report = pair.verify(Manner::Plain).run().expect(0).report();
    assert_eq!((number(&report["totals"], "removed"), &report["pass"]["number"]), (1, &1.into()));
}

#[test]
fn an_empty_directory_is_no_migration() {
    let pair = Pair::start(Dovecot::dotted(), Dovecot::slashed(), &profile::tiny());
    for command in ["status", "report", "finish"] {
        let ended = pair.look(command).run().expect(5);
        assert!(ended.stderr.contains("migrat") && ended.stdout.is_empty(), "{ended:?}");
    }
    assert!(!pair.state().exists());
}
