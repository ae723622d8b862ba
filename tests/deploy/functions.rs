//! # Functions
//! Each function alone under Lambda's protocol: settings, poison, deadlines that are over, and nothing of a call in the next.
//! Cold start and warm overhead are printed.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use posthorse_tests::cloud::{Emulator, Hand};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::runtime::{Runtime, Said};
use crate::stack::{WEBHOOK_SECRET, built, signature};

const STAGES: [&str; 3] = ["plan", "copy", "verify"];

/// An emulator with empty tables, and settings that lead there; everything else is missing in AWS.
struct Place {
    emulator: Emulator,
}

impl Place {
    fn new() -> Self {
        let emulator = Emulator::start().unwrap();
        let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
        let attribute = |name: &str, kind: &str| json!({"AttributeName": name, "AttributeType": kind});
        let index = |name: &str, by: &str| {
            json!({"IndexName": name, "KeySchema": [key(name, "HASH"), key(by, "RANGE")],
                   "Projection": {"ProjectionType": "KEYS_ONLY"}})
        };
        let table = json!({
            "TableName": "ledger", "BillingMode": "PAY_PER_REQUEST", "GlobalSecondaryIndexes": [index("due", "next_at"), index("listed", "created")],
            "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
            "AttributeDefinitions": [attribute("pk", "S"), attribute("sk", "S"), attribute("due", "S"), attribute("next_at", "N"),
                                     attribute("listed", "S"), attribute("created", "N")],
        });
        let credentials = json!({
            "TableName": "credentials", "BillingMode": "PAY_PER_REQUEST", "GlobalSecondaryIndexes": [index("unclaimed", "kept")],
            "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
            "AttributeDefinitions": [attribute("pk", "S"), attribute("sk", "S"), attribute("unclaimed", "S"), attribute("kept", "N")],
        });
        let hand = Hand::new(&emulator).unwrap();
        for table in [table, credentials] {
            hand.call("dynamodb", "create_table", table).unwrap();
        }
        Self { emulator }
    }

    fn start(&self, function: &str) -> Runtime {
        self.start_at(function, None)
    }

    /// With another AWS than the emulated one.
    fn start_at(&self, function: &str, endpoint: Option<&str>) -> Runtime {
        let mut settings = self.emulator.environment();
        settings.extend(endpoint.map(|endpoint| ("AWS_ENDPOINT_URL".to_owned(), endpoint.to_owned())));
        let ours = [
            ("PROFILE", "test"),
            ("LOG", "INFO"),
            ("STEP_SECONDS", "2"),
            ("MARGIN_SECONDS", "2"),
            ("QUIET_SECONDS", "1"),
            ("ALLOWED_PORTS", "993,143"),
            ("LEDGER_TABLE", "ledger"),
            ("CREDENTIALS_TABLE", "credentials"),
            ("CREDENTIALS_KEY", "key"),
            ("ARCHIVE_BUCKET", "archive"),
            ("EVENT_BUS", "default"),
            ("WEBHOOK_SECRET", "secret"),
            ("CONNECTIONS", "2"),
            ("RETENTION_DAYS", "30"),
            ("PLAN_QUEUE", "http://127.0.0.1/plan"),
            ("COPY_QUEUE", "http://127.0.0.1/copy"),
            ("VERIFY_QUEUE", "http://127.0.0.1/verify"),
        ];
        settings.extend(ours.map(|(name, value)| (format!("POSTHORSE_{name}"), value.to_owned())));
        Runtime::start(&built().join(function), &settings)
    }
}

fn event(messages: &[(&str, &str)]) -> Value {
    let records = messages.iter().map(|(id, body)| json!({"messageId": id, "body": body})).collect::<Vec<_>>();
    json!({"Records": records})
}

fn job(stage: &str) -> String {
    json!({"migration": "nobody", "stage": stage, "turn": 1}).to_string()
}

#[test]
fn a_function_without_settings_says_all_that_is_missing() {
    for function in ["intake", "plan", "copy", "verify", "sweep", "review"] {
        let mut runtime = Runtime::start(&built().join(function), &BTreeMap::new());
        assert_eq!(runtime.heard(), Said::Nothing, "{function} takes calls");
        let talk = runtime.talk();
        for name in ["AWS_REGION", "POSTHORSE_LOG", "POSTHORSE_LEDGER_TABLE", "POSTHORSE_CREDENTIALS_TABLE"] {
            assert!(talk.contains(&format!("{name} is missing")), "{function}: {talk}");
        }
    }
}

