//! # Judging
//! The judge finds equal mailboxes equal, and names each planted difference.

use posthorse_tests::servers::judge::{Tolerance, Totals, Verdict};
use posthorse_tests::servers::*;

/// What a planted difference does to the destination before it is seeded.
type Plant = fn(&mut Mailbox);
/// Reads the count that must show it.
type Shows = fn(&Totals) -> u64;

fn inbox(mailbox: &mut Mailbox) -> &mut Vec<Message> {
    &mut mailbox.folder_mut("INBOX").unwrap().listed
}

fn judged(source: &Server, destination: &Server, user: u32) -> Verdict {
    let (from, to) = (source.user(1), destination.user(user));
    Judge::of(source, &from).unwrap().against(destination, &to).compare().unwrap()
}

#[test]
fn equal_mailboxes_are_equal_across_delimiters_and_prefixes() {
    let (source, destination) = (Server::start(Dovecot::dotted()).unwrap(), Server::start(Dovecot::default()).unwrap());
    source.seed(&source.user(1), &profile::tiny()).unwrap();
    destination.seed(&destination.user(1), &profile::tiny()).unwrap();
    let verdict = judged(&source, &destination, 1);
    assert!(verdict.equal, "{}", verdict.text);
    assert_eq!(verdict.totals.same, profile::tiny().count());
}

#[test]
fn a_mailbox_seeded_by_append_is_equal_to_one_seeded_as_files() {
    let mdbox = Dovecot { format: Format::Mdbox, ..Dovecot::default() };
    let (source, destination) = (Server::start(Dovecot::dotted()).unwrap(), Server::start(mdbox).unwrap());
    source.seed(&source.user(1), &profile::tiny()).unwrap();
    destination.seed(&destination.user(1), &profile::tiny()).unwrap();
    let verdict = judged(&source, &destination, 1);
    assert!(verdict.equal, "{}", verdict.text);
}

#[test]
fn every_planted_difference_is_named() {
    let planted: [(&str, Plant, Shows); 15] = [
        ("a message is missing", |m| drop(inbox(m).remove(0)), |t| t.missing),
        ("one of two twins is missing", |m| drop(inbox(m).remove(2)), |t| t.missing),
        (
            "a message is doubled",
            |m| {
                let copy = inbox(m)[0].clone();
                inbox(m).push(copy);
            },
            |t| t.duplicate,
        ),
        (
            "a doubled message has lost an octet",
            |m| {
                let mut copy = inbox(m)[0].clone();
                copy.octets.pop();
                inbox(m).push(copy);
            },
            |t| t.duplicate,
        ),
        ("a message nobody sent", |m| inbox(m).push(tiny::letter("new", 99)), |t| t.extra),
        ("a folder nobody had", |m| m.folders.push(Folder::new("New").with([tiny::letter("new", 98)])), |t| t.extra),
        ("an octet is changed", |m| *inbox(m)[0].octets.last_mut().unwrap() = b'?', |t| t.changed),
        ("a flag is lost", |m| inbox(m)[0].flags.clear(), |t| t.flags_differ),
        ("a flag of one twin is lost", |m| inbox(m)[1].flags.clear(), |t| t.flags_differ),
        (
            "a keyword is lost",
            |m| inbox(m).iter_mut().for_each(|m| m.keywords.retain(|keyword| keyword != "NonJunk")),
            |t| t.keywords_differ,
        ),
        ("a date is one second off", |m| inbox(m)[0].internal_date += 1, |t| t.dates_differ),
        ("two messages changed places", |m| inbox(m).swap(0, 6), |t| t.order_differ.min(1)),
        ("an empty folder is missing", |m| m.folders.retain(|f| f.path != ["Empty"]), |t| t.folders_missing),
        (
            "a subscription is missing",
            |m| m.folder_mut("Empty").unwrap().subscribed = false,
            |t| t.subscriptions_missing,
        ),
        (
            "a message lies in another folder",
            |m| {
                let moved = inbox(m).remove(0);
                m.folder_mut("Archive").unwrap().listed.push(moved);
            },
            |t| t.missing * t.extra,
        ),
    ];
    let (source, destination) = (Server::start(Dovecot::dotted()).unwrap(), Server::start(Dovecot::default()).unwrap());
    source.seed(&source.user(1), &profile::tiny()).unwrap();
    for (user, (what, plant, shows)) in (1..).zip(planted) {
        let mut mailbox = profile::tiny();
        plant(&mut mailbox);
        destination.seed(&destination.user(user), &mailbox).unwrap();
        let verdict = judged(&source, &destination, user);
        assert!(!verdict.equal, "{what}");
        assert_eq!(shows(&verdict.totals), 1, "{what}: {}", verdict.text);
    }
}

