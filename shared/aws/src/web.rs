//! # Web
//! What a function URL hands over and takes back: the part of payload format 2.0 that intake and review read, and problem
//! documents (RFC 9457).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What is wrong with a request: where, and what it should be. No value is repeated, since any may be a password in the
/// wrong place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field's path, such as `source.host`.
    pub field: String,
    /// A sentence.
    pub detail: String,
}

impl Problem {
    /// A problem with this field.
    pub fn new(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: field.into(), detail: detail.into() }
    }

    /// What is wrong with the form of a JSON body. serde's own words name the field, but repeat values of a wrong type:
    /// those are left out.
    pub fn formal(error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        let (path, inner) = (error.path().to_string(), error.inner());
        let field = if path == "." { String::new() } else { path };
        if inner.is_syntax() || inner.is_eof() {
            return Self::new("", "the body is not JSON");
        }
        let words = inner.to_string();
        let words = words.split(" at line ").next().unwrap_or_default();
        let kept = ["unknown field", "missing field", "duplicate field"];
        let telling = kept.iter().any(|start| words.starts_with(start));
        Self::new(field, if telling { words } else { "is not of the right type, or not one of the words allowed here" })
    }

    /// Reads a body whose type refuses what it does not know.
    ///
    /// # Errors
    /// The first thing that is wrong with its form.
    pub fn or_read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Self> {
        let mut reader = serde_json::Deserializer::from_slice(body);
        let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| Self::formal(&error))?;
        reader.end().map_err(|_| Self::new("", "the body goes on behind its JSON object"))?;
        Ok(read)
    }
}

/// A request as it came.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// Path, percent-encoded.
    #[serde(default)]
    pub raw_path: String,
    /// What stands behind the question mark, percent-encoded.
    #[serde(default)]
    pub raw_query_string: String,
    /// Names in lower case; a header that came twice has both values in one, joined by a comma.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    request_context: Context,
    #[serde(default)]
    body: String,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    #[serde(default)]
    domain_name: String,
    http: Http,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

impl Envelope {
    /// The verb.
    pub fn method(&self) -> &str {
        &self.request_context.http.method
    }

    /// A header's value; names are compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The host under which the function was called, as Lambda says it (a header could say anything).
    pub fn domain(&self) -> &str {
        &self.request_context.domain_name
    }

    /// True when the body has more than `most` octets; nothing is decoded to find out.
    pub fn longer_than(&self, most: usize) -> bool {
        let carried = if self.is_base64_encoded { self.body.len() / 4 * 3 } else { self.body.len() };
        // Base64 pads by two octets at most.
        carried > most + if self.is_base64_encoded { 2 } else { 0 }
    }

    /// The body's very octets, as they were signed. None when they cannot be told.
    pub fn octets(&self) -> Option<Vec<u8>> {
        if self.is_base64_encoded { BASE64.decode(&self.body).ok() } else { Some(self.body.clone().into_bytes()) }
    }
}

/// An answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    status_code: u16,
    headers: BTreeMap<&'static str, String>,
    body: String,
}

impl Answer {
    fn new(status_code: u16, kind: &str, body: &serde_json::Value) -> Self {
        let headers = [("content-type", kind.to_owned()), ("cache-control", "no-store".to_owned())].into();
        Self { status_code, headers, body: body.to_string() }
    }

    /// A result.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json", body)
    }

    /// A problem document (RFC 9457).
    pub fn problem(status: u16, title: &str, detail: &str) -> Self {
        let document = json!({"type": "about:blank", "status": status, "title": title, "detail": detail});
        Self::new(status, "application/problem+json", &document)
    }

    /// 409: a state forbids it.
    pub fn refused(state: &str, detail: &str) -> Self {
        let title = "The state of the migration forbids it";
        let document = json!({"type": "about:blank", "status": 409, "title": title, "state": state, "detail": detail});
        Self::new(409, "application/problem+json", &document)
    }

    /// 422: well signed and not to be done, field by field.
    pub fn fields(problems: &[Problem]) -> Self {
        let errors: Vec<_> =
            problems.iter().map(|problem| json!({"field": problem.field, "detail": problem.detail})).collect();
        let title = "The request cannot be done as it stands";
        let document = json!({"type": "about:blank", "status": 422, "title": title, "errors": errors});
        Self::new(422, "application/problem+json", &document)
    }

    /// The same with one more header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.insert(name, value.into());
        self
    }

    /// What it says, for the log.
    pub fn status(&self) -> u16 {
        self.status_code
    }

    /// Its body, as it is sent.
    pub fn body(&self) -> &str {
        &self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(text: &str) -> Envelope {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_sample_event_is_decoded() {
        let event = envelope(include_str!("../../../events/intake.json"));
        assert_eq!((event.method(), event.raw_path.as_str()), ("POST", "/"));
        assert!(event.header("Webhook-Signature").unwrap().starts_with("v1,"));
        let body: serde_json::Value = serde_json::from_slice(&event.octets().unwrap()).unwrap();
        assert_eq!(body["source"]["host"], "imap.old.example");
    }

    #[test]
    fn the_octets_are_those_that_were_sent() {
        let context = r#""requestContext":{"http":{"method":"POST"}}"#;
        let plain = envelope(&format!(r#"{{{context},"body":"{{\"ä\":1}}"}}"#));
        assert_eq!(plain.octets().unwrap(), "{\"ä\":1}".as_bytes());
        let encoded = envelope(&format!(r#"{{{context},"body":"AP8K","isBase64Encoded":true}}"#));
        assert_eq!(encoded.octets().unwrap(), b"\x00\xff\n");
        let broken = envelope(&format!(r#"{{{context},"body":"A","isBase64Encoded":true}}"#));
        assert_eq!(broken.octets(), None);
        assert_eq!(envelope(&format!("{{{context}}}")).octets().unwrap(), b"");
    }

    #[test]
    fn a_bodys_length_is_known_before_it_is_decoded() {
        let context = r#""requestContext":{"http":{"method":"POST"}}"#;
        let plain = |length: usize| envelope(&format!(r#"{{{context},"body":"{}"}}"#, "x".repeat(length)));
        assert_eq!((plain(100).longer_than(100), plain(101).longer_than(100)), (false, true));
        for length in 97..=104_usize {
            let text = BASE64.encode(vec![b'x'; length]);
            let event = envelope(&format!(r#"{{{context},"body":"{text}","isBase64Encoded":true}}"#));
            // What is a little too long is found out by the signature's own check.
            assert!(!event.longer_than(100) || length > 100, "{length}");
            assert!(event.longer_than(100) || length < 103, "{length}");
        }
    }

    #[test]
    fn a_problem_is_a_problem_document() {
        let answer = Answer::problem(401, "Not signed", "none of the signatures is right");
        let text = serde_json::to_value(&answer).unwrap();
        assert_eq!(
            (&text["statusCode"], &text["headers"]["content-type"]),
            (&json!(401), &json!("application/problem+json"))
        );
        assert!(text["body"].as_str().unwrap().contains("\"type\":\"about:blank\""));
    }
}