#[test]
fn poison_fails_alone_and_nothing_of_it_is_left() {
    let place = Place::new();
    for stage in STAGES {
        let mut runtime = place.start(stage);
        let other = STAGES[usize::from(stage == "plan")];
        let (good, strange) = (job(stage), job(other));
        let bodies =
            ["", "null", "{}", "canary-7719 is no job", "{\"migration\":\"canary-7719\"}", "\u{0}\u{1F434}", &strange];
        for body in bodies {
            let (said, _) = runtime.call(&event(&[("bad", body), ("good", &good)]), 6_000);
            assert_eq!(
                said,
                Said::Answer(json!({"batchItemFailures": [{"itemIdentifier": "bad"}]})),
                "{stage}: {body:?}"
            );
            let (said, _) = runtime.call(&event(&[("good", &good)]), 6_000);
            assert_eq!(said, Said::Answer(json!({"batchItemFailures": []})), "{stage}: something of {body:?} is left");
        }
        assert!(!runtime.talk().contains("canary-7719"), "{stage} repeats a body: {}", runtime.talk());
    }
}

#[test]
fn a_deadline_that_is_over_or_near_is_answered() {
    let place = Place::new();
    for stage in STAGES {
        let mut runtime = place.start(stage);
        for remaining in [0, -1, -86_400_000, 1, 400, 900_000] {
            let (said, _) = runtime.call(&event(&[("a", &job(stage))]), remaining);
            assert_eq!(said, Said::Answer(json!({"batchItemFailures": []})), "{stage} with {remaining} ms");
        }
    }
}

#[test]
fn what_is_no_event_of_the_function_is_an_error_and_the_next_call_is_served() {
    let place = Place::new();
    let good = event(&[]);
    for stage in STAGES {
        let mut runtime = place.start(stage);
        for event in [json!(null), json!("text"), json!({"Records": "none"}), json!({"Records": [{"body": "{}"}]})] {
            let (said, _) = runtime.call(&event, 6_000);
            assert!(matches!(said, Said::Error(_)), "{stage} takes {event}: {said:?}");
        }
        assert_eq!(runtime.call(&good, 6_000).0, Said::Answer(json!({"batchItemFailures": []})), "{stage}");
    }
    let mut sweep = place.start("sweep");
    for event in [json!({}), json!({"resume": 7}), json!({"remove": "m"}), json!([])] {
        let (said, _) = sweep.call(&event, 6_000);
        assert!(matches!(said, Said::Error(_)), "sweep takes {event}: {said:?}");
    }
    let (said, _) = sweep.call(&json!({"source": "aws.events"}), 60_000);
    assert!(matches!(&said, Said::Answer(counts) if counts["resent"] == 0), "{said:?}: {}", sweep.talk());
    let (said, _) = sweep.call(&json!({"resume": "nobody"}), 60_000);
    assert!(matches!(&said, Said::Answer(answer) if answer["refused"].is_string()), "{said:?}");
}

/// What a function URL makes of a request.
fn asked(method: &str, path: &str, body: &str) -> Value {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    json!({"version": "2.0", "rawPath": path, "rawQueryString": query, "headers": {"host": "x"}, "body": body,
           "requestContext": {"domainName": "x", "http": {"method": method, "path": path}}})
}

#[test]
fn intake_answers_every_request_and_nothing_of_an_odd_one_is_in_the_next() {
    let place = Place::new();
    let words = json!({"current": WEBHOOK_SECRET, "previous": ""}).to_string();
    let secret = json!({"Name": "secret", "SecretString": words});
    Hand::new(&place.emulator).unwrap().call("secretsmanager", "create_secret", secret).unwrap();
    let mut intake = place.start("intake");
    let canary = "canary-7719";
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let signed = |time: u64, body: &str| {
        let time = time.to_string();
        let mut event = asked("POST", "/", body);
        event["headers"]["webhook-signature"] = json!(signature("msg_1", &time, body.as_bytes()));
        event["headers"]["webhook-id"] = json!("msg_1");
        event["headers"]["webhook-timestamp"] = json!(time);
        event
    };
    let mut altered = signed(now, "{}");
    altered["body"] = json!(canary);
    let mut binary = asked("POST", "/", canary);
    binary["isBase64Encoded"] = json!(true);
    let rows = [
        (asked("POST", "/", canary), 400),
        (asked("GET", "/", canary), 405),
        (asked("DELETE", "/status/canary-7719", ""), 405),
        (asked("GET", "/status/canary-7719", ""), 404),
        (asked("POST", "/canary-7719", ""), 404),
        (asked("POST", "/", &canary.repeat(6_000)), 413),
        (binary, 400),
        (altered, 401),
        (signed(now - 3_600, canary), 401),
        (signed(now, canary), 422),
        (signed(now, "{\"canary-7719\": [1]}"), 422),
        (signed(now, ""), 422),
    ];
    let plain = signed(now, "{}");
    let (first, _) = intake.call(&plain, 15_000);
    for remaining in [15_000, 0, -1] {
        for (event, status) in &rows {
            let (said, _) = intake.call(event, remaining);
            let Said::Answer(answer) = said else { panic!("{event}: {said:?}\n{}", intake.talk()) };
            assert_eq!(answer["statusCode"], json!(status), "{event}: {answer}\n{}", intake.talk());
            assert_eq!(intake.call(&plain, 15_000).0, first, "something of {event} is left");
        }
    }
    assert!(!format!("{first:?}").contains(canary));
    assert!(!intake.talk().contains(canary), "intake repeats a body or a path: {}", intake.talk());
}

