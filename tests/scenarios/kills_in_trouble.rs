//! # Kills in trouble
//! A kill at any effect while something else goes wrong too: with every quirk of a server, beside poison, refusals,
//! mail that is there already, and UIDs that change their meaning.

use std::time::Duration;

use posthorse_domain::migration::Class;
use posthorse_tests::world::server::{At, Fault, Profile, Quirk};
use posthorse_tests::world::{Lenient, Outcome, Strike, World};

use crate::fill::{all_but, without_id};

/// Eleven messages in two folders: twins, one without Message-ID, one with a keyword.
fn small(source: Profile, destination: Profile) -> World {
    let world = World::new(source.clone(), destination);
    let inbox = world.source.folder("INBOX");
    inbox.messages_named("inbox", 5);
    inbox.message("keyword").flag("$Forwarded").seen();
    let more = world.source.folder(&format!("{}More", source.prefix));
    more.message("twin");
    more.message("twin").flagged();
    more.octets(without_id(1)).seen();
    more.messages_named("more", 2);
    world
}

/// Kills at every `every`-th effect, before and after it.
async fn killed(case: &str, every: usize, build: impl Fn() -> World, check: impl Fn(&World, &Outcome, &str)) {
    let world = build();
    world.run_to_the_end().await;
    let names = world.effects.names();
    for at in (0..names.len()).step_by(every) {
        for strike in [Strike::KillBefore, Strike::KillAfter] {
            let case = format!("{case}: {strike:?} {}: {}", at + 1, names[at]);
            let world = build();
            world.effects.strike(at + 1, strike);
            let outcome = world.run_to_the_end().await;
            all_but(&world, &outcome, &[Lenient::Order], &case).await;
            check(&world, &outcome, &case);
        }
    }
}

fn copied(count: u64) -> impl Fn(&World, &Outcome, &str) {
    move |_, outcome, case| {
        let totals = outcome.report.as_ref().unwrap().totals;
        assert_eq!((totals.copied, totals.quarantined, totals.adopted), (count, 0, 0), "{case}: {totals:?}");
    }
}

