//! Which folders have news, and what becomes of the records.

use super::super::listings::server;
use super::super::map::map;
use super::*;
use crate::migration::{Intent, Moment, Options};
use crate::ports::mail::Census;

/// INBOX and Work at the source, both with UIDVALIDITY 7 and UIDNEXT 11.
fn plan(options: &Options) -> Plan {
    let census = Census {
        messages: Some(10),
        validity: Some(crate::mail::UidValidity::new(7)),
        uid_next: Some(Uid::new(11)),
        ..Census::default()
    };
    let mut here = server("", "/").folder("INBOX", 10).folder("Work", 10);
    here.folders.iter_mut().for_each(|folder| folder.status = Some(census));
    map(&here, &server("", "/").folder("INBOX", 0), options, &[]).unwrap()
}

/// As the last pass leaves them.
fn settled(plan: &Plan) -> Vec<Folder> {
    let done = |planned: &Planned| Folder {
        source_validity: planned.source.status.unwrap().validity,
        destination_validity: planned.source.status.unwrap().validity,
        snapshot: Uid::new(11),
        committed: Uid::new(10),
        progress: Progress::Verified,
        pass: 1,
        ..renewed(fresh(planned), planned, None)
    };
    plan.folders.iter().map(done).collect()
}

fn intent() -> Intent {
    let uid = Uid::new(1);
    Intent { lo: uid, hi: uid, floor: uid, started: Moment::from_millis(0), drained: true, deaths: 0 }
}

#[test]
fn a_folder_has_news_unless_status_says_what_the_last_pass_ended_with() {
    type Change = fn(&mut Folder, &mut Census);
    let cases: &[(&str, Change, bool)] = &[
        ("as it was", |_, _| {}, false),
        ("a message came", |_, status| status.uid_next = Some(Uid::new(12)), true),
        ("another UIDVALIDITY", |_, status| status.validity = Some(crate::mail::UidValidity::new(8)), true),
        ("the source does not say UIDVALIDITY", |_, status| status.validity = None, true),
        ("the source does not say UIDNEXT", |_, status| status.uid_next = None, true),
        ("not read to its end", |folder, _| folder.committed = Uid::new(9), true),
        ("not copied yet", |folder, _| folder.progress = Progress::Planned, true),
        ("an intent is open", |folder, _| folder.intent = Some(intent()), true),
        ("in error", |folder, _| folder.error = Some("refused".into()), true),
        (
            "never read",
            |folder, status| {
                (folder.snapshot, folder.committed, status.uid_next) = (Uid::new(0), Uid::new(0), Some(Uid::new(0)));
            },
            true,
        ),
        ("never opened at the destination", |folder, _| folder.destination_validity = None, true),
    ];
    for (name, change, news) in cases {
        let plan = plan(&Options::default());
        let (mut folder, mut planned) = (settled(&plan).remove(0), plan.folders[0].clone());
        change(&mut folder, planned.source.status.as_mut().unwrap());
        assert_eq!(has_news(&folder, &planned), *news, "{name}");
    }
}

#[test]
fn pairs_are_wanted_for_destinations_with_news() {
    let both = plan(&Options::default());
    let known = settled(&both);
    assert_eq!(groups_with_news(&both, &[]), 2, "a first pass");
    assert_eq!(groups_with_news(&both, &known), 0);
    assert_eq!(groups_with_news(&both, &known[..1]), 1, "Work is new");
    let one = Options {
        map: vec![crate::migration::request::MapRule { from: "Work".into(), to: "INBOX".into() }],
        ..Options::default()
    };
    assert_eq!(groups_with_news(&plan(&one), &[]), 1, "both go to one folder: they take turns");
    let none = Options { exclude: vec!["Work".into()], ..Options::default() };
    assert_eq!(groups_with_news(&plan(&none), &[]), 1, "what is left out is not carried");
}

#[test]
fn records_keep_what_is_settled_and_say_what_is_gone_or_refused() {
    let both = plan(&Options::default());
    let known = settled(&both);
    let less = Plan { folders: both.folders[..1].to_vec(), ..both.clone() };
    let made = records(&less, known, &make::Refused::default());
    assert_eq!(made.len(), 2);
    assert_eq!((made[0].gone, made[0].committed), (false, Uid::new(10)));
    assert!(made[1].gone && made[1].progress == Progress::Copied, "{:?}", made[1]);
    let mut refused = make::Refused::default();
    refused.insert(1, "no".into());
    let blocked = records(&both, Vec::new(), &refused).remove(0);
    assert_eq!((blocked.role, blocked.error.as_deref()), (Role::Blocked, Some("no")));
}

#[test]
fn a_record_stands_while_the_plan_says_nothing_new() {
    type Change = fn(&mut Folder, &mut Folder);
    let cases: &[(&str, Change, bool)] = &[
        ("as it was", |_, _| {}, true),
        ("not counted yet", |stored, _| stored.progress = Progress::Copied, false),
        ("of before standings were kept", |stored, now| (stored.pass, now.pass) = (0, 0), false),
        ("something is to be carried", |_, now| now.progress = Progress::Planned, false),
        ("gone from the source", |_, now| now.gone = true, false),
        ("another way", |_, now| now.why = "--map".into(), false),
    ];
    let plan = plan(&Options::default());
    for (name, change, expected) in cases {
        let mut stored = settled(&plan).remove(0);
        let mut now = renewed(stored.clone(), &plan.folders[0], None);
        change(&mut stored, &mut now);
        assert_eq!(stands(&stored, &now), *expected, "{name}");
    }
}

#[test]
fn what_belongs_to_one_pass_begins_anew() {
    let plan = plan(&Options::default());
    let mut folder = Folder { octets: 9, validity_changes: 2, ..settled(&plan).remove(0) };
    folder.this_pass.copied = 10;
    let before = folder.clone();
    begin(&mut folder, 3, 4);
    assert_eq!((folder.epoch, folder.pass, folder.octets, folder.validity_changes), (3, 4, 0, 0));
    assert_eq!(folder.this_pass, Counts::default());
    assert_eq!((folder.counts, folder.committed), (before.counts, before.committed), "what is settled stays");
}
