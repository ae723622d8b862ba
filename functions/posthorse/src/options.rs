//! # Options
//! What the environment and the command line say, read once, all problems together.

use std::path::{Path, PathBuf};
use std::time::Duration;

use posthorse_domain::migration::label::Labels;
use posthorse_domain::migration::{Anchor, Options, Request, ServerSide, Side};
use posthorse_domain::plan::select;
use posthorse_domain::ports::Secret;
use posthorse_domain::turn::Timing;

use crate::args::{Logins, Migrate};
use crate::{password, url};

/// Timings from the environment.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long one step may work.
    pub step: Duration,
    /// Timings of the chain.
    pub timing: Timing,
}

impl Settings {
    /// `POSTHORSE_STEP_SECONDS` (120) and `POSTHORSE_QUIET_SECONDS` (2).
    pub fn read() -> Result<Self, String> {
        let step = seconds("POSTHORSE_STEP_SECONDS", 120)?;
        let quiet = seconds("POSTHORSE_QUIET_SECONDS", 2)?;
        // The lock on the state directory is the lease: a step may run over its time to finish one message.
        Ok(Self { step, timing: Timing { margin: Duration::from_secs(3600), quiet, messages: None } })
    }
}

fn seconds(name: &str, default: u64) -> Result<Duration, String> {
    let Some(value) = std::env::var_os(name) else { return Ok(Duration::from_secs(default)) };
    let read = value.to_str().and_then(|value| value.parse().ok()).filter(|seconds| *seconds <= 86_400);
    read.map(Duration::from_secs).ok_or_else(|| format!("{name} is not a number of seconds from 0 to 86400"))
}

/// Both sides and the choices. Errors are for people and list every problem.
pub fn request(args: &Migrate) -> Result<Request, String> {
    let mut problems = Vec::new();
    let mut side = |which: Side, text: &str| -> Option<ServerSide> {
        url::parse(text, args.logins.insecure_plaintext)
            .map_err(|problem| problems.push(format!("the {which}: {problem}")))
            .ok()
    };
    let source = side(Side::Source, &args.source);
    let destination = side(Side::Destination, &args.destination);
    let options = options(args, &mut problems);
    let logins = &args.logins;
    let mut tls = |name: &str, ca: Option<&Path>, pin: Option<&str>| {
        anchor(ca, pin).map_err(|problem| problems.push(format!("--{name}-{problem}"))).ok().flatten()
    };
    let here = tls("source", logins.source_ca_file.as_deref(), logins.source_pin.as_deref());
    let there = tls("destination", logins.destination_ca_file.as_deref(), logins.destination_pin.as_deref());
    match (source, destination) {
        (Some(source), Some(destination)) if problems.is_empty() => {
            if (&source.host, source.port, &source.user) == (&destination.host, destination.port, &destination.user) {
                return Err("source and destination are the same mailbox".into());
            }
            let source = ServerSide { tls: here, ..source };
            Ok(Request { source, destination: ServerSide { tls: there, ..destination }, options })
        }
        _ => Err(problems.join("\n")),
    }
}

/// What a side's certificate has to agree with. Errors begin with the rest of the option's name.
fn anchor(ca: Option<&Path>, pin: Option<&str>) -> Result<Option<Anchor>, String> {
    if let Some(pin) = pin {
        return Anchor::pin(pin).map(Some).map_err(|problem| format!("pin '{pin}' {problem}"));
    }
    let Some(path) = ca else { return Ok(None) };
    let told = |what: String| format!("ca-file {} {what}", path.display());
    let pem = std::fs::read_to_string(path).map_err(|cause| told(format!("cannot be read: {cause}")))?;
    Anchor::ca(&pem).map(Some).map_err(told)
}

fn options(args: &Migrate, problems: &mut Vec<String>) -> Options {
    let labels = args.labels.map(Labels::from).unwrap_or_default();
    let mut options = Options { connections: args.connections, labels, ..Options::default() };
    for rule in &args.map {
        match select::map_rule(rule) {
            Ok(rule) => options.map.push(rule),
            Err(problem) => problems.push(format!("--map '{rule}': {problem}")),
        }
    }
    for (name, texts, into) in
        [("--include", &args.include, &mut options.include), ("--exclude", &args.exclude, &mut options.exclude)]
    {
        for text in texts {
            match select::pattern(text) {
                Ok(pattern) => into.push(pattern),
                Err(problem) => problems.push(format!("{name} '{text}': {problem}")),
            }
        }
    }
    options
}

/// Both passwords.
pub fn secrets(request: &Request, logins: &Logins) -> Result<(Secret, Secret), String> {
    let source = password::find(Side::Source, &request.source, logins.source_password_file.as_deref())?;
    let file = logins.destination_password_file.as_deref();
    Ok((source, password::find(Side::Destination, &request.destination, file)?))
}

/// The extra certificate authorities.
pub fn authorities(logins: &Logins) -> Result<Option<Vec<u8>>, String> {
    let read =
        |path: &Path| std::fs::read(path).map_err(|cause| format!("read the CA file {}: {cause}", path.display()));
    logins.ca_file.as_deref().map(read).transpose()
}

/// `./posthorse-state/<source>-<destination>`, odd characters as `_`.
pub fn state_dir(request: &Request) -> PathBuf {
    let of = |side: &ServerSide| {
        if side.user.contains('@') { side.user.clone() } else { format!("{}@{}", side.user, side.host) }
    };
    let name = format!("{}-{}", of(&request.source), of(&request.destination));
    let safe = |letter: char| letter.is_ascii_alphanumeric() || ".@_-".contains(letter);
    let name: String = name.chars().map(|letter| if safe(letter) { letter } else { '_' }).take(200).collect();
    Path::new("posthorse-state").join(name)
}
