use std::time::Duration;

use super::*;
use crate::migration::{MigrationId, Options, Request, Security, ServerSide};

fn record(state: State) -> Migration {
    let side = ServerSide { host: "h".into(), port: 993, security: Security::Tls, user: "u".into(), tls: None };
    let request = Request { source: side.clone(), destination: side, options: Options::default() };
    let mut record = Migration::accepted(MigrationId("m".into()), request, Moment::from_millis(0));
    record.state = state;
    record.stage = Stage::Copy;
    record
}

const NOW: Moment = Moment::from_millis(1_000_000);

#[test]
fn a_started_pass_goes_on_where_it_was() {
    for state in [State::Copying, State::Stalled, State::Failed, State::Waiting] {
        let mut stuck = record(state);
        stuck.tries = 5;
        stuck.next_at = Some(NOW.after(Duration::from_secs(60)));
        let on = again(stuck, None, NOW).unwrap();
        assert_eq!((on.stage, on.pass.number, on.tries, on.turn), (Stage::Copy, 1, 0, 2), "{state:?}");
        assert_eq!((on.state, on.next_at), (State::Copying, Some(NOW)), "{state:?}");
    }
}

#[test]
fn a_time_that_a_server_stated_is_kept() {
    let mut told = record(State::Waiting);
    told.next_at = Some(NOW.after(Duration::from_secs(60)));
    told.next_at_stated = true;
    let on = again(told.clone(), None, NOW).unwrap();
    assert_eq!((on.state, on.next_at), (State::Waiting, told.next_at));
}

#[test]
fn an_ended_pass_is_followed_by_a_delta_unless_it_was_the_final_one() {
    let delta = again(record(State::Verified), None, NOW).unwrap();
    assert_eq!((delta.pass.number, delta.pass.kind, delta.stage), (2, PassKind::Delta, Stage::Plan));
    let mut done = record(State::Exceptions);
    done.pass.kind = PassKind::Final;
    assert!(again(done.clone(), None, NOW).is_err());
    assert_eq!(again(done, Some(PassKind::Delta), NOW).unwrap().pass.kind, PassKind::Delta);
}

#[test]
fn a_finished_migration_takes_nothing_more() {
    let done = finish(record(State::Verified), NOW).unwrap();
    assert_eq!((done.state, done.ended), (State::Finished, Some(NOW)));
    assert!(again(done.clone(), Some(PassKind::Final), NOW).is_err());
    assert!(recount(done, NOW).is_err());
    assert!(finish(record(State::Copying), NOW).is_err());
}

#[test]
fn only_what_stands_still_is_resumed() {
    for state in [State::Stalled, State::Failed, State::Paused] {
        let mut stuck = record(state);
        (stuck.tries, stuck.resends) = (5, 3);
        let on = resume(stuck, NOW).unwrap();
        assert_eq!((on.state, on.tries, on.resends, on.turn), (State::Copying, 0, 0, 2), "{state:?}");
        assert_eq!((on.next_at, on.active), (Some(NOW), NOW), "{state:?}");
    }
    for state in [State::Copying, State::Waiting, State::Verified, State::Finished, State::Cancelled] {
        assert!(resume(record(state), NOW).is_err(), "{state:?}");
    }
}

#[test]
fn a_migration_can_be_cancelled_wherever_it_stands() {
    for state in [State::Accepted, State::Copying, State::Stalled, State::Verified] {
        let over = cancel(record(state), NOW).unwrap();
        assert_eq!((over.state, over.ended, over.turn), (State::Cancelled, Some(NOW), 2), "{state:?}");
    }
    assert!(cancel(record(State::Finished), NOW).is_err());
    assert_eq!(cancel(record(State::Cancelled), NOW).unwrap().turn, 1);
}
