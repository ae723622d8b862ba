//! # List
//! Migrations, the newest first, as far as they fit what was asked for.

use posthorse_aws::DynamoLedger;
use posthorse_aws::ledger::Place;
use posthorse_aws::web::{Answer, Problem};
use posthorse_domain::migration::{Failure, Migration, MigrationId, Moment, State};
use posthorse_domain::ports::Clock;
use posthorse_domain::review::status::{Status, status};
use serde_json::json;

use crate::route::Query;

/// Migrations looked at in one call, however few of them fit.
const LOOKED_AT: usize = 2_000;
/// Read at once.
const PAGE: usize = 100;
/// Less time than this begins no further page.
const LAST_CHANCE: std::time::Duration = std::time::Duration::from_secs(3);

/// What is looked for.
struct Wanted {
    state: Option<State>,
    reference: String,
    host: String,
}

/// Answers with at most `query.limit` that fit, and where to go on.
///
/// # Errors
/// The ledger failed.
pub async fn list(ledger: &DynamoLedger, clock: &dyn Clock, query: &Query) -> Result<Answer, Failure> {
    let (wanted, mut after) = match read(query) {
        Ok(read) => read,
        Err(problem) => return Ok(Answer::fields(&[problem])),
    };
    let mut found: Vec<Status> = Vec::new();
    for _ in 0..LOOKED_AT / PAGE {
        let (records, next) = ledger.listed(after.as_ref(), PAGE).await?;
        for record in records.iter().filter(|record| fits(record, &wanted)) {
            found.push(status(record, record.totals));
            if found.len() == query.limit {
                let here = Place { created: record.created, id: record.id.clone() };
                return Ok(answer(&found, Some(&here)));
            }
        }
        after = next;
        if after.is_none() || clock.left() < LAST_CHANCE {
            break;
        }
    }
    Ok(answer(&found, after.as_ref()))
}

fn answer(found: &[Status], next: Option<&Place>) -> Answer {
    let next = next.map(|place| format!("{}-{}", place.created.millis(), place.id.0));
    Answer::json(200, &json!({"migrations": found, "next": next}))
}

fn read(query: &Query) -> Result<(Wanted, Option<Place>), Problem> {
    let state = match query.state.as_str() {
        "" => None,
        word => Some(serde_json::from_value(json!(word)).map_err(|_| Problem::new("state", "is not a state"))?),
    };
    let after = match query.after.as_str() {
        "" => None,
        text => Some(place(text).ok_or_else(|| Problem::new("after", "is not what an earlier answer had as `next`"))?),
    };
    Ok((Wanted { state, reference: query.reference.clone(), host: query.host.to_lowercase() }, after))
}

fn place(text: &str) -> Option<Place> {
    let (created, id) = text.split_once('-')?;
    Some(Place { created: Moment::from_millis(created.parse().ok()?), id: MigrationId(id.to_owned()) })
}

fn fits(record: &Migration, wanted: &Wanted) -> bool {
    let request = &record.request;
    let host = |host: &str| host.trim_end_matches('.').to_lowercase() == wanted.host;
    wanted.state.is_none_or(|state| record.state == state)
        && (wanted.reference.is_empty() || request.options.reference == wanted.reference)
        && (wanted.host.is_empty() || host(&request.source.host) || host(&request.destination.host))
}

#[cfg(test)]
mod tests {
    use posthorse_domain::migration::{Options, Request, Security, ServerSide};

    use super::*;

    fn record() -> Migration {
        let side = |host: &str| ServerSide {
            host: host.into(),
            port: 993,
            security: Security::Tls,
            user: "u".into(),
            tls: None,
        };
        let options = Options { reference: "order 7".into(), ..Options::default() };
        let request = Request { source: side("imap.Old.example."), destination: side("b.example"), options };
        Migration::accepted(MigrationId("m-1".into()), request, Moment::from_millis(5))
    }

    #[test]
    fn state_reference_and_host_are_compared() {
        let rows = [
            ("", "", "", true),
            ("accepted", "", "", true),
            ("copying", "", "", false),
            ("", "order 7", "", true),
            ("", "order", "", false),
            ("", "", "IMAP.old.example", true),
            ("", "", "B.example", true),
            ("", "", "example", false),
            ("accepted", "order 7", "b.example", true),
            ("accepted", "order 8", "b.example", false),
        ];
        for (state, reference, host, expected) in rows {
            let query =
                Query { state: state.into(), reference: reference.into(), host: host.into(), ..Query::default() };
            let (wanted, _) = read(&query).unwrap();
            assert_eq!(fits(&record(), &wanted), expected, "{query:?}");
        }
    }

    #[test]
    fn a_place_comes_back_as_it_was_named() {
        let here = Place { created: Moment::from_millis(1_795_000_000_123), id: MigrationId("m-1-x".into()) };
        let named = answer(&[], Some(&here));
        let body: serde_json::Value = serde_json::from_str(named.body()).unwrap();
        let query = Query { after: body["next"].as_str().unwrap().into(), ..Query::default() };
        assert_eq!(read(&query).unwrap().1, Some(here));
        for bad in ["x", "-", "x-m", "12"] {
            assert!(read(&Query { after: bad.into(), ..Query::default() }).is_err(), "{bad}");
        }
        assert!(read(&Query { state: "lost".into(), ..Query::default() }).is_err());
    }
}