#[test]
fn what_is_to_be_absent_is_not_missed_but_told_when_it_is_there() {
    let server = Server::start(Dovecot::dotted()).unwrap();
    let absent = server.ca_file().with_file_name("absent.json");
    std::fs::write(&absent, r#"{"quarantined": [{"folder": "INBOX", "uid": 1}], "vanished": []}"#).unwrap();
    server.seed(&server.user(1), &profile::tiny()).unwrap();
    let mut without = profile::tiny();
    inbox(&mut without).remove(0);
    for (user, mailbox, present) in [(2, without, 0), (3, profile::tiny(), 1)] {
        server.seed(&server.user(user), &mailbox).unwrap();
        let judge = Judge::of(&server, &server.user(1)).unwrap().against(&server, &server.user(user)).without(&absent);
        let verdict = judge.compare().unwrap();
        assert_eq!((verdict.equal, verdict.totals.quarantined_present), (present == 0, present), "{}", verdict.text);
        assert_eq!(verdict.totals.quarantined, 1);
    }
}

#[test]
fn mapped_and_excluded_folders_are_looked_for_where_they_belong() {
    let server = Server::start(Dovecot::dotted()).unwrap();
    server.seed(&server.user(1), &profile::tiny()).unwrap();
    let mut other = profile::tiny();
    other.folder_mut("Sent Messages").unwrap().path = vec!["Gesendet & alt".into()];
    for path in ["Archive", "Archive/2012/Été & hiver"] {
        other.folder_mut(path).unwrap().path.insert(0, "Old".into());
    }
    other.folders.retain(|folder| folder.path != ["Drafts"]);
    server.seed(&server.user(2), &other).unwrap();
    let judge = Judge::of(&server, &server.user(1)).unwrap().against(&server, &server.user(2));
    let judge =
        judge.map("INBOX.Sent Messages", "INBOX.Gesendet & alt").map("Archive", "Old.Archive").exclude("Drafts");
    let verdict = judge.compare().unwrap();
    assert!(verdict.equal, "{}", verdict.text);
}

#[test]
fn folders_that_merge_into_one_are_judged_together() {
    let server = Server::start(Dovecot::default()).unwrap();
    let letters = |range: std::ops::Range<u32>| range.map(|n| tiny::letter(&format!("letter {n}"), n));
    let split = vec![Folder::new("INBOX"), Folder::new("A").with(letters(0..4)), Folder::new("B").with(letters(4..8))];
    let merged = vec![Folder::new("INBOX"), Folder::new("A").with(letters(4..8).chain(letters(0..4)))];
    server.seed(&server.user(1), &Mailbox { folders: split }).unwrap();
    server.seed(&server.user(2), &Mailbox { folders: merged }).unwrap();
    let judge = Judge::of(&server, &server.user(1)).unwrap().against(&server, &server.user(2)).map("B", "A");
    let verdict = judge.compare().unwrap();
    assert!(verdict.equal, "{}", verdict.text);
    assert_eq!(verdict.totals.same, 8);
}

#[test]
fn a_tolerated_rewriting_is_counted_and_no_fault() {
    let server = Server::start(Dovecot::default()).unwrap();
    server.seed(&server.user(1), &profile::tiny()).unwrap();
    let mut rewritten = profile::tiny();
    for message in inbox(&mut rewritten) {
        let end = message.octets.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(0);
        message.octets[..end].iter_mut().filter(|octet| **octet >= 0x80).for_each(|octet| *octet = b'X');
    }
    server.seed(&server.user(2), &rewritten).unwrap();
    let judge = Judge::of(&server, &server.user(1)).unwrap().against(&server, &server.user(2));
    assert_eq!(judge.compare().unwrap().totals.changed, 2);
    let verdict = judge.tolerate(Tolerance::Cyrus8Bit).compare().unwrap();
    assert!(verdict.equal, "{}", verdict.text);
    assert_eq!(verdict.totals.rewritten, 2);
}

#[test]
fn the_rewritings_of_real_servers_are_tolerated_by_name() {
    let odd = [&b"Subject: odd\r\n\r\nbare \r CR\r\nno end"[..], b"Subject: NUL\r\n\r\na \0 NUL\r\n"];
    let [cr, nul] = odd.map(|octets| Message { octets: octets.to_vec(), ..tiny::letter("", 1) });
    let (dovecot, courier) = (Server::start(Dovecot::default()).unwrap(), Server::start(Courier).unwrap());
    let rows = [(&dovecot, &courier, cr, Tolerance::CourierCrlf), (&courier, &dovecot, nul, Tolerance::DovecotNul)];
    for (source, destination, message, tolerance) in rows {
        let (from, to) = (source.user(1), destination.user(2));
        source.seed(&from, &Mailbox { folders: vec![Folder::new("INBOX").with([message.clone()])] }).unwrap();
        let mut client = destination.client(&to).unwrap();
        client.append("INBOX", &message).unwrap();
        let _ = client.command("SUBSCRIBE INBOX");
        let judge = Judge::of(source, &from).unwrap().against(destination, &to);
        assert_eq!(judge.compare().unwrap().totals.changed, 1, "{tolerance:?}");
        let verdict = judge.tolerate(tolerance).compare().unwrap();
        assert!(verdict.equal, "{tolerance:?}: {}", verdict.text);
        assert_eq!(verdict.totals.rewritten, 1);
    }
}

#[test]
fn a_source_that_was_only_looked_at_is_untouched_and_one_that_was_not_is_told() {
    let server = Server::start(Dovecot::dotted()).unwrap();
    let login = server.user(1);
    server.seed(&login, &profile::tiny()).unwrap();
    let judge = Judge::of(&server, &login).unwrap();
    let snapshot = judge.snapshot().unwrap();
    let mut client = server.client(&login).unwrap();
    for command in ["EXAMINE INBOX", "FETCH 1:* (FLAGS BODY.PEEK[])", "UNSELECT"] {
        client.command(command).unwrap();
    }
    assert!(judge.untouched(&snapshot).unwrap().equal);
    // SELECT alone takes \Recent from the messages (RFC 3501 §2.3.2).
    for (command, touched) in [("SELECT INBOX", 1), ("STORE 1 -FLAGS (\\Seen)", 2), ("CREATE INBOX.New", 3)] {
        client.command(command).unwrap();
        let verdict = judge.untouched(&snapshot).unwrap();
        assert_eq!((verdict.equal, verdict.totals.source_touched), (false, touched), "{}", verdict.text);
    }
}

#[test]
fn no_verdict_is_an_error() {
    let server = Server::start(Dovecot::default()).unwrap();
    let nobody = Login { user: "user1".into(), password: "wrong".into() };
    let error = Judge::of(&server, &nobody).unwrap().snapshot().unwrap_err();
    assert!(error.to_string().contains("AUTHENTICATIONFAILED"), "{error}");
}
