//! # Tests of the commands
//! Transcripts: `C:` lines as they are written; `S: +` where the writer waits.

use std::collections::BTreeSet;

use posthorse_domain::mail::{Flags, FolderName, InternalDate, SystemFlag, Uid, UidSet};

use super::*;

/// A command's parts as a transcript.
fn spoken(parts: &[Part]) -> String {
    let mut transcript = String::new();
    for part in parts {
        match part {
            Part::Octets(octets) => transcript.push_str(&octets.escape_ascii().to_string()),
            Part::Wait => transcript.push_str("|S: +|"),
        }
    }
    transcript
}

fn say(command: &Command, literals: Literals) -> String {
    spoken(&command.parts(&Tag::number(1), literals))
}

fn name(text: &str) -> FolderName {
    FolderName::from_raw(text)
}

fn all_items() -> Vec<StatusItem> {
    use StatusItem::{AppendLimit, HighestModSeq, Messages, Size, UidNext, UidValidity, Unseen};
    vec![Messages, UidNext, UidValidity, Unseen, Size, HighestModSeq, AppendLimit]
}

/// Every constructor there is.
fn every_command() -> Vec<(Command, &'static str)> {
    use FetchItem::{Flags, GmailId, GmailLabels, Header, InternalDate, ModSeq, Size, Uid as U, Whole};
    let inbox = name("INBOX");
    let uids = UidSet::parse(b"2:4,9").unwrap();
    let status = all_items();
    let every = &[U, Flags, InternalDate, Size, ModSeq, Header, Whole, GmailId, GmailLabels];
    vec![
        (Command::capability(), "CAPABILITY"),
        (Command::noop(), "NOOP"),
        (Command::logout(), "LOGOUT"),
        (Command::id(&[]), "ID NIL"),
        (Command::id(&[("name", "Posthorse"), ("version", "1")]), "ID (\"name\" \"Posthorse\" \"version\" \"1\")"),
        (Command::namespace(), "NAMESPACE"),
        (Command::list(b"*"), "LIST \"\" \"*\""),
        (Command::list_special(b"*"), "LIST \"\" \"*\" RETURN (SPECIAL-USE)"),
        (Command::lsub(b"*"), "LSUB \"\" \"*\""),
        (
            Command::status(&inbox, &status),
            "STATUS \"INBOX\" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN SIZE HIGHESTMODSEQ APPENDLIMIT)",
        ),
        (Command::create(&inbox), "CREATE \"INBOX\""),
        (Command::subscribe(&inbox), "SUBSCRIBE \"INBOX\""),
        (Command::select(&inbox, false), "SELECT \"INBOX\""),
        (Command::select(&inbox, true), "SELECT \"INBOX\" (CONDSTORE)"),
        (Command::examine(&inbox, false), "EXAMINE \"INBOX\""),
        (Command::examine(&inbox, true), "EXAMINE \"INBOX\" (CONDSTORE)"),
        (Command::unselect(), "UNSELECT"),
        (Command::enable_condstore(), "ENABLE CONDSTORE"),
        (Command::compress_deflate(), "COMPRESS DEFLATE"),
        (Command::get_quota_root(&inbox), "GETQUOTAROOT \"INBOX\""),
        (
            Command::fetch(Range::Uids(&uids), every, None).unwrap(),
            "UID FETCH 2:4,9 (UID FLAGS INTERNALDATE RFC822.SIZE MODSEQ BODY.PEEK[HEADER] BODY.PEEK[] X-GM-MSGID \
             X-GM-LABELS)",
        ),
        (
            Command::fetch(Range::From(Uid::new(7)), &[U, Flags], Some(99)).unwrap(),
            "UID FETCH 7:* (UID FLAGS) (CHANGEDSINCE 99)",
        ),
        (Command::copy(&uids, &inbox).unwrap(), "UID COPY 2:4,9 \"INBOX\""),
        (Command::flag(&uids, SystemFlag::Flagged).unwrap().unwrap(), "UID STORE 2:4,9 +FLAGS.SILENT (\\\\Flagged)"),
        (Command::search(Range::Between(Uid::new(7), Uid::new(9))).unwrap(), "UID SEARCH UID 7:9"),
    ]
}

