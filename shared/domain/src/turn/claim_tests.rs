use super::*;
use crate::migration::{MigrationId, Options, Request, Security, ServerSide, Stage};

const NOW: Moment = Moment::from_millis(1_000_000);
const QUIET: Duration = Duration::from_secs(30);

fn record() -> Migration {
    let side = ServerSide { host: "h".into(), port: 993, security: Security::Tls, user: "u".into(), tls: None };
    let request = Request { source: side.clone(), destination: side, options: Options::default() };
    Migration::accepted(MigrationId("m".into()), request, NOW)
}

fn job(turn: u64, stage: Stage) -> Job {
    Job { migration: MigrationId("m".into()), stage, turn }
}

fn at(seconds: u64) -> Option<Moment> {
    Some(NOW.after(Duration::from_secs(seconds)))
}

#[test]
fn a_job_is_worth_what_its_turn_and_the_lease_say() {
    let free = record();
    let dead = |until| Migration { lease_until: until, ..record() };
    let waits = |until| Migration { state: State::Waiting, next_at: until, ..record() };
    let long_dead = Some(Moment::from_millis(NOW.millis() - 30_000));
    let just_dead = Some(Moment::from_millis(NOW.millis() - 29_000));
    let cases = [
        ("the turn at hand", &free, job(1, Stage::Plan), Worth::Due),
        ("a turn that has passed", &free, job(0, Stage::Plan), Worth::Stale),
        ("another stage", &free, job(1, Stage::Copy), Worth::Stale),
        (
            "a migration that is over",
            &Migration { state: State::Verified, ..record() },
            job(1, Stage::Plan),
            Worth::Stale,
        ),
        ("a lease that lives", &dead(at(1)), job(1, Stage::Plan), Worth::Busy),
        ("a lease that is over, its quiet period not", &dead(just_dead), job(1, Stage::Plan), Worth::Busy),
        ("a dead step", &dead(long_dead), job(1, Stage::Plan), Worth::Due),
        ("hours too early", &waits(at(7_200)), job(1, Stage::Plan), Worth::Early),
        ("early by less than clocks differ", &waits(at(30)), job(1, Stage::Plan), Worth::Due),
        ("in time", &waits(at(0)), job(1, Stage::Plan), Worth::Due),
    ];
    for (case, record, job, wanted) in cases {
        assert_eq!(worth(record, &job, NOW, QUIET), wanted, "{case}");
    }
}
