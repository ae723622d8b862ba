//! # Habits
//! What servers do to people who move: each trouble ends in the outcome that is true, nothing lost and nothing twice, also
//! with a kill in the middle.

use posthorse_domain::migration::Class;
use posthorse_tests::world::server::{At, Fault, Profile, Quirk, letter};
use posthorse_tests::world::{Lenient, Outcome, World};

use crate::case::{Case, case, copied, each, each_with_a_kill, parked, report};
use crate::fill::{all_but, filled, path, told};

/// A destination for each way of sending: MULTIAPPEND, pipelined, synchronising.
fn destinations() -> [Profile; 3] {
    [Profile::dovecot(), Profile::exchange(), Profile::courier()]
}

/// From a Dovecot to each of them.
fn to_each(sentence: &str, trouble: impl Fn(&World) + Clone + 'static, check: impl Fn() -> Checked) -> Vec<Case> {
    let one = |destination: Profile| {
        let words = format!("{sentence}, to {}", destination.name);
        let trouble = trouble.clone();
        case(
            words,
            move || {
                let world = filled(Profile::dovecot_prefixed(), destination.clone());
                trouble(&world);
                world
            },
            check(),
        )
    };
    destinations().into_iter().map(one).collect()
}

type Checked = Box<dyn Fn(&World, &Outcome, &str)>;

/// A large message between two small ones.
fn with_a_large_one(world: &World) {
    let folder = world.source.folder("INBOX.Large");
    folder.message("before");
    folder.message("large").sized(400_000);
    folder.message("after");
}

fn outages_of_the_source() -> Vec<Case> {
    let mut cases = Vec::new();
    for words in [
        "NO [UNAVAILABLE] UID FETCH Server error while fetching messages",
        "NO [SERVERBUG] Internal error occurred. Refer to server log for more information.",
        "NO [INUSE] Mailbox is locked",
        "NO Temporary unavailable",
    ] {
        for times in [3, 40] {
            cases.extend(to_each(
                &format!("a source that answers '{words}' to {times} FETCHes in a row is asked later"),
                move |world| {
                    world.source.fault(At::body().times(times), Fault::answer(words));
                },
                || copied(29),
            ));
        }
    }
    cases.extend(to_each(
        "a source that begins to refuse in the middle of a folder is asked later",
        |world| {
            for nth in 6..60 {
                let words = "NO [UNAVAILABLE] Server error";
                world.source.fault(At::body().nth(nth), Fault::answer(words));
            }
        },
        || copied(29),
    ));
    cases
}

fn literals_of_the_source() -> Vec<Case> {
    let mut cases = Vec::new();
    for off in [-300, -2, 1, 30, 5_000] {
        cases.extend(to_each(
            &format!("a large literal that is {off} octets off once stores nothing wrong"),
            move |world| {
                with_a_large_one(world);
                world.source.fault(At::body().folder("INBOX.Large").uid(2).times(1), Fault::Misannounce(off));
            },
            || copied(32),
        ));
        cases.extend(to_each(
            &format!("a large literal that is {off} octets off each time is parked alone"),
            move |world| {
                with_a_large_one(world);
                world.source.fault(At::body().folder("INBOX.Large").uid(2), Fault::Misannounce(off));
            },
            || parked(vec![(2, Class::Poison)], 31),
        ));
        cases.extend(to_each(
            &format!("a small literal that is {off} octets off each time is parked alone"),
            move |world| {
                world.source.fault(At::body().folder("INBOX").uid(6), Fault::Misannounce(off));
            },
            || parked(vec![(6, Class::Poison)], 28),
        ));
    }
    cases
}

/// A case between two kinds of servers with the usual mailbox.
fn between(source: Profile, destination: Profile, check: Checked) -> Case {
    let words = format!("a mailbox moves from {} to {}", source.name, destination.name);
    case(words, move || filled(source.clone(), destination.clone()), check)
}

