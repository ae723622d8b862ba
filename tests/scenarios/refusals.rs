//! # Refusals
//! What the destination refuses is parked with its octets and the server's words, and nothing else is; what it refuses
//! about flags and dates is sent again without them; the order is kept.

use posthorse_domain::migration::Class;
use posthorse_domain::migration::report::Report;
use posthorse_tests::world::server::{At, Fault, Profile, Quirk, letter};
use posthorse_tests::world::{Lenient, Outcome, World};

use crate::fill::{all_but, filled, told};

/// A destination for each way of sending.
fn destinations() -> [Profile; 4] {
    [Profile::dovecot(), Profile::cyrus(), Profile::exchange(), Profile::courier()]
}

fn report(outcome: &Outcome) -> &Report {
    outcome.report.as_ref().unwrap()
}

/// Subjects of what is in quarantine, with their class, sorted.
fn parked(world: &World, outcome: &Outcome) -> Vec<(String, Class)> {
    let objects = world.archive.all();
    let subject = |object: &Option<String>| {
        let octets = object.as_ref().and_then(|key| objects.get(key)).cloned().unwrap_or_default();
        let text = String::from_utf8_lossy(&octets).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("Subject: ").map(str::to_owned));
        line.unwrap_or_default()
    };
    let mut parked: Vec<_> =
        report(outcome).quarantined.iter().map(|parked| (subject(&parked.object), parked.class)).collect();
    parked.sort();
    parked
}

