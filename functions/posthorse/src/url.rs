//! # URL
//! `imaps://user@host[:port]` as a server and a login (RFC 5092, the part that names a mailbox).

use percent_encoding::percent_decode_str;
use posthorse_domain::migration::{Security, ServerSide};

/// Reads one side. `plaintext` is a person's word that no TLS is wanted (loopback only; the dialler checks).
pub fn parse(url: &str, plaintext: bool) -> Result<ServerSide, String> {
    let (security, port, rest) = if let Some(rest) = url.strip_prefix("imaps://") {
        (if plaintext { Security::Plaintext } else { Security::Tls }, 993, rest)
    } else if let Some(rest) = url.strip_prefix("imap://") {
        (if plaintext { Security::Plaintext } else { Security::Starttls }, 143, rest)
    } else {
        return Err("a mailbox is written imaps://user@host[:port] or imap://user@host[:port]".into());
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let Some((user, host)) = rest.rsplit_once('@') else {
        return Err("the user is missing: imaps://user@host[:port]".into());
    };
    if user.contains(':') {
        return Err("a password in the address is not taken: other people on this machine could read it. Use --source-password-file and --destination-password-file, the environment, or the prompt".into());
    }
    let user = percent_decode_str(user).decode_utf8().map_err(|_| "the user is not UTF-8 after percent-decoding")?;
    if user.is_empty() || user.chars().any(char::is_control) {
        return Err("the user is empty or has control characters".into());
    }
    let (host, port) = split_port(host, port)?;
    Ok(ServerSide { host, port, security, user: user.into_owned(), tls: None })
}

fn split_port(host: &str, default: u16) -> Result<(String, u16), String> {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, "")) => (address, None),
        Some((address, port)) => (address, port.strip_prefix(':')),
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    if name.is_empty() || name.contains(['/', '?', '#', ' ']) {
        return Err(format!("'{host}' is not a host: write imaps://user@host[:port]"));
    }
    let port = match port {
        None => default,
        Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or_else(|| format!("'{port}' is not a port"))?,
    };
    Ok((name.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_their_defaults_filled_in() {
        let rows = [
            ("imaps://me%40example.com@mail.example.com", "me@example.com", "mail.example.com", 993, Security::Tls),
            ("imap://me@mail.example.com/", "me", "mail.example.com", 143, Security::Starttls),
            ("imaps://me@[::1]:1993", "me", "::1", 1993, Security::Tls),
            ("imaps://me@example.com@mail.example.com:7", "me@example.com", "mail.example.com", 7, Security::Tls),
        ];
        for (url, user, host, port, security) in rows {
            let side = parse(url, false).unwrap();
            assert_eq!(
                (side.user.as_str(), side.host.as_str(), side.port, side.security),
                (user, host, port, security)
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_reason() {
        for (url, word) in [
            ("http://me@host", "imaps://"),
            ("imaps://host", "user"),
            ("imaps://me:secret@host", "password"),
            ("imaps://me@host:0", "port"),
            ("imaps://me@host:x", "port"),
            ("imaps://%0d%0a@host", "control"),
            ("imaps://me@", "host"),
        ] {
            let refused = parse(url, false).unwrap_err();
            assert!(refused.contains(word) && !refused.contains("secret"), "{url}: {refused}");
        }
    }
}
