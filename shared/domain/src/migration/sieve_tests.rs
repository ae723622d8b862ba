use proptest::prelude::*;

use super::*;
use crate::mail::Fingerprints;
use crate::migration::matching::{Digests, pair_up};

/// A message made of few ids, dates and texts, so that fingerprints meet in every way.
fn head(uid: u32, (id, date, text): (u8, u8, u8)) -> Head {
    let of = |kind: &str, parts: &[u8]| Fingerprint::of(&[kind.as_bytes(), parts].concat());
    let strong = (id > 0).then(|| of("strong", &[id, date, text]));
    let id_date = (id > 0 && date > 0).then(|| of("id", &[id, date]));
    let prints = Fingerprints { strong, weak: of("weak", &[date, text]), id_date };
    Head { uid: Uid::new(uid), prints, date: Some(i64::from(date)), size: u64::from(text), flags: None }
}

fn folder(messages: &[(u8, u8, u8)]) -> Vec<Head> {
    messages.iter().zip(1..).map(|(message, uid)| head(uid * 3, *message)).collect()
}

fn digests(here: &[Head], there: &[Head]) -> Digests {
    let all =
        |heads: &[Head]| heads.iter().map(|head| (head.uid, Fingerprint::of(&[head.size.to_le_bytes()[0]]))).collect();
    Digests { source: all(here), destination: all(there), complete: true }
}

/// What the sieve and the matching of what is left say together.
fn sifted(here: &[Head], there: &[Head], ranges: u64) -> (Vec<(Uid, Uid)>, usize) {
    let count = |heads: &[Head]| u64::try_from(heads.len()).unwrap();
    let mut sieve = Sieve::in_ranges(count(here), count(there), ranges);
    there.iter().for_each(|head| sieve.note_there(head));
    here.iter().for_each(|head| sieve.note_here(head));
    for _ in 0..sieve.ranges() {
        there.iter().for_each(|head| sieve.offer(head));
        sieve.close_range();
        here.iter().for_each(|head| sieve.ask(head));
        sieve.end_range();
    }
    let ours: Vec<Head> = here.iter().filter(|head| sieve.is_left_here(head)).cloned().collect();
    let theirs: Vec<Head> = there.iter().filter(|head| sieve.is_left_there(head)).cloned().collect();
    let left = ours.len() + theirs.len();
    let mut pairs = sieve.into_pairs();
    pairs.extend(pair_up(&ours, &theirs, &digests(&ours, &theirs)).pairs);
    pairs.sort_unstable();
    (pairs, left)
}

#[test]
fn of_a_hundred_thousand_messages_nearly_none_are_left() {
    let many = |from: u32| -> Vec<Head> {
        (from..from + 100_000)
            .map(|number| {
                let of = |kind: u8| Fingerprint::of(&[&[kind][..], &number.to_le_bytes()].concat());
                let prints = Fingerprints { strong: Some(of(1)), weak: of(2), id_date: Some(of(3)) };
                Head { uid: Uid::new(number + 1), prints, date: None, size: 0, flags: None }
            })
            .collect()
    };
    let (pairs, left) = sifted(&many(0), &many(50_000), 3);
    assert_eq!(pairs.len(), 50_000);
    assert!(pairs.iter().all(|(here, there)| here == there));
    assert!(left < 20_000, "{left} of 100,000 with nothing in common, and of the pairs");
    assert_eq!(size_of::<Slot>(), 24);
}

proptest! {
    #[test]
    fn a_sieve_before_the_matching_changes_nothing(
        here in prop::collection::vec((0_u8..4, 0_u8..3, 0_u8..3), 0..24),
        there in prop::collection::vec((0_u8..4, 0_u8..3, 0_u8..3), 0..24),
        ranges in 1_u64..4,
    ) {
        let (here, there) = (folder(&here), folder(&there));
        let whole = pair_up(&here, &there, &digests(&here, &there)).pairs;
        prop_assert_eq!(sifted(&here, &there, ranges).0, whole);
    }
}
