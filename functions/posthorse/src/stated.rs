//! # Stated
//! Before a time that a server stated nothing is sent to it, not even a login: not by itself, and not because a person
//! started it again.

use std::time::Duration;

use posthorse_domain::migration::{Migration, Moment, State};
use posthorse_domain::ports::Clock;
use posthorse_embedded::StopFlag;

/// Until when a server wants to be left alone; none when that is over or was never said.
pub fn until(record: &Migration, now: Moment) -> Option<Moment> {
    let waits = record.state == State::Waiting && record.next_at_stated;
    record.next_at.filter(|at| waits && *at > now)
}

/// Waits until then. False when a person asked to stop meanwhile.
pub async fn wait(until: Moment, clock: &dyn Clock, stop: &StopFlag) -> bool {
    while until > clock.now() && !stop.asked() {
        clock.sleep(until.since(clock.now()).min(Duration::from_secs(60))).await;
    }
    !stop.asked()
}

#[cfg(test)]
mod tests {
    use posthorse_domain::migration::{MigrationId, Options, Request, Security, ServerSide};

    use super::*;

    #[test]
    fn only_a_stated_time_that_is_still_to_come_is_waited_for() {
        let side = ServerSide { host: "h".into(), port: 993, security: Security::Tls, user: "u".into(), tls: None };
        let request = Request { source: side.clone(), destination: side, options: Options::default() };
        let at = Moment::from_millis;
        let accepted = Migration::accepted(MigrationId("m".into()), request, at(0));
        for (state, stated, next_at, expected) in [
            (State::Waiting, true, Some(at(9)), Some(at(9))),
            (State::Waiting, true, Some(at(5)), None),
            (State::Waiting, false, Some(at(9)), None),
            (State::Waiting, true, None, None),
            (State::Copying, true, Some(at(9)), None),
        ] {
            let record = Migration { state, next_at, next_at_stated: stated, ..accepted.clone() };
            assert_eq!(until(&record, at(5)), expected, "{state:?} {stated} {next_at:?}");
        }
    }
}
