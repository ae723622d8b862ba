use std::time::Duration;

use super::During::{Append, Create, Fetch, Login, Open, Other};
use super::Kind::{Auth, Budget, Date, Flag, Folder, Full, Gone, Message, Ours, Rate, Temporary, Unknown};
use super::Reply::{Bad, Bye, No};
use super::{Class, During, Kind, Reply, Side, classify};

const SOURCE: Side = Side::Source;
const DESTINATION: Side = Side::Destination;

const fn wait(millis: u64) -> Kind {
    Rate(Some(Duration::from_millis(millis)))
}

type Case = (Side, During, Reply, &'static str, &'static str, Kind);

#[test]
fn every_known_answer_means_what_its_server_means_by_it() {
    #[rustfmt::skip]
    let cases: &[Case] = &[
        // Rate, with a wait that is stated.
        // Exchange Online, as NO, BAD and BYE, and behind a code
        (SOURCE, Fetch, No, "", "Request is throttled. Suggested Backoff Time: 299961 milliseconds", wait(299_961)),
        (SOURCE, Fetch, Bad, "", "Request is throttled. Suggested Backoff Time: 92415 milliseconds", wait(92_415)),
        (SOURCE, Other, Bye, "", "Request is throttled. Suggested Backoff Time: 178755 milliseconds", wait(178_755)),
        (DESTINATION, Append, Bad, "UNAVAILABLE", "Request is throttled. Suggested Backoff Time: 3000000 milliseconds", wait(3_000_000)),
        (DESTINATION, Append, No, "", "Suggested Backoff Time: 5 minutes", wait(300_000)),
        (DESTINATION, Append, No, "", "Suggested Backoff Time: 30 seconds.", wait(30_000)),
        (DESTINATION, Append, No, "", "Suggested Backoff Time: 4000", wait(4_000)),
        // a server that asks for a week is believed for a day
        (DESTINATION, Append, No, "", "Suggested Backoff Time: 604800000 milliseconds", wait(86_400_000)),
        // no wait at all is no statement
        (SOURCE, Fetch, No, "", "Request is throttled. Suggested Backoff Time: 0 milliseconds", Rate(None)),
        (SOURCE, Fetch, No, "", "Request is throttled. Suggested Backoff Time: soon", Rate(None)),
        // hosters
        (SOURCE, Login, No, "ALERT", "Too many failed logins, try again in 15 minutes", wait(900_000)),
        (SOURCE, Login, No, "", "Please wait 2 hours before the next login", wait(7_200_000)),
        (SOURCE, Login, No, "", "Blocked, retry after 60s", wait(60_000)),
        // Rate, without.
        // Exchange Online
        (SOURCE, Open, Bad, "", "AV3 BADRequest is throttled", Rate(None)),
        // Gmail, as a code and glued to the end of the text
        (SOURCE, Fetch, No, "THROTTLED", "Slow down", Rate(None)),
        (SOURCE, Fetch, No, "", "Some messages could not be fetched (Failure) [THROTTLED]", Rate(None)),
        (SOURCE, Login, No, "ALERT", "Too many simultaneous connections. (Failure)", Rate(None)),
        (SOURCE, Login, Bye, "", "Too many simultaneous connections", Rate(None)),
        // Dovecot, since 2.3 and before
        (SOURCE, Login, No, "LIMIT", "Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)", Rate(None)),
        (SOURCE, Login, No, "UNAVAILABLE", "Maximum number of connections from user+IP exceeded", Rate(None)),
        // Courier
        (SOURCE, Login, Bye, "", "Maximum connection limit reached for ::ffff:192.0.2.1", Rate(None)),
        // Cyrus
        (SOURCE, Login, No, "", "Too many open connections", Rate(None)),
        (DESTINATION, Login, No, "LIMIT", "Too many user sessions", Rate(None)),
        // Yahoo
        (SOURCE, Fetch, No, "LIMIT", "UID FETCH Rate limit hit.", Rate(None)),
        (SOURCE, Open, No, "LIMIT", "SELECT Rate limit hit.", Rate(None)),
        (SOURCE, Login, No, "LIMIT", "LOGIN Rate limit hit.", Rate(None)),
        // Stalwart
        (SOURCE, Other, No, "", "Too many requests", Rate(None)),
        (SOURCE, Login, No, "", "Too many login attempts", Rate(None)),
        (SOURCE, Login, Bye, "", "Too many authentication failures", Rate(None)),
        // Budget.
        // Gmail
        (SOURCE, Fetch, No, "OVERQUOTA", "Account exceeded command or bandwidth limits. (Failure)", Budget),
        (SOURCE, Login, No, "ALERT", "Account exceeded bandwidth limits. (Failure)", Budget),
        (SOURCE, Open, No, "OVERQUOTA", "Account exceeded", Budget),
        (DESTINATION, Append, No, "OVERQUOTA", "Account exceeded command or bandwidth limits. (Failure)", Budget),
        (SOURCE, Fetch, Bye, "", "Daily download limit reached", Budget),
        // Full.
        // Dovecot
        (DESTINATION, Append, No, "OVERQUOTA", "Quota exceeded (mailbox for user is full)", Full),
        (DESTINATION, Create, No, "overquota", "Too many mailboxes", Full),
        (DESTINATION, Append, No, "", "Quota exceeded", Full),
        (DESTINATION, Append, No, "", "Blocks limit exceeded", Full),
        (DESTINATION, Append, No, "", "Inode limit exceeded", Full),
        // Cyrus
        (DESTINATION, Append, No, "", "Over quota", Full),
        // Courier
        (DESTINATION, Append, No, "", "You exceeded your mail quota.", Full),
        (DESTINATION, Append, No, "", "Mailbox is full", Full),
        (DESTINATION, Append, No, "", "Mailbox size limit exceeded", Full),
        (DESTINATION, Append, No, "ALERT", "Insufficient storage space", Full),
        (DESTINATION, Append, No, "", "write: No space left on device", Full),
        // Auth.
        // Dovecot, Cyrus, Gmail
        (SOURCE, Login, No, "AUTHENTICATIONFAILED", "Authentication failed.", Auth),
        (SOURCE, Login, No, "AuthorizationFailed", "no such identity", Auth),
        (SOURCE, Login, No, "EXPIRED", "Password has expired", Auth),
        (SOURCE, Login, No, "PRIVACYREQUIRED", "Plaintext authentication disallowed on non-secure connections", Auth),
        (SOURCE, Login, No, "CONTACTADMIN", "Account is locked", Auth),
        (SOURCE, Login, No, "ALERT", "Application-specific password required: https://support.google.com/x (Failure)", Auth),
        (SOURCE, Login, No, "ALERT", "Please log in via your web browser: https://support.google.com/x (Failure)", Auth),
        (SOURCE, Login, No, "WEBALERT https://accounts.google.com/x", "Web login required. (Failure)", Auth),
        (SOURCE, Login, No, "ALERT", "Your account is not enabled for IMAP use. (Failure)", Auth),
        (SOURCE, Login, No, "ALERT", "Invalid credentials (Failure)", Auth),
        (SOURCE, Login, No, "", r#"{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}"#, Auth),
        // Exchange
        (SOURCE, Login, No, "", "LOGIN failed.", Auth),
        (SOURCE, Login, No, "", "AUTHENTICATE failed.", Auth),
        (SOURCE, Open, Bad, "", "User is authenticated but not connected.", Auth),
        (SOURCE, Login, No, "", "Basic authentication is disabled", Auth),
        (SOURCE, Fetch, Bye, "", "Session invalidated - AccessTokenExpired", Auth),
        // Courier
        (SOURCE, Login, No, "", "Login failed.", Auth),
        // hosters
        (SOURCE, Login, No, "", "Invalid user name or password, please try again", Auth),
        // NetEase
        (SOURCE, Open, No, "", "SELECT Unsafe Login. Please contact kefu@188.com for help", Auth),
        // RFC 2221
        (SOURCE, Login, No, "REFERRAL imap://other.example/", "Specified user is invalid on this server", Auth),
        // Folder.
        // Dovecot, Cyrus, Courier
        (DESTINATION, Append, No, "TRYCREATE", "Mailbox doesn't exist: INBOX.Missing", Folder),
        (DESTINATION, Append, No, "TRYCREATE", "Must create mailbox before append", Folder),
        (DESTINATION, Append, No, "", "Mailbox does not exist", Folder),
        (SOURCE, Open, No, "NONEXISTENT", "Unknown Mailbox: [Gmail] (Failure)", Folder),
        (SOURCE, Open, No, "CANNOT", "Invalid mailbox name: Begins with '~'", Folder),
        (SOURCE, Open, No, "NOPERM", "Permission denied", Folder),
        (DESTINATION, Append, No, "", "Permission denied", Folder),
        (DESTINATION, Append, No, "", "Current box is selected READ-ONLY", Folder),
        (DESTINATION, Create, No, "ALREADYEXISTS", "Mailbox already exists", Folder),
        (DESTINATION, Create, No, "HASCHILDREN", "", Folder),
        (DESTINATION, Create, No, "", "Client tried to access nonexistent namespace.", Folder),
        (DESTINATION, Create, No, "", "Error in IMAP command received by server.", Folder),
        (DESTINATION, Create, No, "", "Cannot create this folder.", Folder),
        (DESTINATION, Create, No, "USEATTR", "SPECIAL-USE flag conflict", Folder),
        (DESTINATION, Create, No, "LIMIT", "Too many folders", Folder),
        (SOURCE, Open, No, "", "Unable to open this mailbox.", Folder),
        (SOURCE, Open, No, "CORRUPTION", "Mailbox is corrupted", Folder),
        // Gmail
        (DESTINATION, Create, No, "CANNOT", "Folder contains excess whitespace (Failure)", Folder),
        // Exchange
        (DESTINATION, Create, No, "", "Folder name is reserved.", Folder),
        (DESTINATION, Create, Bad, "", "Command Argument Error. 12", Folder),
        // Flag.
        // Dovecot
        (DESTINATION, Append, Bad, "", "Error in IMAP command APPEND: Invalid system flag \\RECENT", Flag),
        (DESTINATION, Append, No, "CANNOT", "Invalid characters in keyword", Flag),
        (DESTINATION, Append, Bad, "", "Error in IMAP command APPEND: 8bit data in atom", Flag),
        (DESTINATION, Append, No, "LIMIT", "Too many keywords in this mailbox", Flag),
        // Cyrus
        (DESTINATION, Append, Bad, "", "Invalid flag in Append command", Flag),
        (DESTINATION, Append, No, "", "Too many user flags in mailbox", Flag),
        (DESTINATION, Append, No, "LIMIT", "Too many user flags in mailbox", Flag),
        // others
        (DESTINATION, Append, No, "", "Invalid flag list", Flag),
        // Date.
        // Dovecot, Cyrus, Courier
        (DESTINATION, Append, Bad, "", "Error in IMAP command APPEND: Invalid internal date", Date),
        (DESTINATION, Append, Bad, "", "Invalid date-time in Append command", Date),
        (DESTINATION, Append, No, "", "Error in IMAP command received by server.", Date),
        // Message.
        // Dovecot, Cyrus
        (DESTINATION, Append, No, "", "Can't save a zero byte message", Message(Class::Empty)),
        (DESTINATION, Append, No, "", "Zero-length message literal", Message(Class::Empty)),
        (DESTINATION, Append, No, "", "Message contains NUL characters", Message(Class::Nul)),
        (DESTINATION, Append, No, "", "Message contains bare newlines", Message(Class::BareNewline)),
        (DESTINATION, Append, No, "", "Message contains non-ASCII characters in headers", Message(Class::EightBitHeader)),
        (DESTINATION, Append, No, "", "Message contains invalid header", Message(Class::Header)),
        (DESTINATION, Append, No, "", "Message has no header/body separator", Message(Class::Header)),
        (DESTINATION, Append, No, "", "Unable to parse message", Message(Class::Header)),
        (DESTINATION, Append, No, "", "header limit reached", Message(Class::Header)),
        (DESTINATION, Append, No, "TOOBIG", "Message too large", Message(Class::TooBig)),
        (DESTINATION, Append, No, "TOOBIG 35651584", "", Message(Class::TooBig)),
        (DESTINATION, Append, No, "", "Maximum size of appendable message has been exceeded.", Message(Class::TooBig)),
        (DESTINATION, Append, No, "", "maximum message size exceeded", Message(Class::TooBig)),
        (DESTINATION, Append, No, "LIMIT", "Mail size is larger than the maximum size allowed by server configuration", Message(Class::TooBig)),
        (DESTINATION, Append, No, "", "message was refused because it contains a virus", Message(Class::Policy)),
        (DESTINATION, Append, No, "ALERT", "Blocked by content policy", Message(Class::Policy)),
        (DESTINATION, Append, No, "", "Line 12 is too long", Message(Class::LineTooLong)),
        (DESTINATION, Append, No, "CANNOT", "Not like this", Message(Class::Refused)),
        (DESTINATION, Append, Bye, "", "Maximum message size exceeded, closing connection", Message(Class::TooBig)),
        // Exchange
        (DESTINATION, Append, Bad, "", "Command Argument Error. 11", Message(Class::Refused)),
        (DESTINATION, Append, Bad, "", "Command Argument Error. 10", Message(Class::Refused)),
        // Yahoo
        (DESTINATION, Append, Bad, "CLIENTBUG", "Additional arguments found after last expected argument", Message(Class::Refused)),
        // Gmail
        (DESTINATION, Append, Bye, "", "Invalid character in literal", Message(Class::Refused)),
        // RFC 3501 PARSE, RFC 5530 CANNOT
        (SOURCE, Fetch, No, "PARSE", "cannot parse the header", Message(Class::Unreadable)),
        (SOURCE, Fetch, No, "CANNOT", "not over IMAP", Message(Class::Unreadable)),
        // Gone.
        // Dovecot, Cyrus, Exchange
        (SOURCE, Fetch, No, "EXPUNGEISSUED", "Some of the requested messages no longer exist.", Gone),
        (SOURCE, Fetch, No, "", "Some of the requested messages no longer exist", Gone),
        (SOURCE, Fetch, Bad, "", "The specified message set is invalid.", Gone),
        // Temporary.
        (SOURCE, Login, No, "UNAVAILABLE", "Temporary authentication failure.", Temporary),
        (SOURCE, Login, No, "", "Temporary authentication failure", Temporary),
        (SOURCE, Open, No, "INUSE", "Mailbox is in use", Temporary),
        // Dovecot
        (DESTINATION, Append, No, "SERVERBUG", "Internal error occurred. Refer to server log for more information.", Temporary),
        (DESTINATION, Append, No, "", "Internal error occurred. Refer to server log for more information.", Temporary),
        (SOURCE, Fetch, No, "CORRUPTION", "cannot read", Temporary),
        // Yahoo
        (SOURCE, Fetch, No, "UNAVAILABLE", "UID FETCH Server error while fetching messages", Temporary),
        (SOURCE, Fetch, No, "", "Temporary unavailable", Temporary),
        // Exchange
        (DESTINATION, Append, No, "", "Server Unavailable. 15", Temporary),
        (DESTINATION, Append, Bye, "", "Connection closed. 14", Temporary),
        // Gmail
        (SOURCE, Fetch, Bye, "", "Session expired, please login again.", Temporary),
        (SOURCE, Fetch, No, "", "System Error (Failure)", Temporary),
        // Cyrus
        (DESTINATION, Append, No, "", "System I/O error", Temporary),
        // Dovecot
        (SOURCE, Other, Bye, "", "Disconnected for inactivity.", Temporary),
        (SOURCE, Other, Bye, "", "Too many errors, closing connection", Temporary),
        (SOURCE, Login, No, "", "Temporary problem while looking up the password", Temporary),
        (SOURCE, Login, Bye, "", "", Temporary),
        // Ours.
        (SOURCE, Fetch, Bad, "CLIENTBUG", "FETCH Bad sequence in the command", Ours),
        // Gmail
        (SOURCE, Open, Bad, "", "Could not parse command", Ours),
        (SOURCE, Login, Bad, "", "Unknown command", Ours),
        // Courier
        (SOURCE, Fetch, No, "", "Error in IMAP command received by server.", Ours),
        (SOURCE, Other, Bad, "UIDREQUIRED", "Message numbers are not allowed", Ours),
        // Unknown.
        (DESTINATION, Append, No, "", "I do not like it", Unknown),
        (DESTINATION, Append, Bad, "", "I do not like it", Unknown),
        (DESTINATION, Append, Bad, "CLIENTBUG", "I do not like it", Unknown),
        (SOURCE, Fetch, No, "", "I do not have it", Unknown),
        (SOURCE, Other, No, "ALERT", "Please read the news", Unknown),
    ];
    for (side, during, reply, code, text, kind) in cases {
        let code = Some(*code).filter(|code| !code.is_empty());
        let answer = classify(*side, *during, *reply, code, text);
        assert_eq!(answer.kind, *kind, "{side} {during:?} {reply:?} {code:?} {text}");
    }
}

#[test]
fn the_words_are_kept_as_written_but_safe_and_short() {
    let words = |code, text: &str| classify(DESTINATION, Append, No, code, text).words;
    assert_eq!(words(Some("OverQuota"), "Quota exceeded"), "[OverQuota] Quota exceeded");
    assert_eq!(words(None, "Quota exceeded"), "Quota exceeded");
    assert_eq!(words(Some(""), " a\u{1b}[31mb\r\n\0c\u{85} "), "a[31mbc");
    assert_eq!(words(Some("X"), &"é".repeat(900)).chars().count(), 500);
}

#[test]
fn numbers_that_no_clock_holds_are_not_believed() {
    for text in
        ["Suggested Backoff Time: 99999999999999999999999 milliseconds", "try again in 18446744073709551616 minutes"]
    {
        assert!(!matches!(classify(SOURCE, Fetch, No, None, text).kind, Rate(Some(_))), "{text}");
    }
    assert_eq!(classify(SOURCE, Fetch, No, None, "try again in 18446744073709551615 hours").kind, wait(86_400_000));
}
