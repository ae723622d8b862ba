use bytes::Bytes;

use super::*;
use crate::mail::{Permanent, fingerprints};
use crate::ports::mail::Facts;

fn flags(words: &str) -> Flags {
    Flags::read(words.split_whitespace().map(str::as_bytes)).0
}

fn one(uid: u32, words: &str, date: &str) -> (Meta, Fate) {
    let parcel = Meta {
        uid: Uid::new(uid),
        flags: flags(words),
        odd_flags: Vec::new(),
        internal_date: Some(Bytes::copy_from_slice(date.as_bytes())),
        size: 1,
        tags: None,
    };
    let facts = Facts {
        prints: fingerprints(b"Subject: a\r\n\r\n"),
        digest: Default::default(),
        size: 1,
        flags: flags(words),
        dropped: Vec::new(),
        date: InternalDate::parse(date.as_bytes()),
        date_replaced: false,
        message_id: None,
    };
    (parcel, Fate::Sent { facts, to: None })
}

const DATE: &str = "17-Jul-2010 02:44:25 -0700";

fn found(words: &str, kept: Shown) -> Unkept {
    let (parcel, fate) = one(1, words, DATE);
    let claims = BTreeMap::from([(Uid::new(1), Uid::new(9))]);
    unkept(&sent(&[parcel], &[fate], &claims), &BTreeMap::from([(Uid::new(9), kept)]))
}

#[test]
fn what_is_shown_as_it_was_sent_is_kept() {
    let date = InternalDate::parse(DATE.as_bytes()).map(|date| date.instant());
    for shown in ["\\Seen $Forwarded", "\\seen $FORWARDED \\Answered more"] {
        assert_eq!(found("\\Seen $Forwarded", Shown { flags: Some(flags(shown)), date }), Unkept::default(), "{shown}");
    }
    assert_eq!(found("\\Seen", Shown::default()), Unkept::default(), "who tells nothing is believed");
}

#[test]
fn flags_keywords_and_dates_that_were_dropped_are_named() {
    let unkept = found("\\Seen \\Flagged $Forwarded", Shown { flags: Some(flags("\\Seen")), date: Some(7) });
    let nine: UidSet = [Uid::new(9)].into_iter().collect();
    assert_eq!(unkept.system, BTreeMap::from([(SystemFlag::Flagged, nine)]));
    assert_eq!(unkept.lost, BTreeMap::from([("$Forwarded".to_owned(), 1)]));
    assert_eq!(unkept.dates, 1);
}

#[test]
fn a_message_that_was_not_claimed_tells_nothing() {
    let (parcel, fate) = one(1, "\\Seen", DATE);
    assert_eq!(sent(&[parcel], &[fate], &BTreeMap::new()), []);
}

#[test]
fn a_date_that_was_replaced_is_counted_where_it_was_sent() {
    let (parcel, mut fate) = one(1, "", DATE);
    if let Fate::Sent { facts, .. } = &mut fate {
        facts.date_replaced = true;
    }
    let sent = sent(&[parcel], &[fate], &BTreeMap::from([(Uid::new(1), Uid::new(9))]));
    let shown = BTreeMap::from([(Uid::new(9), Shown { flags: None, date: Some(7) })]);
    assert_eq!(unkept(&sent, &shown), Unkept::default());
}

#[test]
fn a_message_that_is_found_again_was_sent_as_the_source_lists_it() {
    let meta = |date: Option<&str>| Meta {
        uid: Uid::new(1),
        flags: flags("\\Seen \\Flagged $Forwarded"),
        odd_flags: vec!["\\Odd".into()],
        internal_date: date.map(|date| Bytes::copy_from_slice(date.as_bytes())),
        size: 1,
        tags: None,
    };
    let opened = Opened { permanent: Permanent::read([b"\\Seen".as_slice()]), ..Opened::default() };
    let (sent, lost) = resent(&meta(Some(DATE)), Uid::new(9), &opened);
    let date = InternalDate::parse(DATE.as_bytes()).map(|date| date.instant());
    assert_eq!(sent, Sent { to: Uid::new(9), flags: flags("\\Seen"), date });
    let names: Vec<&str> = lost.lost.keys().map(String::as_str).collect();
    assert_eq!((names, lost.dates), (vec!["$Forwarded", "\\Flagged", "\\Odd"], 0));
    let (sent, lost) = resent(&meta(None), Uid::new(9), &opened);
    assert_eq!((sent.date, lost.dates), (None, 1), "another date was sent");
}
