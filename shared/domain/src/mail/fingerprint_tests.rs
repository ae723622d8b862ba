use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::super::header;
use super::*;

const LETTER: &str = "Message-ID: <1@x>\r\nDate: Wed, 7 Jul 2010 02:44:25 +0000\r\nFrom: Anna <a@x>, b@y\r\n\
    Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= aus Wien\r\nTo: c@z\r\nCc: d@z\r\n\r\n";

fn with(field: &str, instead: &str) -> Fingerprints {
    assert!(LETTER.contains(field), "{field}");
    fingerprints(LETTER.replace(field, instead).as_bytes())
}

#[test]
fn what_servers_and_spellings_change_does_not_count() {
    let letter = fingerprints(LETTER.as_bytes());
    for (field, instead) in [
        ("\r\n", "\n"),
        ("Message-ID", "MESSAGE-id "),
        ("Message-ID: <1@x>", "Received: by me; now\r\nX-Spam: yes\r\nReturn-Path: <q@q>\r\nMessage-ID:\r\n\t<1@x>"),
        ("Message-ID", "From q@q Wed Jul  7 02:44:25 2010\r\nno field at all\r\nMessage-ID"),
        ("Wed, 7 Jul 2010 02:44:25 +0000", "Wed, 07 Jul 2010 04:44:25 +0200 (CEST)"),
        ("Wed, 7 Jul 2010 02:44:25 +0000", "7 jul 10 02:44:25 GMT"),
        ("Anna <a@x>, b@y", "B <B@Y>,\r\n \"Anna, not Hanna\" <A@X>"),
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe?= aus", "=?iso-8859-1?B?R3L832U=?=\r\n  aus"),
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "=?utf-8?Q?Gru=CC=88=C3=9Fe?="),
        ("Wien", "\t Wien "),
        ("\r\n\r\n", "\r\nSubject: another\r\nDate: now\r\n\r\nFrom: the@body"),
        ("Cc: d@z\r\n\r\n", "Cc: d@z"),
    ] {
        assert_eq!(with(field, instead), letter, "{instead}");
    }
}

#[test]
fn eight_bit_octets_and_nul_are_what_cyrus_makes_of_them() {
    let raw = [b"Subject: Gr\xc3\xbc\xdfe \0!\nFrom: \"J\xf6rg\" <j\xf6rg@x>\nX\xe9: 1\n\n".as_slice()].concat();
    let munged = b"Subject: GrXXXe X!\r\nFrom: \"JXrg\" <jXrg@x>\r\nXX: 1\r\n\r\n";
    assert_eq!(fingerprints(&raw), fingerprints(munged));
}

#[test]
fn each_fingerprint_stands_for_its_fields_and_no_others() {
    let letter = fingerprints(LETTER.as_bytes());
    for (field, instead, strong, weak, id_date) in [
        ("<1@x>", "<2@x>", false, true, false),
        ("<1@x>", "<1@X>", false, true, false),
        ("02:44:25", "02:44:26", false, false, false),
        ("b@y", "c@y", false, false, true),
        ("Wien", "wien", false, false, true),
        ("c@z", "e@z", true, false, true),
        ("d@z", "e@z", true, false, true),
        ("To: c@z\r\nCc: d@z", "To: c@z, d@z", true, false, true),
    ] {
        let other = with(field, instead);
        let same = (other.strong == letter.strong, other.weak == letter.weak, other.id_date == letter.id_date);
        assert_eq!(same, (strong, weak, id_date), "{instead}");
    }
}

#[test]
fn a_message_without_message_id_is_still_recognised() {
    let without = with("Message-ID: <1@x>\r\n", "");
    assert_eq!((without.strong, without.id_date), (None, None));
    assert_eq!(without.weak, fingerprints(LETTER.as_bytes()).weak);
    assert_eq!(with("<1@x>", "  "), without);
}

#[test]
fn a_message_without_date_has_no_pair_of_id_and_date() {
    let without = with("Date: Wed, 7 Jul 2010 02:44:25 +0000\r\n", "");
    assert!(without.strong.is_some() && without.id_date.is_none());
}

#[test]
fn a_date_that_cannot_be_read_counts_as_its_text() {
    let odd = with("Wed, 7 Jul 2010 02:44:25 +0000", "31 Feb 2010  02:44:25 +0000");
    assert_eq!(odd, with("Wed, 7 Jul 2010 02:44:25 +0000", "31 Feb 2010\r\n 02:44:25 +0000"));
    assert_ne!(odd.strong, with("Wed, 7 Jul 2010 02:44:25 +0000", "30 Feb 2010 02:44:25 +0000").strong);
}

#[test]
fn fields_do_not_run_into_each_other() {
    let print = |header: &str| fingerprints(header.as_bytes());
    assert_ne!(print("Subject: ab\n").weak, print("Subject: a\nX: b\n").weak);
    assert_ne!(print("From: a@x\nTo: b@x\n").weak, print("From: a@x, b@x\n").weak);
    assert_eq!(print(""), print("\r\n"));
}