#[test]
fn review_answers_every_request_and_an_odd_one_does_not_disturb_the_next() {
    let place = Place::new();
    let mut review = place.start("review");
    let password = "Heuwagen-7719";
    let credentials = json!({"side": "source", "credential": {"type": "password", "password": password}, "x": 1});
    let rows = [
        ("GET", "/migrations", "", 200),
        ("GET", "/migrations?state=failed&limit=3", "", 200),
        ("GET", "/migrations?state=lost", "", 422),
        ("GET", "/migrations?sort=asc", "", 422),
        ("DELETE", "/migrations", "", 405),
        ("OPTIONS", "/migrations", "", 405),
        ("GET", "/", "", 404),
        ("GET", "/migrations/nobody", "", 404),
        ("GET", "/migrations/nobody/report", "", 404),
        ("POST", "/migrations/nobody/pause", "", 404),
        ("GET", "/migrations/nobody/pause", "", 405),
        ("POST", "/migrations/nobody/pass", "{\"kind\": \"initial\"}", 422),
        ("POST", "/migrations/nobody/pass", "{\"kind\": \"delta\"}", 404),
        ("POST", "/migrations/nobody/credentials", &credentials.to_string(), 422),
        ("POST", "/migrations/nobody/pause", &"x".repeat(65_537), 413),
        ("GET", "/migrations/nobody/quarantine/1-2/download", "", 404),
        ("GET", "/migrations/nobody/quarantine?after=x", "", 422),
    ];
    for (method, path, body, status) in rows {
        let (said, _) = review.call(&asked(method, path, body), 30_000);
        let Said::Answer(answer) = said else { panic!("{method} {path}: {said:?}\n{}", review.talk()) };
        assert_eq!(answer["statusCode"], json!(status), "{method} {path}: {answer}\n{}", review.talk());
        let kind = if status == 200 { "application/json" } else { "application/problem+json" };
        assert_eq!(
            (&answer["headers"]["content-type"], &answer["headers"]["cache-control"]),
            (&json!(kind), &json!("no-store"))
        );
        assert!(!answer.to_string().contains(password), "{answer}");
    }
    assert!(!review.talk().contains(password), "{}", review.talk());
}

#[test]
fn a_crash_ends_the_call_and_a_new_process_serves_the_next() {
    let place = Place::new();
    let runtime = place.start("copy");
    kill_process(Pid::from_raw(i32::try_from(runtime.pid()).unwrap()).unwrap(), Signal::KILL).unwrap();
    let mut dead = runtime;
    assert_eq!(dead.heard(), Said::Nothing);
    let (said, _) = place.start("copy").call(&event(&[("a", &job("copy"))]), 6_000);
    assert_eq!(said, Said::Answer(json!({"batchItemFailures": []})));
}

#[test]
fn a_call_that_is_not_over_in_time_is_ended_and_its_job_is_served_by_the_next_process() {
    let place = Place::new();
    // Connections are taken, and nothing on them is ever answered.
    let deaf = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let endpoint = format!("http://{}", deaf.local_addr().unwrap());
    for stage in STAGES {
        let mut hanging = place.start_at(stage, Some(endpoint.as_str()));
        let said = hanging.call_with_timeout(&event(&[("a", &job(stage))]), 1_500);
        assert_eq!(said, Said::Nothing, "{stage} has answered: {}", hanging.talk());
        let (said, _) = place.start(stage).call(&event(&[("a", &job(stage))]), 6_000);
        assert_eq!(said, Said::Answer(json!({"batchItemFailures": []})), "{stage}");
    }
}

#[test]
fn cold_start_and_warm_overhead_are_small() {
    let place = Place::new();
    let none = event(&[]);
    let calls = [
        ("intake", asked("GET", "/", "")),
        ("plan", none.clone()),
        ("copy", none.clone()),
        ("verify", none),
        ("sweep", json!({"resume": "nobody"})),
        ("review", asked("OPTIONS", "/migrations", "")),
    ];
    for (function, event) in calls {
        let begun = Instant::now();
        let mut runtime = place.start(function);
        runtime.call(&event, 6_000);
        let cold = begun.elapsed();
        let mut warm: Vec<Duration> = (0..20).map(|_| runtime.call(&event, 6_000).1).collect();
        warm.sort();
        let size = fs::metadata(built().join(function)).unwrap().len();
        eprintln!("{function}: cold {cold:?}, warm {:?} (median of 20), {size} octets", warm[10]);
        assert!(cold < Duration::from_secs(10) && warm[10] < Duration::from_secs(1), "{function}: {cold:?} {warm:?}");
    }
}
