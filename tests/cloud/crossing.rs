//! # Crossing
//! The real steps between two simulated servers, over the adapters on AWS: the balance closes, a chunk costs one write and
//! one object, and no secret is anywhere but in the vault.

use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::types::AttributeValue;
use posthorse_aws::{DynamoLedger, EventBridge, KmsVault, LambdaClock, S3Archive, SqsQueue};
use posthorse_domain::intake::begin;
use posthorse_domain::migration::{Migration, Side, Stage};
use posthorse_domain::ports::{Archive, Event, Job, Ledger, Ports, Queue, Secret, Vault};
use posthorse_domain::turn::Timing;
use posthorse_domain::{copy, plan, verify};
use posthorse_tests::cloud::Counted;
use posthorse_tests::world::server::Profile;
use posthorse_tests::world::{PASSWORD, Watcher, World, request};

use crate::account::{
    counted_session, make_bucket, make_credentials, make_key, make_ledger, make_queues, name, s3, session,
};
use crate::record::id;

/// More steps than a small mailbox needs.
const STEPS: u32 = 50;

/// One migration with everything that it has in AWS.
struct Crossing {
    ledger: DynamoLedger,
    archive: S3Archive,
    queue: SqsQueue,
    vault: KmsVault,
    tables: [String; 2],
    bucket: String,
    announcer: EventBridge,
    watcher: Watcher,
    counted: Counted,
    /// Messages of a step, at most.
    messages: Option<u32>,
}

impl Crossing {
    async fn new() -> Self {
        let (table, credentials, bucket) = (name("ledger"), name("credentials"), name("archive"));
        make_ledger(&table).await;
        make_credentials(&credentials).await;
        make_bucket(&bucket).await;
        let (session, counted) = counted_session();
        Self {
            ledger: DynamoLedger::new(&session, &table),
            archive: S3Archive::new(&session, &bucket),
            queue: SqsQueue::new(&session, make_queues(&name("jobs")).await),
            vault: KmsVault::new(&session, &credentials, make_key().await),
            tables: [table, credentials],
            bucket,
            announcer: EventBridge::new(&session, "default"),
            watcher: Watcher::default(),
            counted,
            messages: None,
        }
    }

