//! # Schema
//! The body of a request, strictly: what is not named here is refused by name. No value of the body is ever repeated, since
//! any of them may be a password in the wrong place.

use posthorse_aws::credential::Credential;
use posthorse_aws::web::Problem;
use posthorse_domain::migration::label::Labels;
use posthorse_domain::migration::request::MapRule;
use posthorse_domain::migration::{Anchor, Life, Options, Request, Security, ServerSide};
use posthorse_domain::plan::select;
use posthorse_domain::ports::Secret;
use serde::Deserialize;

/// The longest host name (RFC 1035), and the longest login that servers take.
const LONGEST_HOST: usize = 253;
const LONGEST_USER: usize = 1_000;
/// The caller's own name for a migration.
const LONGEST_REFERENCE: usize = 200;
/// Rules and patterns in one request.
const MOST_RULES: usize = 1_000;

/// What a deployment allows.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Ports that may be dialled.
    pub ports: Vec<u16>,
    /// True in the project's own tests only: connections without TLS, to loopback addresses.
    pub tests: bool,
    /// Connection pairs per migration, at most.
    pub connections: u8,
    /// Days from a migration's end until what is kept of it is deleted.
    pub retention_days: u32,
}

/// What was asked for, with the credentials apart.
pub struct Asked {
    /// The two mailboxes and the choices.
    pub request: Request,
    /// Of the source.
    pub source: Secret,
    /// Of the destination.
    pub destination: Secret,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    source: Side,
    destination: Side,
    #[serde(default)]
    options: Choices,
    #[serde(default)]
    reference: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Side {
    host: String,
    port: Option<u16>,
    #[serde(default)]
    security: Protection,
    user: String,
    credential: Credential,
    /// `{"ca": PEM}` or `{"pin": sha256}`.
    tls: Option<Anchor>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Protection {
    #[default]
    Tls,
    Starttls,
    Plaintext,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Choices {
    map: Vec<Mapping>,
    include: Vec<String>,
    exclude: Vec<String>,
    connections: Option<u8>,
    labels: Labels,
    delta_every_hours: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mapping {
    from: String,
    to: String,
}

/// Reads a body.
///
/// # Errors
/// The first thing that is wrong with its form, else all things that are wrong with its values.
pub fn read(body: &[u8], rules: &Rules) -> Result<Asked, Vec<Problem>> {
    let body: Body = Problem::or_read(body).map_err(|problem| vec![problem])?;
    let mut problems = Vec::new();
    let source = side("source", &body.source, rules, &mut problems);
    let destination = side("destination", &body.destination, rules, &mut problems);
    let options = Options { reference: body.reference, ..options(body.options, rules, &mut problems) };
    if options.reference.len() > LONGEST_REFERENCE || options.reference.chars().any(char::is_control) {
        let detail = format!("is longer than {LONGEST_REFERENCE} octets, or has control characters");
        problems.push(Problem::new("reference", detail));
    }
    let key = |side: &ServerSide| (side.host.to_lowercase(), side.port, side.user.clone());
    if key(&source) == key(&destination) {
        problems.push(Problem::new("destination", "is the same mailbox as the source"));
    }
    let secrets = [("source", body.source.credential), ("destination", body.destination.credential)];
    let [source_secret, destination_secret] =
        secrets.map(|(name, credential)| credential.secret(&format!("{name}.credential"), &mut problems));
    if !problems.is_empty() {
        return Err(problems);
    }
    let request = Request { source, destination, options };
    Ok(Asked { request, source: source_secret, destination: destination_secret })
}

fn side(name: &str, side: &Side, rules: &Rules, problems: &mut Vec<Problem>) -> ServerSide {
    let mut wrong = |field: &str, detail: &str| problems.push(Problem::new(format!("{name}.{field}"), detail));
    let odd = |letter: char| letter.is_control() || letter.is_whitespace() || "/?#@\\".contains(letter);
    if side.host.is_empty() || side.host.len() > LONGEST_HOST || side.host.chars().any(odd) {
        wrong("host", "is not a host name or address");
    }
    if side.user.is_empty() || side.user.len() > LONGEST_USER || side.user.chars().any(char::is_control) {
        wrong("user", "is empty, too long, or has control characters");
    }
    if side.security == Protection::Plaintext && !rules.tests {
        wrong("security", "is tls or starttls; passwords are never sent without");
    }
    let (security, usual) = match side.security {
        Protection::Tls => (Security::Tls, 993),
        Protection::Starttls => (Security::Starttls, 143),
        Protection::Plaintext => (Security::Plaintext, 143),
    };
    let port = side.port.unwrap_or(usual);
    if !rules.ports.contains(&port) {
        wrong("port", "is not one that this deployment may dial");
    }
    let tls = side.tls.as_ref().and_then(|anchor| {
        let (field, read) = match anchor {
            Anchor::Ca(pem) => ("tls.ca", Anchor::ca(pem)),
            Anchor::Pin(digits) => ("tls.pin", Anchor::pin(digits)),
        };
        read.map_err(|detail| wrong(field, &detail)).ok()
    });
    ServerSide { host: side.host.clone(), port, security, user: side.user.clone(), tls }
}

fn options(choices: Choices, rules: &Rules, problems: &mut Vec<Problem>) -> Options {
    let mut options = Options::default();
    if choices.map.len() + choices.include.len() + choices.exclude.len() > MOST_RULES {
        problems.push(Problem::new("options", format!("has more than {MOST_RULES} rules")));
        return options;
    }
    for (index, Mapping { from, to }) in choices.map.into_iter().enumerate() {
        match select::map_rule(&format!("{}={}", select::escaped(&from), select::escaped(&to))) {
            Ok(MapRule { from, to }) => options.map.push(MapRule { from, to }),
            Err(why) => problems.push(Problem::new(format!("options.map[{index}]"), why.to_string())),
        }
    }
    for (name, texts, into) in
        [("include", choices.include, &mut options.include), ("exclude", choices.exclude, &mut options.exclude)]
    {
        for (index, text) in texts.into_iter().enumerate() {
            match select::pattern(&text) {
                Ok(pattern) => into.push(pattern),
                Err(why) => problems.push(Problem::new(format!("options.{name}[{index}]"), why.to_string())),
            }
        }
    }
    // More than the deployment's share would be taken from other mailboxes of the same host.
    options.connections = choices.connections.unwrap_or(rules.connections).clamp(1, rules.connections.max(1));
    options.labels = choices.labels;
    options.life = Life { retention_days: rules.retention_days, ..Life::HOSTED };
    if let Some(hours) = choices.delta_every_hours {
        options.life.delta_every = u64::from(hours) * 3600;
    }
    options
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
