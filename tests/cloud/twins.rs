//! # Twins
//! A thousand tries of one signed request at once, at the adapters on AWS.

use std::time::{Duration, SystemTime};

use futures::StreamExt;
use posthorse_aws::{DynamoLedger, KmsVault, LambdaClock, SqsQueue};
use posthorse_domain::intake::accept::{Accepted, Doors, accept};
use posthorse_domain::intake::asked::Marks;
use posthorse_domain::migration::{Options, Request, Security, ServerSide, Side, State};
use posthorse_domain::ports::{Attempts, Ledger, Secret, Vault};

use crate::account::{make_credentials, make_key, make_ledger, make_queues, name, session};
use crate::record::id;

/// So many are under way at any moment.
const AT_ONCE: usize = 64;

fn request() -> Request {
    let side = |host: &str| ServerSide {
        host: host.into(),
        port: 993,
        security: Security::Tls,
        user: "anna".into(),
        tls: None,
    };
    Request { source: side("a"), destination: side("b"), options: Options::default() }
}

#[tokio::test]
async fn a_thousand_twins_and_forty_impostors_begin_one_migration() {
    let (table, credentials) = (name("ledger"), name("credentials"));
    make_ledger(&table).await;
    make_credentials(&credentials).await;
    let ledger = DynamoLedger::new(&session(), &table);
    let vault = KmsVault::new(&session(), &credentials, make_key().await);
    let queue = SqsQueue::new(&session(), make_queues(&name("jobs")).await);
    let clock = LambdaClock::new(Duration::from_secs(300), SystemTime::now() + Duration::from_secs(300));
    let doors = Doors { vault: &vault, ledger: &ledger, queue: &queue, clock: &clock, attempts: &ledger.attempts() };
    let (doors, request, m) = (&doors, &request(), &id("m"));
    // Every twenty-sixth comes with another body.
    let bodies = (0..1_040_u32).map(|number| if number % 26 == 25 { "impostor" } else { "twin" });
    let tries = bodies.map(|body| async move {
        let marks = Marks(vec![format!("k1.{body}")]);
        let (source, destination) = (Secret::new(format!("old {body}")), Secret::new(format!("new {body}")));
        (body, accept(doors, m, request, (&source, &destination), &marks).await)
    });
    let answers: Vec<_> = futures::stream::iter(tries).buffer_unordered(AT_ONCE).collect().await;
    let record = ledger.migration(m).await.unwrap().unwrap();
    let first = record.asked.strip_prefix("k1.").unwrap().to_owned();
    assert_eq!((record.state, record.turn, record.version), (State::Accepted, 1, 1));
    for (body, answer) in &answers {
        match answer {
            Ok(Accepted::Begun(record)) => assert_eq!((body, &record.id), (&first.as_str(), m)),
            Ok(Accepted::Taken) => assert_ne!(*body, first),
            Ok(Accepted::Spent(_)) => panic!("nothing has failed"),
            Err(failure) => panic!("{body}: {failure}"),
        }
    }
    assert_eq!(answers.len(), 1_040);
    for (side, word) in [(Side::Source, "old"), (Side::Destination, "new")] {
        assert_eq!(vault.secret(m, side).await, Ok(Some(Secret::new(format!("{word} {first}")))));
    }
}

#[tokio::test]
async fn failed_connects_are_counted_per_caller_and_hour() {
    let table = name("ledger");
    make_ledger(&table).await;
    let attempts = DynamoLedger::new(&session(), &table).attempts();
    assert_eq!(attempts.count("k1", 7).await, Ok(0));
    // Twenty at once, also when the hour is new.
    for hour in [7, 8] {
        let failed = futures::future::join_all((0..20).map(|_| attempts.failed("k1", hour))).await;
        assert!(failed.iter().all(Result::is_ok), "{failed:?}");
        assert_eq!(attempts.count("k1", hour).await, Ok(20));
        assert_eq!(attempts.failed("k2", hour).await, Ok(()));
    }
    assert_eq!((attempts.count("k1", 7).await, attempts.count("k2", 8).await), (Ok(0), Ok(1)));
    assert_eq!(attempts.failed("k1", 7).await, Ok(()), "late, and of no account");
    assert_eq!(attempts.count("k1", 8).await, Ok(20));
}
