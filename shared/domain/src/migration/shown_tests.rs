use super::*;
use crate::migration::{MigrationId, Moment, Options, Request, Security, ServerSide};

const EVERY: [State; 13] = [
    State::Accepted,
    State::Planning,
    State::Copying,
    State::Verifying,
    State::Waiting,
    State::Paused,
    State::Stalled,
    State::Verified,
    State::Exceptions,
    State::Unbalanced,
    State::Failed,
    State::Finished,
    State::Cancelled,
];

fn record(state: State, obstacle: Option<(Side, Obstacle)>) -> Migration {
    let side = |host: &str| ServerSide {
        host: host.into(),
        port: 993,
        security: Security::Tls,
        user: "anna".into(),
        tls: None,
    };
    let request = Request { source: side("10.9.8.7"), destination: side("b"), options: Options::default() };
    let accepted = Migration::accepted(MigrationId("m".into()), request, Moment::from_millis(1_000));
    let reason = "10.9.8.7 refused the login of anna: \"Dovecot 2.3 says no\"".into();
    Migration { state, obstacle, reason, holder: "holder-1".into(), asked: "k.mac".into(), ..accepted }
}

#[test]
fn every_state_is_shown_in_words_of_our_own() {
    for state in EVERY {
        for obstacle in [None, Some((Side::Source, Obstacle::Authentication))] {
            let text = serde_json::to_string(&shown(&record(state, obstacle), Counts::default())).unwrap();
            for secret in ["10.9.8.7", "anna", "Dovecot", "holder", "k.mac", "993"] {
                assert!(!text.contains(secret), "{state:?}: {text}");
            }
        }
    }
}

#[test]
fn exactly_these_fields_are_shown() {
    let value = serde_json::to_value(shown(&record(State::Waiting, None), Counts::default())).unwrap();
    let fields: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["counts", "next", "reason", "state"]);
    assert_eq!(value["next"], serde_json::json!({"action": "wait", "at": "1970-01-01T00:00:01Z"}));
}

#[test]
fn a_hindrance_is_told_by_side_and_kind_alone() {
    let rows = [
        (Side::Source, Obstacle::Refused, "The old server cannot be reached (refused)."),
        (Side::Destination, Obstacle::Timeout, "The new server does not answer in time (timeout)."),
        (Side::Source, Obstacle::NotTls, "The old server offers no TLS (not-tls)."),
        (
            Side::Source,
            Obstacle::Certificate,
            "The old server shows a certificate that cannot be accepted (certificate).",
        ),
        (Side::Destination, Obstacle::Authentication, "The new server refuses the login (authentication)."),
    ];
    for (side, obstacle, words) in rows {
        for state in [State::Waiting, State::Stalled, State::Failed] {
            assert_eq!(shown(&record(state, Some((side, obstacle))), Counts::default()).reason, words);
        }
    }
}

#[test]
fn what_comes_next_follows_the_state() {
    let auth = Some((Side::Source, Obstacle::Authentication));
    let rows = [
        (State::Copying, None, "wait"),
        (State::Waiting, auth, "wait"),
        (State::Failed, auth, "correct-and-ask-again"),
        (State::Failed, None, "ask-the-operator"),
        (State::Stalled, auth, "ask-the-operator"),
        (State::Paused, None, "ask-the-operator"),
        (State::Verified, None, "wait"),
        (State::Finished, None, "none"),
        (State::Cancelled, None, "none"),
    ];
    for (state, obstacle, action) in rows {
        assert_eq!(shown(&record(state, obstacle), Counts::default()).next.action, action, "{state:?}");
    }
    let last = Migration { next_at: None, ..record(State::Verified, None) };
    assert_eq!(shown(&last, Counts::default()).next.action, "none");
}
