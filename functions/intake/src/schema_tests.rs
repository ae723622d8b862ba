use posthorse_aws::credential::LONGEST_PASSWORD;
use serde_json::{Value, json};

use super::*;

const RULES: Rules = Rules { ports: Vec::new(), tests: false, connections: 2, retention_days: 30 };

fn rules() -> Rules {
    Rules { ports: vec![993, 143], ..RULES }
}

fn body() -> Value {
    json!({
        "source": {"host": "imap.old.example", "user": "anna@old.example",
                   "credential": {"type": "password", "password": "left behind"}},
        "destination": {"host": "mail.new.example", "port": 143, "security": "starttls", "user": "anna",
                        "credential": {"type": "password", "password": "brand new"}},
    })
}

/// The body with the value at a path (`/source/host`) replaced, added, or (null) taken away.
fn with(path: &str, value: Value) -> Value {
    let mut body = body();
    let (parent, name) = path.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() {
        parent.remove(name)
    } else {
        parent.insert(name.into(), value)
    };
    body
}

fn asked(body: &Value) -> Result<Asked, Vec<Problem>> {
    read(body.to_string().as_bytes(), &rules())
}

fn problems(body: &Value) -> Vec<Problem> {
    asked(body).err().unwrap_or_else(|| panic!("taken: {body}"))
}

#[test]
fn a_request_is_read_and_its_defaults_filled_in() {
    let asked = asked(&body()).map_err(|problems| format!("{problems:?}")).unwrap();
    let (source, destination) = (&asked.request.source, &asked.request.destination);
    assert_eq!((source.host.as_str(), source.port, source.security), ("imap.old.example", 993, Security::Tls));
    assert_eq!((destination.port, destination.security), (143, Security::Starttls));
    assert_eq!((asked.source.reveal(), asked.destination.reveal()), (&b"left behind"[..], &b"brand new"[..]));
    let options = &asked.request.options;
    assert_eq!((options.connections, options.life.retention_days, options.life.delta_every), (2, 30, 86_400));
}

#[test]
fn a_server_of_ones_own_is_named_by_its_authority_or_its_certificate() {
    let pin = "AB:".repeat(31) + "AB";
    let read = asked(&with("/source/tls", json!({"pin": pin}))).map_err(|problems| format!("{problems:?}")).unwrap();
    assert_eq!(read.request.source.tls, Some(Anchor::Pin("ab".repeat(32))));
    let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let read =
        asked(&with("/destination/tls", json!({"ca": pem}))).map_err(|problems| format!("{problems:?}")).unwrap();
    assert_eq!(read.request.destination.tls, Some(Anchor::Ca(pem.into())));
    for (tls, field) in [
        (json!({"pin": "ab"}), "source.tls.pin"),
        (json!({"ca": "none"}), "source.tls.ca"),
        (json!({"accept": "invalid"}), "source.tls"),
    ] {
        let problems = asked(&with("/source/tls", tls)).err().unwrap();
        assert!(problems.iter().any(|problem| problem.field.starts_with(field)), "{problems:?}");
    }
}

#[test]
fn choices_are_read() {
    let choices = json!({"map": [{"from": "A=B", "to": "C"}], "include": ["Work"], "exclude": ["Junk"],
                         "connections": 200, "labels": "each", "delta_every_hours": 6});
    let options =
        asked(&with("/options", choices)).map_err(|problems| format!("{problems:?}")).unwrap().request.options;
    assert_eq!(options.map, [MapRule { from: "A=B".into(), to: "C".into() }]);
    assert_eq!((options.include, options.exclude), (vec!["Work".to_owned()], vec!["Junk".to_owned()]));
    assert_eq!((options.connections, options.labels, options.life.delta_every), (2, Labels::Each, 6 * 3600));
}

#[test]
fn the_callers_reference_is_kept() {
    let asked = asked(&with("/reference", json!("order 4711"))).map_err(|problems| format!("{problems:?}")).unwrap();
    assert_eq!(asked.request.options.reference, "order 4711");
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    for (path, field) in [
        ("/pasword", "pasword"),
        ("/source/hostname", "source.hostname"),
        ("/destination/ssl", "destination.ssl"),
        ("/source/credential/pass", "pass"),
        ("/options", "options.dry_run"),
    ] {
        let value = if path == "/options" { json!({"dry_run": true}) } else { json!("x") };
        let problems = problems(&with(path, value));
        let name = field.rsplit('.').next().unwrap();
        assert!(problems[0].detail.contains(&format!("unknown field `{name}`")), "{field}: {problems:?}");
    }
}

#[test]
fn what_is_missing_is_named() {
    for (path, name) in [
        ("/source", "source"),
        ("/source/host", "host"),
        ("/destination/user", "user"),
        ("/source/credential", "credential"),
        ("/source/credential/password", "password"),
    ] {
        let problems = problems(&with(path, Value::Null));
        assert!(problems[0].detail.contains(&format!("missing field `{name}`")), "{path}: {problems:?}");
    }
}