#[test]
fn every_command_is_spelled_as_the_rfcs_have_it() {
    for (command, expected) in every_command() {
        assert_eq!(say(&command, Literals::Sync), format!("P1 {expected}\\r\\n").replace('"', "\\\""));
    }
}

#[test]
fn a_flag_is_only_added_and_is_never_deleted() {
    let uids = UidSet::parse(b"7").unwrap();
    for flag in SystemFlag::ALL {
        let command = Command::flag(&uids, flag).unwrap();
        assert_eq!(command.is_none(), flag == SystemFlag::Deleted, "{flag}");
        let said = command.map(|command| say(&command, Literals::Sync)).unwrap_or_default();
        assert!(said.is_empty() || said.contains("+FLAGS.SILENT"), "{said}");
    }
    assert!(Command::flag(&UidSet::default(), SystemFlag::Seen).is_err());
}

#[test]
fn no_command_deletes_or_moves_a_message_or_takes_a_flag() {
    let append = Append { flags: &Flags::new(), date: None, size: 0, literal: MessageLiteral::Sync };
    let head = spoken(&append.head(&Tag::number(1), &name("a"), Literals::Sync));
    let mut verbs: BTreeSet<String> = every_command().iter().map(|(command, _)| say(command, Literals::Sync)).collect();
    verbs.insert(head);
    let verb = |line: &String| line.replace("\\r\\n", " ").replace("UID ", "").split(' ').nth(1).unwrap().to_owned();
    let verbs: BTreeSet<String> = verbs.iter().map(verb).collect();
    let expected = "APPEND CAPABILITY COMPRESS COPY CREATE ENABLE EXAMINE FETCH GETQUOTAROOT ID LIST LOGOUT LSUB NAMESPACE NOOP \
                    SEARCH SELECT STATUS STORE SUBSCRIBE UNSELECT";
    assert_eq!(verbs.iter().map(String::as_str).collect::<Vec<_>>().join(" "), expected);
    // Nor does the code hold such a verb: every verb is one of these words in quotes. `flag.rs` has the one STORE, `copy.rs` the one COPY.
    let sources = [
        include_str!("append.rs"),
        include_str!("fetch.rs"),
        include_str!("list.rs"),
        include_str!("part.rs"),
        include_str!("say.rs"),
        include_str!("select.rs"),
        include_str!("session.rs"),
    ];
    for source in sources {
        for quoted in
            source.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| line.split('"'))
        {
            for word in ["CLOSE", "EXPUNGE", "DELETE", "STORE", "COPY", "MOVE", "RENAME", "UNSUBSCRIBE"] {
                let says = quoted.split(|letter: char| !letter.is_ascii_alphabetic()).any(|spelled| spelled == word);
                assert!(!says, "{word} in {quoted}");
            }
        }
    }
}

#[test]
fn a_name_is_quoted_or_a_literal_and_nothing_else() {
    for (raw, expected) in [
        (&b"a b"[..], "CREATE \"a b\"|"),
        (b"", "CREATE \"\"|"),
        (b"a\"b\\c", "CREATE \"a\\\"b\\\\c\"|"),
        (b"{5}", "CREATE \"{5}\"|"),
        (b"&AOk-%*", "CREATE \"&AOk-%*\"|"),
        (b"a\r\nP2 NOOP", "CREATE {10}\r\n|S: +|a\r\nP2 NOOP|"),
        (b"a\0", "CREATE {2}\r\n|S: +|a\0|"),
        (b"a\tb", "CREATE {3}\r\n|S: +|a\tb|"),
        (b"\x7f", "CREATE {1}\r\n|S: +|\x7f|"),
    ] {
        let parts = Command::create(&FolderName::from_raw(raw)).parts(&Tag::number(1), Literals::Sync);
        let mut octets = Vec::new();
        for part in &parts {
            match part {
                Part::Octets(more) => octets.extend_from_slice(more),
                Part::Wait => octets.extend_from_slice(b"|S: +|"),
            }
        }
        assert_eq!(octets, format!("P1 {}\r\n", expected.trim_end_matches('|')).into_bytes());
    }
}

