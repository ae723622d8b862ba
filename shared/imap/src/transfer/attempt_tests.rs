use posthorse_domain::mail::{Permanent, Uid};
use posthorse_domain::ports::mail::Opened;

use super::*;

fn parcel(flags: &[&str]) -> Parcel {
    let (flags, odd_flags) = Flags::read(flags.iter().map(|flag| flag.as_bytes()));
    Parcel { uid: Uid::new(1), flags, odd_flags, internal_date: None, size: 1 }
}

fn load(permanent: Permanent) -> Load {
    Load {
        parcels: Vec::new(),
        destination: posthorse_domain::mail::FolderName::from_raw("INBOX"),
        destination_validity: None,
        floor: Uid::new(1),
        limits: Default::default(),
        permanent,
        keywords: Opened::default().keywords,
        synchronising: false,
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
