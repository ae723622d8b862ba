//! # Credential
//! A credential in a request's body, as intake and review take it. It neither prints nor shows up in what is said to be wrong.

use std::fmt;

use posthorse_domain::ports::Secret;
use serde::Deserialize;

use crate::web::Problem;

/// The longest password, in octets: what the key service encrypts directly, with room for more.
pub const LONGEST_PASSWORD: usize = 3_000;

/// Tagged, so that other kinds of credentials can come.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Credential {
    /// `{"type": "password", "password": …}`.
    Password {
        /// As the mail server takes it.
        password: Hidden,
    },
}

/// A text that does not print.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct Hidden(String);

impl fmt::Debug for Hidden {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

impl Credential {
    /// The secret itself; all that is wrong with it is added to `problems`, under the path of this credential.
    pub fn secret(self, path: &str, problems: &mut Vec<Problem>) -> Secret {
        let Self::Password { password: Hidden(password) } = self;
        let mut wrong = |detail: String| problems.push(Problem::new(format!("{path}.password"), detail));
        if password.is_empty() || password.len() > LONGEST_PASSWORD {
            wrong(format!("is empty or longer than {LONGEST_PASSWORD} octets"));
        }
        // No login can carry them.
        if password.contains(['\r', '\n', '\0']) {
            wrong("has a line end or NUL".into());
        }
        Secret::new(password)
    }
}
