//! # Method
//! Chooses between LOGIN and AUTHENTICATE PLAIN, before anything is sent.

use async_imap::Authenticator;
use posthorse_domain::migration::{Failure, Trouble};
use posthorse_domain::ports::Secret;

use super::{Call, Capabilities};

/// How user and password are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// LOGIN with quoted strings (RFC 9051 §6.2.3).
    Login,
    /// AUTHENTICATE PLAIN (RFC 4616).
    Plain,
}

/// Refuses what no login can carry: a line end would begin a command of its own, and NUL separates PLAIN's fields.
pub(super) fn acceptable(call: &Call<'_>, secret: &Secret) -> Result<(), Failure> {
    let (what, side) = match (unspeakable(call.user.as_bytes()), unspeakable(secret.reveal())) {
        (true, _) => ("user name", call.side),
        (_, true) => ("password", call.side),
        _ => return Ok(()),
    };
    let why = format!(
        "was not asked: the {side}'s {what} contains a line break or NUL, which no login can carry; a password file \
         holds one line"
    );
    Err(call.failure(Trouble::Auth, why))
}

/// Chooses by what the login needs and what the server offers.
pub(super) fn choose(call: &Call<'_>, secret: &Secret, capabilities: &Capabilities) -> Result<Method, Failure> {
    let plain_offered = capabilities.has("AUTH=PLAIN");
    // RFC 9051 §6.2.3: no LOGIN while LOGINDISABLED is listed. Cyrus lists it after the login too; nobody asks then.
    if capabilities.has("LOGINDISABLED") && !plain_offered {
        let offered: Vec<_> = capabilities.mechanisms().collect();
        let offered = if offered.is_empty() { "nothing".to_owned() } else { offered.join(", ") };
        let why = format!("takes no password: it has LOGIN switched off and offers {offered} instead of PLAIN");
        return Err(call.failure(Trouble::Auth, why));
    }
    let quotable = printable(call.user.as_bytes()) && printable(secret.reveal());
    Ok(if quotable && !capabilities.has("LOGINDISABLED") { Method::Login } else { Method::Plain })
}

fn unspeakable(octets: &[u8]) -> bool {
    octets.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0))
}

fn printable(octets: &[u8]) -> bool {
    octets.iter().all(|octet| matches!(octet, b' '..=b'~'))
}

/// Answers PLAIN's one challenge.
pub(super) struct Plain<'a> {
    pub(super) user: &'a str,
    pub(super) secret: &'a Secret,
}

impl Authenticator for Plain<'_> {
    type Response = Vec<u8>;

    fn process(&mut self, _: &[u8]) -> Vec<u8> {
        [b"\0", self.user.as_bytes(), b"\0", self.secret.reveal()].concat()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use posthorse_domain::migration::Side;

    use super::*;

    fn call(user: &str) -> Call<'_> {
        Call { side: Side::Source, host: "mail.example", user, timeout: Duration::from_secs(1) }
    }

    #[test]
    fn line_ends_and_nul_are_refused_before_anything_is_sent() {
        let table: &[(&str, &[u8], bool)] = &[
            ("anna", b"secret", true),
            ("anna", b"se cret\t\"\\", true),
            ("anna", "h\u{e4}".as_bytes(), true),
            ("anna", b"secret\n", false),
            ("anna", b"sec\rret", false),
            ("anna", b"sec\0ret", false),
            ("an\nna", b"secret", false),
            ("an\0na", b"secret", false),
        ];
        for (user, password, good) in table {
            let got = acceptable(&call(user), &Secret::new(*password));
            assert_eq!(got.is_ok(), *good, "{user:?} {password:?}");
            assert!(got.err().is_none_or(|failure| failure.trouble == Trouble::Auth), "{user:?}");
        }
    }

    #[test]
    fn the_method_follows_the_login_and_the_offer() {
        let table: &[(&str, &[u8], &str, Option<Method>)] = &[
            ("anna", b"secret", "IMAP4rev1", Some(Method::Login)),
            ("anna", b"secret", "IMAP4rev1 AUTH=PLAIN", Some(Method::Login)),
            ("anna", br#"a "b" \c"#, "AUTH=PLAIN", Some(Method::Login)),
            ("anna", b"secret", "LOGINDISABLED AUTH=PLAIN", Some(Method::Plain)),
            ("anna", b"secret", "LOGINDISABLED AUTH=XOAUTH2", None),
            ("anna", b"secret", "LOGINDISABLED", None),
            ("anna", b"s\xc3\xa4", "AUTH=PLAIN", Some(Method::Plain)),
            ("anna", b"s\xc3\xa4", "", Some(Method::Plain)),
            ("\u{e4}nna", b"secret", "AUTH=PLAIN", Some(Method::Plain)),
            ("anna", b"tab\there", "AUTH=PLAIN", Some(Method::Plain)),
        ];
        for (user, password, offer, wanted) in table {
            let got = choose(&call(user), &Secret::new(*password), &Capabilities::read(offer.as_bytes()));
            assert_eq!(got.ok(), *wanted, "{user:?} {password:?} {offer}");
        }
    }
}
