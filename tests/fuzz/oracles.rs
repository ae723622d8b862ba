//! # Oracles
//! Where imap-proto or imap-codec accepts a response, we mean the same.

use posthorse_imap::wire::{Event, Framer, Limits, Reply};

use crate::random::Random;
use crate::{codec, grammar, meaning, proto};

/// Our meaning of a response that stands alone.
fn ours(octets: &[u8]) -> Option<String> {
    let mut framer = Framer::new(Limits::default());
    framer.push(octets);
    match framer.next() {
        Ok(Some(Event::Response(response))) if framer.is_between() => Some(meaning::of(&Reply::read(&response))),
        _ => None,
    }
}

/// How many of `count` responses the judge accepts; on those we agree.
fn judged(count: u64, judge: impl Fn(&[u8]) -> Option<String>) -> u64 {
    let (mut accepted, mut differ) = (0, Vec::new());
    for seed in 0..count {
        let octets = grammar::response(&mut Random::new(seed));
        let Some(theirs) = judge(&octets) else { continue };
        accepted += 1;
        let ours = ours(&octets);
        if ours.as_ref() != Some(&theirs) {
            differ.push(format!("seed {seed}: {}\n  ours:   {ours:?}\n  theirs: {theirs:?}", octets.escape_ascii()));
        }
    }
    differ.truncate(20);
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    accepted
}

#[test]
fn we_agree_with_imap_proto() {
    let accepted = judged(40_000, proto::of);
    assert!(accepted > 20_000, "it accepted only {accepted}");
}

#[test]
fn we_agree_with_imap_codec() {
    let accepted = judged(40_000, codec::of);
    assert!(accepted > 20_000, "it accepted only {accepted}");
}

#[test]
fn every_response_of_the_grammar_is_read_whole() {
    for seed in 0..40_000 {
        let octets = grammar::response(&mut Random::new(seed));
        let read = ours(&octets);
        assert!(read.as_deref().is_some_and(|read| read != "other"), "seed {seed}: {}", octets.escape_ascii());
    }
}