/// Manifests live longer than builds: a changed value would make every message of a running migration unknown.
#[test]
fn fingerprints_stay_what_they_were_in_earlier_versions() {
    let json = serde_json::to_string(&fingerprints(LETTER.as_bytes())).unwrap();
    let (strong, weak) = ("b9cbaba1317035e410d6ae0a0ae589a9", "070ac6a700c0dfcbaf739321f5049a27");
    let id_date = "2a051341807466b53013683fdf44b577";
    assert_eq!(json, format!(r#"{{"strong":"{strong}","weak":"{weak}","id_date":"{id_date}"}}"#));
}

#[test]
fn hostile_headers_of_two_megabytes_take_linear_time() {
    for pattern in [
        "Subject: =?a?q?x ",
        "=?",
        "=?a?q?",
        "=?utf-8?B?",
        "From: (",
        "\"",
        "<",
        "From: a@x,",
        ":",
        ";:",
        "a:",
        " \n",
        "\r",
        "Received: ;\n",
        "\n ",
        "Subject: a\n",
        "From: <@a,@b:",
        "\u{301}",
        "=?utf-8?Q?=CC=81?= ",
        "To: \\\"(",
    ] {
        for start in ["", "From: ", "Subject: ", "Date: "] {
            let header = format!("{start}{}", pattern.repeat(2_000_000 / pattern.len()));
            // Quadratic work would take minutes here and be noticed.
            assert_eq!(fingerprints(header.as_bytes()), fingerprints(header.as_bytes()), "{start}{pattern:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_octets_have_fingerprints_and_munging_does_not_change_them(
        octets in proptest::collection::vec(any::<u8>(), 0..300),
        names in proptest::collection::vec("(Message-ID|Date|From|Subject|To|Cc|Received|)", 0..8),
    ) {
        let pieces = octets.chunks(40).zip(names.iter().map(String::as_str).chain(std::iter::repeat("X")));
        let header: Vec<u8> = pieces.flat_map(|(value, name)| [name.as_bytes(), b": ", value, b"\n"].concat()).collect();
        for header in [&octets, &header] {
            prop_assert_eq!(fingerprints(&munged(header)), fingerprints(header));
        }
    }
}

proptest! {
    #[test]
    fn fingerprints_are_those_of_the_slow_form(
        values in proptest::collection::vec(
            prop_oneof![
                "[ab@<>(),;:\"\\\\ \t\x0b]{0,40}",
                "(\"?[A-C ]{1,4}\"? <[a-cB]{1,3}@x>|[a-c]@y|\\(c\\)|grp:|[,; ]|\r?\n ){0,8}",
                "(Mon, )?[0-3]?[0-9][ -](Jan|feb)[ -]20[0-2][0-9] [0-2][0-9]:[0-5][0-9]:[0-6][0-9] [-+]0[0-9][0-5]0( \\(CET\\))?",
                "(=\\?utf-8\\?(Q\\?(=C3=BC|u=CC=88|=C2=A0|=E3=80=80|a|_){0,4}|B\\?(w7w=|4Y+8)?)\\?=| |x){0,5}",
                "[ab \t\r\n]{0,12}",
                "\\PC{0,10}",
            ],
            0..8,
        ),
        names in proptest::collection::vec("(Message-ID|Date|From|Subject|To|Cc|Received)[ \r]?", 8),
        octets in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let header: String = names.iter().zip(&values).map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        for header in [header.as_bytes(), &[header.as_bytes(), &octets].concat(), &octets] {
            prop_assert_eq!(fingerprints(header), slow::fingerprints(header));
        }
    }
}

/// What the harshest destination makes of a header: NUL and octets from 0x80 as `X`, every line end CRLF.
fn munged(header: &[u8]) -> Vec<u8> {
    let mut munged = Vec::with_capacity(header.len());
    for &octet in header {
        match octet {
            b'\n' if munged.last() != Some(&b'\r') => munged.extend_from_slice(b"\r\n"),
            0 | 0x80.. => munged.push(b'X'),
            _ => munged.push(octet),
        }
    }
    munged
}

#[test]
fn every_message_of_the_corpus_is_recognised_after_munging() {
    let Some(corpus) = std::env::var_os("POSTHORSE_CORPUS") else {
        println!("POSTHORSE_CORPUS is not set: no corpus was read");
        return;
    };
    let (mut messages, mut munging, mut with_id) = (0, 0, 0);
    let mut weak: BTreeMap<Fingerprint, u32> = BTreeMap::new();
    for path in letters(&Path::new(&corpus).join("data")) {
        let whole = std::fs::read(&path).unwrap();
        let (header, _) = header::split(&whole);
        let (as_is, changed) = (fingerprints(header), munged(header));
        assert_eq!(slow::fingerprints(header), as_is, "{}", path.display());
        assert_eq!(fingerprints(&changed), as_is, "{}", path.display());
        assert_eq!(fingerprints(&whole), as_is, "{}", path.display());
        messages += 1;
        munging += usize::from(changed.iter().filter(|&&o| o != b'\r').ne(header.iter().filter(|&&o| o != b'\r')));
        with_id += usize::from(as_is.strong.is_some());
        *weak.entry(as_is.weak).or_default() += 1;
    }
    assert!(messages > 0, "no data/**/*.eml below {}", Path::new(&corpus).display());
    println!("{messages} messages, {with_id} with a Message-ID, {} weak fingerprints, {munging} munged", weak.len());
}

fn letters(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false if path.extension().is_some_and(|extension| extension == "eml") => found.push(path),
                false => {}
            }
        }
    }
    found.sort();
    found
}
