use std::time::Duration;

use super::*;
use crate::migration::{MigrationId, Options, Request, Security, ServerSide};

fn record(state: State) -> Migration {
    let side = ServerSide { host: "h".into(), port: 993, security: Security::Tls, user: "u".into() };
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
