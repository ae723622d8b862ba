//! # Asks
//! Which request a command is. Pure.

use std::path::PathBuf;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use posthorse_domain::intake::verb::Verb;
use posthorse_domain::migration::Side;
use posthorse_domain::ports::Secret;
use serde_json::json;

/// What is asked of a stack.
pub enum Ask {
    /// Some migrations.
    List { state: Option<String>, reference: Option<String>, host: Option<String>, after: Option<String>, limit: u8 },
    /// Where one stands.
    Status { id: String },
    /// Its report.
    Report { id: String },
    /// A word about it.
    Word { id: String, verb: Verb },
    /// New credentials.
    Credentials { id: String, side: Side, secret: Secret },
    /// Some of its quarantine.
    Quarantine { id: String, after: Option<String>, limit: u8 },
    /// One message of it.
    Show { id: String, item: String },
    /// Its octets, into a file.
    Download { id: String, item: String, to: PathBuf },
}

impl Ask {
    /// Verb, path with query, body.
    pub fn request(&self) -> (&'static str, String, Vec<u8>) {
        match self {
            Self::List { state, reference, host, after, limit } => {
                let fields = [("state", state), ("reference", reference), ("host", host), ("after", after)];
                ("GET", format!("/migrations{}", query(&fields, *limit)), Vec::new())
            }
            Self::Status { id } => ("GET", of(id, ""), Vec::new()),
            Self::Report { id } => ("GET", of(id, "/report"), Vec::new()),
            Self::Word { id, verb } => word(id, *verb),
            Self::Credentials { id, side, secret } => {
                let password = String::from_utf8_lossy(secret.reveal());
                let credential = json!({"type": "password", "password": password});
                let body = json!({"side": side.to_string(), "credential": credential});
                ("POST", of(id, "/credentials"), body.to_string().into_bytes())
            }
            Self::Quarantine { id, after, limit } => {
                ("GET", of(id, &format!("/quarantine{}", query(&[("after", after)], *limit))), Vec::new())
            }
            Self::Show { id, item } => ("GET", of(id, &format!("/quarantine/{}", escaped(item))), Vec::new()),
            Self::Download { id, item, .. } => {
                ("GET", of(id, &format!("/quarantine/{}/download", escaped(item))), Vec::new())
            }
        }
    }
}

fn word(id: &str, verb: Verb) -> (&'static str, String, Vec<u8>) {
    match verb {
        Verb::Pass(kind) => ("POST", of(id, "/pass"), json!({"kind": kind.word()}).to_string().into_bytes()),
        Verb::Rerun(folder) => ("POST", of(id, &format!("/folders/{folder}/rerun")), Vec::new()),
        verb => ("POST", of(id, &format!("/{}", verb.word())), Vec::new()),
    }
}

fn of(id: &str, rest: &str) -> String {
    format!("/migrations/{}{rest}", escaped(id))
}

/// Ids and items are letters, digits and `-`; anything else finds nothing.
fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string().replace("%2D", "-")
}

fn query(fields: &[(&str, &Option<String>)], limit: u8) -> String {
    let given = fields.iter().filter_map(|(name, value)| Some(format!("{name}={}", escaped(value.as_ref()?))));
    let all: Vec<String> = given.chain([format!("limit={limit}")]).collect();
    format!("?{}", all.join("&"))
}

#[cfg(test)]
mod tests {
    use posthorse_domain::migration::PassKind;

    use super::*;

    #[test]
    fn every_command_is_a_request_of_the_api() {
        let id = || "m-1".to_owned();
        let word = |verb| Ask::Word { id: id(), verb };
        let list = Ask::List {
            state: Some("failed".into()),
            reference: Some("order 7&x".into()),
            host: None,
            after: Some("5-m".into()),
            limit: 9,
        };
        let credentials = Ask::Credentials { id: id(), side: Side::Source, secret: Secret::new("a\"b") };
        let rows = [
            (list, "GET", "/migrations?state=failed&reference=order%207%26x&after=5-m&limit=9", ""),
            (Ask::Status { id: id() }, "GET", "/migrations/m-1", ""),
            (Ask::Report { id: id() }, "GET", "/migrations/m-1/report", ""),
            (word(Verb::Pause), "POST", "/migrations/m-1/pause", ""),
            (word(Verb::Finish), "POST", "/migrations/m-1/finish", ""),
            (word(Verb::Pass(PassKind::Final)), "POST", "/migrations/m-1/pass", "{\"kind\":\"final\"}"),
            (word(Verb::Rerun(3)), "POST", "/migrations/m-1/folders/3/rerun", ""),
            (
                credentials,
                "POST",
                "/migrations/m-1/credentials",
                "{\"credential\":{\"password\":\"a\\\"b\",\"type\":\"password\"},\"side\":\"source\"}",
            ),
            (Ask::Quarantine { id: id(), after: None, limit: 50 }, "GET", "/migrations/m-1/quarantine?limit=50", ""),
            (Ask::Show { id: id(), item: "1-2-3".into() }, "GET", "/migrations/m-1/quarantine/1-2-3", ""),
            (Ask::Show { id: "../x".into(), item: "a/b".into() }, "GET", "/migrations/%2E%2E%2Fx/quarantine/a%2Fb", ""),
            (
                Ask::Download { id: id(), item: "1-2-3".into(), to: "x".into() },
                "GET",
                "/migrations/m-1/quarantine/1-2-3/download",
                "",
            ),
        ];
        for (ask, method, path, body) in rows {
            assert_eq!(ask.request(), (method, path.to_owned(), body.as_bytes().to_vec()));
        }
    }
}
