use super::super::listings::server;
use super::*;
use crate::mail::SpecialUse;
use crate::mail::Uid;
use crate::migration::Intent;
use crate::migration::Moment;
use crate::migration::label::Labels;
use crate::migration::request::MapRule;
use crate::ports::mail::Census;

fn maps(rules: &[(&str, &str)]) -> Options {
    let map = rules.iter().map(|(from, to)| MapRule { from: (*from).into(), to: (*to).into() }).collect();
    Options { map, ..Options::default() }
}

fn without(patterns: &[&str]) -> Options {
    Options { exclude: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(), ..Options::default() }
}

fn planned(source: &Listing, destination: &Listing, options: &Options, known: &[Folder]) -> Plan {
    map(source, destination, options, known).unwrap()
}

fn lines(plan: &Plan) -> Vec<String> {
    let line = |p: &Planned| format!("{} > {} ({})", p.source.name.unicode(), p.destination.unicode(), p.why);
    plan.folders.iter().map(line).collect()
}

fn codes(plan: &Plan) -> Vec<&str> {
    plan.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

/// What the ledger keeps of a plan.
fn records(plan: &Plan) -> Vec<Folder> {
    let record =
        |p: &Planned| Folder::planned(p.number, p.source.name.clone(), p.destination.clone(), p.role, p.why.clone());
    plan.folders.iter().map(record).collect()
}

struct Case {
    name: &'static str,
    source: Listing,
    destination: Listing,
    options: Options,
    expected: Vec<&'static str>,
}

fn check(cases: Vec<Case>) {
    for case in cases {
        let plan = planned(&case.source, &case.destination, &case.options, &[]);
        assert_eq!(lines(&plan), case.expected, "{}", case.name);
        let numbers: Vec<u32> = plan.folders.iter().map(|folder| folder.number).collect();
        assert_eq!(numbers, (1..).take(numbers.len()).collect::<Vec<u32>>(), "{}", case.name);
    }
}

fn slash() -> Listing {
    server("", "/").folder("INBOX", 1)
}

fn dot() -> Listing {
    server("INBOX.", ".").folder("INBOX", 1)
}

#[test]
fn names_are_translated_by_components() {
    let plain =
        |name, source, destination, expected| Case { name, source, destination, options: Options::default(), expected };
    check(vec![
        plain(
            "Dovecot with INBOX. to slashes",
            dot().folders(&["INBOX.Work", "INBOX.Work.2020", "INBOX.a/b", "INBOX.INBOX.kid"]),
            slash(),
            vec![
                "INBOX > INBOX (INBOX)",
                "INBOX.Work > Work (same name)",
                "INBOX.Work.2020 > Work/2020 (same name)",
                "INBOX.a/b > a_b (renamed: '/' is the delimiter there)",
                "INBOX.INBOX.kid > INBOX/kid (same name)",
            ],
        ),
        plain(
            "slashes to Dovecot with INBOX.",
            slash().folders(&["Work/2020", "Work", "Dr. Jones", "Dr. Jones/kid", "INBOX/kid", "Inbox/Kid2"]),
            dot(),
            vec![
                "INBOX > INBOX (INBOX)",
                "Work/2020 > INBOX.Work.2020 (same name)",
                "Work > INBOX.Work (same name)",
                "Dr. Jones > INBOX.Dr_ Jones (renamed: '.' is the delimiter there)",
                "Dr. Jones/kid > INBOX.Dr_ Jones.kid (renamed: with the folder above it)",
                "INBOX/kid > INBOX.INBOX.kid (same name)",
                "Inbox/Kid2 > INBOX.INBOX.Kid2 (same name)",
            ],
        ),
        plain(
            "Cyrus, unixhierarchysep on to off",
            slash().others(&["Other Users/", "Shared Folders/"]).folders(&["a.b/c", "Other Users/ann", "Größe"]),
            dot().others(&["user.", ""]),
            vec![
                "INBOX > INBOX (INBOX)",
                "a.b/c > INBOX.a_b.c (renamed: '.' is the delimiter there)",
                "Größe > INBOX.Größe (same name)",
            ],
        ),
        plain(
            "Cyrus, unixhierarchysep off to on",
            dot().others(&["user.", ""]).folders(&["INBOX.a.b", "user.ann", "news"]),
            slash().others(&["Other Users/", "Shared Folders/"]),
            vec!["INBOX > INBOX (INBOX)", "INBOX.a.b > a/b (same name)"],
        ),
        plain(
            "Courier to itself, with shared folders",
            dot().others(&["#shared.", "shared."]).folders(&["INBOX.Sent", "INBOX.x.y", "shared.team.a"]),
            dot().folder("INBOX.Sent", 0),
            vec![
                "INBOX > INBOX (INBOX)",
                "INBOX.Sent > INBOX.Sent (special use \\Sent (name))",
                "INBOX.x.y > INBOX.x.y (same name)",
            ],
        ),
        plain(
            "a flat source",
            server("", "").folders(&["Inbox", "a/b", "a.b"]),
            slash(),
            vec!["Inbox > INBOX (INBOX)", "a/b > a_b (renamed: '/' is the delimiter there)", "a.b > a.b (same name)"],
        ),
        plain(
            "a flat destination",
            slash().folders(&["a/b", "a"]),
            server("", ""),
            vec!["INBOX > INBOX (INBOX)", "a/b > a_b (renamed: no folders in folders there)", "a > a (same name)"],
        ),
        plain(
            "delimiters differ from folder to folder",
            slash().folder("a.b", 0).but(|folder| folder.delimiter = Some(crate::mail::Delimiter::new(b'.'))),
            slash(),
            vec!["INBOX > INBOX (INBOX)", "a.b > a/b (same name)"],
        ),
        plain(
            "an undecodable name",
            slash().raw(b"Entw\xfcrfe 2", 0),
            slash(),
            vec!["INBOX > INBOX (INBOX)", "Entw\\xFCrfe 2 > Entw_rfe 2 (renamed: the name cannot be decoded)"],
        ),
        plain(
            "containers are not planned, their children are; what is listed twice is planned once",
            slash().container("a").folders(&["a/b", "a/b", "inbox"]),
            slash(),
            vec!["INBOX > INBOX (INBOX)", "a/b > a/b (same name)"],
        ),
    ]);
}

#[test]
fn each_special_use_is_taken_by_one_folder() {
    let plain =
        |name, source, destination, expected| Case { name, source, destination, options: Options::default(), expected };
    let gmail = || {
        slash()
            .container("[Gmail]")
            .used("[Gmail]/Sent Mail", SpecialUse::Sent, 10)
            .used("[Gmail]/Trash", SpecialUse::Trash, 10)
            .used("[Gmail]/All Mail", SpecialUse::All, 99)
    };
    let mut cases = vec![
        plain(
            "Gmail to Dovecot without attributes",
            gmail(),
            dot().folder("INBOX.Sent", 0),
            vec![
                "INBOX > INBOX (INBOX)",
                "[Gmail]/Sent Mail > INBOX.Sent (special use \\Sent (attribute and name))",
                "[Gmail]/Trash > INBOX.[Gmail].Trash (same name)",
                "[Gmail]/All Mail > INBOX.[Gmail].All Mail (same name)",
            ],
        ),
        plain(
            "Courier to Gmail",
            dot().folder("INBOX.Sent", 3).folder("INBOX.Trash", 4).folder("INBOX.Trash.kid", 1),
            gmail(),
            vec![
                "INBOX > INBOX (INBOX)",
                "INBOX.Sent > [Gmail]/Sent Mail (special use \\Sent (attribute and name))",
                "INBOX.Trash > [Gmail]/Trash (special use \\Trash (attribute and name))",
                "INBOX.Trash.kid > [Gmail]/Trash/kid (with the folder above it)",
            ],
        ),
        plain(
            "attributes on both sides go before equal names",
            slash().used("Outbox", SpecialUse::Sent, 1).folder("Sent", 50),
            slash().used("Gesendet", SpecialUse::Sent, 0).folders(&["Sent", "Outbox"]),
            vec![
                "INBOX > INBOX (INBOX)",
                "Outbox > Gesendet (special use \\Sent (attribute))",
                "Sent > Sent (same name)",
            ],
        ),
        plain(
            "Отправленные with most mail beside Sent",
            slash().folder("Sent", 3).folder("Отправленные", 5000).folder("Sent/2019", 1),
            slash().used("Sent", SpecialUse::Sent, 0),
            vec![
                "INBOX > INBOX (INBOX)",
                "Sent > Sent_1 (renamed: name taken)",
                "Отправленные > Sent (special use \\Sent (attribute and name))",
                "Sent/2019 > Sent_1/2019 (renamed: with the folder above it)",
            ],
        ),
        plain(
            "Отправленные with little mail beside Sent",
            slash().folder("Отправленные", 3).folder("Sent", 5000),
            slash().used("Sent", SpecialUse::Sent, 0),
            vec![
                "INBOX > INBOX (INBOX)",
                "Отправленные > Отправленные (same name)",
                "Sent > Sent (special use \\Sent (attribute and name))",
            ],
        ),
        plain(
            "equal names of several known ones stay together",
            slash().folder("Sent Items", 3),
            slash().folder("Sent", 900).folder("Sent Items", 0),
            vec!["INBOX > INBOX (INBOX)", "Sent Items > Sent Items (special use \\Sent (name))"],
        ),
        plain(
            "Cyrus calls junk Spam",
            slash().used("Junk", SpecialUse::Junk, 1),
            dot().used("INBOX.Spam", SpecialUse::Junk, 0),
            vec!["INBOX > INBOX (INBOX)", "Junk > INBOX.Spam (special use \\Junk (attribute))"],
        ),
        plain(
            "views are not guessed by name and not matched",
            slash().folder("All Mail", 1).folder("Important", 1).folder("Starred", 1),
            slash().used("Alle", SpecialUse::All, 0).used("Markiert", SpecialUse::Flagged, 0),
            vec![
                "INBOX > INBOX (INBOX)",
                "All Mail > All Mail (same name)",
                "Important > Important (same name)",
                "Starred > Starred (same name)",
            ],
        ),
    ];
    for (sent, line) in [
        ("Gesendet", "Gesendet > INBOX.Sent (special use \\Sent (attribute and name))"),
        ("Gesendete Elemente", "Gesendete Elemente > INBOX.Sent (special use \\Sent (attribute and name))"),
        ("Éléments envoyés", "Éléments envoyés > INBOX.Sent (special use \\Sent (attribute and name))"),
        ("Отправленные", "Отправленные > INBOX.Sent (special use \\Sent (attribute and name))"),
        ("送信済みメール", "送信済みメール > INBOX.Sent (special use \\Sent (attribute and name))"),
    ] {
        let there = dot().used("INBOX.Sent", SpecialUse::Sent, 0);
        cases.push(plain(sent, slash().folder(sent, 1), there, vec!["INBOX > INBOX (INBOX)", line]));
    }
    check(cases);
}

#[test]
fn a_person_decides_before_anything_else() {
    check(vec![
        Case {
            name: "a map goes before attributes, with the children",
            source: slash().used("Sent", SpecialUse::Sent, 1).folders(&["Sent/2020", "Sent Items"]),
            destination: slash().used("Gesendet", SpecialUse::Sent, 0),
            options: maps(&[("Sent", "Old/Sent")]),
            expected: vec![
                "INBOX > INBOX (INBOX)",
                "Sent > Old/Sent (--map)",
                "Sent/2020 > Old/Sent/2020 (--map)",
                "Sent Items > Gesendet (special use \\Sent (attribute and name))",
            ],
        },
        Case {
            name: "several merge into one by a map, also into one that comes by its own name",
            source: slash().folder("Sent", 9).folder("Sent Mail", 1).folder("A", 1).folder("B", 1),
            destination: dot(),
            options: maps(&[("Sent Mail", "Sent"), ("A", "INBOX.Both"), ("B", "Both")]),
            expected: vec![
                "INBOX > INBOX (INBOX)",
                "Sent > INBOX.Sent (same name)",
                "Sent Mail > INBOX.Sent (merged by --map)",
                "A > INBOX.Both (merged by --map)",
                "B > INBOX.Both (merged by --map)",
            ],
        },
        Case {
            name: "INBOX can be mapped, and its children with it",
            source: dot().folders(&["INBOX.INBOX.kid", "INBOX.a"]),
            destination: slash(),
            options: maps(&[("INBOX", "Imported")]),
            expected: vec![
                "INBOX > Imported (--map)",
                "INBOX.INBOX.kid > Imported/kid (with the folder above it)",
                "INBOX.a > a (same name)",
            ],
        },
        Case {
            name: "into INBOX",
            source: slash().folders(&["Inbox2", "Inbox2/kid"]),
            destination: dot(),
            options: maps(&[("Inbox2", "inbox")]),
            expected: vec![
                "INBOX > INBOX (INBOX)",
                "Inbox2 > INBOX (merged by --map)",
                "Inbox2/kid > INBOX.INBOX.kid (--map)",
            ],
        },
        Case {
            name: "what is left out takes no name and no use",
            source: slash().folder("Sent", 9).folder("Sent Items", 1),
            destination: slash().used("Sent", SpecialUse::Sent, 0),
            options: without(&["Sent"]),
            expected: vec![
                "INBOX > INBOX (INBOX)",
                "Sent > Sent (excluded)",
                "Sent Items > Sent (special use \\Sent (attribute and name))",
            ],
        },
        Case {
            name: "include",
            source: slash().folders(&["A", "B"]),
            destination: slash(),
            options: Options { include: vec!["B".into()], ..Options::default() },
            expected: vec!["INBOX > INBOX (not included)", "A > A (not included)", "B > B (same name)"],
        },
    ]);
}

#[test]
fn no_two_folders_fall_on_one_name_by_chance() {
    let plain =
        |name, source, destination, expected| Case { name, source, destination, options: Options::default(), expected };
    check(vec![
        plain(
            "by cleaning",
            dot().folders(&["INBOX.a/b", "INBOX.a_b", "INBOX.a/b.kid", "INBOX.a_b_1"]),
            slash(),
            vec![
                "INBOX > INBOX (INBOX)",
                "INBOX.a/b > a_b_2 (renamed: name taken)",
                "INBOX.a_b > a_b (same name)",
                "INBOX.a/b.kid > a_b_2/kid (renamed: with the folder above it)",
                "INBOX.a_b_1 > a_b_1 (same name)",
            ],
        ),
        plain(
            "by case, when the destination has one already",
            slash().folders(&["archive 1", "Lists", "lists"]),
            slash().folders(&["Archive 1", "Lists"]),
            vec![
                "INBOX > INBOX (INBOX)",
                "archive 1 > archive 1_1 (renamed: name taken)",
                "Lists > Lists (same name)",
                "lists > lists_1 (renamed: name taken)",
            ],
        ),
        plain(
            "case alone is no collision where the destination has neither, or both",
            slash().folders(&["Lists", "lists", "News", "news"]),
            slash().folders(&["news", "News"]),
            vec![
                "INBOX > INBOX (INBOX)",
                "Lists > Lists (same name)",
                "lists > lists (same name)",
                "News > News (same name)",
                "news > news (same name)",
            ],
        ),
        plain(
            "nothing falls into INBOX",
            dot().folders(&["INBOX.inbox"]),
            slash(),
            vec!["INBOX > INBOX (INBOX)", "INBOX.inbox > INBOX_1 (renamed: name taken)"],
        ),
        plain(
            "an empty folder with the next name may be ours from a plan cut short, one with mail is not",
            dot().folders(&["INBOX.a/b", "INBOX.a_b", "INBOX.c/d", "INBOX.c_d"]),
            slash().folder("a_b_1", 0).folder("c_d_1", 1),
            vec![
                "INBOX > INBOX (INBOX)",
                "INBOX.a/b > a_b_1 (renamed: name taken)",
                "INBOX.a_b > a_b (same name)",
                "INBOX.c/d > c_d_2 (renamed: name taken)",
                "INBOX.c_d > c_d (same name)",
            ],
        ),
    ]);
}

#[test]
fn a_folder_is_made_where_it_is_missing_and_once() {
    let source = slash().folders(&["There", "Missing", "Only a name", "A", "B", "Out"]);
    let destination = server("", "/").folder("There", 0).container("Only a name");
    let options = Options { exclude: vec!["Out".into()], ..maps(&[("A", "C"), ("B", "C")]) };
    let plan = planned(&source, &destination, &options, &[]);
    let made: Vec<String> = plan.folders.iter().filter(|p| p.create).map(|p| p.source.name.unicode()).collect();
    assert_eq!(made, ["Missing", "Only a name", "A"]);
    let roles: Vec<bool> = plan.folders.iter().map(|planned| planned.role == Role::Carry).collect();
    assert_eq!(roles, [true, true, true, true, true, true, false]);
}

#[test]
fn subscriptions_follow_their_folders() {
    let subscribed = |listing: Listing, name: &str| listing.folder(name, 0).but(|folder| folder.subscribed = true);
    let mut source = subscribed(subscribed(subscribed(slash(), "a"), "b"), "out").folder("c", 0).folder("d", 0);
    source.subscriptions = [FolderName::from_unicode("c"), FolderName::from_unicode("gone")].into();
    let destination = subscribed(dot(), "INBOX.a");
    let plan = planned(&source, &destination, &without(&["out"]), &[]);
    let names: Vec<String> = plan
        .subscriptions
        .iter()
        .map(|number| plan.folders.iter().find(|p| p.number == *number).unwrap().destination.unicode())
        .collect();
    assert_eq!(names, ["INBOX.b", "INBOX.c"]);
    assert_eq!(codes(&plan), ["subscription"]);
    assert!(plan.warnings[0].text.contains("'gone'"), "{:?}", plan.warnings);
}

#[test]
fn a_plan_says_what_people_should_know() {
    let source = slash()
        .others(&["Other/"])
        .used("Sent", SpecialUse::Sent, 1)
        .folder("Sent Mail", 9)
        .used("[Gmail]/All Mail", SpecialUse::All, 9)
        .used("[Gmail]/Starred", SpecialUse::Flagged, 9)
        .raw(b"Entw\xfcrfe", 1)
        .folders(&["Other/ann", "Other/bob"]);
    let plan = planned(&source, &slash(), &without(&["[Gmail]/Starred"]), &[]);
    let told: Vec<(&str, &str)> = plan.warnings.iter().map(|w| (w.code.as_str(), w.text.as_str())).collect();
    assert_eq!(
        told,
        [
            (
                "view",
                "'[Gmail]/All Mail' shows mail that is in other folders too (\\All), and is carried as a folder of its own; \
                 --exclude '[Gmail]/All Mail' would leave it out"
            ),
            ("undecodable-name", "folder names that are neither modified UTF-7 nor UTF-8 (1): 'Entw\\xFCrfe'"),
            ("renamed-folders", "folders with another name at the destination (1): 'Entw\\xFCrfe' as 'Entw_rfe'"),
            (
                "shared-folders",
                "shared and other people's folders, which are not part of this mailbox and are left out (2): \
                 'Other/ann', 'Other/bob'"
            ),
            ("look-alike", "'Sent Mail' looks like Sent too; to merge: --map 'Sent Mail=Sent'"),
        ]
    );
    let notes: Vec<&String> = plan.folders.iter().flat_map(|planned| &planned.notes).collect();
    assert_eq!(notes, ["looks like Sent too; to merge: --map 'Sent Mail=Sent'"]);
}

#[test]
fn where_folders_are_labels_views_are_left_out_and_the_archive_is_all_mail() {
    let mut source = slash()
        .folder("Work", 3)
        .used("[Gmail]/All Mail", SpecialUse::All, 9)
        .used("[Gmail]/Important", SpecialUse::Important, 9)
        .used("[Gmail]/Starred", SpecialUse::Flagged, 2)
        .used("[Gmail]/Trash", SpecialUse::Trash, 1);
    source.labels = true;
    let destination = slash().used("Archive", SpecialUse::Archive, 0).used("Trash", SpecialUse::Trash, 0);
    let plan = planned(&source, &destination, &Options::default(), &[]);
    assert_eq!(
        lines(&plan),
        [
            "INBOX > INBOX (INBOX)",
            "Work > Work (same name)",
            "[Gmail]/All Mail > Archive (special use \\Archive (attribute))",
            "[Gmail]/Important > [Gmail]/Important (shows mail of other folders)",
            "[Gmail]/Starred > [Gmail]/Starred (shows mail of other folders)",
            "[Gmail]/Trash > Trash (special use \\Trash (attribute))",
        ]
    );
    let yields = |plan: &Plan| -> Vec<Option<bool>> {
        let carried = plan.folders.iter().filter(|planned| planned.role == Role::Carry);
        carried.map(|planned| planned.label.map(|label| label.yields)).collect()
    };
    assert_eq!(yields(&plan), [Some(true), Some(true), Some(true), None]);
    assert_eq!(codes(&plan), ["labels"]);
    let each = Options { labels: Labels::Each, ..Options::default() };
    let mut gmail = destination.clone();
    gmail.labels = true;
    for plan in [planned(&source, &destination, &each, &[]), planned(&source, &gmail, &Options::default(), &[])] {
        assert_eq!(yields(&plan), [Some(false), Some(false), Some(true), None]);
        assert_eq!(codes(&plan), ["labels"]);
    }
    let starred = Options { map: maps(&[("[Gmail]/Starred", "Stars")]).map, ..Options::default() };
    let plan = planned(&source, &destination, &starred, &[]);
    assert_eq!((plan.folders[4].role, plan.folders[4].destination.unicode()), (Role::Carry, "Stars".into()));
}

#[test]
fn a_quota_without_room_is_told_before_the_first_message() {
    let octets = |count| {
        move |folder: &mut Listed| {
            folder.status = Some(Census { octets: Some(count), ..folder.status.unwrap_or_default() });
        }
    };
    let source = slash().folder("big", 3).but(octets(5_000_000)).folder("out", 3).but(octets(9_000_000));
    let with_room = |room| Listing { room, ..slash() };
    for (room, told) in [(None, false), (Some(5_000_000), false), (Some(4_999_999), true), (Some(0), true)] {
        let plan = planned(&source, &with_room(room), &without(&["out"]), &[]);
        assert_eq!(codes(&plan).contains(&"no-room"), told, "{room:?}: {:?}", plan.warnings);
    }
    let first = planned(&source, &slash(), &Options::default(), &[]);
    let later = planned(&source, &with_room(Some(0)), &Options::default(), &records(&first));
    assert_eq!(codes(&later), [""; 0], "what is there already needs no room");
    let told = planned(&source, &with_room(Some(1_000_000)), &Options::default(), &[]).warnings;
    assert!(told[0].text.contains("room for 1.0 MB, and about 14.0 MB are to come"), "{told:?}");
}

#[test]
fn the_map_that_a_note_proposes_merges() {
    let source = slash().folder("Sent", 3).folder("a=Sent", 0).folder("Отправленные", 5000);
    let destination = dot().used("INBOX.Sent", SpecialUse::Sent, 0);
    let plan = planned(&source, &destination, &Options::default(), &[]);
    let note = plan.folders[1].notes[0].clone();
    let rule = note.split('\'').nth(1).unwrap();
    let options = Options { map: vec![select::map_rule(rule).unwrap()], ..Options::default() };
    let merged = planned(&source, &destination, &options, &[]);
    assert_eq!(merged.folders[1].destination, merged.folders[3].destination);
    assert_eq!(codes(&merged), [""; 0]);
}

#[test]
fn later_passes_keep_numbers_and_destinations() {
    let source = slash().folder("Sent", 3).folder("Sent Items", 1).folder("a", 0);
    let first = planned(&source, &slash(), &Options::default(), &[]);
    let known = records(&first);
    // Since then the source got a new folder, at the top, and more mail elsewhere; the destination an attribute.
    let mut later = server("", "/").folder("New", 0);
    later = later.folder("Sent Items", 900).folder("Sent", 3).folder("INBOX", 1).folder("a", 0).folder("a/kid", 0);
    let there = slash().used("Gesendet", SpecialUse::Sent, 0).folders(&["Sent", "Sent Items", "a"]);
    let plan = planned(&later, &there, &Options::default(), &known);
    let lines: Vec<String> = plan
        .folders
        .iter()
        .map(|p| format!("{} {} > {}", p.number, p.source.name.unicode(), p.destination.unicode()))
        .collect();
    assert_eq!(
        lines,
        ["5 New > New", "3 Sent Items > Gesendet", "2 Sent > Sent", "1 INBOX > INBOX", "4 a > a", "6 a/kid > a/kid"]
            .map(|line| line.replace("Gesendet", "Sent Items"))
    );
    assert!(plan.folders.iter().all(|p| p.create == ["New", "a/kid"].contains(&p.source.name.unicode().as_str())));
}

#[test]
fn the_same_question_has_the_same_answer_once_it_was_carried_out() {
    let source = dot().folders(&["INBOX.a/b", "INBOX.a_b", "INBOX.Sent", "INBOX.Gesendet", "INBOX.a/b.c.d"]);
    let first = planned(&source, &slash(), &Options::default(), &[]);
    let there = first.folders.iter().fold(server("", "/"), |listing, p| listing.raw(p.destination.raw(), 1));
    let again = planned(&source, &there, &Options::default(), &records(&first));
    assert_eq!(lines(&again), lines(&first));
    assert!(again.folders.iter().all(|planned| !planned.create));
    assert_eq!(
        again.folders.iter().map(|p| p.renamed).collect::<Vec<_>>(),
        first.folders.iter().map(|p| p.renamed).collect::<Vec<_>>()
    );
}

#[test]
fn a_folder_that_holds_copied_mail_is_not_moved() {
    let source = slash().folder("a", 3);
    let options = maps(&[("a", "b")]);
    let record = |change: fn(&mut Folder)| {
        let mut known = records(&planned(&source, &slash(), &Options::default(), &[]));
        change(&mut known[1]);
        known
    };
    let intent = |folder: &mut Folder| {
        folder.intent = Some(Intent {
            lo: Uid::new(1),
            hi: Uid::new(2),
            floor: Uid::new(1),
            started: Moment::from_millis(0),
            drained: false,
            deaths: 0,
        });
    };
    for known in [record(|f| f.counts.copied = 1), record(|f| f.counts.adopted = 1), record(intent)] {
        let error = map(&source, &slash(), &options, &known).unwrap_err();
        assert_eq!(error.to_string(), "--map would move 'a' to 'b', but mail of it was already copied to 'a'");
        let same = planned(&source, &slash(), &maps(&[("a", "a")]), &known);
        assert_eq!(same.folders[1].destination.unicode(), "a");
    }
    for known in [record(|_| ()), record(|f| f.counts.quarantined = 1)] {
        let plan = planned(&source, &slash(), &options, &known);
        assert_eq!(plan.folders[1].destination.unicode(), "b");
    }
}

#[test]
fn nobody_comes_where_a_folder_gone_from_the_source_has_its_mail() {
    let gone = FolderName::from_unicode("a/b");
    let mut known = Folder::planned(7, gone, FolderName::from_unicode("a_b"), Role::Carry, "renamed".into());
    known.counts.copied = 1;
    let plan = planned(&slash().folder("a_b", 1), &slash(), &Options::default(), &[known]);
    assert_eq!(lines(&plan)[1], "a_b > a_b_1 (renamed: name taken)");
    assert_eq!(plan.folders[1].number, 9);
}

#[test]
fn a_folder_once_left_out_is_planned_afresh() {
    let source = slash().folder("Sent", 3).folder("Sent Items", 1);
    let first = planned(&source, &slash(), &without(&["Sent"]), &[]);
    assert_eq!(lines(&first)[1], "Sent > Sent (excluded)");
    let then = planned(&source, &slash(), &Options::default(), &records(&first));
    assert_eq!(lines(&then)[1], "Sent > Sent (same name)");
    assert_eq!(then.folders[1].role, Role::Carry);
}

#[test]
fn a_pattern_that_names_nothing_is_an_error_that_names_it() {
    let options = Options { include: vec!["c d".into()], ..maps(&[("a", "b")]) };
    let error = map(&slash(), &slash(), &options, &[]).unwrap_err();
    assert_eq!(error.to_string(), "--map 'a', --include 'c d': no such folder at the source");
}

#[test]
fn ten_thousand_folders_are_nothing_special() {
    let many = |listing: Listing, name: &dyn Fn(u32) -> String| {
        (0..10_000).fold(listing, |listing, number| listing.folder(&name(number), 1))
    };
    let source = many(dot(), &|n| format!("INBOX.Kunde {}.Größe {n}", n / 100));
    let plan = planned(&source, &many(slash(), &|n| format!("Old/{n}")), &maps(&[("Kunde 7", "Seven")]), &[]);
    assert_eq!(plan.folders.len(), 10_001);
    let again = planned(&source, &slash(), &Options::default(), &records(&plan));
    assert_eq!(again.folders.iter().filter(|planned| planned.create).count(), 10_000);
    // All fall on the same cleaned name, each loses but one.
    let odd = (0..10_000u32).fold(slash(), |listing, n| {
        let name: String = (0..14).map(|bit| if n >> bit & 1 == 1 { '.' } else { '_' }).collect();
        listing.folder(&name, 1)
    });
    let plan = planned(&odd, &dot(), &Options::default(), &[]);
    let names: BTreeSet<_> = plan.folders.iter().map(|planned| &planned.destination).collect();
    assert_eq!(names.len(), 10_001);
}
