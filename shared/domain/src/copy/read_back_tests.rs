use bytes::Bytes;

use super::*;
use crate::mail::{Flags, InternalDate, fingerprints};
use crate::ports::mail::Facts;

fn flags(words: &str) -> Flags {
    Flags::read(words.split_whitespace().map(str::as_bytes)).0
}

fn sent(uid: u32, words: &str, date: &str) -> (Parcel, Fate) {
    let parcel = Parcel {
        uid: Uid::new(uid),
        flags: flags(words),
        odd_flags: Vec::new(),
        internal_date: Some(Bytes::copy_from_slice(date.as_bytes())),
        size: 1,
        gmail_id: None,
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
    let (parcel, fate) = sent(1, words, DATE);
    let claims = BTreeMap::from([(Uid::new(1), Uid::new(9))]);
    unkept(&[parcel], &[fate], &claims, &BTreeMap::from([(Uid::new(9), kept)]))
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
    assert_eq!(unkept.keywords, BTreeMap::from([("$Forwarded".to_owned(), 1)]));
    assert_eq!(unkept.dates, 1);
}

#[test]
fn a_message_that_was_not_claimed_tells_nothing() {
    let (parcel, fate) = sent(1, "\\Seen", DATE);
    let shown = BTreeMap::from([(Uid::new(9), Shown { flags: Some(Flags::new()), date: Some(7) })]);
    assert_eq!(unkept(&[parcel], &[fate], &BTreeMap::new(), &shown), Unkept::default());
}
