//! # Answer table
//! Known answers, looked up from top to bottom: first rows whose words outrank any code, then codes, then words alone.

use super::During::{Append, Create, Fetch, Login, Open, Other};
use super::Kind::{Auth, Budget, Date, Flag, Folder, Full, Gone, Message, Ours, Rate, Temporary};
use super::{Class, During, Kind, Side};

/// One known answer. An empty `code`, `words` or `during`, and no `side`, fit everything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    code: &'static str,
    /// In lower case; all of them must occur.
    words: &'static [&'static str],
    side: Option<Side>,
    during: &'static [During],
    pub(super) kind: Kind,
}

impl Row {
    /// True when the row is about this answer; `code` in upper case, `text` in lower case.
    pub(super) fn fits(&self, side: Side, during: During, code: &str, text: &str) -> bool {
        (self.code.is_empty() || self.code == code)
            && (self.during.is_empty() || self.during.contains(&during))
            && self.side.is_none_or(|only| only == side)
            && self.words.iter().all(|word| text.contains(word))
    }

    const fn on(self, during: &'static [During]) -> Self {
        Self { during, ..self }
    }

    const fn at(self, side: Side) -> Self {
        Self { side: Some(side), ..self }
    }

    const fn with(self, words: &'static [&'static str]) -> Self {
        Self { words, ..self }
    }
}

const fn code(code: &'static str, kind: Kind) -> Row {
    Row { code, words: &[], side: None, during: &[], kind }
}

const fn text(words: &'static [&'static str], kind: Kind) -> Row {
    Row { code: "", words, side: None, during: &[], kind }
}

/// The whole table in the order of look-up.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    FIRST.iter().chain(CODES).chain(TEXTS)
}

/// Words that say more than the code beside them.
const FIRST: &[Row] = &[
    // QUIRK: Gmail glues `[THROTTLED]` to the end of the text; Exchange Online says "Request is throttled".
    text(&["throttled"], Rate(None)),
    // QUIRK: Dovecot before 2.3 puts UNAVAILABLE, not LIMIT, before its limit of connections; Gmail puts ALERT.
    text(&["too many", "connections"], Rate(None)),
    text(&["simultaneous", "connection"], Rate(None)),
    text(&["concurrent", "connection"], Rate(None)),
    text(&["maximum number of connection"], Rate(None)),
    text(&["connection limit"], Rate(None)), // Courier
    text(&["too many", "session"], Rate(None)),
    text(&["rate limit"], Rate(None)),
    text(&["too many requests"], Rate(None)),
    // Gmail: "Account exceeded command or bandwidth limits", on either side a matter of the day.
    text(&["bandwidth"], Budget),
    // Dovecot: quota_max_mail_size, and the number of keywords in a folder.
    code("LIMIT", Message(Class::TooBig)).with(&["size"]).on(&[Append]),
    code("LIMIT", Flag).with(&["keyword"]).on(&[Append]),
    code("LIMIT", Flag).with(&["flag"]).on(&[Append]),
    code("CANNOT", Flag).with(&["keyword"]).on(&[Append]),
    code("CANNOT", Flag).with(&["flag"]).on(&[Append]),
    // QUIRK: Yahoo: a message without a final line end is answered as if APPEND had too many arguments.
    code("CLIENTBUG", Message(Class::Refused)).with(&["additional arguments"]).on(&[Append]),
];

/// Response codes of RFC 5530, 9051 and others named beside them.
const CODES: &[Row] = &[
    code("UNAVAILABLE", Temporary),
    code("INUSE", Temporary),
    code("SERVERBUG", Temporary),
    code("TEMPFAIL", Temporary), // RFC 5259
    code("CORRUPTION", Folder).on(&[Open]),
    code("CORRUPTION", Temporary),
    code("THROTTLED", Rate(None)), // Gmail
    code("LIMIT", Folder).on(&[Create]),
    code("LIMIT", Rate(None)).on(&[Login, Open, Fetch, Other]),
    // On the source the volume of a day (Gmail), on the destination the mailbox (RFC 5530).
    code("OVERQUOTA", Budget).at(Side::Source),
    code("OVERQUOTA", Full),
    code("AUTHENTICATIONFAILED", Auth),
    code("AUTHORIZATIONFAILED", Auth),
    code("EXPIRED", Auth),
    code("PRIVACYREQUIRED", Auth),
    code("CONTACTADMIN", Auth),
    code("WEBALERT", Auth),              // Gmail
    code("REFERRAL", Auth).on(&[Login]), // RFC 2221
    code("REFERRAL", Folder),            // RFC 2193
    code("NOPERM", Auth).on(&[Login]),
    code("NOPERM", Folder),
    code("TRYCREATE", Folder),
    code("NONEXISTENT", Folder),
    code("ALREADYEXISTS", Folder),
    code("HASCHILDREN", Folder),
    code("READ-ONLY", Folder),
    code("USEATTR", Folder), // RFC 6154
    code("EXPUNGEISSUED", Gone),
    code("TOOBIG", Message(Class::TooBig)).on(&[Append]), // RFC 7889
    code("CANNOT", Message(Class::Refused)).on(&[Append]),
    code("CANNOT", Message(Class::Unreadable)).on(&[Fetch]),
    code("CANNOT", Folder).on(&[Open, Create]),
    code("UNKNOWN-CTE", Message(Class::Refused)).on(&[Append]), // RFC 3516
    code("UNKNOWN-CTE", Message(Class::Unreadable)).on(&[Fetch]),
    code("PARSE", Message(Class::Header)).on(&[Append]),
    code("PARSE", Message(Class::Unreadable)).on(&[Fetch]),
    code("CLIENTBUG", Ours).on(&[Login, Open, Fetch, Create, Other]),
    code("BADCHARSET", Ours),
    code("UIDREQUIRED", Ours), // RFC 9586
];

