//! # Reading tests
//! The small readers and spellers: sets, dates, names, words.

use super::date::Date;
use super::name::{fits, is_mutf7, wire};
use super::set::{Set, spell};
use super::words::{Announced, Words, announced};

#[test]
fn sets_are_read_with_the_star_as_the_largest_number() {
    for (text, largest, wanted) in [
        ("1", 9, Some(vec![(1, 1)])),
        ("1:3,7", 9, Some(vec![(1, 3), (7, 7)])),
        ("5:*", 9, Some(vec![(5, 9)])),
        ("20:*", 9, Some(vec![(9, 20)])),
        ("*", 9, Some(vec![(9, 9)])),
        ("7:2", 9, Some(vec![(2, 7)])),
        ("0", 9, None),
        ("", 9, None),
        ("1;2", 9, None),
        ("4294967296", 9, None),
    ] {
        assert_eq!(Set::parse(text.as_bytes()).map(|set| set.ranges(largest)), wanted, "{text}");
    }
    assert_eq!(spell(&[4, 5, 6, 9, 3]), "4:6,9,3");
}

#[test]
fn dates_are_read_and_spelled() {
    for (text, seconds, again) in [
        ("17-Jul-2010 02:44:25 -0700", 1_279_359_865, "17-Jul-2010 02:44:25 -0700"),
        (" 1-Jan-1970 00:00:00 +0000", 0, "01-Jan-1970 00:00:00 +0000"),
        ("29-Feb-2024 23:59:60 +0530", 1_709_231_400, "01-Mar-2024 00:00:00 +0530"),
        ("31-Dec-1969 23:59:59 +0000", -1, "31-Dec-1969 23:59:59 +0000"),
    ] {
        let date = Date::parse(text.as_bytes()).expect(text).date;
        assert_eq!((date.seconds, date.spell('0').as_str()), (seconds, again));
    }
    for text in [
        "",
        "32-Jan-2020 00:00:00 +0000",
        "1-Foo-2020 00:00:00 +0000",
        "1-Jan-2020 24:00:00 +0000",
        "1-Jan-2020 00:00:00",
    ] {
        assert_eq!(Date::parse(text.as_bytes()), None, "{text}");
    }
    assert!(!Date::parse(b"31-Feb-2020 00:00:00 +0000").expect("readable").exists);
}

#[test]
fn names_go_out_in_modified_utf7() {
    for (name, wanted) in [
        ("Inbox", "INBOX"),
        ("Entw\u{fc}rfe", "Entw&APw-rfe"),
        ("a&b", "a&-b"),
        ("~peter/mail/\u{53f0}\u{5317}/\u{65e5}\u{672c}\u{8a9e}", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("\u{1f4e7}", "&2D3c5w-"),
    ] {
        assert_eq!(wire(name), wanted.as_bytes());
        assert!(is_mutf7(&wire(name)));
    }
    for bad in ["a&b", "&U BT-", "caf\u{e9}"] {
        assert!(!is_mutf7(bad.as_bytes()), "{bad}");
    }
}

#[test]
fn patterns_stop_at_the_delimiter_or_do_not() {
    for (pattern, name, wanted) in [
        ("*", "a/b", true),
        ("%", "a/b", false),
        ("%/%", "a/b", true),
        ("a*", "ab/c", true),
        ("", "", true),
        ("a", "ab", false),
    ] {
        assert_eq!(fits(pattern.as_bytes(), name.as_bytes(), Some(b'/')), wanted, "{pattern} {name}");
    }
}

#[test]
fn words_are_taken_one_by_one() {
    let mut words = Words::new(b"atom \"a \\\"b\" {3}\r\nx y (\\Seen k) 12");
    assert_eq!(words.astring(), Some(b"atom".to_vec()));
    assert_eq!(words.space().and_then(|()| words.astring()), Some(b"a \"b".to_vec()));
    assert_eq!(words.space().and_then(|()| words.astring()), Some(b"x y".to_vec()));
    assert_eq!(words.space().and_then(|()| words.list()), Some(vec![b"\\Seen".to_vec(), b"k".to_vec()]));
    assert_eq!(words.space().and_then(|()| words.number()), Some(12));
    assert!(words.is_empty());
    for (line, wanted) in [
        ("a {12}", Some((12, true, false))),
        ("a {12+}", Some((12, false, false))),
        ("a ~{0}", Some((0, true, true))),
        ("a {x}", None),
        ("a 12}", None),
    ] {
        let wanted = wanted.map(|(size, waits, binary)| Announced { size, waits, binary });
        assert_eq!(announced(line.as_bytes()), wanted, "{line}");
    }
}
