//! # Record
//! Records with something in every field that an adapter might lose.

use posthorse_domain::mail::{Delimiter, FolderName, Uid, UidValidity};
use posthorse_domain::migration::folder::{Progress, Role};
use posthorse_domain::migration::request::MapRule;
use posthorse_domain::migration::{Anchor, Request, Security, ServerSide, Side, Stage, State};
use posthorse_domain::migration::{
    Counts, Folder, FolderNumber, Intent, Migration, MigrationId, Moment, Obstacle, Options, PassKind,
};

/// An id as the steps make them.
pub fn id(name: &str) -> MigrationId {
    MigrationId(name.into())
}

/// A migration in the middle of its life, due at `next_at`.
pub fn migration(name: &str, next_at: Option<i64>) -> Migration {
    let now = Moment::from_millis(1_795_000_000_123);
    let mut migration = Migration::accepted(id(name), request(), now);
    migration.state = State::Waiting;
    migration.reason = "the source says: »zu schnell«, 30 s".into();
    migration.next_at = next_at.map(Moment::from_millis);
    migration.next_at_stated = true;
    migration.pass = migration.pass.following(PassKind::Final, now);
    migration.stage = Stage::Verify;
    migration.turn = 41;
    migration.tries = 3;
    migration.epoch = 17;
    migration.lease_until = Some(Moment::from_millis(-1));
    migration.cursor = 9_999;
    migration.folders = 10_000;
    migration.totals = counts();
    migration.obstacle = Some((Side::Destination, Obstacle::NotTls));
    migration.asked = "0a1b2c3d.00ff".into();
    migration.warn("subscription", "\u{1F4EC} could not be subscribed: \"quoted\" \\ \r\n\t");
    migration
}

/// A folder as the plan makes it. Its names hold every octet that there is.
pub fn planned(number: FolderNumber) -> Folder {
    let every_octet = (0..=u8::MAX).collect::<Vec<_>>();
    let destination = FolderName::from_raw("INBOX.Entw&APw-rfe");
    let mut folder =
        Folder::planned(number, FolderName::from_raw(every_octet), destination, Role::Carry, String::new());
    folder.why = "the same name; ünïcödé".into();
    folder.source_delimiter = Some(Delimiter::new(b'\\'));
    folder.subscribed = true;
    folder
}

/// A folder on its way, with an open intent.
pub fn under_way(number: FolderNumber) -> Folder {
    let intent = Intent {
        lo: Uid::new(7),
        hi: Uid::new(u32::MAX),
        floor: Uid::new(1),
        started: Moment::from_millis(5),
        drained: true,
        deaths: 2,
    };
    Folder {
        epoch: 17,
        progress: Progress::Open,
        source_validity: Some(UidValidity::new(u32::MAX)),
        destination_validity: Some(UidValidity::new(1)),
        snapshot: Uid::new(100_000),
        committed: Uid::new(6),
        intent: Some(intent),
        highest_modseq: Some(u64::MAX),
        head: Some("manifest/00001-7-0000000001-p1-e1-t2-v3.jsonl.zst".into()),
        claimed: Uid::new(12),
        counts: counts(),
        flags_dropped: [("$Forwarded".to_owned(), 3)].into(),
        octets: 1 << 40,
        error: Some("NO [NOPERM] »nein«".into()),
        ..planned(number)
    }
}

fn counts() -> Counts {
    Counts { source: 10, copied: 6, quarantined: 4, foreign: u64::MAX, ..Counts::default() }
}

fn request() -> Request {
    let side = |host: &str, security, port| ServerSide {
        host: host.into(),
        port,
        security,
        user: "jürgen@example.org".into(),
        tls: Anchor::pin(&"ab".repeat(32)).ok(),
    };
    Request {
        source: side("127.0.0.1", Security::Starttls, 143),
        destination: side("::1", Security::Tls, 993),
        options: Options { map: vec![MapRule { from: "A*".into(), to: "B".into() }], ..Options::default() },
    }
}