/// The habits of whole servers.
fn servers() -> Vec<Case> {
    let mut cases = Vec::new();
    let odd = [
        Profile::yahoo().showing(5),
        Profile::netease(),
        Profile::icloud(),
        Profile::domino(),
        Profile::flat(),
        Profile::courier().incapable("NAMESPACE"),
        Profile::dovecot_prefixed().incapable("NAMESPACE"),
        Profile::dovecot().delimited_by(Some('~')),
    ];
    for profile in odd {
        cases.push(between(profile.clone(), Profile::dovecot(), copied(29)));
        cases.push(between(Profile::dovecot_prefixed(), profile, copied(29)));
    }
    cases
}

fn refused_folders() -> Vec<Case> {
    let mut cases = to_each(
        "a folder that is gone when the first message comes is made once more",
        |world| {
            let words = "NO [TRYCREATE] Mailbox doesn't exist";
            world.destination.fault(At::command("APPEND").nth(2), Fault::answer(words));
        },
        || copied(29),
    );
    for words in ["NO [NOPERM] Permission denied", "NO [TRYCREATE] Mailbox doesn't exist", "NO Permission denied"] {
        cases.extend(to_each(
            &format!("a folder that takes no message ('{words}') is blocked, and the others go on"),
            move |world| {
                let work = path(&world.destination.profile(), &["Arbeit"]);
                world.destination.fault(At::command("APPEND").folder(&work), Fault::answer(words));
            },
            || blocked(8, 21),
        ));
    }
    cases.extend(to_each(
        "a folder that hands out no message is blocked, and the others go on",
        |world| {
            world.source.fault(At::body().folder("INBOX.Arbeit"), Fault::answer("NO [NOPERM] Permission denied"));
        },
        || blocked(8, 21),
    ));
    cases
}

fn blocked(count: u64, copied: u64) -> Checked {
    Box::new(move |world, outcome, case| {
        let totals = report(outcome, case).totals;
        let counted = (totals.copied, totals.blocked, totals.quarantined);
        assert_eq!(counted, (copied, count, 0), "{case}: {totals:?}\n{}", told(world, outcome));
    })
}

fn refused_messages() -> Vec<Case> {
    let long = || {
        let world = World::new(Profile::dovecot(), Profile::exchange());
        for number in 1..=40 {
            let line = if number % 3 == 0 { "x".repeat(11_000) } else { "short".to_owned() };
            world.source.folder("INBOX").octets(letter(&format!("mail-{number}"), &format!("{line}\r\n")));
        }
        world
    };
    let thirds = (1..=13).map(|third| (third * 3, Class::LineTooLong)).collect();
    let unended = || {
        let world = filled(Profile::dovecot_prefixed(), Profile::yahoo());
        world.source.folder("INBOX").octets(letter("no line end", "no line end"));
        world
    };
    let deleted = || {
        let world = filled(Profile::dovecot_prefixed(), Profile::gmail());
        world.source.folder("INBOX").message("deleted").deleted().seen();
        world
    };
    vec![
        case("more bad messages than Exchange allows errors are parked alone", long, parked(thirds, 27)),
        case(
            "a message without final line end is parked by Yahoo alone",
            unended,
            parked(vec![(14, Class::Refused)], 29),
        ),
        case(
            "what is marked as deleted stays in Gmail, without the mark, which is counted",
            deleted,
            Box::new(|world: &World, outcome: &Outcome, case: &str| {
                copied(30)(world, outcome, case);
                let folders = &report(outcome, case).folders;
                let dropped: u64 = folders.iter().filter_map(|folder| folder.flags_dropped.get("\\Deleted")).sum();
                // A killed chunk's messages are recognised, and nobody knows then what they were sent with.
                assert!(dropped <= 1, "{case}: {dropped}");
            }),
        ),
    ]
}

