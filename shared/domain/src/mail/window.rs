//! # Window
//! How many UIDs one listing covers. Pure.

use std::time::Duration;

use super::Uid;

/// Messages in one listing, at most.
const LISTING: usize = 20_000;

/// UIDs in one listing, at least.
const NARROWEST: u32 = 64;

/// How many UIDs the next listing covers, after one of `width` that listed `listed` messages where a chunk wants `wanted`.
/// An empty or thin one doubles it, since sparse UIDs reach 2³²; a full one halves it.
pub fn window(width: u32, listed: usize, wanted: usize) -> u32 {
    let thin = listed < wanted.min(LISTING / 2);
    let full = listed > wanted.saturating_mul(2).min(LISTING);
    let next = match (thin, full) {
        (true, _) => width.saturating_mul(2),
        (_, true) => width / 2,
        _ => width,
    };
    next.max(NARROWEST)
}

/// The UIDs of one listing: from the first to the last; none means to the end.
pub type Span = (Uid, Option<Uid>);

/// The listing that begins at `next` and covers `width` UIDs of a folder in which nothing is expected from `end` up. UIDNEXT
/// is a hint: the last listing goes to the end. Without it there is no telling where windows would end: everything at once.
pub fn span(next: Uid, width: u32, end: Option<Uid>) -> Span {
    let lo = next.max(Uid::new(1));
    let hi = lo.get().saturating_add(width.max(NARROWEST) - 1);
    (lo, end.filter(|end| hi < end.get().saturating_sub(1)).map(|_| Uid::new(hi)))
}

/// How many UIDs the first listing covers of a folder with so many messages: all, when they are few.
pub fn first(exists: Option<u32>, aim: usize) -> u32 {
    match exists.and_then(|exists| usize::try_from(exists).ok()) {
        Some(exists) if exists <= aim.saturating_mul(2) => u32::MAX,
        _ => u32::try_from(aim.saturating_mul(2)).unwrap_or(u32::MAX).max(NARROWEST),
    }
}

/// How many messages one listing aims at with this much time left: a listing has to be over before the step is, on a slow
/// line too.
pub fn aim(left: Duration) -> usize {
    usize::try_from(left.as_millis() / 20).unwrap_or(usize::MAX).clamp(50, 5_000)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{aim, first, span, window};
    use crate::mail::Uid;

    #[test]
    fn the_last_listing_goes_to_the_end() {
        let cases = [
            (0, 1000, Some(5000), 1, Some(1000)),
            (4001, 999, Some(5001), 4001, Some(4999)),
            (4001, 1000, Some(5001), 4001, None),
            (4001, 2000, Some(5001), 4001, None),
            (6000, 1000, Some(5001), 6000, None),
            (1, 1000, None, 1, None),
            (u32::MAX, u32::MAX, Some(u32::MAX), u32::MAX, None),
        ];
        for (next, width, end, lo, hi) in cases {
            assert_eq!(span(Uid::new(next), width, end.map(Uid::new)), (Uid::new(lo), hi.map(Uid::new)), "{next}");
        }
        assert_eq!((first(Some(4000), 2000), first(Some(4001), 2000), first(None, 50)), (u32::MAX, 4_000, 100));
    }

    #[test]
    fn short_steps_list_few_messages_at_once() {
        for (millis, aimed) in [(0, 50), (1_000, 50), (2_000, 100), (40_000, 2_000), (900_000, 5_000)] {
            assert_eq!(aim(Duration::from_millis(millis)), aimed, "{millis}");
        }
    }

    #[test]
    fn a_window_follows_the_density_of_uids() {
        let cases: &[(&str, u32, usize, usize, u32)] = &[
            ("empty", 1000, 0, 200, 2000),
            ("thin", 1000, 199, 200, 2000),
            ("enough", 1000, 200, 200, 1000),
            ("plenty", 1000, 400, 200, 1000),
            ("full", 1000, 1000, 200, 500),
            ("not narrower than that", 64, 64, 1, 64),
            ("as wide as UIDs go", u32::MAX, 0, 200, u32::MAX),
            ("nearly as wide", 3_000_000_000, 5, 200, u32::MAX),
            ("answers stay short however many are wanted", 32_000, 24_000, 1_000_000, 16_000),
            ("and do not grow for ever", 16_000, 12_000, 1_000_000, 16_000),
        ];
        for (name, width, listed, wanted, expected) in cases {
            assert_eq!(window(*width, *listed, *wanted), *expected, "{name}");
        }
    }

    #[test]
    fn the_widest_gap_is_crossed_in_two_dozen_windows() {
        let (mut at, mut width, mut windows) = (0_u64, 1000, 0);
        while at < u64::from(u32::MAX) {
            at += u64::from(width);
            width = window(width, 0, 200);
            windows += 1;
        }
        assert!(windows <= 24, "{windows}");
    }

    #[test]
    fn a_dense_folder_comes_to_rest() {
        let mut width = 1000_u32;
        let widths: Vec<u32> = (0..20)
            .map(|_| {
                width = window(width, width.try_into().unwrap(), 200);
                width
            })
            .collect();
        assert!(widths[3..].windows(2).all(|pair| pair[0] == pair[1]), "{widths:?}");
    }
}
