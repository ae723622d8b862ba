use super::super::listings::server;
use super::super::map::map;
use super::*;
use crate::migration::Options;

fn plan() -> Plan {
    let source = server("INBOX.", ".").folder("INBOX", 3).folder("INBOX.Größe", 4).but(|folder| {
        folder.status.as_mut().unwrap().octets = Some(4096);
    });
    let source = source.folder("INBOX.Locked", 0).but(|folder| folder.status = None).folder("INBOX.Out", 9);
    let options = Options { exclude: vec!["Out".into()], ..Options::default() };
    map(&source, &server("", "/").folder("INBOX", 0), &options, &[]).unwrap()
}

#[test]
fn the_table_shows_what_goes_where() {
    let row = |folder: &str, destination: Option<&str>, why: &str, messages, octets| Row {
        folder: folder.into(),
        destination: destination.map(Into::into),
        why: why.into(),
        messages,
        octets,
        notes: Vec::new(),
    };
    assert_eq!(
        table(&plan()),
        [
            row("INBOX", Some("INBOX"), "INBOX", Some(3), None),
            row("INBOX.Größe", Some("Größe"), "same name", Some(4), Some(4096)),
            row("INBOX.Locked", Some("Locked"), "same name", None, None),
            row("INBOX.Out", None, "excluded", Some(9), None),
        ]
    );
}

#[test]
fn the_document_keeps_its_form() {
    let document = PlanDocument::new(&plan());
    let json = serde_json::to_value(&document).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(
        json["folders"][1],
        serde_json::json!({
            "number": 2, "source": "INBOX.Größe", "destination": "Größe", "why": "same name", "role": "carry",
            "messages": 4, "octets": 4096, "create": true
        })
    );
    assert_eq!(json["folders"][3]["role"], "filtered");
    assert_eq!(json["folders"][3]["destination"], serde_json::Value::Null);
    assert_eq!(json["warnings"], serde_json::json!([]));
    assert_eq!(serde_json::from_value::<PlanDocument>(json).unwrap(), document);
}
