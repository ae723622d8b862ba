//! # Deploy
//! The real template with the real functions moves a real mailbox: signed start, steps chained through the queues, killed,
//! delayed and delivered twice on the way; report, credentials and every sink are looked at in the end.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use posthorse_domain::migration::{Migration, MigrationId, State};
use posthorse_tests::servers::*;
use serde_json::{Value, json};

use crate::stack::Stack;
use crate::trouble::{FAR, VERY_FAR, trouble};

/// Nothing else looks like these.
const SOURCE_PASSWORD: &str = "Heuwagen-7719-quer";
const DESTINATION_PASSWORD: &str = "Poststation+4402 lang";
const SUBJECT: &str = "Sonnenblumenkernbrot-5512";
const ADDRESS: &str = "geheimrat-8813@kanarien.example";
const BODY: &str = "Zwetschgenroester-2207";
const FOLDER: &str = "Kanarienvogel-3391";
struct Move {
    source: Server,
    destination: Server,
    from: Proxy,
    to: Proxy,
}

impl Move {
    fn new(mailbox: &Mailbox) -> Self {
        let options = |password: &str| Options { users: 3, password: password.into(), ..Options::default() };
        let source = Server::start_with(Dovecot::dotted(), options(SOURCE_PASSWORD)).unwrap();
        let destination = Server::start_with(Dovecot::slashed(), options(DESTINATION_PASSWORD)).unwrap();
        source.seed(&source.user(1), mailbox).unwrap();
        let [from, to] = [&source, &destination].map(|server| Proxy::start(server.port(), FAR).unwrap());
        Self { source, destination, from, to }
    }

    fn request(&self) -> Value {
        let side = |port: u16, login: &Login| {
            json!({"host": "127.0.0.1", "port": port, "security": "plaintext", "user": login.user,
                   "credential": {"type": "password", "password": login.password}})
        };
        json!({"source": side(self.from.port(), &self.source.user(1)), "reference": "order 7",
               "destination": side(self.to.port(), &self.destination.user(1))})
    }
}

/// The mailbox of the demo, and in one more folder what makes it more than 5,000 messages and carries the canaries. A step of
/// the test profile copies 250 messages at most: 5,000 take twenty.
fn mailbox() -> Mailbox {
    let mut mailbox = profile::demo(11);
    let canary = Message {
        octets: format!(
            "From: <{ADDRESS}>\r\nTo: <anna@example.org>\r\nSubject: {SUBJECT}\r\nMessage-ID: <kanarie@example.org>\r\n\
             Date: Wed, 25 Nov 2026 12:00:00 +0000\r\n\r\n{BODY}\r\n"
        )
        .into_bytes(),
        internal_date: 1_795_600_000,
        ..Message::default()
    };
    let many = profile::plain(2_800, 1_500).folders.remove(0);
    let folder = Folder { path: vec![FOLDER.into()], ..many }.with([canary]);
    mailbox.folders.push(folder);
    mailbox
}