#[tokio::test(start_paused = true)]
async fn one_refused_message_is_parked_and_the_others_keep_their_order() {
    for destination in destinations() {
        for number in 1..=12 {
            let world = filled(Profile::dovecot_prefixed(), destination.clone());
            let subject = format!("inbox-{number}");
            world.destination.refuses_message(&format!("Subject: {subject}\r"), "NO Message contains invalid header");
            let outcome = world.run().await;
            let case = format!("{subject} to {}", destination.name);
            all_but(&world, &outcome, &[], &case).await;
            assert_eq!(parked(&world, &outcome), [(subject, Class::Header)], "{case}");
            let words = &report(&outcome).quarantined[0].response;
            assert_eq!(words, "Message contains invalid header", "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn several_refused_messages_of_a_batch_are_parked_and_the_others_keep_their_order() {
    for destination in destinations() {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        for number in [1, 2, 5, 12] {
            let subject = format!("Subject: inbox-{number}\r");
            world.destination.refuses_message(&subject, "NO Message contains bare newlines");
        }
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], destination.name).await;
        let subjects: Vec<String> = parked(&world, &outcome).into_iter().map(|(subject, _)| subject).collect();
        assert_eq!(subjects, ["inbox-1", "inbox-12", "inbox-2", "inbox-5"], "{}", destination.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_in_words_that_nobody_knows_parks_the_message_as_refused() {
    for destination in destinations() {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        world.destination.refuses_message("Subject: inbox-7\r", "NO I do not like it");
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], destination.name).await;
        assert_eq!(parked(&world, &outcome), [("inbox-7".into(), Class::Refused)], "{}", destination.name);
        assert_eq!(report(&outcome).quarantined[0].response, "I do not like it");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bad_for_one_message_on_a_pipelined_connection_parks_only_that_message() {
    for destination in destinations() {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        world.destination.refuses_message("Subject: inbox-7\r", "BAD Command Argument Error. 11");
        let outcome = world.run().await;
        all_but(&world, &outcome, &[Lenient::Order], destination.name).await;
        assert_eq!(parked(&world, &outcome), [("inbox-7".into(), Class::Refused)], "{}", destination.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_bye_for_one_message_parks_only_that_message() {
    for destination in destinations() {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        world.destination.refuses_message("Subject: inbox-7\r", "BYE Invalid character in literal");
        let outcome = world.run().await;
        all_but(&world, &outcome, &[Lenient::Order], destination.name).await;
        let parked = parked(&world, &outcome);
        assert_eq!(parked.len(), 1, "{}: {parked:?}", destination.name);
        assert_eq!(parked[0].0, "inbox-7", "{}", destination.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_over_appendlimit_is_parked_without_being_sent() {
    for destination in destinations() {
        for size in [20_001, 25_000, 60_000, 300_000, 3_000_000] {
            let world = World::new(Profile::dovecot(), destination.clone().limited_to(20_000));
            let inbox = world.source.folder("INBOX");
            inbox.message("before");
            inbox.message("large").sized(size);
            inbox.message("at-the-limit").sized(20_000);
            inbox.message("after");
            let outcome = world.run().await;
            let case = format!("{size} octets to {}", destination.name);
            all_but(&world, &outcome, &[], &case).await;
            assert_eq!(parked(&world, &outcome), [("large".into(), Class::TooBig)], "{case}");
            let log = world.destination.log();
            let sent = log.commands.iter().any(|command| command.line.contains(&format!("{{{size}")));
            assert!(!sent, "{case}: it was sent\n{}", told(&world, &outcome));
            assert_eq!(report(&outcome).quarantined[0].size, u64::try_from(size).unwrap(), "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_message_that_is_refused_while_it_goes_by_is_parked_whole() {
    for destination in destinations() {
        for size in [300_000, 3_000_000] {
            let world = World::new(Profile::dovecot(), destination.clone());
            let inbox = world.source.folder("INBOX");
            inbox.message("before");
            inbox.message("large").sized(size);
            inbox.message("after");
            world.destination.refuses_message("Subject: large\r", "NO Virus found");
            let outcome = world.run().await;
            let case = format!("{size} octets to {}", destination.name);
            all_but(&world, &outcome, &[], &case).await;
            assert_eq!(parked(&world, &outcome), [("large".into(), Class::Policy)], "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_message_is_parked_where_it_is_refused_and_carried_where_it_is_not() {
    for (destination, refused) in [
        (Profile::dovecot(), true),
        (Profile::cyrus(), true),
        (Profile::courier(), false),
        (Profile::plain_rfc3501(), false),
        (Profile::exchange(), false),
    ] {
        let world = World::new(Profile::plain_rfc3501(), destination.clone());
        let inbox = world.source.folder("INBOX");
        inbox.message("before");
        inbox.octets(Vec::new());
        inbox.message("after");
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], destination.name).await;
        let expected = if refused { vec![(String::new(), Class::Empty)] } else { Vec::new() };
        assert_eq!(parked(&world, &outcome), expected, "{}", destination.name);
    }
}

#[tokio::test(start_paused = true)]
async fn messages_that_cyrus_does_not_take_are_parked_by_their_class() {
    let world = World::new(Profile::dovecot(), Profile::cyrus());
    let inbox = world.source.folder("INBOX");
    inbox.message("fine");
    inbox.octets("Subject: lf\r\nFrom: a@example.org\r\n\r\nbare\nline\r\n");
    inbox.octets(b"Subject: nul\r\n\r\nhere \0 it is\r\n".to_vec());
    inbox.octets("Subject: broken\r\nthis is no header\r\n\r\ntext\r\n");
    inbox.octets("Subject: gr\u{fc}n\r\nFrom: a@example.org\r\n\r\n8-bit header, rewritten\r\n");
    inbox.message("fine-too");
    let outcome = world.run().await;
    all_but(&world, &outcome, &[], "to Cyrus").await;
    let expected = [("broken", Class::Header), ("lf", Class::BareNewline), ("nul", Class::Nul)];
    assert_eq!(parked(&world, &outcome), expected.map(|(subject, class)| (subject.to_owned(), class)));
}

#[tokio::test(start_paused = true)]
async fn keywords_over_the_folders_limit_are_left_out_and_counted() {
    for destination in destinations() {
        let world = filled(Profile::dovecot_prefixed(), destination.clone());
        world.destination.change(|profile| Profile { keyword_limit: Some(1), ..profile });
        let outcome = world.run().await;
        all_but(&world, &outcome, &[Lenient::Keywords], destination.name).await;
        let report = report(&outcome);
        assert_eq!(report.totals.copied, 29, "{}", destination.name);
        let dropped: u64 = report.folders.iter().flat_map(|folder| folder.flags_dropped.values()).sum();
        assert_eq!(dropped, 2, "{}: {:?}", destination.name, report.folders);
    }
}

#[tokio::test(start_paused = true)]
async fn keywords_outside_permanentflags_are_never_sent_and_counted_by_name() {
    for destination in destinations() {
        let profile = destination.keeping_only(&["$Forwarded"]).with(Quirk::RefusesUnknownKeywords);
        let world = filled(Profile::dovecot_prefixed(), profile.clone());
        let outcome = world.run().await;
        all_but(&world, &outcome, &[], profile.name).await;
        let dropped: Vec<_> = report(&outcome).folders.iter().flat_map(|folder| folder.flags_dropped.clone()).collect();
        assert_eq!(dropped, [("Important".to_owned(), 1)], "{}", profile.name);
        assert!(!world.destination.transcript().contains("Important"), "{}", profile.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_date_is_replaced_by_the_headers_own_and_counted() {
    for destination in [Profile::cyrus(), Profile::courier()] {
        let world = World::new(Profile::plain_rfc3501(), destination.clone());
        let inbox = world.source.folder("INBOX");
        inbox.message("before");
        inbox.message("old").dated(-400 * 86_400, 0);
        inbox.message("after");
        let outcome = world.run().await;
        all_but(&world, &outcome, &[Lenient::Dates, Lenient::Order], destination.name).await;
        assert_eq!(report(&outcome).totals.copied, 3, "{}", destination.name);
        let dates: u64 = report(&outcome).folders.iter().map(|folder| folder.dates_replaced).sum();
        assert_eq!(dates, 1, "{}", destination.name);
        let mut arrived = world.destination.folder("INBOX").messages();
        arrived.retain(|message| message.text().contains("Subject: old"));
        assert_eq!(arrived[0].date.seconds, LETTERS_DATE, "{}", destination.name);
    }
}

/// Seconds since 1970 of the letter's own Date field: 17 July 2010, 02:44:25 -0700.
const LETTERS_DATE: i64 = 1_279_359_865;

/// A message of so many octets whose Date field stands behind so many octets of other fields.
fn with_a_long_header(before: usize, octets: usize) -> Vec<u8> {
    let field = format!("X-Filler: {}\r\n", "f".repeat(66));
    let mut text = field.repeat(before / field.len()).into_bytes();
    text.extend(letter("large", "Once more.\r\n"));
    let line = format!("{}\r\n", "x".repeat(76));
    text.extend(line.repeat(octets / line.len()).into_bytes());
    text
}

#[tokio::test(start_paused = true)]
async fn messages_that_are_not_held_get_the_date_of_their_header_where_the_sources_is_of_no_use() {
    for destination in destinations() {
        for (before, octets, found) in
            [(0, 2_200_000, true), (0, 5_000_000, true), (200_000, 2_200_000, true), (400_000, 2_200_000, false)]
        {
            let world = World::new(Profile::plain_rfc3501(), destination.clone());
            let inbox = world.source.folder("INBOX");
            inbox.message("before");
            inbox.octets(with_a_long_header(before, octets)).dated_oddly("00-Jan-0000 00:00:00 +0000");
            inbox.message("after");
            let outcome = world.run().await;
            let case = format!("{}: {before} of {octets}", destination.name);
            all_but(&world, &outcome, &[Lenient::Dates], &case).await;
            let arrived = world.destination.folder("INBOX").messages();
            // What is not found in the first quarter of a megabyte is not waited for.
            assert_eq!(arrived[1].date.seconds == LETTERS_DATE, found, "{case}: {:?}", arrived[1].date);
            let dates: u64 = report(&outcome).folders.iter().map(|folder| folder.dates_replaced).sum();
            assert_eq!(dates, 1, "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_date_of_a_message_that_is_not_held_is_replaced_by_its_headers() {
    for destination in [Profile::cyrus(), Profile::courier()] {
        for octets in [2_200_000, 5_000_000] {
            let world = World::new(Profile::plain_rfc3501(), destination.clone());
            world.source.folder("INBOX").octets(with_a_long_header(0, octets)).dated(-400 * 86_400, 0);
            let outcome = world.run().await;
            let case = format!("{}: {octets}", destination.name);
            all_but(&world, &outcome, &[Lenient::Dates], &case).await;
            let arrived = world.destination.folder("INBOX").messages();
            assert_eq!(arrived[0].date.seconds, LETTERS_DATE, "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn odd_internal_dates_of_the_source_stop_nothing() {
    let odd = [
        "",
        "NIL",
        "31-Feb-2010 02:44:25 +0000",
        "17-Jul-110 02:44:25 +0000",
        " 7-Jul-2010 02:44:25 +0000",
        "yesterday",
    ];
    for destination in destinations() {
        let world = World::new(Profile::plain_rfc3501(), destination.clone());
        let inbox = world.source.folder("INBOX");
        for words in odd {
            inbox.message(&format!("date {}", words.len())).dated_oddly(words);
        }
        let outcome = world.run().await;
        all_but(&world, &outcome, &[Lenient::Dates, Lenient::Order], destination.name).await;
        assert_eq!(report(&outcome).totals.copied, 6, "{}", destination.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_bad_to_an_append_on_a_literal_plus_connection_is_followed_by_synchronising_literals_and_a_warning() {
    for destination in [Profile::dovecot(), Profile::cyrus(), Profile::exchange()] {
        for n in 1..=2 {
            let world = World::new(Profile::dovecot(), destination.clone());
            world.source.folder("INBOX").messages_named("one", 8);
            world.source.folder("More").messages_named("two", 3);
            let bad = "BAD Error in IMAP command APPEND: Invalid arguments.";
            world.destination.fault(At::command("APPEND").folder("INBOX").nth(n), Fault::answer(bad));
            let outcome = world.run().await;
            let case = format!("{} APPEND {n}", destination.name);
            all_but(&world, &outcome, &[Lenient::Order], &case).await;
            assert_eq!(report(&outcome).totals.copied, 11, "{case}");
            let warned = report(&outcome).warnings.iter().any(|warning| warning.code == "literal-desync");
            let struck = world.destination.log().refusals.iter().any(|refusal| refusal.contains("Invalid arguments"));
            assert_eq!(warned, struck, "{case}\n{}", told(&world, &outcome));
        }
    }
}
