//! # Refusal
//! What a NO, BAD or BYE before or at the login means, and what the person who reads it can do.

use posthorse_domain::migration::answer::{During, Kind, Reply, classify};
use posthorse_domain::migration::{Failure, Side, Trouble};

use super::Call;
use super::fault::Said;
use super::line::Word;

/// The failure that a refusal makes. A NO or BAD that nobody knows counts as a refused login: trying again would only
/// lock the account.
pub(super) fn failure(call: &Call<'_>, said: &Said) -> Failure {
    let reply = reply(said.word);
    let answer = classify(call.side, During::Login, reply, said.code.as_deref(), &said.text);
    let words = match answer.words.trim() {
        "" => "no reason given",
        words => words,
    };
    match trouble(answer.kind, reply) {
        Trouble::Auth => {
            let cure = cure(call.side, call.host);
            call.failure(Trouble::Auth, format_args!("refused the login of {}: \"{words}\". {cure}", call.user))
        }
        trouble => call.failure(trouble, format_args!("does not let us in for now: \"{words}\"")),
    }
}

/// True when LOGIN was refused as a command and not because of what it said: then PLAIN may do.
pub(super) fn of_the_command(call: &Call<'_>, said: &Said) -> bool {
    said.word == Word::Bad
        && matches!(
            classify(call.side, During::Login, Reply::Bad, said.code.as_deref(), &said.text).kind,
            Kind::Ours | Kind::Unknown
        )
}

fn reply(word: Word) -> Reply {
    match word {
        Word::Bad => Reply::Bad,
        Word::Bye => Reply::Bye,
        Word::Ok | Word::No | Word::Preauth => Reply::No,
    }
}

fn trouble(kind: Kind, reply: Reply) -> Trouble {
    match kind {
        Kind::Auth => Trouble::Auth,
        Kind::Rate(wait) => Trouble::Rate(wait),
        Kind::Budget => Trouble::Budget,
        Kind::Full => Trouble::Full,
        Kind::Temporary => Trouble::Unavailable,
        _ if reply == Reply::Bye => Trouble::Unavailable,
        _ => Trouble::Auth,
    }
}

/// A sentence that names the side and the cure.
fn cure(side: Side, host: &str) -> String {
    let hint = hint(host).map(|hint| format!(" {hint}")).unwrap_or_default();
    format!("Check the {side}'s user name and password (--{side}-password-file).{hint}")
}

/// What the big providers want instead of the password that people know.
fn hint(host: &str) -> Option<&'static str> {
    const APP: &str = "This provider wants an app password, made in the account's security settings.";
    let table: [(&[&str], &str); 5] = [
        (
            &["gmail.com", "googlemail.com"],
            "Gmail wants an app password (myaccount.google.com/apppasswords) instead of the account's own.",
        ),
        (&["yahoo.com", "yahoo.co.jp", "aol.com", "icloud.com", "me.com", "mac.com", "fastmail.com", "zoho.com"], APP),
        (
            &["outlook.com", "office365.com", "hotmail.com", "live.com", "office.com"],
            "Microsoft has ended password logins over IMAP for most accounts: an administrator must allow them.",
        ),
        (
            &["163.com", "126.com", "188.com", "yeah.net", "qq.com"],
            "This provider wants an authorization code, made in the mailbox's settings, instead of the password.",
        ),
        (
            &["gmx.net", "gmx.com", "web.de", "mail.ru", "yandex.ru", "yandex.com"],
            "This provider allows IMAP only after it was switched on in the mailbox's settings, some with an app password.",
        ),
    ];
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let within = |domain: &&str| host.strip_suffix(*domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    table.iter().find(|(domains, _)| domains.iter().any(within)).map(|(_, hint)| *hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_become_troubles() {
        let table = [
            (Kind::Auth, Reply::No, Trouble::Auth),
            (Kind::Unknown, Reply::No, Trouble::Auth),
            (Kind::Unknown, Reply::Bad, Trouble::Auth),
            (Kind::Ours, Reply::Bad, Trouble::Auth),
            (Kind::Unknown, Reply::Bye, Trouble::Unavailable),
            (Kind::Temporary, Reply::No, Trouble::Unavailable),
            (Kind::Rate(None), Reply::No, Trouble::Rate(None)),
            (Kind::Rate(None), Reply::Bye, Trouble::Rate(None)),
            (Kind::Budget, Reply::No, Trouble::Budget),
            (Kind::Auth, Reply::Bye, Trouble::Auth),
        ];
        for (kind, reply, wanted) in table {
            assert_eq!(trouble(kind, reply), wanted, "{kind:?} {reply:?}");
        }
    }

    #[test]
    fn hints_go_by_the_hosts_domain() {
        let table = [
            ("imap.gmail.com", "apppasswords"),
            ("IMAP.GMAIL.COM.", "apppasswords"),
            ("imap.mail.yahoo.com", "app password"),
            ("imap.mail.me.com", "app password"),
            ("outlook.office365.com", "Microsoft"),
            ("imap.163.com", "authorization code"),
            ("imap.web.de", "switched on"),
        ];
        for (host, word) in table {
            assert!(cure(Side::Source, host).contains(word), "{host}");
        }
        for host in ["mail.example", "notgmail.com", "gmail.com.example", ""] {
            assert_eq!(hint(host), None, "{host}");
        }
        assert!(cure(Side::Destination, "x").contains("--destination-password-file"));
    }
}