#[test]
fn a_mailbox_moves_through_a_chain_that_is_killed_delayed_and_doubled() {
    let mailbox = mailbox();
    assert!(mailbox.count() >= 5_000);
    let moving = Move::new(&mailbox);
    let stack = Stack::deploy([moving.from.port(), moving.to.port()]);
    stack.call("posthorse", "subscribe", json!({}));
    let judge = Judge::of(&moving.source, &moving.source.user(1)).unwrap();
    let before = judge.snapshot().unwrap();

    // It is from the first step on that it is troubled.
    [&moving.from, &moving.to].into_iter().for_each(|proxy| proxy.set(VERY_FAR));
    let (id, address) = begin(&stack, &moving);
    let troubled = trouble(&stack, &id, [&moving.from, &moving.to]);
    eprintln!(
        "{} turns, killed {:?}, {} twins, {} late, {} hidden",
        troubled.record.turn, troubled.kills, troubled.twins, troubled.late, troubled.hidden
    );
    let calls: Vec<String> =
        stack.emulator.counted().take().iter().map(|(call, times)| format!("{times} {call}")).collect();
    eprintln!("{} messages, functions called: {}", mailbox.count(), calls.join(", "));
    let log = || stack.emulator.log();
    assert_eq!(troubled.record.state, State::Verified, "{}\n{}", troubled.record.reason, log());
    assert!(troubled.record.turn >= 20, "only {} steps", troubled.record.turn);
    assert!(troubled.all_died(), "only {:?} died", troubled.kills);
    assert!(troubled.twins >= 3 && troubled.late >= 3, "too little befell it");

    let report = report(&stack, &id);
    assert_eq!(report["state"], "verified");
    assert_eq!(report["totals"]["source"], json!(mailbox.count()), "{report}");
    assert_eq!(report["totals"]["copied"], json!(mailbox.count()), "{report}");
    let judge_both = Judge::of(&moving.source, &moving.source.user(1)).unwrap();
    let verdict = judge_both.against(&moving.destination, &moving.destination.user(1));
    let verdict = verdict.map("Sent Messages", "Sent").map("Deleted Messages", "Trash").compare().unwrap();
    assert!(verdict.equal, "{}", verdict.text);
    let untouched = judge.untouched(&before).unwrap();
    assert!(untouched.equal, "{}", untouched.text);

    odd_requests_are_refused(&stack, &moving);
    shows_its_status_and_nothing_else(&stack, &address);
    operators_see_and_say(&stack, &id);
    credentials_end_with_the_migration(&stack, &id);
    let events = subscribers_are_told(&stack, &id);
    let ledger = ledger_holds_the_rows_of(&stack, &id, &mailbox);
    no_sink_holds_a_canary(&stack, &id, &Told { jobs: troubled.bodies.into_iter().collect(), events, ledger });
}

#[test]
fn a_role_that_lacks_one_statement_keeps_the_mailbox_from_moving() {
    let moving = Move::new(&profile::plain(40, 1_000));
    let stack = Stack::deploy([moving.from.port(), moving.to.port()]);
    let role = json!({"RoleName": stack.resource("CopyRole"), "PolicyName": "copy"});
    let whole = stack.call("iam", "get_role_policy", role.clone())["PolicyDocument"].clone();
    let mut lacking = whole.clone();
    let statements = lacking["Statement"].as_array_mut().unwrap();
    let all = statements.len();
    statements.retain(|statement| statement["Sid"] != "KeepObjects");
    assert_eq!(statements.len(), all - 1);
    let put = |policy: &Value| {
        let mut with = role.clone();
        with["PolicyDocument"] = json!(policy.to_string());
        stack.call("iam", "put_role_policy", with);
    };
    put(&lacking);
    let (id, _) = begin(&stack, &moving);
    let stuck = until(&stack, &id, |record| record.state == State::Waiting || !record.state.under_way());
    assert_eq!(stuck.state, State::Waiting, "{}", stuck.reason);
    assert!(stuck.reason.contains("AccessDenied"), "{}", stuck.reason);
    put(&whole);
    let done = until(&stack, &id, |record| !record.state.under_way());
    assert_eq!(done.state, State::Verified, "{}", done.reason);
    assert_eq!(done.totals.copied, 40);
}

/// The record as soon as it is as wanted.
fn until(stack: &Stack, id: &MigrationId, wanted: impl Fn(&Migration) -> bool) -> Migration {
    let over = Instant::now() + Duration::from_secs(180);
    loop {
        let record = stack.record(id).unwrap();
        if wanted(&record) {
            return record;
        }
        assert!(Instant::now() < over, "{}: {}\n{}", record.state.word(), record.reason, stack.emulator.log());
        thread::sleep(Duration::from_millis(200));
        stack.sweep();
    }
}

/// The same request twice begins one migration: its id and its status address.
fn begin(stack: &Stack, moving: &Move) -> (MigrationId, String) {
    let request = moving.request();
    let answers = ["msg_deploy", "msg_deploy"].map(|id| stack.post(id, &request));
    for answer in &answers {
        assert_eq!(answer.status, 202, "{}\n{}", answer.body, stack.emulator.log());
    }
    assert_eq!(answers[0].body, answers[1].body);
    let answer: Value = serde_json::from_str(&answers[0].body).unwrap();
    let told = |name: &str| answer[name].as_str().unwrap().to_owned();
    (MigrationId(told("migration")), told("status"))
}

