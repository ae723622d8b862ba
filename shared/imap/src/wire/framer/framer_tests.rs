//! # Tests of the framer
//! Transcripts: each `S:` line is what a server sends, with CRLF.

use super::*;
use crate::wire::Fetch;
use crate::wire::reply::{Body, Reply, Untagged};

/// The octets of a transcript's `S:` lines.
fn said(transcript: &str) -> Vec<u8> {
    transcript
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("S:"))
        .flat_map(|line| format!("{}\r\n", line.strip_prefix(' ').unwrap_or(line)).into_bytes())
        .collect()
}

/// All events of some octets, adjacent pieces joined, and how it ended.
fn events(limits: Limits, octets: &[u8], step: usize) -> (Vec<Event>, Option<WireError>) {
    let mut framer = Framer::new(limits);
    let mut events: Vec<Event> = Vec::new();
    for chunk in octets.chunks(step.max(1)) {
        framer.space().extend_from_slice(chunk);
        loop {
            match framer.next() {
                Ok(None) => break,
                Ok(Some(Event::Piece(piece))) => join(&mut events, piece),
                Ok(Some(event)) => events.push(event),
                Err(error) => return (events, Some(error)),
            }
        }
    }
    (events, None)
}

fn join(events: &mut Vec<Event>, piece: Bytes) {
    match events.last_mut() {
        Some(Event::Piece(before)) => *before = [&before[..], &piece[..]].concat().into(),
        _ => events.push(Event::Piece(piece)),
    }
}

fn responses(octets: &[u8]) -> Vec<Response> {
    let (events, error) = events(Limits::default(), octets, octets.len());
    assert_eq!(error, None);
    let response = |event| match event {
        Event::Response(response) => response,
        other => panic!("{other:?}"),
    };
    events.into_iter().map(response).collect()
}

fn one(octets: &[u8]) -> Response {
    let mut all = responses(octets);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn error(octets: &[u8]) -> Option<WireError> {
    events(Limits::default(), octets, octets.len()).1
}

fn small() -> Limits {
    Limits { inline: 4, inline_total: 6, ..Limits::default() }
}

fn fetch(response: &Response) -> Fetch {
    match Reply::read(response) {
        Reply::Data(Untagged::Fetch(fetch)) => fetch,
        other => panic!("{other:?}"),
    }
}

fn atom(text: &'static str) -> Token {
    Token::Atom(Bytes::from_static(text.as_bytes()))
}

#[test]
fn a_literal_is_part_of_the_tree() {
    let fetch = fetch(&one(&said(
        "S: * 1 FETCH (UID 7 BODY[] {12}
         S: Subject: a
         S:  FLAGS (\\Seen))",
    )));
    assert_eq!(fetch.body, Some(Body::Octets(Bytes::from_static(b"Subject: a\r\n"))));
    assert_eq!(fetch.flags, Some(vec![Bytes::from_static(b"\\Seen")]));
}

#[test]
fn a_large_literal_comes_in_pieces_and_the_uid_before_it_is_known() {
    let (events, error) = events(small(), b"* 3 FETCH (UID 9 BODY[] {5}\r\nhello FLAGS ())\r\n", 100);
    assert_eq!(error, None);
    let [Event::LiteralStart { so_far, octets: 5 }, Event::Piece(piece), Event::LiteralEnd, Event::Response(whole)] =
        &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(fetch(so_far).uid, Some(posthorse_domain::mail::Uid::new(9)));
    assert_eq!(fetch(so_far).body, None);
    assert_eq!(piece, &b"hello"[..]);
    assert_eq!(fetch(whole).body, Some(Body::Streamed(5)));
    assert_eq!(fetch(whole).flags, Some(vec![]));
}

#[test]
fn literals_beyond_what_one_tree_may_hold_come_in_pieces() {
    let (events, error) = events(small(), b"* X {4}\r\nabcd {2}\r\nef {1}\r\ng {0}\r\n\r\n", 100);
    assert_eq!(error, None);
    let Some(Event::Response(response)) = events.last() else { panic!("{events:?}") };
    let literal = |octets: &'static [u8]| Token::Literal(Bytes::from_static(octets));
    assert_eq!(response.tokens, [atom("X"), literal(b"abcd"), literal(b"ef"), Token::Streamed(1), literal(b"")]);
}

