//! # Body
//! What the two words that need one say, strictly: what is not named here is refused by name, and no value is repeated.

use std::fmt;

use posthorse_aws::web::Problem;
use posthorse_domain::migration::{PassKind, Side};
use posthorse_domain::ports::Secret;
use serde::Deserialize;

/// The longest password, in octets, as intake has it.
const LONGEST_PASSWORD: usize = 3_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pass {
    kind: Kind,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Delta,
    Final,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    side: Mailbox,
    credential: Credential,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mailbox {
    Source,
    Destination,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum Credential {
    Password { password: Hidden },
}

/// A text that does not print.
#[derive(Deserialize)]
#[serde(transparent)]
struct Hidden(String);

impl fmt::Debug for Hidden {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// `{"kind": "delta"}` or `{"kind": "final"}`.
///
/// # Errors
/// The field that is wrong.
pub fn pass(body: &[u8]) -> Result<PassKind, Problem> {
    Ok(match Problem::or_read::<Pass>(body)?.kind {
        Kind::Delta => PassKind::Delta,
        Kind::Final => PassKind::Final,
    })
}

/// `{"side": "source", "credential": {"type": "password", "password": …}}`.
///
/// # Errors
/// The field that is wrong.
pub fn credentials(body: &[u8]) -> Result<(Side, Secret), Problem> {
    let Credentials { side, credential: Credential::Password { password: Hidden(password) } } = Problem::or_read(body)?;
    let problem = |detail: String| Err(Problem::new("credential.password", detail));
    if password.is_empty() || password.len() > LONGEST_PASSWORD {
        return problem(format!("is empty or longer than {LONGEST_PASSWORD} octets"));
    }
    if password.contains(['\r', '\n', '\0']) {
        return problem("has a line end or NUL".into());
    }
    let side = match side {
        Mailbox::Source => Side::Source,
        Mailbox::Destination => Side::Destination,
    };
    Ok((side, Secret::new(password)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_read_strictly() {
        assert_eq!(pass(br#"{"kind": "final"}"#), Ok(PassKind::Final));
        for bad in ["", "{}", r#"{"kind": "initial"}"#, r#"{"kind": "delta", "x": 1}"#, r#"{"kind": "delta"} {}"#, "[]"]
        {
            assert!(pass(bad.as_bytes()).is_err(), "{bad}");
        }
        let good = br#"{"side": "destination", "credential": {"type": "password", "password": "new"}}"#;
        assert_eq!(credentials(good), Ok((Side::Destination, Secret::new("new"))));
    }

    #[test]
    fn what_is_wrong_is_named_and_no_value_repeated() {
        let secret = "Heuwagen-7719";
        let rows = [
            (format!(r#"{{"side": "{secret}", "credential": {{"type": "password", "password": "x"}}}}"#), "side"),
            (format!(r#"{{"side": "store", "credential": {{"type": "password", "password": "{secret}"}}}}"#), "side"),
            (format!(r#"{{"side": "source", "credential": {{"type": "{secret}"}}}}"#), "credential"),
            (format!(r#"{{"side": "source", "credential": "{secret}"}}"#), "credential"),
            (
                format!(r#"{{"side": "source", "credential": {{"type": "password", "password": "{secret}\n"}}}}"#),
                "credential.password",
            ),
            (r#"{"side": "source", "credential": {"type": "password", "password": ""}}"#.into(), "credential.password"),
            (format!(r#"{{"side": "source", "pasword": "{secret}"}}"#), "pasword"),
        ];
        for (body, field) in rows {
            let problem = credentials(body.as_bytes()).unwrap_err();
            assert!(problem.field.starts_with(field), "{body}: {problem:?}");
            assert!(!format!("{problem:?}").contains(secret), "{problem:?}");
        }
    }
}