fn odd_requests_are_refused(stack: &Stack, moving: &Move) {
    let mut other = moving.request();
    other["options"] = json!({"exclude": ["Junk"]});
    assert_eq!(stack.post("msg_deploy", &other).status, 409, "another body under the same id");
    other["source"]["credential"] = json!({"type": SOURCE_PASSWORD, "password": DESTINATION_PASSWORD});
    let refused = stack.post("msg_odd", &other);
    assert_eq!(refused.status, 422, "{}", refused.body);
    for password in [SOURCE_PASSWORD, DESTINATION_PASSWORD] {
        assert!(!refused.body.contains(password), "{}", refused.body);
    }
}

/// The address that a signup is answered with shows a stranger four things; no other address or verb shows anything.
fn shows_its_status_and_nothing_else(stack: &Stack, address: &str) {
    let path =
        address.strip_prefix(stack.output("IntakeUrl").trim_end_matches('/')).unwrap_or_else(|| panic!("{address}"));
    let shown = stack.send(&format!("GET {path}"), &[], b"");
    assert_eq!(shown.status, 200, "{}\n{}", shown.body, stack.emulator.log());
    let fields: serde_json::Map<String, Value> = serde_json::from_str(&shown.body).unwrap();
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["counts", "next", "reason", "state"]);
    let rows = [
        (format!("GET {path}0"), 404),
        (format!("GET {}", path.replace('.', "/")), 404),
        (format!("GET {}", &path[..path.len() - 1]), 404),
        (format!("POST {path}"), 405),
        ("GET /".to_owned(), 405),
        ("DELETE /".to_owned(), 405),
        ("GET /status/".to_owned(), 404),
        ("GET /elsewhere".to_owned(), 404),
    ];
    for (line, status) in rows {
        let answer = stack.send(&line, &[], b"");
        assert_eq!(answer.status, status, "{line}: {}", answer.body);
        assert!(answer.body.contains("\"type\":\"about:blank\""), "{line}: {}", answer.body);
    }
}

fn report(stack: &Stack, id: &MigrationId) -> Value {
    let keys = stack.objects();
    let wanted = |key: &&String| key.contains(&id.0) && key.ends_with("reports/1.json");
    let key = keys.iter().find(wanted).unwrap_or_else(|| panic!("no report among {keys:?}"));
    serde_json::from_str(stack.object(key).as_str().unwrap()).unwrap()
}

/// The list, the status, the report; words that are taken, taken already, or refused; nothing without a signature. Each
/// answer is held to infra/openapi.json.
fn operators_see_and_say(stack: &Stack, id: &MigrationId) {
    let list = |parameters: Value| stack.operate("listMigrations", &parameters, &Value::Null);
    let get = |operation: &str| stack.operate(operation, &json!({"id": id.0}), &Value::Null);
    let post = |operation: &str, body: Value| stack.operate(operation, &json!({"id": id.0}), &body);
    let (status, listed) = list(json!({"state": "verified", "host": "127.0.0.1", "limit": 5}));
    assert_eq!((status, &listed["migrations"][0]["migration"], &listed["next"]), (200, &json!(id.0), &Value::Null));
    assert_eq!(list(json!({"state": "failed"})).1["migrations"], json!([]));
    assert_eq!(list(json!({"reference": "order 7"})).1["migrations"][0]["reference"], "order 7");
    let (status, shown) = get("getMigration");
    assert_eq!((status, &shown["state"]), (200, &json!("verified")), "{shown}");
    assert_eq!(shown["counts"]["copied"], shown["counts"]["source"], "{shown}");
    assert_eq!(get("getReport").1, report(stack, id));
    assert_eq!(get("listQuarantine").1, json!({"items": [], "next": null}));
    let item = json!({"id": id.0, "item": "1-2-3"});
    for operation in ["showQuarantined", "downloadQuarantined"] {
        assert_eq!(stack.operate(operation, &item, &Value::Null).0, 404);
    }

    for answer in [&listed, &shown, &report(stack, id)] {
        let text = answer.to_string();
        for canary in [SOURCE_PASSWORD, DESTINATION_PASSWORD, crate::stack::WEBHOOK_SECRET, SUBJECT, ADDRESS, BODY] {
            assert!(!text.contains(canary), "{canary} in an answer");
        }
    }
    for verb in ["pause", "resume"] {
        let (status, refused) = post(verb, Value::Null);
        assert_eq!((status, &refused["state"]), (409, &json!("verified")), "{verb}: {refused}");
    }
    assert_eq!(stack.operate("rerun", &json!({"id": id.0, "folder": 9_999}), &Value::Null).0, 404);
    let credential = json!({"type": "password", "password": SOURCE_PASSWORD});
    let (status, told) = post("credentials", json!({"side": "source", "credential": credential}));
    assert_eq!((status, &told["already"]), (200, &json!(false)), "{told}\n{}", stack.emulator.log());
    for already in [false, true] {
        let (status, told) = post("pass", json!({"kind": "final"}));
        assert_eq!((status, &told["already"]), (200, &json!(already)), "{told}");
    }
    let done = until(stack, id, |record| !record.state.under_way());
    assert_eq!((done.state, done.pass.number, done.this_pass.copied), (State::Verified, 2, 0), "{}", done.reason);
    assert_eq!(done.pass.kind.word(), "final");

    the_command_asks_the_same(stack, id);
    for operation in ["getMigration", "getReport", "pause", "cancel", "finish"] {
        let (status, _) = stack.operate_as(operation, &json!({"id": id.0}), &Value::Null, false);
        assert_eq!(status, 403, "{operation} without a signature");
    }
}

