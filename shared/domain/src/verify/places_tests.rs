use super::*;
use crate::mail::UidSet;
use crate::migration::Folder;
use crate::migration::folder::Role;
use crate::migration::manifest::{Line, Segment, SegmentHead};
use crate::migration::recounting::SourceShown;
use crate::verify::recount::{Unsettled, count};

fn uid(uid: u32) -> Uid {
    Uid::new(uid)
}

/// Lines of source UID, outcome, and destination UID (0: none), all seen.
fn roll(lines: &[(u32, Outcome, u32)]) -> Roll {
    let line = |(from, outcome, to): &(u32, Outcome, u32)| Line {
        to: Some(uid(*to)).filter(|to| to.get() > 0),
        seen: true,
        ..Line::bare(uid(*from), *outcome)
    };
    let head = SegmentHead { previous: None, source_validity: None, destination_validity: None, replaces: false };
    let mut building = Roll::expecting(0);
    building.add(&Segment { head, lines: lines.iter().map(line).collect() });
    building.done()
}

#[test]
fn a_place_belongs_to_one_line_and_to_what_was_merged_into_it() {
    use Outcome::{Adopted, Copied, Merged, Quarantined};
    // lines, places of other folders, without a place, sharing one
    type Case<'a> = (&'a str, &'a [(u32, Outcome, u32)], &'a [u32], &'a [u32], &'a [u32]);
    let cases: [Case<'_>; 7] = [
        ("each its own", &[(1, Copied, 11), (2, Adopted, 12)], &[], &[], &[]),
        ("none named", &[(1, Copied, 0), (2, Copied, 12)], &[], &[1], &[]),
        ("not delivered", &[(1, Quarantined, 0)], &[], &[], &[]),
        ("two at one place", &[(1, Copied, 11), (2, Copied, 11), (3, Adopted, 11)], &[], &[], &[2, 3]),
        ("merged", &[(1, Merged, 11), (2, Copied, 11)], &[], &[], &[]),
        ("another folder's", &[(1, Copied, 11), (2, Copied, 12)], &[11, 13], &[], &[1]),
        ("merged into another folder's", &[(1, Merged, 11)], &[11], &[], &[]),
    ];
    for (name, lines, taken, without, sharing) in cases {
        let places = Places::of(&roll(lines), &taken.iter().copied().map(Uid::new).collect());
        let uids = |uids: &[Uid]| uids.iter().map(|uid| uid.get()).collect::<Vec<_>>();
        assert_eq!((uids(&places.without), uids(&places.sharing)), (without.to_vec(), sharing.to_vec()), "{name}");
        assert_eq!(places.is_settled(), without.is_empty() && sharing.is_empty(), "{name}");
    }
}

#[test]
fn the_first_folder_that_names_a_place_has_it() {
    use Outcome::{Copied, Merged};
    let (two, three) = (roll(&[(1, Copied, 11), (2, Copied, 12)]), roll(&[(1, Copied, 12), (2, Merged, 11)]));
    let all = named(3, &three).chain(named(2, &two)).collect();
    assert_eq!(contested(all), BTreeMap::from([(uid(12), 2)]));
    assert_eq!(contested(named(2, &two).collect()), BTreeMap::new());
}

/// What was seen at a place that another line has is the other line's message.
#[test]
fn a_line_that_shares_its_place_and_is_found_nowhere_is_unexplained() {
    let name = || crate::mail::FolderName::from_raw("INBOX");
    let folder = Folder::planned(1, name(), name(), Role::Carry, String::new());
    let roll = roll(&[(1, Outcome::Copied, 11), (2, Outcome::Copied, 11), (3, Outcome::Copied, 13)]);
    let set = |uids: &[u32]| uids.iter().copied().map(Uid::new).collect::<UidSet>();
    let counted = |sharing: &[u32]| {
        let unsettled = Unsettled { lost: set(&[2]), sharing: set(sharing), ..Unsettled::default() };
        let counts = count(&folder, &roll, &SourceShown::default(), &unsettled, 0);
        (counts.source, counts.copied, counts.removed, counts.unexplained)
    };
    assert_eq!(counted(&[2]), (3, 2, 0, 1));
    assert_eq!(counted(&[]), (3, 3, 1, 0), "it was there once: somebody removed it");
}
