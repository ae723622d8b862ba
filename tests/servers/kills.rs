//! # Kills
//! The process dies again and again, at random moments and by a real SIGKILL; the same command finishes with every message
//! there once. Connections that break and a person's Ctrl-C are the milder cases.
//!
//! `POSTHORSE_KILLS` says how often it is killed in each test (20), `POSTHORSE_SEED` repeats the moments of a former run.

use std::thread;
use std::time::{Duration, SystemTime};

use posthorse_tests::servers::deliver::FOREIGN;
use posthorse_tests::servers::random::Random;
use posthorse_tests::servers::*;
use rustix::process::Signal;

use crate::support_run::*;

fn wanted(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().unwrap())
}

/// Where the moments come from; printed, so that a failure can be repeated.
fn moments() -> Random {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos();
    let seed = wanted("POSTHORSE_SEED", u64::from(now));
    eprintln!("POSTHORSE_SEED={seed}");
    Random::new(seed, 0, 0)
}

/// Users of each server: a run that outpaces its kill goes on to the next mailbox, so a few more than are ever needed.
const USERS: u32 = 400;

/// A mailbox with much to do, and proxies that tell how far the work is and keep octets on their way for a while.
struct Road {
    pair: Pair,
    from: Proxy,
    to: Proxy,
}

const FAR: Rules = Rules { rtt: Duration::from_millis(6), width: None, cut: None, stall: None, refuse: false };

impl Road {
    fn new() -> Self {
        let pair = Pair::start_for(USERS, Dovecot::dotted(), Dovecot::slashed(), &profile::demo(7));
        Self::between(pair)
    }

    fn between(pair: Pair) -> Self {
        let [from, to] = [&pair.source, &pair.destination].map(|server| Proxy::start(server.port(), FAR).unwrap());
        Self { pair, from, to }
    }

    fn migrate(&self) -> Call {
        let call = self.pair.between(Manner::Plain, self.from.port(), self.to.port());
        call.env("POSTHORSE_QUIET_SECONDS", "0").env("POSTHORSE_STEP_SECONDS", "20")
    }

    /// The next mailbox at the destination, empty, with a state directory of its own.
    fn elsewhere(mut self) -> Self {
        let number: u32 = self.pair.to.user.trim_start_matches("user").parse().unwrap();
        std::fs::rename(self.pair.state(), self.pair.file(&format!("state{number}"))).unwrap();
        self.pair.to = self.pair.destination.user(number + 1);
        self
    }
}

/// Waits for a random moment: half the time until so many octets more have gone to the destination, so that kills spread
/// over the copying; half the time a while by the clock, to meet what happens before and after.
fn random_moment(running: &mut Running, road: &Road, moments: &mut Random, octets: u64) {
    if moments.in_thousand(500) {
        let more = road.to.counts().up + moments.below(octets);
        running.until(|_| road.to.counts().up >= more);
        thread::sleep(Duration::from_micros(moments.below(20_000)));
    } else {
        let late = std::time::Instant::now() + Duration::from_millis(moments.below(2_500));
        running.until(|_| std::time::Instant::now() >= late);
    }
}

/// Kills it `kills` times; whenever a mailbox is done all the same, it is judged and the next one begins.
fn killed(kills: u64, delivering: bool) {
    let (mut moments, mut road, mut done) = (moments(), Road::new(), 0);
    while done < kills {
        let delivery = delivering.then(|| {
            let pause = Duration::from_millis(15);
            Delivery::start(&road.pair.destination, &road.pair.to, "INBOX", pause, 100_000).unwrap()
        });
        // Ten kills or so to a mailbox of some 40 MB.
        while done < kills {
            let mut running = road.migrate().start();
            random_moment(&mut running, &road, &mut moments, 8_000_000);
            if !running.kill() {
                break;
            }
            done += 1;
        }
        let ended = road.migrate().run();
        let ended = if ended.code() == Some(2) { panic!("{ended:?}") } else { ended.expect(0) };
        let delivered = delivery.map_or(0, |delivery| delivery.stop().unwrap());
        let report = ended.report();
        whole(&road, &report, u64::from(delivered));
        eprintln!("{done} of {kills} kills; {delivered} delivered meanwhile");
        road = road.elsewhere();
    }
}

/// Nothing lost, nothing twice, nothing parked, and a further run has nothing to do.
fn whole(road: &Road, report: &serde_json::Value, delivered: u64) {
    let verdict = road.pair.judge().foreign(FOREIGN).compare().unwrap();
    assert!(verdict.equal, "{}", verdict.text);
    let count = profile::demo(7).count();
    assert_eq!((verdict.totals.same, verdict.totals.foreign), (count, delivered));
    let carried = number(&report["totals"], "copied") + number(&report["totals"], "adopted");
    assert_eq!((carried, number(&report["totals"], "source")), (count, count), "{report:#}");
    assert_eq!(report["quarantined"], serde_json::json!([]));
    let before = road.pair.uid_nexts();
    let report = road.migrate().run().expect(0).report();
    assert_eq!(number(&report["this_pass"], "copied"), 0, "{report:#}");
    assert_eq!(road.pair.uid_nexts(), before);
}

