use posthorse_domain::mail::{Permanent, Uid};
use posthorse_domain::ports::mail::Opened;

use super::*;

fn parcel(flags: &[&str]) -> Meta {
    let (flags, odd_flags) = Flags::read(flags.iter().map(|flag| flag.as_bytes()));
    Meta { uid: Uid::new(1), flags, odd_flags, internal_date: None, size: 1, tags: None }
}

fn load(permanent: Permanent) -> Load {
    Load {
        then: None,
        parcels: Default::default(),
        listing: None,
        ahead: Default::default(),
        destination: posthorse_domain::mail::FolderName::from_raw("INBOX"),
        destination_validity: None,
        floor: Uid::new(1),
        limits: Default::default(),
        permanent,
        keywords: Opened::default().keywords,
        synchronising: false,
        wide: false,
        pace: 0,
        keeps: true,
        believe_refusals: false,
        until_monotonic: Default::default(),
        until_wall: 0,
    }
}

#[test]
fn what_the_folder_does_not_keep_stays_behind_and_is_named() {
    let permanent = Permanent::read([&b"\\Seen"[..], b"Old"]);
    let first = Attempt::first(
        &parcel(&["\\Seen", "\\Flagged", "Old", "New"]),
        &load(permanent),
        &BTreeSet::new(),
        DateChoice::None,
    );
    assert_eq!(first.flags.to_string(), "\\Seen Old");
    assert_eq!(first.dropped, ["\\Flagged", "New"]);
}

#[test]
fn refused_flags_go_keywords_first_and_end_somewhere() {
    let all = load(Permanent::default());
    let first = Attempt::first(&parcel(&["\\Seen", "New"]), &all, &BTreeSet::new(), DateChoice::None);
    assert!(first.new_keywords(&BTreeSet::new()));
    let second = first.fewer_flags().unwrap();
    assert_eq!(second.flags.to_string(), "\\Seen");
    let third = second.fewer_flags().unwrap();
    assert!(third.flags.is_empty() && third.fewer_flags().is_none());
    assert_eq!(third.dropped, ["New", "\\Seen"]);
}

#[test]
fn a_refused_date_is_followed_by_the_headers_and_then_by_none() {
    let internal = InternalDate::parse(b"17-Jul-2090 02:44:25 +0000").unwrap();
    let header = b"Date: Wed, 17 Jul 1996 02:23:25 +0000\r\n\r\n";
    let all = load(Permanent::default());
    let first = Attempt::first(&parcel(&[]), &all, &BTreeSet::new(), DateChoice::Internal(internal));
    assert!(!first.date_replaced);
    let second = first.other_date(header).unwrap();
    assert_eq!(second.date.unwrap().to_string(), "17-Jul-1996 02:23:25 +0000");
    let third = second.other_date(header).unwrap();
    assert!(third.date.is_none() && third.date_replaced && third.other_date(header).is_none());
}

#[test]
fn a_keyword_under_suspicion_is_left_out_and_the_first_date_comes_back() {
    let date = fallback(Some(b"17-Jul-2010 02:44:25 -0700"), b"");
    let known = Flags::read([&b"Old"[..]]).0.keywords;
    let first = Attempt::first(
        &parcel(&["\\Seen", "Old", "New"]),
        &load(Permanent::read([&b"\\*"[..], b"\\Seen"])),
        &BTreeSet::new(),
        date,
    );
    // Courier's words may be about the date or a flag: the date goes first, then what is new among the keywords.
    let dateless = first.after(Kind::Date, b"", &known).unwrap();
    assert_eq!((dateless.date, dateless.date_replaced), (None, true));
    let last = dateless.after(Kind::Date, b"", &known).unwrap();
    assert_eq!((last.date, last.date_replaced, last.flags.to_string().as_str()), (first.date, false, "\\Seen Old"));
    assert_eq!(last.suspects.iter().map(ToString::to_string).collect::<Vec<_>>(), ["New"]);
    assert_eq!(last.after(Kind::Unknown, b"", &known), None);
}

#[test]
fn an_answer_in_unknown_words_is_about_the_message_unless_it_asks_for_a_keyword() {
    let date = fallback(None, b"");
    let any = || load(Permanent::read([&b"\\*"[..], b"\\Seen"]));
    let plain = Attempt::first(&parcel(&["\\Seen"]), &any(), &BTreeSet::new(), date);
    assert_eq!(plain.after(Kind::Unknown, b"", &BTreeSet::new()), None);
    let asking = Attempt::first(&parcel(&["\\Seen", "New"]), &any(), &BTreeSet::new(), date);
    let without = asking.after(Kind::Unknown, b"", &BTreeSet::new()).unwrap();
    assert_eq!((without.flags.to_string().as_str(), without.dropped.join(" ").as_str()), ("\\Seen", "New"));
}
