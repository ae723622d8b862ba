//! # Sources
//! What a source can do: list what it does not hand out, lose mail under our hands, lie about sizes, die at a message.
//! Each message ends in the outcome that is true of it.

use std::time::Duration;

use posthorse_domain::migration::Class;
use posthorse_domain::migration::report::Report;
use posthorse_tests::world::server::{At, Fault, Profile, Quirk, letter};
use posthorse_tests::world::{Lenient, Outcome, World};

use crate::fill::{all_but, filled, told};

fn report(outcome: &Outcome) -> &Report {
    outcome.report.as_ref().unwrap()
}

fn classes(outcome: &Outcome) -> Vec<(u32, Class)> {
    report(outcome).quarantined.iter().map(|parked| (parked.uid, parked.class)).collect()
}

/// One crossing per way of sending, with a trouble at the message of this UID in INBOX.
async fn with(uid: u32, trouble: Fault, check: impl Fn(&World, &Outcome, &str)) {
    for destination in [Profile::dovecot(), Profile::exchange(), Profile::courier()] {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        world.source.fault(At::body().folder("INBOX").uid(uid), trouble.clone());
        let outcome = world.run().await;
        let case = format!("{trouble:?} at {uid} to {}", destination.name);
        all_but(&world, &outcome, &[Lenient::Order], &case).await;
        check(&world, &outcome, &case);
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_vanishes_while_it_is_fetched_is_vanished() {
    for uid in [1, 5, 13] {
        with(uid, Fault::Vanish, |_, outcome, case| {
            let vanished: Vec<u32> = report(outcome).vanished.iter().map(|vanished| vanished.uid).collect();
            assert_eq!(vanished, [uid], "{case}");
            assert_eq!(report(outcome).totals.copied, 28, "{case}");
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_nil_body_is_unreadable_and_never_an_empty_message() {
    for uid in [1, 5, 13] {
        with(uid, Fault::Nil, |_, outcome, case| {
            assert_eq!(classes(outcome), [(uid, Class::Unreadable)], "{case}");
            assert_eq!(report(outcome).quarantined[0].object, None, "{case}");
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_listed_and_left_out_of_the_answer_is_not_called_vanished() {
    for uid in [1, 5, 13] {
        with(uid, Fault::Omit, |_, outcome, case| {
            assert_eq!(classes(outcome), [(uid, Class::Unreadable)], "{case}");
            assert!(report(outcome).vanished.is_empty(), "{case}");
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_no_because_of_one_message_does_not_cost_its_neighbours() {
    for words in
        ["NO Some messages could not be FETCHed", "NO [SERVERBUG] Internal error", "BAD Command Argument Error. 11"]
    {
        with(5, Fault::answer(words), |_, outcome, case| {
            assert_eq!(classes(outcome), [(5, Class::Unreadable)], "{case}");
            assert_eq!(report(outcome).totals.copied, 28, "{case}");
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn exchanges_note_in_place_of_a_message_is_never_stored_as_the_message() {
    with(5, Fault::Placeholder, |_, outcome, case| {
        assert_eq!(classes(outcome), [(5, Class::Placeholder)], "{case}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn wrong_sizes_are_only_hints() {
    for size in [0, 1, 99, 10_000, 10_000_000, 60_000_000] {
        for destination in [Profile::dovecot(), Profile::exchange(), Profile::courier(), Profile::gmail()] {
            let world = World::new(Profile::dovecot(), destination.clone());
            let inbox = world.source.folder("INBOX");
            inbox.message("before");
            inbox.message("liar").claims_size(size);
            inbox.message("after");
            let outcome = world.run().await;
            all_but(&world, &outcome, &[], &format!("{size} to {}", destination.name)).await;
            assert_eq!(report(&outcome).totals.copied, 3, "{size} to {}", destination.name);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_at_which_the_source_dies_is_parked_alone() {
    for destination in [Profile::dovecot(), Profile::exchange(), Profile::courier()] {
        for uid in [1, 6, 13] {
            let world = filled(Profile::dovecot_prefixed(), destination.clone());
            world.source.fault(At::body().folder("INBOX").uid(uid), Fault::Close);
            let outcome = world.run().await;
            let case = format!("{uid} to {}", destination.name);
            all_but(&world, &outcome, &[Lenient::Order], &case).await;
            assert_eq!(classes(&outcome), [(uid, Class::Poison)], "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_at_which_the_destination_dies_is_parked_alone() {
    for destination in [Profile::dovecot(), Profile::exchange(), Profile::courier()] {
        for numbers in [vec![1], vec![6], vec![12], vec![5, 6], vec![1, 7, 12]] {
            let world = filled(Profile::dovecot_prefixed(), destination.clone());
            for number in &numbers {
                world.destination.dies_at_append_of(&format!("Subject: inbox-{number}\r"));
            }
            let outcome = world.run().await;
            let case = format!("{numbers:?} to {}", destination.name);
            all_but(&world, &outcome, &[Lenient::Order], &case).await;
            let expected: Vec<_> = numbers.iter().map(|uid| (*uid, Class::Poison)).collect();
            assert_eq!(classes(&outcome), expected, "{case}");
            assert!(report(&outcome).quarantined.iter().all(|parked| parked.object.is_some()), "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn mail_that_arrives_or_goes_in_the_middle_is_counted_as_what_it_is() {
    for destination in [Profile::dovecot(), Profile::exchange(), Profile::courier()] {
        for n in 1..=8 {
            for uid in [2, 13] {
                let world = filled(Profile::dovecot_prefixed(), destination.clone());
                let at = |verb: &str| At::command(verb).folder("INBOX").nth(n);
                world.source.fault(at("UID FETCH"), Fault::Deliver(letter("late", "late\r\n")));
                world.source.fault(at("UID FETCH"), Fault::Lose(uid));
                let outcome = world.run().await;
                let case = format!("UID FETCH {n}, {uid} to {}", destination.name);
                let complaints = world.judge_leniently(&outcome, &[Lenient::Order]).await;
                assert!(complaints.is_empty(), "{case}\n{}\n{}", complaints.join("\n"), told(&world, &outcome));
                world.source.heal();
                // The next pass brings what came late, and nothing else.
                let next = world.run().await;
                all_but(&world, &next, &[Lenient::Order], &case).await;
                assert!(next.appended <= 1, "{case}");
                let here = world.source.folder("INBOX").contents().iter().filter(|text| text.contains("late")).count();
                let there = world.destination.folder("INBOX").contents();
                assert_eq!(there.iter().filter(|text| text.contains("late")).count(), here, "{case}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_falls_silent_inside_a_literal_is_left_after_the_timeout() {
    for destination in [Profile::dovecot(), Profile::exchange(), Profile::courier()] {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        world.source.fault(At::body().nth(7), Fault::StallAfter(50, Duration::from_secs(1_000_000)));
        let outcome = world.run().await;
        all_but(&world, &outcome, &[Lenient::Order], destination.name).await;
        assert_eq!(report(&outcome).totals.copied, 29);
    }
}

#[tokio::test(start_paused = true)]
async fn literals_longer_or_shorter_than_announced_store_nothing_wrong() {
    for off in [-50, -1, 1, 50, 5_000] {
        for destination in [Profile::dovecot(), Profile::exchange(), Profile::courier()] {
            let world = filled(Profile::dovecot_prefixed(), destination.clone());
            world.source.fault(At::body().folder("INBOX").uid(6).times(1), Fault::Misannounce(off));
            let outcome = world.run().await;
            let case = format!("{off} to {}", destination.name);
            all_but(&world, &outcome, &[Lenient::Order], &case).await;
            assert_eq!(report(&outcome).totals.copied, 29, "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_quirk_of_a_source_is_met_and_nothing_is_lost() {
    let quirks = [
        Quirk::NoUidNextOnSelect,
        Quirk::EmptyStatus,
        Quirk::StaleStatus,
        Quirk::NewMailAtNoopOnly,
        Quirk::ForgetsZones,
        Quirk::BlankPaddedDay,
        Quirk::CaseInsensitiveNames,
        Quirk::BareNames,
        Quirk::LiteralNames,
        Quirk::LowerCaseAttributes,
        Quirk::AttributesOnDemand,
        Quirk::ShuffledFetch,
        Quirk::SplitFetch,
        Quirk::UnaskedFetch,
        Quirk::UnaskedExists,
        Quirk::UnaskedExpunge,
        Quirk::UidLast,
        Quirk::TrailingBlank,
        Quirk::ExpungeIssued,
        Quirk::DripsOctets,
        Quirk::BareContinuation,
        Quirk::LogoutCloses,
        Quirk::BareOk,
        Quirk::AnnouncesStartTls,
        Quirk::IdBeforeSelect,
    ];
    for source in [Profile::dovecot_prefixed(), Profile::plain_rfc3501()] {
        for quirk in quirks {
            let world = filled(source.clone().capable("ID").with(quirk), Profile::dovecot());
            let outcome = world.run().await;
            let case = format!("{quirk:?} from {}", source.name);
            println!("{case}");
            // A shuffled answer is sent on as it comes.
            let lenient: &[Lenient] = if quirk == Quirk::ShuffledFetch { &[Lenient::Order] } else { &[] };
            all_but(&world, &outcome, lenient, &case).await;
            assert_eq!(report(&outcome).totals.copied, 29, "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_quirk_of_a_destination_is_met_and_nothing_is_lost() {
    let quirks = [
        Quirk::NoUidNextOnSelect,
        Quirk::EmptyStatus,
        Quirk::StaleStatus,
        Quirk::NewMailAtNoopOnly,
        Quirk::NoAppendUid,
        Quirk::AppendUidOfOtherValidity,
        Quirk::AppendUidTooHigh,
        Quirk::AppendUidSwapped,
        Quirk::LiteralPlusDesync,
        Quirk::StrayBadAfterEmptyLiteral,
        Quirk::AddsHeaders,
        Quirk::ReplacesMessageIds,
        Quirk::AddsMissingMessageIds,
        Quirk::ForgetsFlags,
        Quirk::ForgetsDates,
        Quirk::ForgetsZones,
        Quirk::BlankPaddedDay,
        Quirk::NoAppendToExamined,
        Quirk::CaseInsensitiveNames,
        Quirk::BareNames,
        Quirk::LiteralNames,
        Quirk::LowerCaseAttributes,
        Quirk::AttributesOnDemand,
        Quirk::ShuffledFetch,
        Quirk::SplitFetch,
        Quirk::UnaskedFetch,
        Quirk::UnaskedExists,
        Quirk::UnaskedExpunge,
        Quirk::UidLast,
        Quirk::TrailingBlank,
        Quirk::DripsOctets,
        Quirk::BareContinuation,
        Quirk::LogoutCloses,
        Quirk::BareOk,
        Quirk::AnnouncesStartTls,
        Quirk::IdBeforeSelect,
    ];
    for destination in [Profile::dovecot(), Profile::exchange(), Profile::plain_rfc3501()] {
        for quirk in quirks {
            let world = filled(Profile::dovecot_prefixed(), destination.clone().capable("ID").with(quirk));
            let outcome = world.run().await;
            let case = format!("{quirk:?} to {}", destination.name);
            println!("{case}");
            all_but(&world, &outcome, &[], &case).await;
            assert_eq!(report(&outcome).totals.copied, 29, "{case}");
        }
    }
}