#[test]
fn literals_wait_as_the_server_wants_it() {
    let short = Command::create(&FolderName::from_raw(&b"\xe9"[..]));
    let long = Command::create(&FolderName::from_raw(vec![0xe9; 4097]));
    for (literals, short_waits, long_waits) in
        [(Literals::Sync, true, true), (Literals::Minus, false, true), (Literals::Plus, false, false)]
    {
        for (command, waits) in [(&short, short_waits), (&long, long_waits)] {
            let parts = command.parts(&Tag::number(1), literals);
            assert_eq!(parts.contains(&Part::Wait), waits, "{literals:?}");
            assert_eq!(spoken(&parts).contains("+}"), !waits, "{literals:?}");
        }
    }
}

#[test]
fn sets_are_named_and_not_too_long() {
    let odd = |count: u32| (0..count).map(|n| Uid::new(1_000_000_001 + 2 * n)).collect::<UidSet>();
    let zero = Uid::new(0);
    for (range, expected) in [
        (Range::Uids(&UidSet::new()), Err(Unsayable::NoUids)),
        (Range::Uids(&odd(363)), Ok(())),
        (Range::Uids(&odd(364)), Err(Unsayable::SetTooLong(4003))),
        (Range::From(zero), Err(Unsayable::NoUids)),
        (Range::Between(zero, Uid::new(4)), Err(Unsayable::NoUids)),
        (Range::Between(Uid::new(5), Uid::new(4)), Err(Unsayable::NoUids)),
        (Range::Between(Uid::new(5), Uid::new(5)), Ok(())),
    ] {
        assert_eq!(Command::fetch(range, &[FetchItem::Uid], None).map(|_| ()), expected);
        assert_eq!(Command::search(range).map(|_| ()), expected);
    }
}

#[test]
fn an_append_leaves_the_octets_to_somebody_else() {
    let (flags, _) = Flags::read([&b"\\Seen"[..], b"$Forwarded"]);
    let date = InternalDate::parse(b" 1-Feb-2020 03:04:05 +0100");
    assert!(date.is_some());
    let first = Append { flags: &flags, date, size: 3, literal: MessageLiteral::Sync };
    let second = Append { flags: &Flags::new(), date: None, size: 5_000_000_000, literal: MessageLiteral::Plus };
    let tag = Tag::number(7);
    assert_eq!(
        spoken(&first.head(&tag, &name("Sent"), Literals::Sync)).replace("\\\"", "\""),
        "P7 APPEND \"Sent\" (\\\\Seen $Forwarded) \" 1-Feb-2020 03:04:05 +0100\" {3}\\r\\n|S: +|"
    );
    assert_eq!(spoken(&second.next()), " () {5000000000+}\\r\\n");
    assert_eq!(
        spoken(&first.next()).replace("\\\"", "\""),
        " (\\\\Seen $Forwarded) \" 1-Feb-2020 03:04:05 +0100\" {3}\\r\\n|S: +|"
    );
    assert_eq!(
        spoken(&second.head(&tag, &FolderName::from_raw(&b"\xe9"[..]), Literals::Sync)),
        "P7 APPEND {1}\\r\\n|S: +|\\xe9 () {5000000000+}\\r\\n"
    );
    assert_eq!(
        spoken(&second.head(&tag, &FolderName::from_raw(&b"\xe9"[..]), Literals::Plus)),
        "P7 APPEND {1+}\\r\\n\\xe9 () {5000000000+}\\r\\n"
    );
    assert_eq!(Append::TAIL, b"\r\n");
}