/// `posthorse … --stack NAME` with an operator's credentials.
fn the_command_asks_the_same(stack: &Stack, id: &MigrationId) {
    let of = ["--stack", "posthorse-test", "--migration", &id.0];
    let run = |arguments: &[&str], exit: i32| {
        let mut command = std::process::Command::new(crate::stack::built().join("posthorse"));
        command.args(arguments).env_clear().envs(stack.emulator.environment());
        let told = command.env("POSTHORSE_SOURCE_PASSWORD", SOURCE_PASSWORD).output().unwrap();
        let (out, talk) = (String::from_utf8(told.stdout).unwrap(), String::from_utf8(told.stderr).unwrap());
        assert_eq!(told.status.code(), Some(exit), "{arguments:?}: {out}\n{talk}");
        assert!(!(out.clone() + &talk).contains(SOURCE_PASSWORD));
        (out, talk)
    };
    let about = |words: &[&str], exit: i32| run(&[words, &of].concat(), exit);
    let (list, _) = run(&["list", "--stack", "posthorse-test", "--only", "verified", "--json"], 0);
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["migrations"][0]["migration"], json!(id.0), "{list}");
    assert!(
        run(&["list", "--stack", "posthorse-test", "--reference", "order 7"], 0)
            .0
            .contains("[order 7] verified (pass 2, final)")
    );
    let (status, _) = about(&["status", "--json"], 0);
    assert_eq!(serde_json::from_str::<Value>(&status).unwrap()["pass"]["kind"], "final");
    assert!(about(&["report"], 0).0.contains("The balance closes."));
    assert!(about(&["review", "list"], 0).0.contains("nothing is in quarantine"));
    assert!(about(&["credentials", "source"], 0).0.contains("verified"));
    assert!(about(&["pause"], 2).1.contains("verified"));
    assert!(about(&["rerun", "9999"], 2).1.contains("no such folder"));
    assert!(about(&["review", "show", "1-2-3"], 2).1.contains("no such item"));
    let other = run(&["status", "--stack", "posthorse-test", "--migration", "nobody"], 2).1;
    assert!(other.contains("no such migration"), "{other}");
    run(&["status", "--stack", "nowhere", "--migration", "m"], 5);
    run(&["status", "--stack", "posthorse-test"], 2);
    run(&["status", "--stack", "posthorse-test", "--migration", "m", "--state", "x"], 2);
}

/// Credentials live as long as the migration, encrypted, and not a minute longer.
fn credentials_end_with_the_migration(stack: &Stack, id: &MigrationId) {
    let kept = stack.rows("CredentialsTable");
    assert_eq!(kept.len(), 2, "one for each side: {kept:?}");
    let text = format!("{kept:?}");
    assert!(!text.contains(SOURCE_PASSWORD) && !text.contains(DESTINATION_PASSWORD));
    let told = stack.invoke("SweepFunction", &json!({"finish": id.0})).unwrap();
    assert_eq!(told["state"], "finished", "{told}");
    assert_eq!(stack.rows("CredentialsTable"), Vec::<Value>::new());
}

