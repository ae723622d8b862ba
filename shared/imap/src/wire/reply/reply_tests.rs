//! # Tests of the readers
//! One row per form that servers use.

use posthorse_domain::mail::{Delimiter, Flags, FolderName, UidSet, UidValidity};

use super::*;
use crate::wire::{Event, Framer, Limits};

fn read(line: &str) -> Reply {
    read_octets(line.as_bytes())
}

fn read_octets(line: &[u8]) -> Reply {
    let mut framer = Framer::new(Limits::default());
    framer.push(line);
    framer.push(b"\r\n");
    let Ok(Some(Event::Response(response))) = framer.next() else { panic!("{}", line.escape_ascii()) };
    assert!(framer.is_between(), "{}", line.escape_ascii());
    Reply::read(&response)
}

fn data(line: &str) -> Untagged {
    match read(line) {
        Reply::Data(data) => data,
        other => panic!("{line}: {other:?}"),
    }
}

fn status(line: &str) -> Status {
    match read(line) {
        Reply::Status(status) => status,
        other => panic!("{line}: {other:?}"),
    }
}

fn listing(line: &[u8]) -> Listing {
    match read_octets(line) {
        Reply::Data(Untagged::List(listing) | Untagged::Lsub(listing)) => listing,
        other => panic!("{}: {other:?}", line.escape_ascii()),
    }
}

fn fetch(line: &str) -> Fetch {
    match data(line) {
        Untagged::Fetch(fetch) => fetch,
        other => panic!("{line}: {other:?}"),
    }
}