/// Words without a code that says enough.
const TEXTS: &[Row] = &[
    // The login, whenever it is said.
    text(&["authenticated but not connected"], Auth), // Exchange
    text(&["unsafe login"], Auth),                    // NetEase (163, 126, 188), on SELECT
    text(&["application-specific password"], Auth),   // Gmail, iCloud, Yahoo
    text(&["app password"], Auth),
    text(&["web browser"], Auth),          // Gmail
    text(&["web login"], Auth),            // Gmail
    text(&["not enabled for imap"], Auth), // Gmail
    text(&["imap", "disabled"], Auth),
    text(&["basic auth", "disabled"], Auth), // Microsoft 365
    text(&["token", "expired"], Auth),       // Microsoft 365: BYE Session invalidated - AccessTokenExpired
    text(&["invalid credentials"], Auth),    // Gmail behind [ALERT]
    text(&["not authenticated"], Auth),
    text(&["too many", "login"], Rate(None)).on(&[Login]),
    text(&["too many", "attempts"], Rate(None)).on(&[Login]),
    text(&["too many", "fail"], Rate(None)).on(&[Login]),
    // "Wrong password, please try again" is no outage, and "Temporary authentication failure" no wrong password.
    text(&["temporar"], Temporary).on(&[Login]),
    text(&["password"], Auth).on(&[Login]),
    text(&["credential"], Auth).on(&[Login]),
    text(&["login incorrect"], Auth).on(&[Login]),
    text(&["login failed"], Auth).on(&[Login]),
    text(&["authentication failed"], Auth).on(&[Login]),
    // Flags and dates of APPEND.
    text(&["invalid", "flag"], Flag).on(&[Append]), // Dovecot "Invalid system flag", Cyrus "Invalid flag in Append command"
    text(&["too many", "flag"], Flag).on(&[Append]), // Cyrus
    text(&["keyword"], Flag).on(&[Append]),         // Dovecot
    text(&["8bit data in atom"], Flag).on(&[Append]), // Dovecot
    text(&["internal date"], Date).on(&[Append]),   // Dovecot
    text(&["internaldate"], Date).on(&[Append]),
    text(&["date-time"], Date).on(&[Append]), // Cyrus
    text(&["invalid date"], Date).on(&[Append]),
    // QUIRK: Courier 5.0 says this for a date before 1970, an impossible date and a bad flag alike. Flags are checked
    // atoms before they are sent, so the date comes first.
    text(&["error in imap command received by server"], Date).on(&[Append]),
    text(&["error in imap command received by server"], Ours).on(&[Login, Fetch, Other]),
    // The message: no octets, its octets, its size, its content.
    text(&["zero byte message"], Message(Class::Empty)).on(&[Append]), // Dovecot
    text(&["zero-length message"], Message(Class::Empty)).on(&[Append]), // Cyrus
    text(&["empty message"], Message(Class::Empty)).on(&[Append]),
    text(&["nul character"], Message(Class::Nul)).on(&[Append]), // Cyrus
    text(&["nul byte"], Message(Class::Nul)).on(&[Append]),
    text(&["null byte"], Message(Class::Nul)).on(&[Append]),
    text(&["null character"], Message(Class::Nul)).on(&[Append]),
    text(&["bare newline"], Message(Class::BareNewline)).on(&[Append]), // Cyrus, Fastmail
    text(&["bare lf"], Message(Class::BareNewline)).on(&[Append]),
    text(&["bare line"], Message(Class::BareNewline)).on(&[Append]),
    text(&["non-ascii", "header"], Message(Class::EightBitHeader)).on(&[Append]), // Cyrus with reject8bit
    text(&["8bit", "header"], Message(Class::EightBitHeader)).on(&[Append]),
    text(&["8-bit", "header"], Message(Class::EightBitHeader)).on(&[Append]),
    text(&["line", "too long"], Message(Class::LineTooLong)).on(&[Append]),
    text(&["line length"], Message(Class::LineTooLong)).on(&[Append]),
    text(&["invalid header"], Message(Class::Header)).on(&[Append]), // Cyrus
    text(&["header/body separator"], Message(Class::Header)).on(&[Append]), // Cyrus
    text(&["unable to parse message"], Message(Class::Header)).on(&[Append]),
    text(&["header limit"], Message(Class::Header)).on(&[Append]),
    text(&["malformed", "header"], Message(Class::Header)).on(&[Append]),
    text(&["mailbox size"], Full).at(Side::Destination).on(&[Append]),
    text(&["size", "exceed"], Message(Class::TooBig)).on(&[Append]), // Exchange, Yahoo and others
    text(&["too large"], Message(Class::TooBig)).on(&[Append]),
    text(&["too big"], Message(Class::TooBig)).on(&[Append]),
    text(&["virus"], Message(Class::Policy)).on(&[Append]),
    text(&["malware"], Message(Class::Policy)).on(&[Append]),
    text(&["spam"], Message(Class::Policy)).on(&[Append]),
    text(&["policy"], Message(Class::Policy)).on(&[Append]),
    // QUIRK: Exchange: BAD "Command Argument Error" 10, 11 or 12 is about the message (long lines, size, broken MIME) on
    // APPEND and about the name elsewhere; the class comes from the octets.
    text(&["command argument error"], Message(Class::Refused)).on(&[Append]),
    text(&["command argument error"], Folder).on(&[Open, Create]),
    text(&["invalid character in literal"], Message(Class::Refused)).on(&[Append]), // Gmail, as BYE
    text(&["additional arguments"], Message(Class::Refused)).on(&[Append]),
    // Room and allowances.
    text(&["daily", "limit"], Budget),
    text(&["download", "limit"], Budget),
    text(&["quota"], Budget).at(Side::Source),
    text(&["quota"], Full), // Dovecot, Cyrus "Over quota", Courier
    text(&["mailbox", "full"], Full).at(Side::Destination),
    text(&["blocks limit exceeded"], Full).at(Side::Destination), // Dovecot, file system quota
    text(&["inode limit exceeded"], Full).at(Side::Destination),  // the same
    text(&["insufficient", "storage"], Full).at(Side::Destination),
    text(&["no space left"], Full).at(Side::Destination),
    text(&["disk", "full"], Full).at(Side::Destination),
    text(&["out of", "space"], Full).at(Side::Destination),
    text(&["not enough", "space"], Full).at(Side::Destination),
    // Gone.
    text(&["no longer exist"], Gone).on(&[Fetch]), // Dovecot, Cyrus
    text(&["message", "expunged"], Gone).on(&[Fetch]),
    text(&["message set is invalid"], Gone).on(&[Fetch]), // Exchange
    // The folder.
    text(&["mailbox does not exist"], Folder), // Cyrus
    text(&["mailbox doesn't exist"], Folder),  // Dovecot
    text(&["no such mailbox"], Folder),
    text(&["no such folder"], Folder),
    text(&["must create mailbox"], Folder),             // Courier
    text(&["nonexistent namespace"], Folder),           // Dovecot
    text(&["mailbox name"], Folder),                    // Dovecot, Cyrus and Courier: "Invalid mailbox name"
    text(&["folder name is reserved"], Folder),         // Exchange
    text(&["read-only"], Folder).on(&[Append, Create]), // Courier
    text(&["permission denied"], Folder).on(&[Open, Append, Create, Fetch, Other]), // Cyrus
    // Short outages.
    // QUIRK: Exchange says "Server Unavailable. 15" also when the mailbox is full.
    text(&["unavailable"], Temporary),
    text(&["temporar"], Temporary),
    text(&["try again"], Temporary),
    text(&["later"], Temporary),
    text(&["internal error"], Temporary), // Dovecot "Internal error occurred. Refer to server log"
    text(&["internal server error"], Temporary),
    text(&["server error"], Temporary),     // Yahoo
    text(&["system error"], Temporary),     // Gmail, as "System Error (Failure)"
    text(&["system i/o error"], Temporary), // Cyrus
    text(&["backend"], Temporary),
    text(&["timed out"], Temporary),
    text(&["timeout"], Temporary),
    text(&["overload"], Temporary),
    text(&["too busy"], Temporary),
    text(&["mailbox is locked"], Temporary),
    text(&["connection closed"], Temporary), // Exchange, BYE "Connection closed. 14" after ten errors
    text(&["connection is closed"], Temporary),
    text(&["shutting down"], Temporary),
    text(&["maintenance"], Temporary),
    text(&["session expired"], Temporary), // Gmail, BYE after a day or the life of a token
];
