use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::*;
use crate::migration::{MigrationId, Options, Request, Security, ServerSide};

const NOW: Moment = Moment::from_millis(1_800_000_000_000);

fn record(state: State, stage: Stage) -> Migration {
    let side = |host: &str| ServerSide {
        host: host.into(),
        port: 993,
        security: Security::Tls,
        user: "anna@old.example".into(),
        tls: None,
    };
    let options = Options { reference: "order 7".into(), ..Options::default() };
    let request = Request { source: side("imap.old.example"), destination: side("mail.new.example"), options };
    let accepted = Migration::accepted(MigrationId("m".into()), request, Moment::from_millis(0));
    let told = Told { accepted: true, ..Told::default() };
    Migration { state, stage, turn: 7, told, reason: "Words of a server".into(), ..accepted }
}

fn copied(copied: u64, quarantined: u64) -> Counts {
    Counts { source: 100, copied, quarantined, ..Counts::default() }
}

fn ids(record: &Migration, counts: Counts, now: Moment) -> Vec<String> {
    due(record, counts, now).0.into_iter().map(|announcement| announcement.id).collect()
}

/// What comes once this was told.
fn after(record: &Migration, counts: Counts) -> Migration {
    Migration { told: due(record, counts, NOW).1, ..record.clone() }
}

#[test]
fn each_state_is_told_by_its_event_and_once() {
    let none = |stage| Told { planned: 1, ..record(State::Copying, stage).told };
    for (state, event) in [
        (State::Accepted, None),
        (State::Planning, None),
        (State::Copying, None),
        (State::Verifying, None),
        (State::Paused, None),
        (State::Waiting, Some("m.waiting.7")),
        (State::Verified, Some("m.verified.7")),
        (State::Exceptions, Some("m.exceptions.7")),
        (State::Unbalanced, Some("m.exceptions.7")),
        (State::Stalled, Some("m.stalled.7")),
        (State::Failed, Some("m.stalled.7")),
        (State::Finished, Some("m.finished.7")),
        (State::Cancelled, Some("m.finished.7")),
    ] {
        let progressed = NOW;
        let record = record(state, Stage::Copy);
        let record = Migration { told: Told { progressed, ..none(Stage::Copy) }, ..record };
        let mut wanted: Vec<String> = event.iter().map(|event| (*event).to_owned()).collect();
        if state.ended() {
            wanted.push("m.credentials_deleted".into());
        }
        assert_eq!(ids(&record, Counts::default(), NOW), wanted, "{state:?}");
        assert_eq!(may_differ(&record, NOW), !wanted.is_empty(), "{state:?}");
        let told = after(&record, Counts::default());
        assert_eq!(ids(&told, Counts::default(), NOW), Vec::<String>::new(), "{state:?}, told");
        let later = Migration { turn: 8, ..told };
        assert_eq!(ids(&later, Counts::default(), NOW).len(), event.iter().count(), "{state:?}, in another turn");
    }
}

#[test]
fn what_happened_is_told_in_its_order() {
    let mut all = record(State::Exceptions, Stage::Verify);
    all.told = Told::default();
    let wanted = ["m.accepted", "m.planned.1", "m.quarantined.2", "m.exceptions.7"];
    assert_eq!(ids(&all, copied(98, 2), NOW), wanted);
    all.state = State::Finished;
    let wanted = ["m.accepted", "m.planned.1", "m.quarantined.2", "m.finished.7", "m.credentials_deleted"];
    assert_eq!(ids(&all, copied(98, 2), NOW), wanted);
}

#[test]
fn each_pass_is_planned_once() {
    let planning = record(State::Planning, Stage::Plan);
    assert!(!may_differ(&planning, NOW));
    let planned = record(State::Copying, Stage::Copy);
    assert_eq!(ids(&planned, Counts::default(), NOW), ["m.planned.1"]);
    let mut delta = after(&planned, Counts::default());
    assert_eq!(ids(&delta, Counts::default(), NOW), Vec::<String>::new());
    delta.pass = delta.pass.following(PassKind::Delta, NOW);
    assert_eq!(ids(&delta, Counts::default(), NOW), ["m.planned.2"]);
}

#[test]
fn progress_is_told_at_most_every_ten_minutes_and_when_there_is_some() {
    let mut moving = record(State::Copying, Stage::Copy);
    moving.told.planned = 1;
    assert_eq!(ids(&moving, Counts::default(), NOW), Vec::<String>::new(), "nothing is settled");
    assert_eq!(ids(&moving, copied(5, 0), NOW), ["m.progress.5"]);
    let told = after(&moving, copied(5, 0));
    let minutes = |minutes: u64| NOW.after(Duration::from_secs(60 * minutes));
    assert!(!may_differ(&told, minutes(9)));
    assert_eq!(ids(&told, copied(50, 0), minutes(9)), Vec::<String>::new());
    assert_eq!(ids(&told, copied(50, 0), minutes(10)), ["m.progress.50"]);
    assert_eq!(ids(&told, copied(5, 0), minutes(60)), Vec::<String>::new(), "no change");
    let resting = Migration { state: State::Paused, ..told };
    assert!(!may_differ(&resting, minutes(60)), "nobody works");
}

#[test]
fn a_repeat_has_the_id_that_it_had() {
    let record = record(State::Waiting, Stage::Copy);
    assert_eq!(ids(&record, copied(5, 1), NOW), ids(&record, copied(5, 1), NOW.after(Duration::from_secs(5))));
}

#[test]
fn no_login_host_or_words_of_a_server_are_told() {
    let record = record(State::Stalled, Stage::Copy);
    let text = serde_json::to_string(&due(&record, copied(5, 1), NOW).0).unwrap();
    for word in ["anna", "old.example", "new.example", "Words"] {
        assert!(!text.contains(word), "{word}: {text}");
    }
    assert!(text.contains("order 7"));
}

fn schema(name: &str) -> Map<String, Value> {
    let path = format!("{}/../../infra/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))).unwrap()
}

#[test]
fn every_event_has_a_schema_that_names_it_and_its_states() {
    let states = [
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
    for kind in Kind::ALL {
        let schema = schema(kind.word());
        assert_eq!(schema["properties"]["event"]["const"], format!("migration.{}", kind.word()));
        assert_eq!(schema["allOf"][0]["$ref"], "detail.json");
        let told: Vec<&str> =
            states.iter().filter(|state| Kind::of(**state) == Some(kind)).map(|state| state.word()).collect();
        if !told.is_empty() {
            let named: Vec<&str> = schema["properties"]["state"]["enum"]
                .as_array()
                .unwrap()
                .iter()
                .map(|word| word.as_str().unwrap())
                .collect();
            assert_eq!(named, told, "{kind:?}");
        }
    }
}

#[test]
fn the_detail_has_exactly_the_fields_of_its_schema() {
    let record = record(State::Stalled, Stage::Copy);
    let announcement = due(&record, copied(5, 1), NOW).0.remove(0);
    let Value::Object(detail) = serde_json::to_value(announcement).unwrap() else { panic!("not an object") };
    holds(&Value::Object(schema("detail")), &Value::Object(detail), "detail");
}

/// Every field of the value is described and required, at every depth; nothing else is.
fn holds(schema: &Value, value: &Value, at: &str) {
    let Value::Object(fields) = value else { return };
    let names: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
    let described: BTreeSet<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    let required: BTreeSet<&str> =
        schema["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!((&names, &names), (&described, &required), "{at}");
    assert_eq!(schema["additionalProperties"], false, "{at}");
    for (name, value) in fields {
        holds(&schema["properties"][name], value, name);
    }
}