#[test]
fn any_cut_gives_the_same_events() {
    let octets = [
        &b"* OK [CAPABILITY IMAP4rev1 ID] hello {3}\r\n"[..],
        b"* LIST (\\Noselect) \"/\" {3}\r\nA\"B\r\n",
        b"* 1 FETCH (UID 7 BODY[] {9}\r\nA1 OK\r\n*  FLAGS (\\Seen \"a b\"))\r\n",
        b"* 2 FETCH (BODY[HEADER] {2}\r\n\r\n UID 8)\n",
        b"+\r\n\r\nP1 NO [OVERQUOTA] full\r\n",
    ]
    .concat();
    for limits in [Limits::default(), small()] {
        let whole = events(limits, &octets, octets.len());
        assert_eq!(whole.1, None);
        for step in 1..octets.len() {
            assert_eq!(events(limits, &octets, step), whole, "in steps of {step}");
        }
    }
}

#[test]
fn message_text_that_looks_like_protocol_stays_text() {
    let text = b"A1 NO no\r\n* BYE\r\n)\r\nX-Spam: {5}\r\n+ go\r\n";
    let octets = [format!("* 1 FETCH (UID 1 BODY[] {{{}}}\r\n", text.len()).as_bytes(), text, b")\r\n"].concat();
    for limits in [Limits::default(), small()] {
        let (events, error) = events(limits, &octets, 7);
        assert_eq!(error, None);
        let responses = events.iter().filter(|event| matches!(event, Event::Response(_))).count();
        assert_eq!(responses, 1);
    }
}

#[test]
fn literals_of_every_spelling_are_taken() {
    for announced in ["{3}", "{3+}", "{3-}", "~{3}", "~{3+}", "{003}", "{3} "] {
        let octets = format!("* 1 FETCH (BODY[] {announced}\r\nabc)\r\n");
        let body = fetch(&one(octets.as_bytes())).body;
        assert_eq!(body, Some(Body::Octets(Bytes::from_static(b"abc"))), "{announced}");
    }
    for glued in ["BODY[]{3}", "BODY[]~{3}", "(X){3}"] {
        let octets = format!("* 1 FETCH ({glued}\r\nabc)\r\n");
        assert_eq!(error(octets.as_bytes()), None, "{glued}");
        let response = one(octets.as_bytes());
        assert!(format!("{:?}", response.tokens).contains("Literal(b\"abc\")"), "{glued}");
    }
}