#[test]
fn nothing_is_lost_or_doubled_by_kills_at_random_moments() {
    killed(wanted("POSTHORSE_KILLS", 20), false);
}

#[test]
fn nothing_is_lost_or_doubled_by_kills_while_others_deliver_into_the_destination() {
    killed(wanted("POSTHORSE_KILLS", 20), true);
}

/// What the system had not sent when the process died is never sent: it would be stored after it was looked for.
#[test]
fn nothing_that_a_killed_process_wrote_to_a_slow_link_arrives_late() {
    let slow = Rules { width: Some(250_000), ..FAR };
    let pair = Pair::start(Dovecot::dotted(), Dovecot::slashed(), &profile::plain(100, 15_000));
    let [from, to] = [(&pair.source, FAR), (&pair.destination, slow)]
        .map(|(server, rules)| Proxy::start(server.port(), rules).unwrap());
    let migrate = || pair.between(Manner::Plain, from.port(), to.port());
    for _ in 0..2 {
        let mut running = migrate().start();
        let more = to.counts().up + 200_000;
        running.until(|_| to.counts().up >= more);
        assert!(running.kill(), "it was done before it could be killed");
    }
    let report = migrate().run().expect(0).report();
    let verdict = pair.judge().compare().unwrap();
    assert!(verdict.equal, "{}", verdict.text);
    assert_eq!((number(&report["totals"], "copied"), number(&report["totals"], "foreign")), (100, 0), "{report:#}");
}

#[test]
fn broken_connections_are_made_anew_in_the_same_run() {
    let (mut moments, road) = (moments(), Road::new());
    let mut running = road.migrate().start();
    for cut in 0..8 {
        let more = road.to.counts().up + 1_000_000 + moments.below(2_000_000);
        running.until(|_| road.to.counts().up >= more);
        if cut % 2 == 0 { road.to.cut() } else { road.from.cut() }
    }
    let report = running.end().expect(0).report();
    whole(&road, &report, 0);
}

#[test]
fn folders_deleted_and_renamed_at_the_source_in_the_middle_take_with_them_what_was_not_carried() {
    let road = Road::new();
    let mut running = road.migrate().start();
    let mut somebody = road.pair.source.client(&road.pair.from).unwrap();
    let words = [
        (2_000_000, "DELETE \"INBOX.Sent Messages\""),
        (2_500_000, "RENAME INBOX.Archive.2022 INBOX.Archive.Other"),
        (9_000_000, "DELETE INBOX.Archive.2024"),
    ];
    for (octets, word) in words {
        running.until(|_| road.to.counts().up >= octets);
        somebody.command(word).unwrap();
    }
    let report = running.end().expect(0).report();
    assert_eq!(report["state"], "verified", "{report:#}");
    let gone = [("INBOX.Sent Messages", 520), ("INBOX.Archive.2022", 140), ("INBOX.Archive.2024", 150)];
    for (name, count) in gone {
        let folder = folder(&report, name);
        let accounted = number(folder, "copied") + number(folder, "vanished");
        assert_eq!((accounted, &folder["error"]), (count, &serde_json::Value::Null), "{folder:#}");
    }
    let (totals, count) = (&report["totals"], profile::demo(7).count());
    assert!(number(totals, "vanished") > 0, "nothing was left to vanish: {totals:#}");
    assert_eq!(number(totals, "copied") + number(totals, "vanished"), count, "{totals:#}");
    // Under its new name it is carried by the next pass.
    let report = road.migrate().run().expect(0).report();
    assert_eq!(number(folder(&report, "INBOX.Archive.Other"), "copied"), 140, "{report:#}");
}

#[test]
fn an_interrupted_run_saves_and_the_next_one_goes_on() {
    let road = Road::new();
    for signal in [Signal::INT, Signal::TERM] {
        let mut running = road.migrate().start();
        // Four pairs begin at once: each has ended its first batch by then.
        let more = road.to.counts().up + 10_000_000;
        running.until(|_| road.to.counts().up >= more);
        running.signal(signal);
        let ended = running.end().expect(130);
        assert!(ended.stderr.contains("stopping"), "{}", ended.stderr);
        let (report, count) = (ended.report(), profile::demo(7).count());
        let copied = number(&report["totals"], "copied");
        assert!(copied > 0 && copied < count, "{report:#}");
        assert_eq!(report["state"], "copying");
    }
    let report = road.migrate().run().expect(0).report();
    whole(&road, &report, 0);
    assert_eq!(number(&report["totals"], "adopted"), 0);
}

#[test]
fn a_second_interruption_ends_it_at_once_and_loses_nothing() {
    let road = Road::new();
    let mut running = road.migrate().start();
    running.until(|_| road.to.counts().up >= 3_000_000);
    running.signal(Signal::INT);
    running.until(|running| running.said().contains("stopping"));
    running.signal(Signal::INT);
    assert_eq!(running.end().code(), Some(130));
    let report = road.migrate().run().expect(0).report();
    whole(&road, &report, 0);
}
