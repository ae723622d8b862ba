//! What a chunk takes of what is listed, and what comes back.

use super::*;
use crate::mail::{Flags, FolderName};
use crate::migration::folder::Role;

fn meta(uid: u32, size: u64) -> Meta {
    Meta { uid: Uid::new(uid), flags: Flags::default(), odd_flags: Vec::new(), internal_date: None, size, tags: None }
}

fn folder(snapshot: u32) -> Folder {
    let name = || FolderName::from_raw("INBOX");
    let folder = Folder::planned(1, name(), name(), Role::Carry, String::new());
    Folder { snapshot: Uid::new(snapshot), ..folder }
}

/// Listed: UIDs from `first` on, of these sizes; not listed yet: from `next` on.
fn outlook(first: u32, sizes: &[u64], next: u32) -> Outlook {
    let metas = (first..).zip(sizes).map(|(uid, size)| meta(uid, *size)).collect();
    Outlook { metas, left: Vec::new(), next: Uid::new(next), width: 100, found: 0, asked: None }
}

fn uids<'a>(metas: impl IntoIterator<Item = &'a Meta>) -> Vec<u32> {
    metas.into_iter().map(|meta| meta.uid.get()).collect()
}

#[test]
fn a_chunk_ends_at_its_messages_or_its_octets_and_is_never_empty() {
    // sizes of what is listed, most messages, most octets, UIDs taken
    type Case<'a> = (&'a str, &'a [u64], u32, u64, &'a [u32]);
    let cases: &[Case<'_>] = &[
        ("all", &[1, 1, 1], 9, 100, &[1, 2, 3]),
        ("so many messages", &[1, 1, 1], 2, 100, &[1, 2]),
        ("so many octets", &[50, 50, 1], 9, 100, &[1, 2]),
        ("the order stays, though a later one would fit", &[50, 60, 1], 9, 100, &[1]),
        ("a message larger than a chunk", &[500, 1], 9, 100, &[1]),
        ("sizes beyond all bounds", &[1, u64::MAX, u64::MAX], 9, u64::MAX, &[1, 2, 3]),
        ("nothing is listed", &[], 9, 100, &[]),
    ];
    for (name, sizes, messages, octets, taken) in cases {
        let mut outlook = outlook(1, sizes, 10);
        let chunk = outlook.chunk(chunk::Size { messages: *messages, octets: *octets });
        assert_eq!(uids(&chunk), *taken, "{name}");
        let rest: Vec<u32> = (1..).take(sizes.len()).skip(taken.len()).collect();
        assert_eq!(uids(&outlook.metas), rest, "{name}: what is left");
    }
}

#[test]
fn what_has_no_outcome_comes_back_in_front_and_in_order() {
    let mut outlook = outlook(10, &[1, 1], 12);
    let folder = Folder { committed: Uid::new(5), ..folder(12) };
    let known: UidSet = [Uid::new(7)].into_iter().collect();
    let chunk: Vec<Meta> = (4..10).map(|uid| meta(uid, 1)).collect();
    assert_eq!(outlook.takes_back(&chunk, &folder, &known), 3, "4 and 5 are settled, 7 has a line");
    assert_eq!(uids(&outlook.metas), [6, 8, 9, 10, 11]);
}

#[test]
fn a_chunk_is_short_until_enough_is_listed_or_the_folder_ends() {
    let size = |messages| chunk::Size { messages, octets: 1 };
    let sizes = vec![1; AHEAD + 5];
    let cases = [
        ("enough for the chunk and what is read ahead", 5, false),
        ("one too few", 6, true),
        ("more than can be counted", u32::MAX, true),
    ];
    for (name, messages, short) in cases {
        assert_eq!(outlook(1, &sizes, 3000).is_short_of(&folder(9000), size(messages)), short, "{name}");
        assert!(!outlook(1, &sizes, 9000).is_short_of(&folder(9000), size(messages)), "{name}: the folder ends here");
    }
}
