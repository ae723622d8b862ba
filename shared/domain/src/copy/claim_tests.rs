use super::{Claim, claim};
use crate::mail::{Uid, UidSet};

fn uids(numbers: &[u32]) -> UidSet {
    numbers.iter().copied().map(Uid::new).collect()
}

fn told(sent: &[(u32, u32)]) -> Claim {
    Claim::Told(sent.iter().map(|(from, to)| (Uid::new(*from), Uid::new(*to))).collect())
}

#[test]
fn an_appenduid_is_believed_only_when_everything_about_it_holds() {
    // sent (0: no APPENDUID), seen, claimed before, floor, believed
    type Case<'a> = (&'a str, &'a [(u32, u32)], &'a [u32], &'a [u32], u32, bool);
    let cases: &[Case] = &[
        ("all told and seen", &[(1, 10), (2, 11)], &[10, 11], &[], 10, true),
        ("among foreign mail", &[(1, 10), (2, 12)], &[10, 11, 12, 13], &[], 10, true),
        ("not ascending", &[(1, 11), (2, 10)], &[10, 11], &[], 10, true),
        ("nothing sent", &[], &[10], &[], 10, true),
        ("the highest UID", &[(1, u32::MAX)], &[u32::MAX], &[], 10, true),
        ("one not told", &[(1, 10), (2, 0)], &[10, 11], &[], 10, false),
        ("none told", &[(1, 0)], &[10], &[], 10, false),
        ("not seen", &[(1, 10), (2, 11)], &[10], &[], 10, false),
        ("below the floor", &[(1, 9)], &[9, 10], &[], 10, false),
        ("one UID for two", &[(1, 10), (2, 10)], &[10, 11], &[], 10, false),
        ("one message twice", &[(1, 10), (1, 11)], &[10, 11], &[], 10, false),
        ("claimed before", &[(1, 10), (2, 11)], &[10, 11], &[11], 10, false),
    ];
    for (name, sent, present, claimed, floor, believed) in cases {
        let offered: Vec<_> =
            sent.iter().map(|(from, to)| (Uid::new(*from), Some(Uid::new(*to)).filter(|to| to.get() > 0))).collect();
        let expected = if *believed { told(sent) } else { Claim::Ask };
        assert_eq!(claim(&offered, &uids(present), &uids(claimed), Uid::new(*floor)), expected, "{name}");
    }
}