fn unknown_mail() -> Vec<Case> {
    let headerless = |world: &World| {
        for number in 1..=50 {
            world.source.folder("INBOX.Headless").octets(match number % 5 {
                0 => format!("\r\nbody {number}\r\n"),
                1 => format!("just text {number}\r\n"),
                2 => format!("Subject: {number}\r\n"),
                3 => format!("From: a@example.org\r\n\r\ntext {number}\r\n"),
                _ => "\r\nequal\r\n".to_owned(),
            });
        }
    };
    let mut cases = to_each("mail without Message-ID, header or body is carried once", headerless, || copied(79));
    cases.extend(to_each(
        "mail without Message-ID is recognised behind a lost answer",
        move |world| {
            headerless(world);
            world.destination.loses_answer_of_append(40);
        },
        || copied(79),
    ));
    cases
}

fn flaky_logins() -> Vec<Case> {
    to_each(
        "every third login is refused for the moment",
        |world| {
            for server in [&world.source, &world.destination] {
                for nth in 1..20 {
                    let words = "NO [UNAVAILABLE] Temporary authentication failure";
                    server.fault(At::command("LOGIN").nth(nth * 3), Fault::answer(words));
                }
            }
        },
        || copied(29),
    )
}

/// All of them.
fn all() -> Vec<Case> {
    [
        outages_of_the_source(),
        literals_of_the_source(),
        servers(),
        refused_folders(),
        refused_messages(),
        unknown_mail(),
        flaky_logins(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_source_parks_nothing() {
    each(outages_of_the_source()).await;
}

#[tokio::test(start_paused = true)]
async fn literals_that_are_not_as_long_as_announced_store_nothing_wrong() {
    each(literals_of_the_source()).await;
}

#[tokio::test(start_paused = true)]
async fn servers_with_habits_of_their_own_are_both_sides_of_a_move() {
    each(servers()).await;
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_is_of_no_use_keeps_no_other_waiting() {
    each(refused_folders()).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_server_does_not_take_is_parked_or_delivered_without_it() {
    each(refused_messages()).await;
}

#[tokio::test(start_paused = true)]
async fn mail_that_nothing_names_is_recognised() {
    each(unknown_mail()).await;
}

#[tokio::test(start_paused = true)]
async fn logins_that_fail_every_third_time_are_tried_again() {
    each(flaky_logins()).await;
}

#[tokio::test(start_paused = true)]
async fn all_of_this_with_a_kill_in_the_middle() {
    each_with_a_kill(all()).await;
}

#[tokio::test(start_paused = true)]
async fn exchange_that_answers_every_message_with_error_11_is_a_full_mailbox() {
    for since in [1, 2, 9, 20] {
        let world = filled(Profile::dovecot_prefixed(), Profile::exchange());
        // One message alone that is refused at the end of a folder is a bad message: here folders end one after the other.
        world.connections(1);
        world.destination.fault(At::append().since(since), Fault::answer("BAD Command Argument Error. 11"));
        let outcome = world.run_without_waiting().await;
        assert_eq!(outcome.state(), "waiting", "{since}\n{}", told(&world, &outcome));
        assert_eq!(outcome.report.as_ref().unwrap().totals.quarantined, 0, "{since}\n{}", told(&world, &outcome));
        world.destination.heal();
        let outcome = world.run().await;
        all_but(&world, &outcome, &[Lenient::Order], "healed").await;
        copied(29)(&world, &outcome, "healed");
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_shows_only_a_part_of_a_folder_is_found_out() {
    // No way to see all of it.
    let source = Profile::yahoo().showing(5).incapable("UIDONLY");
    let world = filled(source, Profile::dovecot());
    let outcome = world.run().await;
    assert_eq!(outcome.state(), "exceptions", "{}", told(&world, &outcome));
    let report = outcome.report.as_ref().unwrap();
    assert_eq!((report.totals.source, report.totals.blocked), (29, 11), "{}", told(&world, &outcome));
    let inbox = report.folders.iter().find(|folder| folder.source == "INBOX" || folder.source == "Inbox").unwrap();
    assert_eq!(inbox.error.as_deref(), Some("the source says 13 messages and lists 5"));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_leaves_uids_out_is_found_out_and_nothing_is_sent() {
    let world = filled(Profile::plain_rfc3501().with(Quirk::NoUidInFetch), Profile::dovecot());
    let outcome = world.run().await;
    assert_eq!((outcome.state(), world.appended()), ("exceptions", 0), "{}", told(&world, &outcome));
    let totals = outcome.report.as_ref().unwrap().totals;
    assert_eq!((totals.source, totals.blocked), (29, 29), "{}", told(&world, &outcome));
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_stated_by_no_bad_and_bye_alike() {
    for word in ["NO", "BAD", "BYE"] {
        for verb in ["UID FETCH", "EXAMINE", "APPEND", "SELECT"] {
            let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
            let words = format!("{word} Request is throttled. Suggested Backoff Time: 600000 milliseconds");
            let server = if matches!(verb, "APPEND" | "SELECT") { &world.destination } else { &world.source };
            server.fault(At::command(verb).nth(2), Fault::answer(&words));
            let begun = tokio::time::Instant::now();
            let outcome = world.run().await;
            let case = format!("{word} to {verb}");
            all_but(&world, &outcome, &[Lenient::Order], &case).await;
            copied(29)(&world, &outcome, &case);
            assert!(begun.elapsed().as_secs() >= 600, "{case}: {:?}", begun.elapsed());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn folders_of_a_server_without_namespace_go_where_people_look() {
    for profile in [Profile::courier(), Profile::dovecot_prefixed()] {
        let world = filled(profile.clone().incapable("NAMESPACE"), Profile::dovecot());
        let outcome = world.run().await;
        let names: Vec<&str> =
            outcome.report.as_ref().unwrap().folders.iter().map(|folder| folder.destination.as_str()).collect();
        assert!(names.contains(&"Arbeit/Übung"), "{}: {names:?}", profile.name);
        let world = filled(Profile::dovecot(), profile.clone().incapable("NAMESPACE"));
        let outcome = world.run().await;
        let names: Vec<&str> =
            outcome.report.as_ref().unwrap().folders.iter().map(|folder| folder.destination.as_str()).collect();
        assert!(names.contains(&"INBOX.Arbeit.Übung"), "{}: {names:?}", profile.name);
    }
}

#[tokio::test(start_paused = true)]
async fn names_of_every_spelling_are_carried() {
    let names =
        ["200", "NIL", "a{5}", "[Gmail]/Alle", "100%", "Stern*", "R&D", "(klammer)", "say \"hi\"", "back\\slash"];
    for (quirk, skipped) in [(None, ""), (Some(Quirk::LiteralNames), ""), (Some(Quirk::BareNames), "{\"\\(")] {
        let source = quirk.into_iter().fold(Profile::plain_rfc3501(), Profile::with);
        for destination in [Profile::dovecot(), Profile::courier(), Profile::cyrus(), Profile::gmail()] {
            let world = World::new(source.clone(), destination.clone());
            let names: Vec<&str> =
                names.into_iter().filter(|name| !name.contains(|letter| skipped.contains(letter))).collect();
            for (number, name) in names.iter().enumerate() {
                world.source.folder(name).message(&format!("in-{number}"));
            }
            let outcome = world.run().await;
            let case = format!("{quirk:?} to {}", destination.name);
            all_but(&world, &outcome, &[], &case).await;
            let report = report(&outcome, &case);
            assert_eq!(usize::try_from(report.totals.copied).unwrap(), names.len(), "{case}");
            let there: std::collections::BTreeSet<&str> =
                report.folders.iter().map(|folder| folder.destination.as_str()).collect();
            assert_eq!(there.len(), names.len() + 1, "{case}: {there:?}");
        }
    }
}
