//! # Sparse
//! A folder of very many messages with UIDs all over the range: the real command between two servers that compute the
//! messages. It plans, copies every body, and recounts; what it asks for and the memory it takes stay bounded.

use std::time::{Duration, Instant};

use crate::generated::{Seen, pair};
use crate::support_run::*;

/// A UID set of a command, by the design and RFC 2683.
const SET: usize = 4_000;
/// KiB of resident memory: in all, and by how much the copy's peak may rise in its last nine tenths (the allocator's pieces
/// and what the ledger has cached; were anything kept per message, eight octets each would be more).
const PEAK: u64 = 64 << 10;
const RISE: u64 = 6 << 10;

/// Half a million take 20 seconds. `make soak` asks for the whole one.
fn messages() -> u32 {
    std::env::var("POSTHORSE_SPARSE").map_or(500_000, |count| count.parse().unwrap())
}

fn of(seen: &Seen, verb: &str) -> u64 {
    seen.verbs.get(verb).copied().unwrap_or_default()
}

#[test]
fn half_a_million_messages_far_apart_take_little_memory_and_few_commands_from_the_first_to_the_last() {
    let messages = messages();
    let [source, destination] = pair(messages);
    let url = |port: u16| format!("imap://anna@127.0.0.1:{port}");
    let scratch = tempfile::tempdir().unwrap();
    let (from, to) = (source.listen(&destination), destination.listen(&destination));
    let call = Call::new(["migrate", &url(from), &url(to), "--json", "--insecure-plaintext"]);
    let call = call.env("POSTHORSE_SOURCE_PASSWORD", SOURCE_PASSWORD);
    let call = call.env("POSTHORSE_DESTINATION_PASSWORD", DESTINATION_PASSWORD);
    let mut running = call.path("--state", &scratch.path().join("state")).start();
    let begun = Instant::now();
    let (mut early, mut copied, mut peak) = (0, (0, Duration::ZERO), 0);
    let mut tenths = [Duration::ZERO; 10];
    while running.runs() {
        peak = peak.max(running.peak());
        let there = destination.count();
        let done = usize::try_from(u64::from(there) * 10 / u64::from(messages)).unwrap();
        tenths.iter_mut().skip(done + 1).for_each(|reached| *reached = begun.elapsed());
        if there < messages / 10 * 3 {
            early = peak;
        }
        if there < messages {
            copied = (peak, begun.elapsed());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let report = running.end().expect(0).report();
    let (here, there) = (source.seen(), destination.seen());
    println!(
        "{messages} messages far apart: copied in {:?}, counted in {:?}; {early} KiB after three tenths, {} at the end of the copy, \
         {peak} in all; three tenths at the start in {:?}, at the end in {:?}\nsource: {here:?}\ndestination: {there:?}",
        copied.1,
        begun.elapsed() - copied.1,
        copied.0,
        tenths[4] - tenths[1],
        tenths[9] - tenths[6]
    );
    assert_eq!(number(&report["totals"], "copied"), u64::from(messages), "{report:#}");
    assert_eq!((destination.count(), there.wrong), (messages, 0));
    let all = u64::from(messages);
    // Read ahead and not wanted: a hundred at a step's end, and where a chunk grows while they are on their way.
    assert!((all..=all + all / 1_000 + 1_000).contains(&here.bodies), "{} bodies were read for {all}", here.bodies);

    // Commands: sets within 4,000 octets (350 UIDs of ten digits and a comma each, and a last one for every chunk), chunks of
    // at least 1,000 messages but for the first and those at a step's end, batches of at least 100, listings of at least 500
    // messages, once for the copy and once for the recount, and some for logins and openings.
    let chunks = all / 1_000 + 100;
    let most_here = all / 350 + chunks + 2 * (all / 500) + 100;
    let most_there = all / 100 + 2 * chunks + all / 500 + 100;
    for (seen, most) in [(&here, most_here), (&there, most_there)] {
        let commands: u64 = seen.verbs.values().sum();
        assert!(commands <= most, "{commands} commands, {most} at most");
        assert!(seen.longest_set <= SET && seen.longest_line <= SET + 100, "{} octets", seen.longest_line);
        assert!(seen.most_listed <= 20_000, "{} messages were listed by one command", seen.most_listed);
        assert!(seen.verbs.keys().all(|verb| !verb.contains("SEARCH")), "{:?}", seen.verbs);
    }
    assert!(here.listed <= 2 * all + all / 10, "{} messages were listed for {all}", here.listed);
    assert!(of(&there, "APPEND") > 0 && of(&here, "EXAMINE") <= 4);

    // The work for a message is the same at the end as at the start: of ten tenths the 7th to 9th beside the 2nd to 4th.
    for seen in [&here, &there] {
        let (start, end): (u64, u64) = (seen.by_tenths[1..4].iter().sum(), seen.by_tenths[6..9].iter().sum());
        assert!(end * 9 <= start * 10, "{start} commands for three tenths at the start, {end} at the end");
    }

    assert!((1..=PEAK).contains(&peak), "{peak} KiB in all");
    assert!(copied.0 <= early + RISE, "{early} KiB after three tenths of the copy, {} at its end", copied.0);
}
