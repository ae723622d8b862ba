//! # Body
//! What the two words that need one say, strictly: what is not named here is refused by name, and no value is repeated.

use posthorse_aws::credential::Credential;
use posthorse_aws::web::Problem;
use posthorse_domain::migration::{PassKind, Side};
use posthorse_domain::ports::Secret;
use serde::Deserialize;

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
    let Credentials { side, credential } = Problem::or_read(body)?;
    let mut problems = Vec::new();
    let secret = credential.secret("credential", &mut problems);
    if let Some(problem) = problems.into_iter().next() {
        return Err(problem);
    }
    let side = match side {
        Mailbox::Source => Side::Source,
        Mailbox::Destination => Side::Destination,
    };
    Ok((side, secret))
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
