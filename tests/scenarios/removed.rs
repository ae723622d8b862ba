//! # Removed
//! Folders that somebody deletes or renames at the source while they are carried: what was not carried has vanished, the
//! books close, and the other folders go on.

use posthorse_tests::world::server::{At, Fault, Profile};
use posthorse_tests::world::{Outcome, World};

use crate::fill::{filled, told};

const WORK: &[u8] = b"INBOX.Arbeit";

/// How servers go on whose open folder was deleted.
fn answers() -> [Option<Fault>; 4] {
    [
        None,
        Some(Fault::answer("NO [NONEXISTENT] Mailbox doesn't exist")),
        Some(Fault::answer("BYE Mailbox has been deleted under us")),
        Some(Fault::Close),
    ]
}

/// When it happens: before the folder is opened, while it is, and when everything is there and is counted.
fn moments() -> Vec<(&'static str, At)> {
    let examine = |n| At::command("EXAMINE").folder("INBOX.Arbeit").nth(n);
    let fetch = |n| At::command("UID FETCH").folder("INBOX.Arbeit").nth(n);
    vec![
        ("before it is opened", examine(1)),
        ("before it is listed", fetch(1)),
        ("before it is read", fetch(2)),
        ("before it is counted", examine(2)),
        ("before it is counted, open", fetch(3)),
    ]
}

fn cases(gone: &Fault) -> Vec<(String, World)> {
    let mut cases = Vec::new();
    for destination in [Profile::dovecot(), Profile::courier()] {
        for (when, at) in moments() {
            for answer in answers() {
                let world = filled(Profile::dovecot_prefixed(), destination.clone());
                world.connections(1);
                world.source.fault(at.clone(), gone.clone());
                if let Some(answer) = &answer {
                    world.source.fault(at.clone(), answer.clone());
                }
                cases.push((format!("{gone:?} {when}, {answer:?}, to {}", destination.name), world));
            }
        }
    }
    cases
}

/// All 29 messages that the plan counted have an outcome, the eight of the folder that is gone among them.
fn check(world: &World, outcome: &Outcome, case: &str) {
    assert_eq!(outcome.state(), "verified", "{case}\n{}", told(world, outcome));
    let report = outcome.report.as_ref().unwrap();
    assert!(report.totals.closes(), "{case}: {:?}", report.totals);
    for folder in &report.folders {
        let (counts, error) = (&folder.counts, &folder.error);
        assert!(counts.closes() && error.is_none(), "{case}: {}: {counts:?} {error:?}", folder.source);
        let all = if folder.source == "INBOX.Arbeit" { 8 } else { counts.copied };
        assert_eq!(counts.copied + counts.vanished, all, "{case}: {}: {counts:?}", folder.source);
    }
    assert_eq!(report.totals.copied + report.totals.vanished, 29, "{case}: {:?}", report.totals);
    let there = world.arrived().folders.values().map(|folder| folder.messages.len()).sum::<usize>();
    assert_eq!(u64::try_from(there).unwrap(), report.totals.copied, "{case}: nothing is there twice");
}

#[tokio::test(start_paused = true)]
async fn a_folder_deleted_in_the_middle_takes_with_it_what_was_not_carried_and_nothing_else() {
    for (case, world) in cases(&Fault::Remove(WORK.to_vec())) {
        let outcome = world.run().await;
        check(&world, &outcome, &case);
        assert_eq!(world.appended_by_a_further_run().await, 0, "{case}");
        assert_eq!(world.outcome().await.state(), "verified", "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_folder_renamed_in_the_middle_is_carried_under_its_new_name_by_the_next_pass() {
    for (case, world) in cases(&Fault::Rename(WORK.to_vec(), b"INBOX.Werk".to_vec())) {
        let outcome = world.run().await;
        check(&world, &outcome, &case);
        world.source.heal();
        let next = world.run().await;
        assert_eq!(next.state(), "verified", "{case}\n{}", told(&world, &next));
        let report = next.report.unwrap();
        let renamed = report.folders.iter().find(|folder| folder.source == "INBOX.Werk").unwrap();
        assert_eq!(renamed.counts.copied, 8, "{case}");
        assert!(report.totals.closes(), "{case}: {:?}", report.totals);
    }
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_only_the_recount_finds_gone_is_warned_of_and_comes_back_with_the_next_pass() {
    let world = filled(Profile::dovecot_prefixed(), Profile::dovecot());
    world.connections(1);
    // The plan counts eight messages, copy sees seven, and when they are counted the folder goes by another name.
    let examine = |n| At::command("EXAMINE").folder("INBOX.Arbeit").nth(n);
    world.source.fault(examine(1), Fault::Lose(2));
    world.source.fault(examine(2), Fault::Rename(WORK.to_vec(), b"INBOX.Werk".to_vec()));
    let outcome = world.run().await;
    assert_eq!(outcome.state(), "verified", "{}", told(&world, &outcome));
    let report = outcome.report.as_ref().unwrap();
    let work = report.folders.iter().find(|folder| folder.source == "INBOX.Arbeit").unwrap();
    assert_eq!((work.counts.copied, work.counts.vanished), (7, 1), "{:?}", work.counts);
    let text = format!("folder {}: it is no longer at the source; 1 messages vanished with it", work.number);
    let gone: Vec<&str> = report.warnings.iter().filter(|w| w.code == "folder-gone").map(|w| w.text.as_str()).collect();
    assert_eq!(gone, [text]);
    world.source.heal();
    let next = world.run().await;
    let report = next.report.unwrap();
    let renamed = report.folders.iter().find(|folder| folder.source == "INBOX.Werk").unwrap();
    assert_eq!((next.record.unwrap().state.word(), renamed.counts.copied), ("verified", 7));
}