/// EventBridge was told everything, each event held to its schema in `infra/events/`; repeats have the id of the first.
fn subscribers_are_told(stack: &Stack, id: &MigrationId) -> String {
    // The sweep tells of the end, once nothing holds the credentials.
    let told = until(stack, id, |record| record.told.forgotten).told;
    assert_eq!((told.accepted, told.planned), (true, 2), "two passes");
    let events = stack.call("posthorse", "told", json!({}));
    let events = events.as_array().unwrap();
    let kinds: BTreeSet<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    for kind in ["accepted", "planned", "progress", "verified", "finished", "credentials_deleted"] {
        assert!(kinds.contains(format!("migration.{kind}").as_str()), "{kind} was not told: {kinds:?}");
    }
    let ids: BTreeSet<&str> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    eprintln!("{} events, {} of them repeats", events.len(), events.len() - ids.len());
    assert!(events.iter().all(|event| event["migration"] == id.0.as_str() && event["reference"] == "order 7"));
    json!(events).to_string()
}

/// The ledger as text: the migration's row and one for each folder of the source, by its name, and nothing else.
fn ledger_holds_the_rows_of(stack: &Stack, id: &MigrationId, mailbox: &Mailbox) -> String {
    let rows = stack.rows("LedgerTable");
    let keys: BTreeSet<(String, String)> = rows
        .iter()
        .map(|row| (row["pk"]["S"].as_str().unwrap().to_owned(), row["sk"]["S"].as_str().unwrap().to_owned()))
        .filter(|(pk, _)| *pk == format!("M#{}", id.0))
        .collect();
    let folders = (1..=mailbox.folders.len()).map(|number| format!("F#{number:010}"));
    let wanted: BTreeSet<_> = folders.chain(["M".to_owned()]).map(|sk| (format!("M#{}", id.0), sk)).collect();
    assert_eq!(keys, wanted);
    let text = json!(rows).to_string();
    // The request's logins, hosts and folder names are there, and only those.
    assert!(text.contains(FOLDER) && text.contains("127.0.0.1"), "{text}");
    text
}

/// What is not in the stack any more, or was looked at before.
struct Told {
    jobs: String,
    events: String,
    ledger: String,
}

/// Passwords nowhere; subjects, addresses and bodies in no record, job or log line; folder names in no job and no log line.
fn no_sink_holds_a_canary(stack: &Stack, id: &MigrationId, told: &Told) {
    let logs = stack.emulator.log() + &logs(stack);
    let reports: String = stack
        .objects()
        .iter()
        .filter(|key| key.contains("reports/") || key.contains("plan.json"))
        .map(|key| stack.object(key).to_string())
        .collect();
    let manifest = stack.unpacked(id, "manifest/") + &stack.unpacked(id, "index/");
    let sinks = [
        ("jobs", &told.jobs),
        ("events", &told.events),
        ("logs", &logs),
        ("ledger", &told.ledger),
        ("reports", &reports),
        ("manifest", &manifest),
    ];
    // Each is there to be searched.
    for (sink, part) in [
        ("jobs", "\"turn\":"),
        ("events", "migration.verified"),
        ("logs", "\"outcome\":\"verified\""),
        ("reports", "totals"),
        ("manifest", "\"uid\":"),
    ] {
        let (_, text) = sinks.iter().find(|(name, _)| *name == sink).unwrap();
        assert!(text.contains(part), "nothing of the {sink} is among what is searched");
    }
    let secrets = [SOURCE_PASSWORD, DESTINATION_PASSWORD, crate::stack::WEBHOOK_SECRET, SUBJECT, ADDRESS, BODY];
    for (sink, text) in sinks {
        for canary in secrets {
            assert!(!text.contains(canary), "{canary} in the {sink}");
        }
        if ["jobs", "events", "logs"].contains(&sink) {
            assert!(!text.contains(FOLDER), "a folder's name in the {sink}");
        }
    }
}

/// What CloudWatch has kept of all functions.
fn logs(stack: &Stack) -> String {
    let mut text = String::new();
    let groups = stack.call("logs", "describe_log_groups", json!({}));
    for group in groups["logGroups"].as_array().into_iter().flatten() {
        let mut token = Value::Null;
        loop {
            let mut with = json!({"logGroupName": group["logGroupName"]});
            if token.is_string() {
                with["nextToken"] = token.clone();
            }
            let page = stack.call("logs", "filter_log_events", with);
            page["events"]
                .as_array()
                .into_iter()
                .flatten()
                .for_each(|event| text.push_str(event["message"].as_str().unwrap_or("")));
            token = page["nextToken"].clone();
            if !token.is_string() {
                break;
            }
        }
    }
    text
}