#[test]
fn each_value_is_checked_and_named() {
    let long = "x".repeat(5_000);
    let rows = [
        ("/source/host", json!(""), "source.host"),
        ("/source/host", json!("a b"), "source.host"),
        ("/source/host", json!("imap.example/x"), "source.host"),
        ("/source/host", json!("imap\r\nexample"), "source.host"),
        ("/source/host", json!(long), "source.host"),
        ("/source/port", json!(0), "source.port"),
        ("/source/port", json!(25), "source.port"),
        ("/source/security", json!("plaintext"), "source.security"),
        ("/source/user", json!(""), "source.user"),
        ("/source/user", json!("a\r\nb LOGOUT"), "source.user"),
        ("/destination/user", json!("a\u{0}b"), "destination.user"),
        ("/source/credential/password", json!(""), "source.credential.password"),
        ("/source/credential/password", json!(long), "source.credential.password"),
        ("/source/credential/password", json!("a\r\nb"), "source.credential.password"),
        ("/reference", json!(long), "reference"),
        ("/reference", json!("order\r\n7"), "reference"),
        ("/options", json!({"map": [{"from": "", "to": "B"}]}), "options.map[0]"),
        ("/options", json!({"map": [{"from": "A", "to": "B*"}]}), "options.map[0]"),
        ("/options", json!({"exclude": ["A", ""]}), "options.exclude[1]"),
    ];
    for (path, value, field) in rows {
        let problems = problems(&with(path, value.clone()));
        assert_eq!(
            problems.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>(),
            [field],
            "{path} {value}"
        );
    }
}

#[test]
fn all_wrong_values_are_told_together() {
    let mut body = with("/source/host", json!(""));
    body["destination"]["user"] = json!("");
    assert_eq!(problems(&body).len(), 2);
}

#[test]
fn a_mailbox_does_not_move_onto_itself() {
    let mut body = body();
    body["destination"] = body["source"].clone();
    body["destination"]["host"] = json!("IMAP.old.example");
    assert_eq!(problems(&body)[0].field, "destination");
}

#[test]
fn no_value_is_repeated_whatever_is_wrong() {
    let secret = "Heuwagen-7719";
    for path in [
        "/source/port",
        "/source/security",
        "/source/credential",
        "/source/credential/type",
        "/source",
        "/options",
        "/source/credential/password",
        "/destination/host",
    ] {
        for value in [json!(secret), json!([secret]), json!({"type": secret}), json!({"a": {"b": secret}})] {
            let Err(problems) = asked(&with(path, value)) else { continue };
            assert!(!format!("{problems:?}").contains(secret), "{path}: {problems:?}");
        }
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for text in ["", "{", "[]", "null", "\"x\"", "{\"source\": NaN}", "{} {}", "\u{feff}{}"] {
        assert!(read(text.as_bytes(), &rules()).is_err(), "{text}");
    }
    let twice = format!("{} x", body());
    assert_eq!(read(twice.as_bytes(), &rules()).err().unwrap()[0].detail, "the body goes on behind its JSON object");
    assert!(read(b"\xff\xfe", &rules()).is_err());
}

#[test]
fn only_tests_may_go_without_tls() {
    let mut body = with("/source/security", json!("plaintext"));
    body["source"]["port"] = json!(20_143);
    let tests = Rules { tests: true, ports: vec![993, 143, 20_143], ..rules() };
    let asked = read(body.to_string().as_bytes(), &tests).map_err(|problems| format!("{problems:?}")).unwrap();
    assert_eq!((asked.request.source.security, asked.request.source.port), (Security::Plaintext, 20_143));
}

/// The fields that the code knows at a place, as it tells them when another one is there.
fn taken_at(path: &str) -> Vec<String> {
    let mut body = body();
    if path == "/options" || path == "/options/map/0" {
        body["options"] = json!({"map": [{"from": "A", "to": "B"}]});
    }
    body.pointer_mut(path).unwrap().as_object_mut().unwrap().insert("zz".into(), json!(1));
    let told = problems(&body).remove(0).detail;
    let (_, listed) = told.split_once("expected").unwrap_or_else(|| panic!("{path}: {told}"));
    let mut names: Vec<String> = listed.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    names.sort();
    names
}

#[test]
fn the_openapi_document_has_these_fields_and_no_others() {
    let document: Value = serde_json::from_str(include_str!("../../../infra/openapi.json")).unwrap();
    let schemas = &document["components"]["schemas"];
    let rows = [
        ("", &schemas["Signup"]),
        ("/source", &schemas["SignupSide"]),
        ("/destination", &schemas["SignupSide"]),
        ("/options", &schemas["SignupOptions"]),
        ("/options/map/0", &schemas["SignupOptions"]["properties"]["map"]["items"]),
    ];
    for (path, schema) in rows {
        let described: Vec<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(described, taken_at(path), "{path}");
        assert_eq!(schema["additionalProperties"], json!(false), "{path}");
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap();
            if !path.starts_with("/options") {
                assert!(asked(&with(&format!("{path}/{name}"), Value::Null)).is_err(), "{path}/{name} is not required");
            }
        }
    }
    let longest = |name: &str| schemas["SignupSide"]["properties"][name]["maxLength"].as_u64().unwrap();
    assert_eq!((longest("host"), longest("user")), (253, 1_000));
    assert_eq!(schemas["Signup"]["properties"]["reference"]["maxLength"], json!(LONGEST_REFERENCE));
    assert_eq!(schemas["Credential"]["properties"]["password"]["maxLength"], json!(LONGEST_PASSWORD));
}