#[test]
fn literals_may_stand_wherever_a_string_may() {
    for (octets, name) in [
        (&b"* LIST () \"/\" {3}\r\na\nb\r\n"[..], &b"a\nb"[..]),
        (b"* LIST ({5}\r\n\\Sent) \"/\" b\r\n", b"b"),
        (b"* LIST () {1}\r\n. {1}\r\nb\r\n", b"b"),
        (b"* LSUB () NIL {0}\r\n\r\n", b""),
    ] {
        match Reply::read(&one(octets)) {
            Reply::Data(Untagged::List(listing) | Untagged::Lsub(listing)) => assert_eq!(listing.name.raw(), name),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn braces_that_announce_nothing_are_octets() {
    for octets in [
        &b"* OK text {5}\r\n"[..],
        b"P1 NO no {5}\r\n",
        b"+ go {5}\r\n",
        b"* OK [X {5}] text\r\n",
        b"* OK [X {5}\r\n",
        b"* FLAGS ($a{5} {x} {5}b)\r\n",
        b"* LIST () \"/\" a{5}\r\n",
        b"* LIST () \"/\" a {5}\r\n",
        b"* 1 FETCH (FLAGS (\"{5}\"))\r\n",
        b"* 1 FETCH (INTERNALDATE \"{5}\"\r\n",
    ] {
        one(octets);
    }
}

#[test]
fn sizes_that_are_no_number_end_the_connection() {
    for size in ["-1", "99999999999999999999", "", "+", "1.5", "5-5"] {
        let octets = format!("* 1 FETCH (BODY[] {{{size}}}\r\nabc)\r\n");
        assert_eq!(error(octets.as_bytes()), Some(WireError::LiteralSize), "{size}");
    }
    let octets = b"* 1 FETCH (BODY[] {4294967297}\r\n";
    let limit = Limits::default().literal;
    assert_eq!(error(octets), Some(WireError::LiteralTooLarge { octets: 4_294_967_297, limit }));
}

#[test]
fn what_is_announced_is_not_allocated() {
    let limits = Limits { literal: u64::MAX, inline: usize::MAX >> 1, ..Limits::default() };
    for limits in [Limits { literal: u64::MAX, ..Limits::default() }, limits] {
        let mut framer = Framer::new(limits);
        framer.push(b"* 1 FETCH (BODY[] {18446744073709551615}\r\nabc");
        let event = framer.next();
        assert!(matches!(event, Ok(Some(Event::LiteralStart { octets: u64::MAX, .. }))), "{event:?}");
        assert!(framer.space().capacity() < 1 << 20);
    }
    let mut framer = Framer::new(Limits { inline: 1 << 30, inline_total: 1 << 30, ..Limits::default() });
    framer.push(b"* 1 FETCH (BODY[] {1000000000}\r\nabc");
    assert_eq!(framer.next(), Ok(None));
    assert!(framer.space().capacity() < 1 << 20);
}

#[test]
fn a_wrong_size_is_noticed_behind_the_literal() {
    for (octets, expected) in [
        (&b"* 1 FETCH (BODY[] {4}\r\nhello)\r\n"[..], WireError::AfterLiteral),
        (b"* 1 FETCH (BODY[] {3}\r\nabc\r\n)\r\n", WireError::Unbalanced),
        (b"* 1 FETCH (BODY[] {4}\r\nabc)\r\nP1 OK done\r\n", WireError::Unbalanced),
        (b"* 1 FETCH (BODY[] {0}\r\nabc)\r\n", WireError::AfterLiteral),
    ] {
        for limits in [Limits::default(), Limits { inline: 0, ..Limits::default() }] {
            assert_eq!(events(limits, octets, 1).1, Some(expected), "{}", octets.escape_ascii());
        }
    }
}

#[test]
fn an_error_stays() {
    let mut framer = Framer::new(Limits::default());
    framer.push(b"* 1 FETCH (BODY[] {x-}\r\n* 1 FETCH (BODY[] {-1}\r\n* OK fine\r\n");
    assert!(matches!(framer.next(), Ok(Some(Event::Response(_)))));
    for _ in 0..3 {
        assert_eq!(framer.next(), Err(WireError::LiteralSize));
    }
}

#[test]
fn limits_hold() {
    let limits = Limits { line: 40, depth: 2, tokens: 8, ..Limits::default() };
    for (octets, expected) in [
        ("* 1 FETCH (BODY[] {3}\r\nabc FLAGS (aaaaaaa", None),
        ("* OK 3456789012345678901234567890123456789\r\n", Some(WireError::LineTooLong(40))),
        ("* OK 345678901234567890123456789012345678901234", Some(WireError::LineTooLong(40))),
        ("* 1 FETCH (BODY[] {3}\r\nabc FLAGS (aaaaaaaaaaaaaaaa", Some(WireError::LineTooLong(40))),
        ("* X ((a))\r\n", None),
        ("* X (((a)))\r\n", Some(WireError::TooDeep(2))),
        ("* X a b c d e f g\r\n", None),
        ("* X a b c d e f g h\r\n", Some(WireError::TooManyTokens(8))),
        ("* X () () () () () () ()\r\n", None),
        ("* X () () () () () () () ()\r\n", Some(WireError::TooManyTokens(8))),
        ("* OK [X 1 2 3 4 5 6 7] a\r\n", Some(WireError::TooManyTokens(8))),
    ] {
        assert_eq!(events(limits, octets.as_bytes(), 3).1, expected, "{octets}");
    }
}

#[test]
fn the_line_limit_is_per_response() {
    let limits = Limits { line: 40, ..Limits::default() };
    let octets = b"* OK 34567890123456789012345678901234\r\n".repeat(50);
    let (events, error) = events(limits, &octets, 17);
    assert_eq!((events.len(), error), (50, None));
}

#[test]
fn a_tree_with_many_passing_literals_is_not_copied_for_ever() {
    let limits = Limits { inline: 0, tokens: 1000, ..Limits::default() };
    let octets = [&b"* X"[..], &b" {1}\r\na".repeat(100), b"\r\n"].concat();
    assert_eq!(events(limits, &octets, 64).1, Some(WireError::TooManyTokens(1000)));
}

#[test]
fn hostile_lines_are_read_in_linear_time() {
    let size = 1 << 18;
    for unit in
        ["\"\\", "BODY[ ", "BODY[", "{1", "~{", "~", "(", ")", "{1}", "\\\"", "* LIST () \"/\" (", " (", "[", "]"]
    {
        for before in ["* X ", "* LIST () \"/\" ", "* STATUS ", "* OK [", "* 1 FETCH (FLAGS ("] {
            let octets = [before.as_bytes(), &unit.as_bytes().repeat(size / unit.len()), b"\r\n"].concat();
            let limits = Limits { tokens: 1 << 20, ..Limits::default() };
            // Quadratic work would be 2³⁶ steps, and be noticed.
            assert!(events(limits, &octets, 4096) == events(limits, &octets, 50_000), "{before}{unit}");
        }
    }
}

#[test]
fn quotes_that_do_not_close_hide_no_literal() {
    let octets = b"* 1 FETCH (FLAGS (\"a) UID 5 BODY[] {5}\r\nP1 OK))\r\n";
    let response = one(octets);
    assert!(format!("{:?}", response.tokens).contains("Literal(b\"P1 OK\")"), "{:?}", response.tokens);
}

#[test]
fn blank_lines_and_bare_line_feeds_are_passed_over() {
    assert_eq!(responses(b"\r\n\n  \r\n* OK a\n* OK b\r\r\n").len(), 2);
    assert_eq!(responses(b"* OK a\n* OK b\r\r\n")[1].text, "b");
}

#[test]
fn the_place_between_two_responses_is_known() {
    let mut framer = Framer::new(Limits::default());
    assert!(framer.is_between());
    for (octets, between) in [("* 1 FETCH (BODY[] {1}\r\n", false), ("a", false), (")\r\n", true), ("*", false)] {
        framer.push(octets.as_bytes());
        while let Ok(Some(_)) = framer.next() {}
        assert_eq!(framer.is_between(), between, "{octets}");
    }
    assert_eq!(framer.pending(), b"*");
    assert_eq!(framer.take_pending(), b"*"[..]);
    assert!(framer.is_between());
}

#[test]
fn a_held_literal_gets_its_room_at_once_and_no_more() {
    let mut framer = Framer::new(Limits::default());
    framer.push(b"* 1 FETCH (BODY[] {200000}\r\n");
    assert_eq!(framer.next(), Ok(None));
    let space = framer.space();
    assert!(space.capacity() - space.len() >= 200_000);
    assert!(space.capacity() < 300_000);
    let before = space.capacity();
    space.extend_from_slice(&[b'a'; 150_000]);
    assert_eq!(framer.next(), Ok(None));
    assert_eq!(framer.space().capacity(), before, "the rest fits where it is");
}

#[test]
fn buffers_are_used_again_when_nothing_holds_them() {
    let mut framer = Framer::new(Limits::default());
    for _ in 0..10_000 {
        framer.space().extend_from_slice(b"* 1 FETCH (UID 1 BODY[] {5}\r\nhello)\r\n");
        assert!(matches!(framer.next(), Ok(Some(Event::Response(_)))));
        assert!(framer.space().capacity() <= READ + LEAST);
    }
}
