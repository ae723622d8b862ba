//! # Kills
//! The process dies before and after each of its effects, and the same command is started again.

use posthorse_tests::world::server::Profile;
use posthorse_tests::world::{Lenient, Outcome, Strike, World};

use crate::fill::{all_but, filled};

/// Runs the scenario once to count its effects, then strikes at each of them with each of these.
async fn struck_everywhere(build: impl Fn() -> World, strikes: &[Strike]) {
    let world = build();
    let whole = world.run().await;
    let names = world.effects.names();
    all_but(&world, &whole, &[], "without a strike").await;
    for (at, name) in names.iter().enumerate() {
        for strike in strikes {
            let case = format!("{strike:?} {}: {name}", at + 1);
            let world = build();
            world.effects.strike(at + 1, *strike);
            let first = world.run().await;
            let kills = matches!(strike, Strike::KillBefore | Strike::KillAfter);
            assert_eq!(first.killed, kills, "{case}");
            let outcome = if is_over(&first) { first } else { world.run_to_the_end().await };
            all_but(&world, &outcome, &[Lenient::Order], &case).await;
            nothing_is_parked(&outcome, &case);
        }
    }
}

async fn dies_everywhere(build: impl Fn() -> World) {
    struck_everywhere(build, &[Strike::KillBefore, Strike::KillAfter]).await;
}

fn is_over(outcome: &Outcome) -> bool {
    !outcome.killed
        && outcome.record.as_ref().is_some_and(|record| !record.state.under_way())
        && outcome.failure.is_none()
}

fn nothing_is_parked(outcome: &Outcome, case: &str) {
    let totals = outcome.report.as_ref().unwrap().totals;
    assert_eq!((totals.quarantined, totals.adopted, totals.foreign), (0, 0, 0), "{case}: {totals:?}");
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_effect_of_a_crossing_by_multiappend_loses_and_doubles_nothing() {
    dies_everywhere(|| filled(Profile::dovecot_prefixed(), Profile::dovecot())).await;
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_effect_of_a_crossing_by_synchronising_literals_loses_and_doubles_nothing() {
    dies_everywhere(|| filled(Profile::dovecot(), Profile::courier())).await;
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_effect_of_a_crossing_by_pipelined_appends_loses_and_doubles_nothing() {
    dies_everywhere(|| filled(Profile::cyrus(), Profile::exchange())).await;
}

#[tokio::test(start_paused = true)]
async fn a_kill_at_any_effect_of_merging_folders_loses_and_doubles_nothing() {
    dies_everywhere(|| {
        let world = filled(Profile::dovecot(), Profile::dovecot());
        world.map("Sent Messages", "Arbeit").map("Arbeit/Übung", "Arbeit");
        // The same twin in two folders that become one.
        world.source.folder("Sent Messages").message("twin");
        world
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_person_may_ask_to_stop_at_any_effect_and_the_same_command_goes_on() {
    struck_everywhere(|| filled(Profile::dovecot_prefixed(), Profile::dovecot()), &[Strike::AskToStop]).await;
    struck_everywhere(|| filled(Profile::dovecot(), Profile::courier()), &[Strike::AskToStop]).await;
}

#[tokio::test(start_paused = true)]
async fn an_effect_that_fails_or_whose_answer_is_lost_loses_and_doubles_nothing() {
    let strikes = [Strike::Fail, Strike::LoseAnswer];
    struck_everywhere(|| filled(Profile::dovecot_prefixed(), Profile::dovecot()), &strikes).await;
    struck_everywhere(|| filled(Profile::dovecot(), Profile::courier()), &strikes).await;
    struck_everywhere(|| filled(Profile::cyrus(), Profile::exchange()), &strikes).await;
}
