use std::time::Duration;

use super::*;
use crate::mail::FolderName;
use crate::migration::folder::Role;
use crate::migration::{Life, MigrationId, Options, Request, Security, ServerSide, Stage};

const NOW: Moment = Moment::from_millis(1_000_000_000);

const STATES: [State; 13] = [
    State::Accepted,
    State::Planning,
    State::Copying,
    State::Verifying,
    State::Waiting,
    State::Paused,
    State::Stalled,
    State::Failed,
    State::Verified,
    State::Exceptions,
    State::Unbalanced,
    State::Finished,
    State::Cancelled,
];

fn record(state: State) -> Migration {
    let side =
        |host: &str| ServerSide { host: host.into(), port: 993, security: Security::Tls, user: "u".into(), tls: None };
    let options = Options { life: Life::HOSTED, ..Options::default() };
    let request = Request { source: side("a"), destination: side("b"), options };
    let mut record = Migration::accepted(MigrationId("m".into()), request, Moment::from_millis(0));
    (record.state, record.stage, record.turn) = (state, Stage::Copy, 7);
    record
}

/// `d` done, `a` already, `r` refused.
fn letter(verdict: &Verdict) -> char {
    match verdict {
        Verdict::Do(_) => 'd',
        Verdict::Already => 'a',
        Verdict::Refused(_) => 'r',
    }
}

#[test]
fn every_verb_in_every_state() {
    // The passes of these records are initial ones.
    #[rustfmt::skip]
    let table = [
        //                          accepted planning copying verifying waiting paused stalled failed verified exceptions unbalanced finished cancelled
        (Verb::Pause,                    "d       d       d       d        d       a      r       r      r        r          r         r        r"),
        (Verb::Resume,                   "a       a       a       a        d       d      d       d      r        r          r         r        r"),
        (Verb::Cancel,                   "d       d       d       d        d       d      d       d      d        d          d         r        a"),
        (Verb::Pass(PassKind::Delta),    "r       r       r       r        r       r      r       r      d        d          d         r        r"),
        (Verb::Pass(PassKind::Final),    "r       r       r       r        r       r      r       r      d        d          d         r        r"),
        (Verb::Rerun(1),                 "r       r       r       r        r       r      r       r      d        d          d         r        r"),
        (Verb::Credentials,              "d       d       d       d        d       d      d       d      d        d          d         r        r"),
        (Verb::Finish,                   "r       r       r       r        r       r      r       r      d        d          d         a        r"),
    ];
    for (verb, row) in table {
        let wanted: Vec<char> = row.chars().filter(|letter| *letter != ' ').collect();
        let got: Vec<char> = STATES.iter().map(|state| letter(&decide(&record(*state), verb, NOW))).collect();
        assert_eq!(got, wanted, "{verb:?}");
    }
}

#[test]
fn a_refusal_names_the_state_that_forbids() {
    let verbs = [
        Verb::Pause,
        Verb::Resume,
        Verb::Pass(PassKind::Delta),
        Verb::Rerun(1),
        Verb::Finish,
        Verb::Credentials,
        Verb::Cancel,
    ];
    for verb in verbs {
        for state in STATES {
            if let Verdict::Refused(Refused(why)) = decide(&record(state), verb, NOW) {
                assert!(why.contains(state.word()), "{verb:?} in {state:?}: {why}");
            }
        }
    }
}

#[test]
fn what_was_done_is_so_already_when_it_is_asked_again() {
    let verbs = [
        Verb::Pause,
        Verb::Resume,
        Verb::Cancel,
        Verb::Pass(PassKind::Delta),
        Verb::Pass(PassKind::Final),
        Verb::Finish,
    ];
    for verb in verbs {
        for state in STATES {
            let Verdict::Do(after) = decide(&record(state), verb, NOW) else { continue };
            assert_eq!(decide(&after, verb, NOW), Verdict::Already, "{verb:?} in {state:?}");
            assert_eq!(after.turn, 8, "{verb:?} in {state:?}: a job of before must find its turn passed");
        }
    }
}

#[test]
fn a_step_at_work_keeps_its_lease_through_pause_and_resume() {
    let until = NOW.after(Duration::from_secs(100));
    let working = Migration { lease_until: Some(until), ..record(State::Copying) };
    let Verdict::Do(paused) = decide(&working, Verb::Pause, NOW) else { panic!("not paused") };
    assert_eq!((paused.state, paused.lease_until), (State::Paused, Some(until)));
    let Verdict::Do(resumed) = decide(&paused, Verb::Resume, NOW) else { panic!("not resumed") };
    assert_eq!((resumed.state, resumed.lease_until), (State::Copying, Some(until)));
    assert!(resumed.next_at > Some(until), "its job is not to come before the lease ends");
    let later = until.after(Duration::from_secs(1));
    let Verdict::Do(resumed) = decide(&paused, Verb::Resume, later) else { panic!("not resumed") };
    assert_eq!((resumed.lease_until, resumed.next_at), (None, Some(later)));
}

#[test]
fn a_time_that_a_server_stated_outlives_pause_and_resume() {
    let at = NOW.after(Duration::from_secs(3_600));
    let told = Migration { next_at: Some(at), next_at_stated: true, ..record(State::Waiting) };
    assert_eq!(decide(&told, Verb::Resume, NOW), Verdict::Already);
    let Verdict::Do(paused) = decide(&told, Verb::Pause, NOW) else { panic!("not paused") };
    let Verdict::Do(resumed) = decide(&paused, Verb::Resume, NOW) else { panic!("not resumed") };
    assert_eq!((resumed.state, resumed.next_at, resumed.next_at_stated), (State::Waiting, Some(at), true));
}

#[test]
fn a_paused_migration_ends_by_itself_like_any_other_that_rests() {
    let Verdict::Do(paused) = decide(&record(State::Copying), Verb::Pause, NOW) else { panic!("not paused") };
    assert_eq!(paused.next_at, Some(NOW.after(Duration::from_secs(30 * 24 * 3_600))));
}

#[test]
fn a_folder_is_looked_at_anew_and_the_final_pass_stays_the_last() {
    let name = FolderName::from_raw("INBOX");
    let mut folder = Folder::planned(3, name.clone(), name, Role::Carry, "same".into());
    (folder.progress, folder.error, folder.deaths) = (Progress::Verified, Some("refused".into()), 2);
    let again = anew(folder.clone());
    assert_eq!((again.progress, &again.error, again.deaths), (Progress::Planned, &None, 0));
    let mut ended = record(State::Exceptions);
    ended.pass.kind = PassKind::Final;
    let Verdict::Do(begun) = decide(&ended, Verb::Rerun(3), NOW) else { panic!("refused") };
    assert_eq!((begun.pass.kind, begun.pass.number, begun.state), (PassKind::Final, 2, State::Planning));
    assert!(awaited(&begun, &again) && !awaited(&begun, &folder) && !awaited(&ended, &again));
}

#[test]
fn the_openapi_document_has_these_states() {
    let document: serde_json::Value = serde_json::from_str(include_str!("../../../../infra/openapi.json")).unwrap();
    let words: Vec<&str> = document["components"]["schemas"]["State"]["enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    let mut known: Vec<&str> = STATES.iter().map(|state| state.word()).collect();
    let mut described = words.clone();
    known.sort_unstable();
    described.sort_unstable();
    assert_eq!(described, known);
}
