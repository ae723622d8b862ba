use std::time::Duration;

use super::{Measured, Size, Take, at_most_after, next};

const MIB: u64 = 1 << 20;
const AMPLE: Duration = Duration::from_secs(100);

fn measured(messages: u32, octets: u64, millis: u64) -> Measured {
    Measured { messages, octets, took: Duration::from_millis(millis), connections: 1 }
}

fn chunk(messages: u32, octets: u64) -> Take {
    Take::Chunk(Size { messages, octets })
}

#[test]
fn the_next_chunk_follows_the_last_one() {
    let cases: &[(&str, Option<Measured>, u32, Take)] = &[
        ("the first", None, 0, chunk(400, 16 * MIB)),
        ("the first after a death", None, 25, chunk(25, 16 * MIB)),
        ("just right", Some(measured(200, 8 * MIB, 3000)), 0, chunk(200, 8 * MIB)),
        ("faster", Some(measured(200, 8 * MIB, 1500)), 0, chunk(400, 16 * MIB)),
        ("much faster grows by four", Some(measured(200, 8 * MIB, 10)), 0, chunk(800, 32 * MIB)),
        ("no time at all grows by four", Some(measured(200, 8 * MIB, 0)), 0, chunk(800, 32 * MIB)),
        ("the most", Some(measured(5000, 60 * MIB, 10)), 0, chunk(16_000, 128 * MIB)),
        ("slower", Some(measured(200, 8 * MIB, 12_000)), 0, chunk(50, 2 * MIB)),
        ("very slow", Some(measured(200, 1000, 9_000_000)), 0, chunk(1, 64 << 10)),
        ("the small end of a folder, quick", Some(measured(3, 9000, 30)), 0, chunk(300, 900_000)),
        ("the small end of a folder, slow", Some(measured(3, 900_000, 1500)), 0, chunk(6, 1_800_000)),
        ("nothing was settled", Some(measured(0, 0, 1000)), 0, chunk(400, 16 * MIB)),
        ("alone after deaths", Some(measured(200, 8 * MIB, 1500)), 1, chunk(1, 16 * MIB)),
    ];
    for (name, previous, limit, expected) in cases {
        assert_eq!(next(previous.as_ref(), AMPLE, *limit), *expected, "{name}");
    }
}

#[test]
fn a_pace_is_in_octets_a_second() {
    let cases = [(measured(9, 3000, 2000), 1500), (measured(0, 0, 7), 0), (measured(1, MIB, 0), 1000 * MIB)];
    for (measured, pace) in cases {
        assert_eq!(measured.octets_a_second(), pace, "{measured:?}");
    }
}

#[test]
fn no_chunk_is_larger_than_was_expected_after_the_last() {
    for (messages, octets, took) in [(1, 10, 0), (400, 16 * MIB, 1), (3000, 9 * MIB, 10), (16_000, 128 * MIB, 5)] {
        let most = at_most_after(Size { messages, octets });
        let Take::Chunk(size) = next(Some(&measured(messages, octets, took)), AMPLE, 0) else { panic!("no chunk") };
        assert!(size.messages <= most.messages && size.octets <= most.octets, "{size:?} {most:?}");
    }
}

#[test]
fn a_chunk_shrinks_with_the_time_left_and_stops_in_time() {
    let steady = measured(200, 8 * MIB, 3000);
    let cases: &[(&str, Option<Measured>, u64, Take)] = &[
        ("half a chunk", Some(steady), 3500, chunk(100, 4 * MIB)),
        ("a quarter", Some(steady), 2000, chunk(50, 2 * MIB)),
        ("the first of a short step", None, 2000, chunk(100, 4 * MIB)),
        ("not worth it", Some(steady), 800, Take::Stop),
        ("not worth it, the first", None, 800, Take::Stop),
        ("nothing left", None, 0, Take::Stop),
        ("one message takes longer than what is left", Some(measured(1, MIB, 30_000)), 20_000, Take::Stop),
        ("one message just fits", Some(measured(1, MIB, 19_000)), 20_000, chunk(1, MIB * 3 / 19)),
    ];
    for (name, previous, left, expected) in cases {
        assert_eq!(next(previous.as_ref(), Duration::from_millis(*left), 0), *expected, "{name}");
    }
}

#[test]
fn a_steady_server_is_drained_before_the_step_ends() {
    // 10 to 10,000 messages a second; every chunk turns out as slow as the last or up to twice as slow.
    for rate in [10_u32, 100, 1000, 10_000] {
        let (mut left, mut previous, mut slow) = (Duration::from_secs(20), None, false);
        while let Take::Chunk(size) = next(previous.as_ref(), left, 0) {
            let messages = if previous.is_none() { size.messages.min(rate * 2) } else { size.messages };
            slow = !slow;
            let factor = if slow || previous.is_none() { 1 } else { 2 };
            let took = Duration::from_secs(1) * messages * factor / rate;
            assert!(took < left, "{rate} {left:?} {size:?}");
            left -= took;
            previous = Some(Measured { messages, octets: u64::from(messages) * 1000, took, connections: 1 });
        }
        assert!(left < Duration::from_secs(5), "{rate}: stops too early, {left:?} left");
    }
}
