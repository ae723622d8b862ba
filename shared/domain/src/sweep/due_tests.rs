use super::*;
use crate::migration::{Life, MigrationId, Options, Request, Security, ServerSide, State};

const DAY: u64 = 24 * 3600;
const BORN: Moment = Moment::from_millis(1_000_000_000);

fn record(state: State) -> Migration {
    let side = ServerSide { host: "h".into(), port: 993, security: Security::Tls, user: "u".into(), tls: None };
    let options = Options { life: Life::HOSTED, ..Options::default() };
    let request = Request { source: side.clone(), destination: side, options };
    let record = Migration::accepted(MigrationId("m".into()), request, BORN);
    Migration { state, ..record }
}

fn at(seconds: u64) -> Moment {
    BORN.after(Duration::from_secs(seconds))
}

#[test]
fn a_turn_is_sent_again_when_its_time_is_past_and_nobody_holds_it() {
    let sent = Migration { next_at: Some(at(100)), ..record(State::Copying) };
    assert_eq!(due(&sent, at(99)), Due::Nothing, "not yet");
    assert_eq!(due(&sent, at(120)), Due::Nothing, "its job is on the way");
    assert_eq!(due(&sent, at(160)), Due::Resend);
    let held = Migration { lease_until: Some(at(70)), ..sent.clone() };
    assert_eq!(due(&held, at(100)), Due::Resend, "a dead holder sent nothing");
    let alive = Migration { lease_until: Some(at(130)), ..sent.clone() };
    assert_eq!(due(&alive, at(120)), Due::Nothing, "a lease that lives");
    let again = Migration { resends: 1, ..sent.clone() };
    assert_eq!(due(&again, at(100)), Due::Resend);
    let waiting = Migration { state: State::Waiting, ..sent };
    assert_eq!(due(&waiting, at(200)), Due::Resend);
}

#[test]
fn five_tries_are_doubtful() {
    let dead = Migration { next_at: Some(at(1)), lease_until: Some(at(0)), tries: 4, ..record(State::Copying) };
    assert_eq!(due(&dead, at(10)), Due::Resend);
    assert_eq!(due(&Migration { tries: 5, ..dead }, at(10)), Due::Doubtful);
}

#[test]
fn the_distance_doubles_from_five_minutes_to_an_hour() {
    let minutes: Vec<u64> = (1..=7).map(|n| distance(n).as_secs() / 60).collect();
    assert_eq!(minutes, [5, 10, 20, 40, 60, 60, 60]);
    assert_eq!(distance(u32::MAX), LONGEST);
}

#[test]
fn a_pass_is_followed_by_a_delta_a_day_later_and_a_final_one_by_none() {
    for state in [State::Verified, State::Exceptions, State::Unbalanced] {
        let mut ended = record(state);
        ended.pass.finished = Some(at(1_000));
        ended.next_at = rest::next(&ended);
        assert_eq!(ended.next_at, Some(at(1_000 + DAY)));
        assert_eq!(due(&ended, at(999 + DAY)), Due::Nothing);
        assert_eq!(due(&ended, at(1_000 + DAY)), Due::Pass(PassKind::Delta));
        ended.pass.kind = PassKind::Final;
        ended.next_at = rest::next(&ended);
        assert_eq!(ended.next_at, Some(at(30 * DAY)));
        assert_eq!(due(&ended, at(1_000 + DAY)), Due::Nothing);
        ended.next_at = Some(at(1_000 + DAY));
        assert_eq!(due(&ended, at(1_000 + DAY)), Due::Later);
    }
}

#[test]
fn thirty_idle_days_end_a_migration_whose_pass_is_over() {
    for state in [State::Verified, State::Exceptions, State::Unbalanced, State::Failed, State::Stalled] {
        let idle = Migration { next_at: Some(at(30 * DAY)), ..record(state) };
        assert_eq!(due(&idle, at(30 * DAY)), Due::End, "{state:?}");
        let active = Migration { active: at(DAY), ..idle };
        assert_ne!(due(&active, at(30 * DAY)), Due::End, "{state:?}");
    }
}

#[test]
fn nothing_of_a_live_migration_is_forgotten_or_removed() {
    use State::{
        Accepted, Copying, Exceptions, Failed, Paused, Planning, Stalled, Unbalanced, Verified, Verifying, Waiting,
    };
    for state in
        [Accepted, Planning, Copying, Verifying, Waiting, Paused, Stalled, Verified, Exceptions, Unbalanced, Failed]
    {
        // Not even with an end that somebody wrote by mistake.
        let live = Migration { next_at: Some(at(0)), ended: Some(at(0)), ..record(state) };
        let now = at(10_000 * DAY);
        assert!(!matches!(due(&live, now), Due::Forget | Due::Remove), "{state:?}");
    }
}

#[test]
fn an_ended_migration_is_forgotten_at_once_and_removed_after_its_retention() {
    let ended = record(State::Verified).end(State::Finished, "by finish", at(5));
    assert_eq!(due(&ended, at(5)), Due::Forget);
    let kept = Migration { next_at: rest::next(&ended), ..ended };
    assert_eq!(kept.next_at, Some(at(5 + 90 * DAY)));
    assert_eq!(due(&kept, at(4 + 90 * DAY)), Due::Nothing);
    assert_eq!(due(&kept, at(5 + 90 * DAY)), Due::Remove);
    let mut for_ever = kept;
    for_ever.request.options.life.retention_days = 0;
    assert_eq!((rest::next(&for_ever), due(&for_ever, at(1_000 * DAY))), (None, Due::Forget));
}

#[test]
fn on_one_machine_nothing_happens_by_itself() {
    for state in [State::Verified, State::Exceptions, State::Failed, State::Stalled] {
        let mut local = record(state);
        local.request.options.life = Life::default();
        assert_eq!(rest::next(&local), None);
        assert_eq!(local.end(State::Finished, "by finish", at(5)).next_at, None);
    }
}
