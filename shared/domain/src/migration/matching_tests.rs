use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Ask, Digests, Matching, pair_up};
use crate::mail::{BodyDigest, Fingerprint, Fingerprints, FlagPrint, Flags, SystemFlag, Uid, fingerprints};
use crate::ports::mail::Head;

fn print(text: &str) -> Fingerprint {
    let mut digest = BodyDigest::new();
    digest.update(text.as_bytes());
    digest.finish()
}

/// Prints of a message; an empty Message-ID is none.
fn prints(id: &str, rest: &str) -> Fingerprints {
    let id = Some(id).filter(|id| !id.is_empty());
    Fingerprints {
        strong: id.map(|id| print(&format!("strong {id} {rest}"))),
        weak: print(&format!("weak {rest}")),
        id_date: id.map(|id| print(&format!("id {id}"))),
    }
}

fn head(uid: u32, prints: Fingerprints) -> Head {
    Head { uid: Uid::new(uid), prints, date: None, size: 0, flags: None }
}

/// Heads with UIDs from `first` up: (Message-ID, rest of the header).
fn heads(first: u32, messages: &[(&str, &str)]) -> Vec<Head> {
    (first..).zip(messages).map(|(uid, (id, rest))| head(uid, prints(id, rest))).collect()
}

fn uids(numbers: &[u32]) -> Vec<Uid> {
    numbers.iter().copied().map(Uid::new).collect()
}

/// Matches, reads the bodies that are asked for, matches again. A body that is not listed is gone.
fn settled(wanted: &[Head], had: &[Head], ours: &BTreeMap<Uid, &str>, theirs: &BTreeMap<Uid, &str>) -> (Ask, Matching) {
    let asked = pair_up(wanted, had, &Digests::default()).ambiguous;
    let read = |uids: &[Uid], bodies: &BTreeMap<Uid, &str>| {
        uids.iter().filter_map(|uid| Some((*uid, print(bodies.get(uid)?)))).collect()
    };
    let digests =
        Digests { source: read(&asked.source, ours), destination: read(&asked.destination, theirs), complete: true };
    let matching = pair_up(wanted, had, &digests);
    assert!(matching.ambiguous.is_empty(), "asked twice: {:?}", matching.ambiguous);
    (asked, matching)
}

fn bodies(first: u32, texts: &[&'static str]) -> BTreeMap<Uid, &'static str> {
    (first..).zip(texts).filter(|(_, text)| !text.is_empty()).map(|(uid, text)| (Uid::new(uid), *text)).collect()
}

/// Name, source (Message-ID, rest, body) from UID 1, destination from UID 11, pairs, number of digests asked for.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str, &'static str)],
    &'static [(&'static str, &'static str, &'static str)],
    &'static [(u32, u32)],
    usize,
);

