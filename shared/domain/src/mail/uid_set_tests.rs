use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn set(text: &str) -> UidSet {
    UidSet::parse(text.as_bytes()).unwrap()
}

#[test]
fn neighbours_become_one_range() {
    let mut uids: UidSet = [7, 1, 3, 2, 3].map(Uid::new).into_iter().collect();
    assert_eq!(uids.to_string(), "1:3,7");
    uids.insert_range(Uid::new(4), Uid::new(6));
    assert_eq!(uids.to_string(), "1:7");
    uids.insert(Uid::new(0));
    assert_eq!(uids.len(), 7);
}

#[test]
fn a_set_is_read_as_servers_write_it_and_nonsense_is_refused() {
    for (text, read) in [
        ("5", Some("5")),
        ("304,319:320", Some("304,319:320")),
        ("4:2", Some("2:4")),
        ("9,3,1:3", Some("1:3,9")),
        ("4294967295", Some("4294967295")),
        ("1:10000000", Some("1:10000000")),
        ("1:10000001", None),
        ("1:4294967295", None),
        ("4294967296", None),
        ("", None),
        ("0", None),
        ("0:5", None),
        ("*", None),
        ("1:*", None),
        ("1,,2", None),
        ("1:", None),
        ("1:2:3", None),
        ("+1", None),
        (" 1", None),
        ("1-2", None),
        ("\u{e9}", None),
    ] {
        assert_eq!(UidSet::parse(text.as_bytes()).map(|set| set.to_string()).as_deref(), read, "{text}");
    }
}

#[test]
fn where_order_carries_a_meaning_a_set_out_of_order_is_refused() {
    for (text, taken) in [("1:3,7", true), ("7", true), ("7,1:3", false), ("1,1", false), ("1:3,3:4", false)] {
        assert_eq!(UidSet::parse_ascending(text.as_bytes()).is_some(), taken, "{text}");
    }
}

#[test]
fn pieces_keep_both_limits() {
    for (whole, octets, uids, pieces) in [
        ("1:10", 100, 4, vec!["1:4", "5:8", "9:10"]),
        ("1:3,5,9:20", 100, 5, vec!["1:3,5,9", "10:14", "15:19", "20"]),
        ("1,3,5,7", 3, 100, vec!["1,3", "5,7"]),
        ("10,30,50", 1, 100, vec!["10", "30", "50"]),
        ("1:5", 100, 0, vec!["1", "2", "3", "4", "5"]),
        ("4294967290:4294967295", 100, 4, vec!["4294967290:4294967293", "4294967294:4294967295"]),
    ] {
        let cut: Vec<_> = set(whole).pieces(octets, uids).iter().map(UidSet::to_string).collect();
        assert_eq!(cut, pieces, "{whole}");
    }
    assert!(UidSet::new().pieces(10, 10).is_empty());
}

#[test]
fn a_record_keeps_a_set_as_its_text() {
    for uids in [UidSet::new(), set("1:5,7"), UidSet::range(Uid::new(1), Uid::new(u32::MAX))] {
        let json = serde_json::to_string(&uids).unwrap();
        assert_eq!(json, format!("\"{uids}\""));
        assert_eq!(serde_json::from_str::<UidSet>(&json).unwrap(), uids);
    }
    assert!(serde_json::from_str::<UidSet>("\"1,x\"").is_err());
}

proptest! {
    #[test]
    fn a_set_holds_what_was_put_in_whatever_the_order(
        uids in proptest::collection::vec(0u32..300, 0..200), octets in 1usize..60, most in 1usize..40,
        removed in proptest::collection::vec(0u32..302, 0..100),
    ) {
        let mut expected: BTreeSet<Uid> = uids.iter().filter(|&&uid| uid > 0).map(|&uid| Uid::new(uid)).collect();
        let mut inserted = UidSet::new();
        inserted.extend(uids.iter().map(|&uid| Uid::new(uid)));
        let collected: UidSet = uids.iter().map(|&uid| Uid::new(uid)).filter(|uid| uid.get() > 0).collect();
        prop_assert_eq!(&inserted, &collected);
        prop_assert_eq!(inserted.len(), expected.len());
        prop_assert!(inserted.iter().eq(expected.iter().copied()));
        prop_assert!((0..301).all(|uid| inserted.contains(Uid::new(uid)) == expected.contains(&Uid::new(uid))));
        let pieces = inserted.pieces(octets, most);
        prop_assert!(pieces.iter().flat_map(UidSet::iter).eq(expected.iter().copied()));
        prop_assert!(pieces.iter().all(|piece| piece.len() <= most));
        prop_assert!(pieces.iter().all(|piece| piece.to_string().len() <= octets || piece.ranges().count() == 1));
        for uid in removed.into_iter().map(Uid::new) {
            inserted.remove(uid);
            expected.remove(&uid);
        }
        prop_assert_eq!(inserted, expected.into_iter().collect::<UidSet>());
    }

    #[test]
    fn reading_a_set_never_panics(text in proptest::collection::vec(any::<u8>(), 0..40), digits in "[0-9:,*]{0,30}") {
        let _ = UidSet::parse(&text);
        if let Some(read) = UidSet::parse(digits.as_bytes()) {
            prop_assert_eq!(UidSet::parse(read.to_string().as_bytes()), Some(read));
        }
    }
}

#[test]
fn the_ends_of_the_number_line_can_be_taken_out() {
    let mut uids = UidSet::range(Uid::new(1), Uid::new(u32::MAX));
    for uid in [1, u32::MAX, 7, 7, 0] {
        uids.remove(Uid::new(uid));
    }
    assert_eq!(uids.to_string(), "2:6,8:4294967294");
}