fn parked(uid: u32, class: Class) -> impl Fn(&World, &Outcome, &str) {
    move |_, outcome, case| {
        let report = outcome.report.as_ref().unwrap();
        let parked: Vec<_> = report.quarantined.iter().map(|parked| (parked.uid, parked.class)).collect();
        assert_eq!(parked, [(uid, class)], "{case}");
        assert_eq!(report.totals.copied, 10, "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_with_any_quirk_of_the_destination_loses_and_doubles_nothing() {
    let quirks = [
        Quirk::NoUidNextOnSelect,
        Quirk::EmptyStatus,
        Quirk::StaleStatus,
        Quirk::NewMailAtNoopOnly,
        Quirk::NoAppendUid,
        Quirk::AppendUidOfOtherValidity,
        Quirk::AppendUidTooHigh,
        Quirk::AppendUidSwapped,
        Quirk::AddsHeaders,
        Quirk::AddsMissingMessageIds,
        Quirk::ForgetsFlags,
        Quirk::ForgetsDates,
        Quirk::ShuffledFetch,
        Quirk::SplitFetch,
        Quirk::UnaskedExists,
        Quirk::UnaskedExpunge,
        Quirk::UidLast,
        Quirk::NoUidValidity,
        Quirk::UidValidityZero,
    ];
    for destination in [Profile::dovecot(), Profile::exchange(), Profile::plain_rfc3501()] {
        for (nth, quirk) in quirks.into_iter().enumerate() {
            let case = format!("{quirk:?} to {}", destination.name);
            let build = || small(Profile::dovecot_prefixed(), destination.clone().with(quirk));
            // Other effects for each quirk.
            killed(&case, 5 + nth % 3, build, |_, outcome, case| {
                // Without UIDVALIDITY nobody knows after a death whose mail it is that is there.
                let totals = outcome.report.as_ref().unwrap().totals;
                let nameless = matches!(quirk, Quirk::NoUidValidity | Quirk::UidValidityZero);
                let ours = totals.copied + if nameless { totals.adopted } else { 0 };
                assert_eq!((ours, totals.quarantined), (11, 0), "{case}: {totals:?}");
            })
            .await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_with_any_quirk_of_the_source_loses_and_doubles_nothing() {
    let quirks = [
        Quirk::NoUidNextOnSelect,
        Quirk::EmptyStatus,
        Quirk::StaleStatus,
        Quirk::NewMailAtNoopOnly,
        Quirk::ShuffledFetch,
        Quirk::SplitFetch,
        Quirk::UnaskedFetch,
        Quirk::UnaskedExists,
        Quirk::UnaskedExpunge,
        Quirk::UidLast,
        Quirk::DripsOctets,
        Quirk::NoUidValidity,
        Quirk::UidValidityZero,
    ];
    for (nth, quirk) in quirks.into_iter().enumerate() {
        let build = || small(Profile::plain_rfc3501().with(quirk), Profile::dovecot());
        killed(&format!("{quirk:?}"), 5 + nth % 3, build, copied(11)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_beside_poison_parks_the_poison_and_no_other() {
    for destination in [Profile::dovecot(), Profile::courier()] {
        let build = || {
            let world = small(Profile::dovecot_prefixed(), destination.clone());
            world.destination.dies_at_append_of("Subject: inbox-3\r");
            world
        };
        killed(&format!("poison at {}", destination.name), 5, build, parked(3, Class::Poison)).await;
        let build = || {
            let world = small(Profile::dovecot_prefixed(), destination.clone());
            world.source.fault(At::body().folder("INBOX").uid(3), Fault::Close);
            world
        };
        killed(&format!("poison at the source, to {}", destination.name), 5, build, parked(3, Class::Poison)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_beside_a_refusal_parks_the_refused_message_once_and_no_other() {
    for destination in [Profile::dovecot(), Profile::exchange(), Profile::courier()] {
        let build = || {
            let world = small(Profile::dovecot_prefixed(), destination.clone());
            world.destination.refuses_message("Subject: inbox-3\r", "NO Message contains invalid header");
            world
        };
        killed(&format!("refused by {}", destination.name), 1, build, parked(3, Class::Header)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_beside_a_lost_answer_loses_and_doubles_nothing() {
    for destination in [Profile::dovecot(), Profile::exchange(), Profile::courier()] {
        for k in [1, 4, 9] {
            let build = || {
                let world = small(Profile::dovecot_prefixed(), destination.clone());
                world.destination.loses_answer_of_append(k);
                world
            };
            killed(&format!("lost answer {k} of {}", destination.name), 2, build, copied(11)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_beside_a_late_store_loses_and_doubles_nothing() {
    for destination in [Profile::dovecot(), Profile::courier()] {
        let build = || {
            let world = small(Profile::dovecot_prefixed(), destination.clone());
            world.destination.stores_append_later(4, Duration::from_secs(1));
            world
        };
        killed(&format!("late at {}", destination.name), 1, build, copied(11)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_while_mail_that_is_there_is_recognised_doubles_nothing() {
    for destination in [Profile::dovecot(), Profile::courier(), Profile::exchange()] {
        let build = || {
            let world = small(Profile::dovecot_prefixed(), destination.clone());
            world.destination.folder("INBOX").message("inbox-2");
            world.destination.folder("INBOX").message("foreign");
            world.destination.folder(&format!("{}More", destination.prefix)).message("twin");
            world
        };
        killed(&format!("adopted at {}", destination.name), 1, build, |_, outcome, case| {
            let totals = outcome.report.as_ref().unwrap().totals;
            assert_eq!((totals.copied, totals.adopted, totals.foreign), (9, 2, 1), "{case}: {totals:?}");
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_beside_a_new_uidvalidity_doubles_nothing() {
    for destination in [Profile::dovecot(), Profile::courier()] {
        for n in 1..=3 {
            let build = || {
                let world = small(Profile::dovecot_prefixed(), destination.clone());
                world.source.renumbers_at_examine("INBOX", n);
                world
            };
            killed(&format!("source EXAMINE {n}, to {}", destination.name), 2, build, |_, _, _| ()).await;
            let build = || {
                let world = small(Profile::dovecot_prefixed(), destination.clone());
                world.destination.renumbers_at_select("INBOX", n);
                world
            };
            killed(&format!("SELECT {n} of {}", destination.name), 2, build, |_, _, _| ()).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_in_a_delta_loses_and_doubles_nothing() {
    for destination in [Profile::dovecot(), Profile::courier(), Profile::exchange()] {
        let begun = || async {
            let world = small(Profile::dovecot_prefixed(), destination.clone());
            world.run().await;
            world.source.folder("INBOX").messages_named("later", 3);
            world.source.folder("INBOX").message("twin");
            world.source.folder("INBOX.More").message("twin");
            world
        };
        let world = begun().await;
        let first = world.effects.count();
        world.run().await;
        for n in first + 1..=world.effects.count() {
            for strike in [Strike::KillBefore, Strike::KillAfter, Strike::LoseAnswer, Strike::AskToStop] {
                let case = format!("{strike:?} {n}: {} to {}", world.effects.name(n), destination.name);
                let world = begun().await;
                world.effects.strike(n, strike);
                world.run_to_the_end().await;
                let outcome = world.run_to_the_end().await;
                all_but(&world, &outcome, &[Lenient::Order], &case).await;
                assert_eq!(world.appended(), 16, "{case}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_kills_lose_and_double_nothing() {
    for destination in [Profile::dovecot(), Profile::courier()] {
        let build = || small(Profile::dovecot_prefixed(), destination.clone());
        let world = build();
        world.run().await;
        let count = world.effects.count();
        for first in (1..=count).step_by(7) {
            for later in (1..=count).step_by(11) {
                let world = build();
                world.effects.strike(first, Strike::KillAfter);
                world.effects.strike(first + later, Strike::KillAfter);
                let case = format!("{first} and {later} later, to {}", destination.name);
                let outcome = world.run_to_the_end().await;
                all_but(&world, &outcome, &[Lenient::Order], &case).await;
                copied(11)(&world, &outcome, &case);
            }
        }
    }
}