#[test]
fn messages_are_told_apart_by_the_best_print_they_share() {
    let cases: &[Case] = &[
        ("nothing on either side", &[], &[], &[], 0),
        ("nothing there", &[("a", "s", "x")], &[], &[], 0),
        ("one on each side needs no digest", &[("a", "s", "x")], &[("a", "s", "x")], &[(1, 11)], 0),
        (
            "in another order",
            &[("a", "s", "x"), ("b", "s", "x")],
            &[("b", "s", "x"), ("a", "s", "x")],
            &[(1, 12), (2, 11)],
            0,
        ),
        ("foreign mail in between", &[("a", "s", "x")], &[("z", "q", "x"), ("a", "s", "x")], &[(1, 12)], 0),
        ("no Message-ID", &[("", "s", "x")], &[("", "s", "x")], &[(1, 11)], 0),
        ("the destination added a Message-ID", &[("", "s", "x")], &[("new", "s", "x")], &[(1, 11)], 0),
        (
            "the same Message-ID in different mails",
            &[("a", "s", "x"), ("a", "t", "y")],
            &[("a", "t", "y")],
            &[(2, 11)],
            0,
        ),
        ("rewritten Subject", &[("a", "s", "x")], &[("a", "rewritten", "x")], &[(1, 11)], 0),
        (
            "rewritten Subject, but two have that Message-ID",
            &[("a", "s", "x"), ("a", "t", "x")],
            &[("a", "u", "x")],
            &[],
            0,
        ),
        (
            "a Message-ID that is taken by its own message explains no other",
            &[("a", "s", "x"), ("a", "t", "x")],
            &[("a", "s", "x"), ("a", "u", "x")],
            &[(1, 11)],
            0,
        ),
        ("rewritten Message-ID, same body", &[("a", "s", "x")], &[("b", "s", "x")], &[(1, 11)], 2),
        ("another message of the same second", &[("a", "s", "x")], &[("b", "s", "y")], &[], 2),
        ("Message-ID dropped, same body", &[("a", "s", "x")], &[("", "s", "x")], &[(1, 11)], 2),
        (
            "with and without Message-ID, the latter there",
            &[("a", "s", "x"), ("", "s", "x")],
            &[("", "s", "x")],
            &[(2, 11)],
            0,
        ),
        ("the latter there with one added", &[("a", "s", "x"), ("", "s", "x")], &[("new", "s", "x")], &[(2, 11)], 3),
        (
            "twins, both there",
            &[("a", "s", "x"), ("a", "s", "x")],
            &[("a", "s", "x"), ("a", "s", "x")],
            &[(1, 11), (2, 12)],
            4,
        ),
        ("twins, one there", &[("a", "s", "x"), ("a", "s", "x")], &[("a", "s", "x")], &[(1, 11)], 3),
        ("one, twins there", &[("a", "s", "x")], &[("a", "s", "x"), ("a", "s", "x")], &[(1, 11)], 3),
        ("equal headers, other bodies", &[("a", "s", "x"), ("a", "s", "y")], &[("a", "s", "y")], &[(2, 11)], 3),
        (
            "equal headers, bodies in another order",
            &[("", "s", "x"), ("", "s", "y"), ("", "s", "x")],
            &[("", "s", "y"), ("", "s", "x"), ("", "s", "x")],
            &[(1, 12), (2, 11), (3, 13)],
            6,
        ),
        ("equal headers, no body fits", &[("a", "s", "x")], &[("a", "s", "y"), ("a", "s", "z")], &[], 3),
        (
            "one of the twins is gone at the source",
            &[("a", "s", ""), ("a", "s", "x")],
            &[("a", "s", "x")],
            &[(2, 11)],
            3,
        ),
        ("one of the twins is gone there", &[("a", "s", "x")], &[("a", "s", ""), ("a", "s", "x")], &[(1, 12)], 3),
        ("all are gone", &[("a", "s", ""), ("a", "s", "")], &[("a", "s", "")], &[], 3),
        (
            "one of the twins is not handed out, and both are there",
            &[("a", "s", ""), ("a", "s", "x")],
            &[("a", "s", "x"), ("a", "s", "y")],
            &[(1, 12), (2, 11)],
            4,
        ),
        (
            "one of the twins there is not handed out",
            &[("a", "s", "x"), ("a", "s", "y")],
            &[("a", "s", ""), ("a", "s", "x")],
            &[(1, 12), (2, 11)],
            4,
        ),
        (
            "two are not handed out, and one of them is there",
            &[("a", "s", ""), ("a", "s", ""), ("a", "s", "z")],
            &[("a", "s", "x"), ("a", "s", "z")],
            &[(3, 12)],
            5,
        ),
        ("another Message-ID, and the body is not handed out", &[("a", "s", "")], &[("b", "s", "x")], &[], 2),
    ];
    for (name, source, destination, pairs, asked) in cases {
        let strip = |messages: &[(&'static str, &'static str, &'static str)]| {
            messages.iter().map(|(id, rest, body)| ((*id, *rest), *body)).unzip::<_, _, Vec<_>, Vec<_>>()
        };
        let ((ours, our_bodies), (theirs, their_bodies)) = (strip(source), strip(destination));
        let (wanted, had) = (heads(1, &ours), heads(11, &theirs));
        let (ask, matching) = settled(&wanted, &had, &bodies(1, &our_bodies), &bodies(11, &their_bodies));
        let pairs: Vec<_> = pairs.iter().map(|(from, to)| (Uid::new(*from), Uid::new(*to))).collect();
        assert_eq!(matching.pairs, pairs, "{name}");
        assert_eq!(ask.source.len() + ask.destination.len(), *asked, "{name}");
        assert_eq!(matching.unmatched.len(), wanted.len() - pairs.len(), "{name}");
        assert_eq!(matching.foreign.len(), had.len() - pairs.len(), "{name}");
    }
}

#[test]
fn an_undecided_group_waits_and_the_others_do_not() {
    let wanted = heads(1, &[("a", "s"), ("b", "s"), ("a", "s"), ("c", "t")]);
    let had = heads(11, &[("b", "s"), ("a", "s"), ("z", "q")]);
    let matching = pair_up(&wanted, &had, &Digests::default());
    assert_eq!(matching.pairs, [(Uid::new(2), Uid::new(11))]);
    assert_eq!(matching.ambiguous, Ask { source: uids(&[1, 3]), destination: uids(&[12]) });
    assert_eq!(matching.unmatched, uids(&[4]));
    assert_eq!(matching.foreign, uids(&[13]));
}

#[test]
fn a_digest_that_is_known_is_not_asked_for() {
    let (wanted, had) = (heads(1, &[("a", "s"), ("a", "s")]), heads(11, &[("a", "s")]));
    let known = Digests { source: [(Uid::new(1), print("x")), (Uid::new(2), print("y"))].into(), ..Digests::default() };
    assert_eq!(pair_up(&wanted, &had, &known).ambiguous, Ask { source: vec![], destination: uids(&[11]) });
    let all = Digests { destination: [(Uid::new(11), print("y"))].into(), ..known };
    let matching = pair_up(&wanted, &had, &all);
    assert_eq!((matching.pairs, matching.unmatched), (vec![(Uid::new(2), Uid::new(11))], uids(&[1])));
}

#[test]
fn date_and_size_choose_among_twins_but_make_none() {
    let dated = |uid, date, size| Head { date: Some(date), size, ..head(uid, prints("a", "s")) };
    let wanted = [dated(1, 100, 10), dated(2, 200, 10), dated(3, 300, 10)];
    let had = [dated(11, 300, 99), dated(12, 200, 10)];
    let same: BTreeMap<Uid, &str> = (1..13).map(|uid| (Uid::new(uid), "x")).collect();
    let (_, matching) = settled(&wanted, &had, &same, &same);
    assert_eq!(matching.pairs, [(Uid::new(2), Uid::new(12)), (Uid::new(3), Uid::new(11))]);
    assert_eq!(matching.unmatched, uids(&[1]));

    // Of equal date and size, the flags: here the second of two was delivered and the first was not.
    let flagged = |uid, flag| {
        let flags = Flags { system: [flag].into_iter().collect(), ..Flags::new() };
        Head { flags: Some(FlagPrint::from(&flags)), ..dated(uid, 100, 10) }
    };
    let wanted_alike = [flagged(1, SystemFlag::Flagged), flagged(2, SystemFlag::Draft)];
    let (_, matching) = settled(&wanted_alike, &[flagged(11, SystemFlag::Draft)], &same, &same);
    assert_eq!((matching.pairs, matching.unmatched), (vec![(Uid::new(2), Uid::new(11))], uids(&[1])));
    // And the keywords, where the flags are equal.
    let worded = |uid, words: &[&str]| {
        let flags = Flags::read(words.iter().map(|word| word.as_bytes())).0;
        Head { flags: Some(FlagPrint::from(&flags)), ..dated(uid, 100, 10) }
    };
    let wanted_alike_worded = [worded(1, &["\\Flagged"]), worded(2, &["\\Flagged", "$Forwarded"])];
    let (_, matching) = settled(&wanted_alike_worded, &[worded(11, &["\\Flagged", "$forwarded"])], &same, &same);
    assert_eq!((matching.pairs, matching.unmatched), (vec![(Uid::new(2), Uid::new(11))], uids(&[1])));
    // So too where the destination added headers to all.
    let longer = Head { size: 90, ..flagged(11, SystemFlag::Draft) };
    let (_, matching) = settled(&wanted_alike, &[longer], &same, &same);
    assert_eq!((matching.pairs, matching.unmatched), (vec![(Uid::new(2), Uid::new(11))], uids(&[1])));

    // Dates that fit nothing change nothing: twins go in UID order.
    let had = [dated(11, 7, 1), dated(12, 8, 1)];
    let (_, matching) = settled(&wanted, &had, &same, &same);
    assert_eq!(matching.pairs, [(Uid::new(1), Uid::new(11)), (Uid::new(2), Uid::new(12))]);

    // The same date and size with another body is another message.
    let other: BTreeMap<Uid, &str> = [(Uid::new(11), "y"), (Uid::new(12), "y")].into();
    let (_, matching) = settled(&wanted, &[dated(11, 100, 10), dated(12, 200, 10)], &same, &other);
    assert_eq!(matching.pairs, []);
}

#[test]
fn a_header_that_the_destination_munged_still_matches() {
    let source =
        b"Message-ID: <1@x>\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nFrom: a@b.example\r\nSubject: caf\xe9\r\n\r\n";
    let munged = b"Received: by here\r\nMessage-ID: <1@x>\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nFrom: a@b.example\r\nSubject: cafX\r\n\r\n";
    let matching = pair_up(&[head(1, fingerprints(source))], &[head(11, fingerprints(munged))], &Digests::default());
    assert_eq!(matching.pairs, [(Uid::new(1), Uid::new(11))]);
}

#[test]
fn a_message_listed_twice_is_one_message() {
    let mut had = heads(11, &[("a", "s")]);
    had.extend(heads(11, &[("a", "s")]));
    let matching = pair_up(&heads(1, &[("a", "s")]), &had, &Digests::default());
    assert_eq!(matching.pairs, [(Uid::new(1), Uid::new(11))]);
    assert!(matching.ambiguous.is_empty() && matching.foreign.is_empty());
}

#[test]
fn a_hundred_thousand_twins_take_no_quadratic_time() {
    let (many, fewer) = (vec![("", "s"); 100_000], vec![("", "s"); 99_999]);
    let (wanted, had) = (heads(1, &many), heads(200_001, &fewer));
    let same: BTreeMap<Uid, &str> = (1..400_000).map(|uid| (Uid::new(uid), "x")).collect();
    // Quadratic work would take minutes here and be noticed.
    let (_, matching) = settled(&wanted, &had, &same, &same);
    assert_eq!((matching.pairs.len(), matching.unmatched), (99_999, uids(&[100_000])));
}

/// Messages out of few: Message-ID, rest of the header, body, each among three.
fn message() -> impl Strategy<Value = (usize, usize, usize)> {
    (0..3_usize, 0..3_usize, 0..3_usize)
}

const IDS: [&str; 3] = ["", "a", "b"];
const RESTS: [&str; 3] = ["s", "t", "u"];
const BODIES: [&str; 3] = ["x", "y", "z"];

fn side(first: u32, messages: &[(usize, usize, usize)]) -> (Vec<Head>, BTreeMap<Uid, &'static str>) {
    let headers: Vec<_> = messages.iter().map(|(id, rest, _)| (IDS[*id], RESTS[*rest])).collect();
    let texts: Vec<_> = messages.iter().map(|(_, _, body)| BODIES[*body]).collect();
    (heads(first, &headers), bodies(first, &texts))
}

proptest! {
    #[test]
    fn of_k_twins_and_m_there_the_lesser_number_is_paired(k in 0..20_usize, m in 0..20_usize, id in 0..3_usize) {
        let (wanted, ours) = side(1, &vec![(id, 0, 0); k]);
        let (had, theirs) = side(101, &vec![(id, 0, 0); m]);
        let (_, matching) = settled(&wanted, &had, &ours, &theirs);
        prop_assert_eq!(matching.pairs.len(), k.min(m));
        prop_assert_eq!(matching.unmatched.len(), k - k.min(m));
        prop_assert_eq!(matching.foreign.len(), m - k.min(m));
    }

    #[test]
    fn every_message_is_in_exactly_one_place(
        source in prop::collection::vec(message(), 0..12),
        destination in prop::collection::vec(message(), 0..12),
    ) {
        let ((wanted, ours), (had, theirs)) = (side(1, &source), side(101, &destination));
        let (_, matching) = settled(&wanted, &had, &ours, &theirs);
        let mut from: Vec<Uid> = matching.pairs.iter().map(|pair| pair.0).chain(matching.unmatched).collect();
        let mut to: Vec<Uid> = matching.pairs.iter().map(|pair| pair.1).chain(matching.foreign).collect();
        from.sort();
        to.sort();
        prop_assert_eq!(from, wanted.iter().map(|head| head.uid).collect::<Vec<_>>());
        prop_assert_eq!(to, had.iter().map(|head| head.uid).collect::<Vec<_>>());
    }

    #[test]
    fn a_delivered_chunk_is_found_whatever_else_is_there(
        source in prop::collection::vec(message(), 0..12),
        delivered in prop::collection::vec(any::<bool>(), 12),
        shuffled in any::<u64>(),
    ) {
        // Every delivered message has exactly its octets there, in any order: exactly as many are found, and what is
        // not found is what was not delivered.
        let mut there: Vec<_> = source.iter().zip(&delivered).filter(|(_, yes)| **yes).map(|(message, _)| *message).collect();
        there.sort_by_key(|(a, b, c)| ((shuffled >> (2 * (a + 3 * b + 9 * c))) & 3, *a, *b, *c));
        let ((wanted, ours), (had, theirs)) = (side(1, &source), side(101, &there));
        let (_, matching) = settled(&wanted, &had, &ours, &theirs);
        prop_assert_eq!(matching.pairs.len(), there.len());
        let content = |uid: Uid| source[usize::try_from(uid.get()).unwrap() - 1];
        let mut found: Vec<_> = matching.pairs.iter().map(|(from, _)| content(*from)).collect();
        found.sort();
        there.sort();
        prop_assert_eq!(found, there);
    }

    #[test]
    fn the_order_of_listing_changes_nothing(
        source in prop::collection::vec(message(), 0..10),
        destination in prop::collection::vec(message(), 0..10),
    ) {
        let ((wanted, _), (had, _)) = (side(1, &source), side(101, &destination));
        let (mut backwards, mut had_backwards) = (wanted.clone(), had.clone());
        backwards.reverse();
        had_backwards.reverse();
        prop_assert_eq!(
            pair_up(&wanted, &had, &Digests::default()),
            pair_up(&backwards, &had_backwards, &Digests::default())
        );
    }
}
