use std::collections::BTreeMap;

use posthorse_domain::mail::{Delimiter, Uid, UidValidity};
use posthorse_domain::migration::folder::Progress;
use posthorse_domain::migration::{Counts, Intent};

use super::*;

const KILOBYTE: usize = 1024;

/// As DynamoDB counts: names and text in UTF-8, two digits of a number an octet, three for a list or map and one for each
/// of its elements.
fn size(row: &Row) -> usize {
    row.iter().map(|(name, attribute)| name.len() + octets(attribute)).sum()
}

fn octets(attribute: &AttributeValue) -> usize {
    match attribute {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::L(values) => 3 + values.iter().map(|value| 1 + octets(value)).sum::<usize>(),
        AttributeValue::M(fields) => {
            3 + fields.iter().map(|(name, value)| 1 + name.len() + octets(value)).sum::<usize>()
        }
        _ => 1,
    }
}

fn id() -> MigrationId {
    MigrationId("0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b".into())
}

/// A folder in the middle of a long pass, with large numbers and a chunk open.
fn under_way(source: &str, destination: &str) -> Folder {
    let (source, destination) = (FolderName::from_unicode(source), FolderName::from_unicode(destination));
    let why = "the same name, with the destination's delimiter".into();
    let counts = Counts { source: 100_000, copied: 90_000, adopted: 9_000, quarantined: 1_000, ..Counts::default() };
    let started = Moment::from_millis(1_795_000_000_123);
    let intent = Intent {
        lo: Uid::new(4_000_000),
        hi: Uid::new(4_000_999),
        floor: Uid::new(90_001),
        started,
        drained: true,
        deaths: 1,
    };
    Folder {
        source_delimiter: Some(Delimiter::new(b'.')),
        subscribed: true,
        epoch: 12_345,
        version: 67_890,
        progress: Progress::Open,
        source_validity: Some(UidValidity::new(u32::MAX)),
        destination_validity: Some(UidValidity::new(u32::MAX)),
        snapshot: Uid::new(4_100_000),
        committed: Uid::new(3_999_999),
        intent: Some(intent),
        highest_modseq: Some(u64::MAX >> 1),
        head: Some("manifest/09999-4294967295-0003999000-p12-e12345-t12345-v67889.jsonl.zst".into()),
        claimed: Uid::new(90_000),
        planned: 100_000,
        planned_octets: Some(50 << 30),
        counts,
        this_pass: counts,
        octets: 49 << 30,
        ..Folder::planned(9_999, source, destination, Role::Carry, why)
    }
}

#[test]
fn a_folder_with_ordinary_names_fits_one_write_unit() {
    let rows = [
        ("INBOX", "INBOX"),
        ("INBOX.Projects.2026.Invoices", "Projects/2026/Invoices"),
        ("INBOX.Persönlich.Briefe von Großmutter", "Persönlich/Briefe von Großmutter"),
    ];
    for (source, destination) in rows {
        let row = of_folder(&id(), &under_way(source, destination)).unwrap();
        assert!(size(&row) <= KILOBYTE, "{source}: {} octets", size(&row));
    }
}

#[test]
fn a_folder_with_the_longest_names_is_far_below_the_limit_of_an_item() {
    // Octets that are spelled as four letters each.
    let longest = FolderName::from_raw(vec![0xFF; 8_192]);
    let folder = Folder { source: longest.clone(), destination: longest, ..under_way("a", "b") };
    let row = of_folder(&id(), &folder).unwrap();
    assert!(size(&row) < 100 * KILOBYTE, "{} octets", size(&row));
    assert_eq!(super::folder(row).unwrap(), folder);
}

#[test]
fn records_read_back_as_they_were() {
    let folders = [
        Folder::planned(1, FolderName::from_raw("a"), FolderName::from_raw("b"), Role::Filtered, "filtered".into()),
        under_way("INBOX", "INBOX"),
        Folder {
            flags_dropped: BTreeMap::from([("$Label1".into(), 3)]),
            error: Some(String::new()),
            ..under_way("a", "b")
        },
    ];
    for folder in folders {
        assert_eq!(super::folder(of_folder(&id(), &folder).unwrap()).unwrap(), folder);
    }
}

#[test]
fn a_migration_is_in_the_index_only_while_it_has_a_next_at() {
    let request = |host: &str| ServerSide {
        host: host.into(),
        port: 993,
        security: Security::Starttls,
        user: "u".into(),
        tls: None,
    };
    let request = Request { source: request("a"), destination: request("b"), options: Options::default() };
    for next_at in [None, Some(Moment::from_millis(-5)), Some(Moment::from_millis(1_795_000_000_123))] {
        let accepted = Migration::accepted(id(), request.clone(), Moment::from_millis(77));
        let migration = Migration { next_at, version: 3, ..accepted };
        let row = of_migration(&migration).unwrap();
        let listed = next_at.is_some();
        assert_eq!((row.contains_key("due"), row.contains_key("next_at")), (listed, listed));
        assert_eq!(super::migration(row).unwrap(), migration);
    }
}

#[test]
fn a_planned_folder_is_written_without_its_blanks() {
    let folder = Folder {
        version: 1,
        ..Folder::planned(7, FolderName::from_raw("A"), FolderName::from_raw("B"), Role::Carry, "w".into())
    };
    let row = of_folder(&MigrationId("m".into()), &folder).unwrap();
    let text = |text: &str| AttributeValue::S(text.into());
    let number = |digits: &str| AttributeValue::N(digits.into());
    let expected = [
        ("pk", text("M#m")),
        ("sk", text("F#0000000007")),
        ("number", number("7")),
        ("source", text("A")),
        ("destination", text("B")),
        ("why", text("w")),
        ("epoch", number("0")),
        ("version", number("1")),
    ];
    assert_eq!(row, expected.map(|(name, value)| (name.to_owned(), value)).into());
}

#[test]
fn sort_keys_are_in_the_order_of_the_numbers() {
    let numbers = [0, 1, 9, 10, 99_999, 100_000, FolderNumber::MAX];
    let keys = numbers.map(|number| folder_sk(number).as_s().unwrap().clone());
    assert!(keys.is_sorted(), "{keys:?}");
    assert!(keys.iter().all(|key| key < migration_sk().as_s().unwrap()), "the migration's row sorts last");
}

#[test]
fn every_shard_is_one_that_the_sweep_looks_into() {
    let shards = (0..SHARDS).map(shard_key).collect::<Vec<_>>();
    for name in ["", "m", "m-2", "0197a1b2", "zzzz"] {
        assert!(shards.contains(&shard(&MigrationId(name.into()))), "{name}");
    }
}
