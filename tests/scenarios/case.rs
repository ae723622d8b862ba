//! # Case
//! One trouble that a migrator meets and the outcome that it ends in, told once and run twice: as it is, and with a kill in
//! the middle.

use posthorse_domain::migration::Class;
use posthorse_domain::migration::report::Report;
use posthorse_tests::world::{Lenient, Outcome, Strike, World};

use crate::fill::{all_but, told};

/// Effects struck per case and way of killing.
const STRIKES: usize = 5;

type Check = Box<dyn Fn(&World, &Outcome, &str)>;

/// A trouble and its outcome.
pub struct Case {
    sentence: String,
    build: Box<dyn Fn() -> World>,
    check: Check,
}

/// A trouble, told by a sentence, and what must be true in the end besides what the judge asks for.
pub fn case(
    sentence: impl Into<String>,
    build: impl Fn() -> World + 'static,
    check: impl Fn(&World, &Outcome, &str) + 'static,
) -> Case {
    Case { sentence: sentence.into(), build: Box::new(build), check: Box::new(check) }
}

/// Every message was copied, none parked.
pub fn copied(count: u64) -> Check {
    Box::new(move |world, outcome, case| {
        let totals = report(outcome, case).totals;
        let counted = (totals.copied + totals.merged, totals.quarantined, totals.blocked);
        assert_eq!(counted, (count, 0, 0), "{case}: {totals:?}\n{}", told(world, outcome));
    })
}

/// These were parked (UID and class, by folder and UID), all others were copied.
pub fn parked(expected: Vec<(u32, Class)>, count: u64) -> Check {
    Box::new(move |world, outcome, case| {
        let report = report(outcome, case);
        let parked: Vec<_> = report.quarantined.iter().map(|parked| (parked.uid, parked.class)).collect();
        assert_eq!(parked, expected, "{case}\n{}", told(world, outcome));
        assert_eq!(report.totals.copied, count, "{case}: {:?}\n{}", report.totals, told(world, outcome));
    })
}

/// The report of an outcome.
pub fn report<'a>(outcome: &'a Outcome, case: &str) -> &'a Report {
    outcome.report.as_ref().unwrap_or_else(|| panic!("{case}: there is no report: {:?}", outcome.failure))
}

/// Each case as it is.
pub async fn each(cases: Vec<Case>) {
    for case in cases {
        println!("{}", case.sentence);
        let world = (case.build)();
        let outcome = world.run_to_the_end().await;
        ends_well(&case, &world, &outcome, &case.sentence).await;
    }
}

/// Each case with a kill before or after some of its effects, spread over all of them, other ones for each case.
pub async fn each_with_a_kill(cases: Vec<Case>) {
    for (nth, case) in cases.into_iter().enumerate() {
        let world = (case.build)();
        world.run_to_the_end().await;
        let names = world.effects.names();
        let every = (names.len() / STRIKES).max(1);
        for (turn, at) in (nth % every..names.len()).step_by(every).enumerate() {
            let strike = if turn % 2 == nth % 2 { Strike::KillAfter } else { Strike::KillBefore };
            let words = format!("{}: {strike:?} {}: {}", case.sentence, at + 1, names[at]);
            let world = (case.build)();
            world.effects.strike(at + 1, strike);
            let outcome = world.run_to_the_end().await;
            ends_well(&case, &world, &outcome, &words).await;
        }
    }
}

async fn ends_well(case: &Case, world: &World, outcome: &Outcome, words: &str) {
    all_but(world, outcome, &[Lenient::Order], words).await;
    (case.check)(world, outcome, words);
}
