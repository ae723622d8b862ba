//! # Wire
//! Seeded inputs through the target.

use crate::grammar;
use crate::random::Random;
use crate::target::responses;

/// Runs that many inputs.
fn run(name: &str, count: u64, mut input: impl FnMut(&mut Random) -> Vec<u8>) {
    for seed in 0..count {
        let octets = input(&mut Random::new(seed));
        let result = std::panic::catch_unwind(|| responses(&octets));
        assert!(result.is_ok(), "{name}, seed {seed}: {}", octets.escape_ascii());
    }
}

#[test]
fn changed_responses_do_no_harm() {
    run("mutated", 60_000, grammar::mutated);
}

#[test]
fn whole_responses_do_no_harm() {
    run("whole", 20_000, grammar::response);
}

#[test]
fn any_octets_do_no_harm() {
    run("octets", 20_000, |random| {
        let any: Vec<u8> = (0..=255).collect();
        let narrow = b"*+P1 OKFETCHLISTSTATUS(){}[]\"\\\r\n ~<>0123456789BODY\0\xff";
        let from = if random.once_in(2) { &any[..] } else { &narrow[..] };
        random.octets(from, 300)
    });
}
