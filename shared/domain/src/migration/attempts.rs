//! # Attempts
//! Requests name hosts, and their status says whether a host could be reached: so nobody may have many connects fail in an
//! hour. Counted, and looked at, where connects are made; looked at where requests come in. Pure.

use std::time::Duration;

use super::dispose::Disposal;
use super::{Migration, Moment, State};

/// So many connects or logins of one caller's requests may fail in an hour; then nothing new is begun for that caller.
pub const MOST: u64 = 100;

const HOUR: Duration = Duration::from_secs(3600);

/// The hour of a moment.
pub fn hour(now: Moment) -> i64 {
    now.millis().div_euclid(3_600_000)
}

/// How long until the next hour begins: whole seconds, at least one.
pub fn until_next_hour(now: Moment) -> Duration {
    let into = Duration::from_millis(u64::try_from(now.millis().rem_euclid(3_600_000)).unwrap_or(0));
    Duration::from_secs(HOUR.saturating_sub(into).as_secs().max(1))
}

/// Who asked for a migration, as far as it can be told: the name of the secret that its request was signed with. Empty where
/// nothing was signed.
pub fn caller(asked: &str) -> &str {
    asked.split_once('.').map_or("", |(name, _)| name)
}

/// Who a failed connect of this migration is counted for; none when its logins have succeeded before, or nobody asked.
pub fn counted(record: &Migration) -> Option<&str> {
    let proven = record.source_proven && record.destination_proven;
    Some(caller(&record.asked)).filter(|caller| !caller.is_empty() && !proven)
}

/// Nothing is dialled in this hour any more; it counts as no try.
pub fn spent(now: Moment) -> Disposal {
    let reason = format!(
        "{MOST} connects or logins that requests of this caller led to have failed in this hour. It goes on in the next one."
    );
    let next_at = Some(now.after(until_next_hour(now)));
    Disposal { state: State::Waiting, reason, next_at, stated: true, resets_tries: true, obstacle: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::{MigrationId, Options, Request, Security, ServerSide};

    #[test]
    fn hours_begin_and_end_where_clocks_say() {
        let at = |millis: i64| Moment::from_millis(millis);
        assert_eq!((hour(at(0)), hour(at(3_599_999)), hour(at(3_600_000))), (0, 0, 1));
        for (millis, seconds) in [(0, 3_600), (1, 3_599), (3_599_000, 1), (3_599_999, 1), (3_600_000, 3_600)] {
            assert_eq!(until_next_hour(at(millis)), Duration::from_secs(seconds), "{millis}");
        }
    }

    #[test]
    fn only_connects_of_signed_requests_that_never_logged_in_are_counted() {
        let side = |host: &str| ServerSide {
            host: host.into(),
            port: 993,
            security: Security::Tls,
            user: "u".into(),
            tls: None,
        };
        let request = Request { source: side("a"), destination: side("b"), options: Options::default() };
        let plain = Migration::accepted(MigrationId("m".into()), request, Moment::from_millis(0));
        let signed = Migration { asked: "k1.aa".into(), ..plain.clone() };
        assert_eq!(counted(&signed), Some("k1"));
        let proven = Migration { source_proven: true, destination_proven: true, ..signed.clone() };
        assert_eq!(counted(&proven), None);
        assert_eq!(counted(&Migration { source_proven: true, ..signed }), Some("k1"), "the other side");
        assert_eq!(counted(&plain), None, "a person at a terminal");
    }
}
