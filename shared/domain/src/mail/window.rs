//! # Window
//! How many UIDs one listing covers. Pure.

/// How many UIDs the first listing of a folder covers.
pub const FIRST_WINDOW: u32 = 1000;

/// Messages in one listing, at most.
const LISTING: usize = 5000;

/// UIDs in one listing, at least.
const NARROWEST: u32 = 64;

/// How many UIDs the next listing covers, after one of `width` that listed `listed` messages where a chunk wants `wanted`.
/// An empty or thin one doubles it, since sparse UIDs reach 2³²; a full one halves it.
pub fn window(width: u32, listed: usize, wanted: usize) -> u32 {
    let thin = listed < wanted.min(LISTING / 2);
    let full = listed > wanted.saturating_mul(4).min(LISTING);
    let next = match (thin, full) {
        (true, _) => width.saturating_mul(2),
        (_, true) => width / 2,
        _ => width,
    };
    next.max(NARROWEST)
}

#[cfg(test)]
mod tests {
    use super::{FIRST_WINDOW, window};

    #[test]
    fn a_window_follows_the_density_of_uids() {
        let cases: &[(&str, u32, usize, usize, u32)] = &[
            ("empty", 1000, 0, 200, 2000),
            ("thin", 1000, 199, 200, 2000),
            ("enough", 1000, 200, 200, 1000),
            ("plenty", 1000, 800, 200, 1000),
            ("full", 1000, 1000, 200, 500),
            ("not narrower than that", 64, 64, 1, 64),
            ("as wide as UIDs go", u32::MAX, 0, 200, u32::MAX),
            ("nearly as wide", 3_000_000_000, 5, 200, u32::MAX),
            ("answers stay short however many are wanted", 8000, 6000, 1_000_000, 4000),
            ("and do not grow for ever", 4000, 3000, 1_000_000, 4000),
        ];
        for (name, width, listed, wanted, expected) in cases {
            assert_eq!(window(*width, *listed, *wanted), *expected, "{name}");
        }
    }

    #[test]
    fn the_widest_gap_is_crossed_in_two_dozen_windows() {
        let (mut at, mut width, mut windows) = (0_u64, FIRST_WINDOW, 0);
        while at < u64::from(u32::MAX) {
            at += u64::from(width);
            width = window(width, 0, 200);
            windows += 1;
        }
        assert!(windows <= 24, "{windows}");
    }

    #[test]
    fn a_dense_folder_comes_to_rest() {
        let mut width = FIRST_WINDOW;
        let widths: Vec<u32> = (0..20)
            .map(|_| {
                width = window(width, width.try_into().unwrap(), 200);
                width
            })
            .collect();
        assert!(widths[3..].windows(2).all(|pair| pair[0] == pair[1]), "{widths:?}");
    }
}
