//! # Lasting
//! A migration that lives for weeks: nothing of it expires, and when it has ended everything goes in its time.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use posthorse_domain::intake::obey::{self, obey};
use posthorse_domain::intake::verb::Verb;
use posthorse_domain::migration::{Side, State};
use posthorse_domain::ports::{Secret, Vault};

use crate::events::Office;

/// Timer and functions for so many days; the timer comes twice an hour.
async fn days(office: &Office, days: u32) {
    for _ in 0..days * 24 {
        office.minutes(2).await;
        tokio::time::sleep(Duration::from_secs(58 * 60)).await;
    }
}

/// Every object of `before` is there, and those that are written once are as they were.
fn holds(before: &BTreeMap<String, Bytes>, now: &BTreeMap<String, Bytes>, day: u32) {
    for (key, octets) in before {
        let there = now.get(key).unwrap_or_else(|| panic!("day {day}: {key} is gone"));
        let once = ["manifest/", "quarantine/", "reports/"].iter().any(|prefix| key.contains(prefix));
        assert!(!once || there == octets, "day {day}: {key} is another");
    }
}

#[tokio::test(start_paused = true)]
async fn a_migration_of_45_days_keeps_every_object_until_its_retention_is_over() {
    let office = Office::new();
    let id = office.world.id();
    for side in [Side::Source, Side::Destination] {
        office.vault.keep(&id, side, &Secret::new("s")).await.unwrap();
    }
    office.begin().await;
    let mut kept = BTreeMap::new();
    for day in 1..=45 {
        if day % 9 == 0 {
            office.world.source.folder("INBOX").message(&format!("day-{day}"));
        }
        days(&office, 1).await;
        let now = office.world.archive.all();
        holds(&kept, &now, day);
        kept = now;
    }
    let record = office.record();
    assert_eq!((record.ended, record.state), (None, State::Exceptions), "{}", record.reason);
    assert!(record.pass.number >= 44, "a delta a day: {}", record.pass.number);
    assert_eq!(record.totals.copied, 28 + 5, "one of 29 is in quarantine, and five came");
    for part in ["manifest/", "quarantine/", "reports/1.json", "reports/44.json"] {
        assert!(kept.keys().any(|key| key.contains(part)), "{part} is not among {:?}", kept.keys());
    }
    assert!(office.vault.secret(&id, Side::Source).await.unwrap().is_some());

    let clock = office.clock();
    let (ledger, queue, vault) = (&office.world.ledger, &office.world.queue, &office.vault);
    obey(&obey::Doors { ledger, queue, vault, clock: &clock }, &id, Verb::Finish).await.unwrap();
    let retention = record.request.options.life.retention_days;
    days(&office, retention - 1).await;
    holds(&kept, &office.world.archive.all(), 45 + retention - 1);
    assert!(office.vault.secret(&id, Side::Source).await.unwrap().is_none());
    days(&office, 2).await;
    assert!(office.world.archive.all().is_empty());
    assert!(office.world.ledger.peek(&id).is_none());
}