fn octets(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn set(text: &str) -> UidSet {
    UidSet::parse(text.as_bytes()).unwrap()
}

#[test]
fn a_status_is_read_in_any_form() {
    use Condition::{Bad, Bye, No, Ok, Preauth};
    for (line, tag, condition, code, text) in [
        ("* OK hello", None, Ok, None, "hello"),
        ("P1 OK", Some("P1"), Ok, None, ""),
        ("P1 OK ", Some("P1"), Ok, None, ""),
        ("P1  ok  done ", Some("P1"), Ok, None, "done "),
        ("* bye", None, Bye, None, ""),
        ("* PREAUTH [ALERT] in", None, Preauth, Some(Code::Alert), "in"),
        ("* OK [HIGHESTMODSEQ 5]", None, Ok, Some(Code::HighestModSeq(5)), ""),
        ("* OK [HIGHESTMODSEQ 5]text", None, Ok, Some(Code::HighestModSeq(5)), "text"),
        ("* OK[HIGHESTMODSEQ 5] text", None, Ok, Some(Code::HighestModSeq(5)), "text"),
        ("P12 NO [TRYCREATE] no", Some("P12"), No, Some(Code::TryCreate), "no"),
        ("P12 BAD [] no", Some("P12"), Bad, None, "no"),
        ("* OK Ready(163com[20141031])", None, Ok, None, "Ready(163com[20141031])"),
        ("* OK Ready [x]", None, Ok, None, "Ready [x]"),
        ("* OK [no code", None, Ok, None, "[no code"),
        ("* NO [ALERT", None, No, None, "[ALERT"),
        ("* OK (a \"b", None, Ok, None, "(a \"b"),
        ("A1 NO Command Argument Error. 11", Some("A1"), No, None, "Command Argument Error. 11"),
    ] {
        let read = status(line);
        assert_eq!(read.tag.map(|tag| tag.to_string()).as_deref(), tag, "{line}");
        assert_eq!((read.condition, read.code, read.raw), (condition, code, octets(text)), "{line}");
    }
}

#[test]
fn the_servers_words_are_code_and_text() {
    assert_eq!(status("P1 NO [OVERQUOTA] full").words(), "[OVERQUOTA] full");
    assert_eq!(status("P1 NO [X-Y a] full").words(), "[X-Y] full");
    assert_eq!(status("P1 NO [ALERT]").words(), "[ALERT]");
    assert_eq!(status("P1 NO full").words(), "full");
    let Reply::Status(latin) = read_octets(b"P1 NO Bo\xeete") else { panic!() };
    assert_eq!((latin.text().as_str(), latin.raw), ("Bo\u{fffd}te", Bytes::from_static(b"Bo\xeete")));
}

#[test]
fn every_code_is_read() {
    let appended =
        |validity, uids: Option<&str>| Code::AppendUid { validity: UidValidity::new(validity), uids: uids.map(set) };
    let copied = |validity, uids: Option<(&str, &str)>| Code::CopyUid {
        validity: UidValidity::new(validity),
        uids: uids.map(|(from, to)| (set(from), set(to))),
    };
    for (code, expected) in [
        ("APPENDUID 5 7", appended(5, Some("7"))),
        ("appenduid 5 7:9,11", appended(5, Some("7:9,11"))),
        ("APPENDUID 5 9,7", appended(5, None)),
        ("APPENDUID 5 *", appended(5, None)),
        ("APPENDUID 5", appended(5, None)),
        ("COPYUID 5 2:3,9 7,11:12", copied(5, Some(("2:3,9", "7,11:12")))),
        ("COPYUID 5 2:3,9 7,11", copied(5, None)),
        ("COPYUID 5 9,2:3 7,11:12", copied(5, None)),
        ("COPYUID 5 2", copied(5, None)),
        ("CAPABILITY IMAP4rev1  ID", Code::Capability(vec![octets("IMAP4rev1"), octets("ID")])),
        ("CAPABILITY", Code::Capability(vec![])),
        ("HIGHESTMODSEQ 18446744073709551615", Code::HighestModSeq(u64::MAX)),
        ("MESSAGELIMIT 1000 23221", Code::MessageLimit { messages: 1000, lowest: Some(Uid::new(23221)) }),
        ("MESSAGELIMIT 1000", Code::MessageLimit { messages: 1000, lowest: None }),
        ("PERMANENTFLAGS (\\Seen \\* a]b)", Code::PermanentFlags(vec![octets("\\Seen"), octets("\\*"), octets("a]b")])),
        ("PERMANENTFLAGS ()", Code::PermanentFlags(vec![])),
        ("PERMANENTFLAGS (\\Seen", Code::PermanentFlags(vec![octets("\\Seen")])),
        ("PERMANENTFLAGS \\Seen \\Draft", Code::PermanentFlags(vec![octets("\\Seen"), octets("\\Draft")])),
        ("UIDNEXT 4294967295", Code::UidNext(Uid::new(u32::MAX))),
        ("UIDVALIDITY 0", Code::UidValidity(UidValidity::new(0))),
        ("UNSEEN 3", Code::Unseen(3)),
        ("BADCHARSET (UTF-8)", Code::BadCharset),
        ("read-only", Code::ReadOnly),
        ("MAXCONVERTMESSAGES", Code::Other { name: octets("MAXCONVERTMESSAGES"), words: vec![] }),
        ("UIDNEXT 4294967296", Code::Other { name: octets("UIDNEXT"), words: vec![Token::Atom(octets("4294967296"))] }),
        ("UIDNEXT", Code::Other { name: octets("UIDNEXT"), words: vec![] }),
        (
            "REFERRAL imap://a/b",
            Code::Other { name: octets("REFERRAL"), words: vec![Token::Atom(octets("imap://a/b"))] },
        ),
    ] {
        assert_eq!(status(&format!("* OK [{code}] text")).code, Some(expected), "{code}");
        assert_eq!(status(&format!("* OK [{code}]")).raw, octets(""), "{code}");
    }
}

#[test]
fn codes_that_are_only_a_name_are_known() {
    for name in "ALERT ALREADYEXISTS AUTHENTICATIONFAILED AUTHORIZATIONFAILED BADCHARSET CANNOT CLIENTBUG CLOSED \
                 COMPRESSIONACTIVE CONTACTADMIN CORRUPTION EXPIRED EXPUNGEISSUED HASCHILDREN INUSE LIMIT NOMODSEQ \
                 NONEXISTENT NOPERM OVERQUOTA PRIVACYREQUIRED READ-ONLY READ-WRITE SERVERBUG THROTTLED TOOBIG TRYCREATE \
                 UIDNOTSTICKY UNAVAILABLE USEATTR"
        .split_whitespace()
    {
        let code = status(&format!("P1 NO [{}] text", name.to_lowercase())).code.unwrap();
        assert!(!matches!(code, Code::Other { .. }), "{name}");
        assert_eq!(code.to_string(), name);
    }
}

#[test]
fn a_continuation_may_be_bare() {
    for (line, text) in [("+", ""), ("+ ", ""), ("+ go on", "go on"), ("+go", "go"), ("+ YWJj", "YWJj")] {
        assert_eq!(read(line), Reply::Continuation(Continuation { code: None, raw: octets(text) }), "{line}");
    }
    assert_eq!(read("+ [ALERT] x"), Reply::Continuation(Continuation { code: Some(Code::Alert), raw: octets("x") }));
}

#[test]
fn other_protocols_are_foreign() {
    for line in ["HTTP/1.1 400 Bad Request", "220 mail ESMTP (x {5}", "P1", "P1 FETCH (", "\u{16}\u{3}\u{1} x"] {
        assert_eq!(read(line), Reply::Foreign(Bytes::copy_from_slice(line.as_bytes())));
    }
}

#[test]
fn a_folder_name_is_read_in_any_form() {
    for (line, name) in [
        (&br#"* LIST () "/" INBOX"#[..], &b"INBOX"[..]),
        (br#"* LIST () "/" INBOX "#, b"INBOX"),
        (br#"* LIST ( ) "/"  INBOX"#, b"INBOX"),
        (br#"* LIST () "/" "a b""#, b"a b"),
        (br#"* LIST () "/" "a b " "#, b"a b "),
        (br#"* LIST () "/" 200"#, b"200"),
        (br#"* LIST () "/" NIL"#, b"NIL"),
        (br#"* LIST () "/" "NIL""#, b"NIL"),
        (br#"* LIST () "/" """#, b""),
        (br#"* LIST () "/" "" "#, b""),
        (br#"* LIST () "/" [Gmail]/All Mail"#, b"[Gmail]/All Mail"),
        (b"* LIST () \"/\" a\tb", b"a\tb"),
        (br#"* LIST () "/" My Folder (old) 2"#, b"My Folder (old) 2"),
        (br#"* LIST () "/" a"b"#, b"a\"b"),
        (br#"* LIST () "/" "a\"b\\c""#, b"a\"b\\c"),
        (br#"* LIST () "/" "a"b""#, b"a\"b"),
        (br#"* LIST () "/" ""a" b""#, b"\"a\" b"),
        (br#"* LIST () "/" "a\b""#, b"a\\b"),
        (br#"* LIST () "\\" "a\""#, b"a\\"),
        (br#"* LIST () "/" "a"#, b"\"a"),
        (br#"* LIST () "/" a%*\"#, b"a%*\\"),
        (b"* LIST () \"/\" Entw\xfcrfe", b"Entw\xfcrfe"),
        (b"* LIST () \"/\" \"a\x00\xff\"", b"a\x00\xff"),
        (br#"* LIST () "/" foo ("CHILDINFO" ("SUBSCRIBED"))"#, b"foo"),
        (br#"* LIST () "/" foo (oldname ("bar"))"#, b"foo"),
        (br#"* LIST () "/" "foo" ("CHILDINFO" ("SUBSCRIBED"))"#, b"foo"),
        (br#"* LIST () "/" "foo (x)" ()"#, b"foo (x)"),
        (br#"* XLIST () "/" foo"#, b"foo"),
        (br#"* lsub () "/" foo"#, b"foo"),
        (b"* LIST () \"/\" {3}\r\na\"b", b"a\"b"),
        (b"* LIST () \"/\" {3}\r\na b (\"OLDNAME\" ({1}\r\nc))", b"a b"),
    ] {
        let listing = listing(line);
        assert_eq!(listing.name.raw(), name, "{}", line.escape_ascii());
    }
}

#[test]
fn a_delimiter_is_read_in_any_form() {
    for (delimiter, expected) in [
        (r#""/""#, Some(b'/')),
        (r#""\\""#, Some(b'\\')),
        (r#""\""#, Some(b'\\')),
        (r#""\"""#, Some(b'"')),
        ("NIL", None),
        ("nil", None),
        (r#""""#, None),
        (".", Some(b'.')),
    ] {
        let listing = listing(format!(r#"* LIST (\HasNoChildren \Sent) {delimiter} "a b""#).as_bytes());
        assert_eq!(listing.delimiter, expected.map(Delimiter::new), "{delimiter}");
        assert_eq!(listing.name.raw(), b"a b", "{delimiter}");
        assert!(listing.has("\\sent") && !listing.has("\\Noselect"));
    }
}

#[test]
fn a_list_without_a_name_is_nothing() {
    for line in ["* LIST", "* LIST ()", "* LIST () \"/\"", "* LIST () \"/\" ", "* LIST \"/\" a", "* LSUB x y z"] {
        assert_eq!(data(line), Untagged::Other, "{line}");
    }
}

#[test]
fn folder_status_is_read_in_any_form() {
    for (line, name) in [
        ("* STATUS INBOX (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 7 UNSEEN 1)", "INBOX"),
        ("* STATUS \"a b\" ( UNSEEN 1  MESSAGES 3 UIDVALIDITY 7 UIDNEXT 9 ) ", "a b"),
        (
            "* STATUS a b (messages 3 uidnext 9 uidvalidity 7 unseen 1 X (1 2))",
            "a b (messages 3 uidnext 9 uidvalidity 7 unseen 1 X",
        ),
        ("* STATUS a (b) (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 7 UNSEEN 1)", "a (b)"),
        ("* STATUS \"a\"b\" (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 7 UNSEEN 1", "a\"b"),
        ("* STATUS {3}\r\na b (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 7 UNSEEN 1)", "a b"),
        ("* STATUS NIL (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 7 UNSEEN 1 SIZE 5000000000)", "NIL"),
    ] {
        let Untagged::Status(status) = data(line) else { panic!("{line}") };
        assert_eq!(status.name.raw(), name.as_bytes(), "{line}");
        if !line.contains(" X (") {
            assert_eq!((status.messages, status.uid_next), (Some(3), Some(Uid::new(9))), "{line}");
            assert_eq!((status.validity, status.unseen), (Some(UidValidity::new(7)), Some(1)), "{line}");
        }
    }
    let Untagged::Status(more) =
        data("* STATUS a (SIZE 5000000000 HIGHESTMODSEQ 7 APPENDLIMIT NIL UIDNEXT 0 MESSAGES -1)")
    else {
        panic!()
    };
    assert_eq!((more.size, more.highest_modseq, more.append_limit), (Some(5_000_000_000), Some(7), None));
    assert_eq!((more.uid_next, more.messages), (None, None));
    for line in ["* STATUS a ()", "* STATUS a", "* STATUS \"a\"", "* STATUS a NIL"] {
        assert!(matches!(data(line), Untagged::Status(status) if status.messages.is_none()), "{line}");
    }
}

#[test]
fn fetch_items_come_in_any_order_and_form() {
    let expected = Fetch {
        number: 12,
        uid: Some(Uid::new(5)),
        flags: Some(vec![octets("\\Seen"), octets("a]b")]),
        internal_date: Some(octets(" 1-Jan-2020 00:00:00 +0000")),
        size: Some(5_000_000_000),
        modseq: Some(9),
        ..Fetch::default()
    };
    for line in [
        "* 12 FETCH (UID 5 FLAGS (\\Seen a]b) INTERNALDATE \" 1-Jan-2020 00:00:00 +0000\" RFC822.SIZE 5000000000 MODSEQ (9))",
        "* 12 fetch ( modseq (9) rfc822.size 5000000000  flags (\\Seen  \"a]b\" ) internaldate \" 1-Jan-2020 00:00:00 +0000\" uid 5 ) ",
        "* 12 FETCH (UID 5 X-NEW (a (b)) FLAGS (\\Seen a]b) ENVELOPE (NIL \"{5}\" ((NIL NIL \"a\" \"b\"))) \
         INTERNALDATE \" 1-Jan-2020 00:00:00 +0000\" RFC822.SIZE 5000000000 MODSEQ 9",
    ] {
        assert_eq!(fetch(line), expected, "{line}");
    }
}

#[test]
fn a_body_is_nil_or_octets_and_only_when_whole() {
    for (item, body, header) in [
        ("BODY[] NIL", Some(Body::Nil), None),
        ("BODY[] \"\"", Some(Body::Octets(octets(""))), None),
        ("BODY[] {0}\r\n", Some(Body::Octets(octets(""))), None),
        ("body[] \"a\\\"b\"", Some(Body::Octets(octets("a\"b"))), None),
        ("BODY[]NIL", Some(Body::Nil), None),
        ("RFC822 NIL", Some(Body::Nil), None),
        ("BODY[]<0> \"a\"", None, None),
        ("BODY[TEXT] \"a\"", None, None),
        ("BODY[1.2.HEADER] \"a\"", None, None),
        ("BODY (\"TEXT\" \"PLAIN\")", None, None),
        ("BODY[] abc", None, None),
        ("BODY[HEADER] {2}\r\n\r\n", None, Some(Body::Octets(octets("\r\n")))),
        ("RFC822.HEADER NIL", None, Some(Body::Nil)),
        ("BODY[HEADER.FIELDS (TO \"X Y\")] \"a\"", None, None),
        ("BODY[HEADER.FIELDS (TO \"X Y\")]<5> \"a\" BODY[] \"b\"", Some(Body::Octets(octets("b"))), None),
    ] {
        let fetch = fetch(&format!("* 1 FETCH (UID 3 {item} FLAGS ())"));
        assert_eq!((fetch.body, fetch.header), (body, header), "{item}");
        assert_eq!((fetch.uid, fetch.flags), (Some(Uid::new(3)), Some(vec![])), "{item}");
    }
}

#[test]
fn numbers_that_make_no_sense_are_none() {
    for (item, uid, size) in [
        ("UID 0 RFC822.SIZE -1", None, None),
        ("UID 4294967296 RFC822.SIZE 99999999999999999999", None, None),
        ("UID 4294967295 RFC822.SIZE 18446744073709551615", Some(u32::MAX), Some(u64::MAX)),
        ("UID NIL RFC822.SIZE NIL", None, None),
        ("UID (5) RFC822.SIZE \"7\"", None, Some(7)),
        ("UID", None, None),
    ] {
        let fetch = fetch(&format!("* 1 FETCH ({item})"));
        assert_eq!((fetch.uid, fetch.size), (uid.map(Uid::new), size), "{item}");
    }
    assert_eq!(fetch("* 1 FETCH (INTERNALDATE NIL FLAGS NIL)").internal_date, None);
    assert_eq!(fetch("* 1 FETCH (INTERNALDATE NIL FLAGS NIL)").flags, Some(vec![]));
    assert_eq!(data("* 4294967296 EXISTS"), Untagged::Other);
    assert_eq!(data("* 1 FETCH"), Untagged::Other);
    assert_eq!(data("* 1"), Untagged::Other);
    assert_eq!(data("*"), Untagged::Other);
}

#[test]
fn identities_of_messages_are_kept() {
    let fetch =
        fetch("* 1 FETCH (EMAILID (M1) THREADID NIL X-GM-MSGID 1278455344230334865 X-GM-LABELS (\\Inbox \"a b\"))");
    assert_eq!((fetch.email_id, fetch.thread_id), (Some(octets("M1")), None));
    assert_eq!(fetch.gmail_id, Some(1_278_455_344_230_334_865));
    assert_eq!(fetch.gmail_labels, Some(vec![octets("\\Inbox"), octets("a b")]));
}

#[test]
fn odd_flags_reach_the_domain_as_spelled() {
    let words = fetch("* 1 FETCH (FLAGS (\\SEEN [x] a/b \"c d\" \\Recent $Forwarded e\"f {7} g{5}h))").flags.unwrap();
    let spelled: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word)).collect();
    assert_eq!(spelled, ["\\SEEN", "[x]", "a/b", "c d", "\\Recent", "$Forwarded", "e\"f", "{7}", "g{5}h"]);
    let (flags, _) = Flags::read(words.iter().map(|word| &word[..]));
    assert!(flags.words().any(|word| word == "\\Seen") && flags.words().any(|word| word == "$Forwarded"));
}

#[test]
fn other_data_is_read() {
    let namespace = |prefix: &str, delimiter: Option<u8>| Namespace {
        prefix: prefix.as_bytes().to_vec(),
        delimiter: delimiter.map(Delimiter::new),
    };
    let resource = |name, usage, limit| Resource { name: octets(name), usage, limit };
    for (line, expected) in [
        ("* CAPABILITY IMAP4rev1 AUTH=PLAIN ", Untagged::Capability(vec![octets("IMAP4rev1"), octets("AUTH=PLAIN")])),
        ("* ENABLED CONDSTORE", Untagged::Enabled(vec![octets("CONDSTORE")])),
        ("* ENABLED", Untagged::Enabled(vec![])),
        ("* FLAGS (\\Seen $x)", Untagged::Flags(vec![octets("\\Seen"), octets("$x")])),
        ("* FLAGS \\Seen $x", Untagged::Flags(vec![octets("\\Seen"), octets("$x")])),
        ("* 3 EXISTS", Untagged::Exists(3)),
        ("* 0  recent ", Untagged::Recent(0)),
        ("* 7 EXPUNGE", Untagged::Expunge(7)),
        ("* VANISHED 1:3,7", Untagged::Vanished { earlier: false, uids: set("1:3,7") }),
        ("* VANISHED (EARLIER) 41", Untagged::Vanished { earlier: true, uids: set("41") }),
        ("* VANISHED (EARLIER)", Untagged::Other),
        ("* SEARCH", Untagged::Search(vec![])),
        ("* SEARCH 2  5 0 x 4294967296 3 (MODSEQ 9) ", Untagged::Search([2, 5, 3].map(Uid::new).to_vec())),
        (
            "* ESEARCH (TAG \"P3\") UID MIN 2 MAX 9 COUNT 3 ALL 2,8:9 MODSEQ 7",
            Untagged::ESearch(ESearch {
                tag: Some(octets("P3")),
                uid: true,
                all: Some(set("2,8:9")),
                count: Some(3),
                min: Some(Uid::new(2)),
                max: Some(Uid::new(9)),
                modseq: Some(7),
            }),
        ),
        ("* ESEARCH", Untagged::ESearch(ESearch::default())),
        (
            "* NAMESPACE ((\"INBOX.\" \".\") (\"\" NIL)) NIL ((\"Public/\" \"/\" \"X\" (\"a\")))",
            Untagged::Namespace(Namespaces {
                personal: vec![namespace("INBOX.", Some(b'.')), namespace("", None)],
                other: vec![],
                shared: vec![namespace("Public/", Some(b'/'))],
            }),
        ),
        ("* NAMESPACE NIL NIL NIL", Untagged::Namespace(Namespaces::default())),
        ("* NAMESPACE", Untagged::Namespace(Namespaces::default())),
        (
            "* QUOTA \"\" (STORAGE 10 512 MESSAGE x 1 )",
            Untagged::Quota(Quota { root: octets(""), resources: vec![resource("STORAGE", 10, 512)] }),
        ),
        ("* QUOTA a", Untagged::Quota(Quota { root: octets("a"), resources: vec![] })),
        (
            "* QUOTAROOT INBOX a \"b c\"",
            Untagged::QuotaRoot { folder: FolderName::from_raw("INBOX"), roots: vec![octets("a"), octets("b c")] },
        ),
        ("* ID NIL", Untagged::Id(vec![])),
        (
            "* ID (\"name\" \"x\" \"version\" NIL \"odd\")",
            Untagged::Id(vec![(octets("name"), Some(octets("x"))), (octets("version"), None), (octets("odd"), None)]),
        ),
        ("* ID", Untagged::Other),
        ("* X-NEW (a) b", Untagged::Other),
        ("* \"FLAGS\" (a)", Untagged::Other),
        ("* 3 X", Untagged::Other),
    ] {
        assert_eq!(data(line), expected, "{line}");
    }
}

#[test]
fn an_untagged_bad_is_a_status_like_any_other() {
    let status = status("* BAD Invalid tag");
    assert_eq!((status.tag, status.condition), (None, Condition::Bad));
}

#[test]
fn our_tags_come_back_with_their_numbers() {
    for (line, number) in
        [("P17 OK x", Some(17)), ("P017 OK x", None), ("p17 OK x", None), ("P OK x", None), ("Q1 NO", None)]
    {
        assert_eq!(status(line).tag.and_then(|tag| tag.get()), number, "{line}");
    }
}