    /// Moves the mailbox: jobs come out of SQS, as they would come into the functions.
    async fn run(&self, world: &World) -> Migration {
        let clock = clock(Duration::from_secs(60));
        begin::begin(&self.ledger, &self.queue, &clock, id("m"), request()).await.unwrap();
        for step in 0..STEPS {
            let record = self.ledger.migration(&id("m")).await.unwrap().expect("a migration");
            if !record.state.under_way() {
                return record;
            }
            match self.queue.receive(Duration::from_secs(60)).await.unwrap() {
                Some(delivery) => {
                    self.step(world, &delivery.job, &format!("call-{step}")).await;
                    self.queue.acknowledge(&delivery.receipt).await.unwrap();
                }
                None => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
        panic!("it does not end in {STEPS} steps");
    }

    async fn step(&self, world: &World, job: &Job, holder: &str) {
        let clock = clock(Duration::from_secs(60));
        let (ledger, archive, queue) = (&self.ledger, &self.archive, &self.queue);
        let ports = Ports {
            ledger,
            archive,
            queue,
            mail: &world.mail,
            clock: &clock,
            notify: &self.watcher,
            announcer: Some(&self.announcer),
            attempts: None,
        };
        let timing = Timing { margin: Duration::from_secs(20), quiet: Duration::from_secs(1), messages: self.messages };
        let done = match job.stage {
            Stage::Plan => plan::step::run(&ports, job, holder, timing).await,
            Stage::Copy => copy::step::run(&ports, job, holder, timing).await,
            Stage::Verify => verify::step::run(&ports, job, holder, timing).await,
        };
        done.unwrap().expect("a job that was due");
    }

    /// What it has cost so far.
    fn told(&self, record: &Migration) -> String {
        let calls: Vec<String> = self.counted.take().iter().map(|(call, times)| format!("{times} {call}")).collect();
        format!(
            "{} messages, {} steps, {} chunks: {} write units, {} read units; {}",
            record.totals.source,
            record.turn - 1,
            self.commits(),
            self.ledger.used().write,
            self.ledger.used().read,
            calls.join(", ")
        )
    }

    fn commits(&self) -> usize {
        let events = self.watcher.events();
        events.iter().filter(|event| matches!(event, Event::Committed { .. })).count()
    }

    async fn segments(&self) -> usize {
        self.archive.keys(&id("m"), "manifest/").await.unwrap().len()
    }

    /// Every octet in the tables, the bucket and the queues, as text.
    async fn everything(&self) -> String {
        let mut all = String::new();
        let tables = aws_sdk_dynamodb::Client::new(session().config());
        for table in &self.tables {
            let rows = tables.scan().table_name(table).send().await.unwrap().items.unwrap_or_default();
            rows.iter().flatten().for_each(|(name, value)| all.push_str(&format!("{name}={}\n", text(value))));
        }
        let listed = s3().list_objects_v2().bucket(&self.bucket).send().await.unwrap();
        for key in listed.contents().iter().filter_map(|object| object.key()) {
            let below = key.strip_prefix("m/").expect("the migration's prefix");
            let octets = self.archive.get(&id("m"), below).await.unwrap().expect("an object");
            all.push_str(&format!("{key}={}\n", String::from_utf8_lossy(&octets)));
        }
        let queues = aws_sdk_sqs::Client::new(session().config());
        let known = self.queue.queues();
        for url in [&known.plan, &known.copy, &known.verify].into_iter().flatten() {
            let got = queues.receive_message().queue_url(url).max_number_of_messages(10).send().await.unwrap();
            got.messages().iter().filter_map(|message| message.body()).for_each(|body| all.push_str(body));
        }
        all
    }
}

fn clock(budget: Duration) -> LambdaClock {
    LambdaClock::new(budget, SystemTime::now() + budget + Duration::from_secs(30))
}

fn text(value: &AttributeValue) -> String {
    match value {
        AttributeValue::B(octets) => String::from_utf8_lossy(octets.as_ref()).into_owned(),
        other => format!("{other:?}"),
    }
}

fn world(messages: usize) -> World {
    let world = World::new(Profile::dovecot(), Profile::dovecot());
    world.source.folder("INBOX").messages_named("letter", messages);
    world.source.folder("Arbeit").messages_named("work", 3);
    world
}

#[tokio::test]
async fn a_mailbox_moves_over_aws_and_the_balance_closes() {
    let (world, crossing) = (world(300), Crossing::new().await);
    let record = crossing.run(&world).await;
    assert_eq!((record.state.word(), record.totals.source, record.totals.copied), ("verified", 303, 303));
    assert!(record.totals.closes());
    assert_eq!(world.appended(), 303);
    let reports = crossing.archive.keys(&id("m"), "reports/").await.unwrap();
    assert_eq!(reports, ["reports/1.json"]);
}

#[tokio::test]
async fn a_chunk_costs_one_write_unit_and_one_object() {
    let mut seen = Vec::new();
    for messages in [100_u16, 2_600] {
        let (world, crossing) = (world(usize::from(messages)), Crossing::new().await);
        let record = crossing.run(&world).await;
        assert_eq!(record.state.word(), "verified");
        let (commits, write) = (crossing.commits(), crossing.ledger.used().write);
        println!("{}", crossing.told(&record));
        let segments = crossing.segments().await;
        assert_eq!(segments, commits, "one object a chunk");
        seen.push((i32::try_from(commits).unwrap(), write));
    }
    let [(few, cheap), (many, dear)] = seen.try_into().unwrap();
    assert!(many > few, "the larger mailbox has more chunks");
    let more = dear - cheap;
    assert!((more - f64::from(many - few)).abs() < 0.5, "{} more chunks cost {more} more write units", many - few);
}

/// What docs/deploy.md reckons with.
#[tokio::test]
async fn a_step_more_costs_a_few_calls_and_no_object() {
    let mut seen = Vec::new();
    for bound in [None, Some(100)] {
        let (world, mut crossing) = (world(600), Crossing::new().await);
        crossing.messages = bound;
        let record = crossing.run(&world).await;
        assert_eq!(record.state.word(), "verified");
        println!("{}", crossing.told(&record));
        let objects = crossing.segments().await - crossing.commits();
        seen.push((f64::from(u32::try_from(record.turn).unwrap()), crossing.ledger.used(), objects));
    }
    let [(few, cheap, none), (many, dear, no_more)] = seen.try_into().unwrap();
    assert!(many >= few + 5.0, "{few} and {many} turns");
    assert_eq!((none, no_more), (0, 0), "objects besides the chunks' own");
    let each = [dear.write - cheap.write, dear.read - cheap.read].map(|units| units / (many - few));
    println!("a step more, its chunk included: {:.1} write units, {:.1} read units", each[0], each[1]);
    assert!(each[0] < 12.0 && each[1] < 12.0, "{each:?}");
}

#[tokio::test]
async fn no_secret_is_anywhere_but_sealed_in_the_vault() {
    let (world, crossing) = (world(5), Crossing::new().await);
    for side in [Side::Source, Side::Destination] {
        assert_eq!(crossing.vault.keep(&id("m"), side, &Secret::new(PASSWORD)).await, Ok(()));
    }
    crossing.run(&world).await;
    let all = crossing.everything().await;
    for part in ["sealed=", "INBOX", "m/manifest/", "m/reports/1.json="] {
        assert!(all.contains(part), "the search does not find {part}");
    }
    assert!(!all.contains(PASSWORD), "the password is in a table, an object or a job");
    assert_eq!(crossing.vault.secret(&id("m"), Side::Source).await, Ok(Some(Secret::new(PASSWORD))));
    assert_eq!(crossing.vault.forget(&id("m")).await, Ok(()));
    assert!(!crossing.everything().await.contains("sealed="), "forgotten credentials leave no row");
}
