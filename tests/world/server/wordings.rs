//! # Wordings
//! The words of the servers, and what they make of odd dates, as measured.

use super::profile::Words;
use super::rules::{DateRule, Dates};

pub const PLAIN_DATES: Dates = Dates {
    unreadable: "BAD Invalid date-time",
    no_such_day: DateRule::Refuse("BAD Invalid date-time"),
    epoch: DateRule::Keep,
    before_1970: DateRule::Keep,
    far: DateRule::Keep,
};

pub const DOVECOT_DATES: Dates = Dates {
    unreadable: "BAD Error in IMAP command APPEND: Invalid internal date",
    no_such_day: DateRule::Now,
    epoch: DateRule::Keep,
    before_1970: DateRule::Now,
    far: DateRule::Now,
};

pub const CYRUS_DATES: Dates = Dates {
    unreadable: "BAD Invalid date-time in Append command",
    no_such_day: DateRule::Keep,
    epoch: DateRule::Now,
    before_1970: DateRule::Refuse("BAD Invalid date-time in Append command"),
    far: DateRule::Keep,
};

pub const COURIER_DATES: Dates = Dates {
    unreadable: "NO Error in IMAP command received by server.",
    no_such_day: DateRule::Refuse("NO Error in IMAP command received by server."),
    epoch: DateRule::Now,
    before_1970: DateRule::Refuse("NO Error in IMAP command received by server."),
    far: DateRule::Keep,
};

pub const PLAIN_WORDS: Words = Words {
    try_create: "NO [TRYCREATE] No such mailbox",
    no_folder: "NO No such mailbox",
    exists: "NO Mailbox exists",
    bad_flag: "BAD Invalid flag {}",
    bad_keyword: "BAD Invalid keyword",
    too_many_keywords: "NO [LIMIT] Too many keywords",
    syntax: "BAD Syntax error",
    over_quota: "NO [OVERQUOTA] Quota exceeded",
    too_big: "NO [TOOBIG] Message too large",
    too_many_connections: "NO [LIMIT] Too many connections",
    wrong_password: "NO [AUTHENTICATIONFAILED] Authentication failed",
    appended: "APPEND completed",
};

pub const DOVECOT_WORDS: Words = Words {
    try_create: "NO [TRYCREATE] Mailbox doesn't exist: {}",
    no_folder: "NO [NONEXISTENT] Mailbox doesn't exist: {}",
    exists: "NO [ALREADYEXISTS] Mailbox already exists",
    bad_flag: "BAD Error in IMAP command APPEND: Invalid system flag {}",
    bad_keyword: "NO [CANNOT] Invalid characters in keyword",
    too_many_keywords: "NO [LIMIT] Too many keywords",
    syntax: "BAD Error in IMAP command {}: Invalid arguments.",
    over_quota: "NO [OVERQUOTA] Quota exceeded (mailbox for user is full)",
    too_big: "NO [TOOBIG] Maximum message size exceeded",
    too_many_connections: "NO [LIMIT] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)",
    wrong_password: "NO [AUTHENTICATIONFAILED] Authentication failed.",
    appended: "Append completed.",
};

pub const CYRUS_WORDS: Words = Words {
    try_create: "NO [TRYCREATE] Mailbox does not exist",
    no_folder: "NO Mailbox does not exist",
    exists: "NO Mailbox already exists",
    bad_flag: "BAD Invalid flag in Append command",
    bad_keyword: "BAD Invalid flag in Append command",
    too_many_keywords: "NO Too many user flags in mailbox",
    syntax: "BAD Unexpected extra arguments to {}",
    over_quota: "NO [OVERQUOTA] Over quota",
    too_big: "NO [TOOBIG] Message size exceeds fixed limit",
    too_many_connections: "NO [LIMIT] Too many open connections for this user",
    wrong_password: "NO [AUTHENTICATIONFAILED] authentication failure",
    appended: "Completed",
};

pub const COURIER_WORDS: Words = Words {
    try_create: "NO [TRYCREATE] Must create mailbox before append",
    no_folder: "NO Unable to open this mailbox.",
    exists: "NO Cannot create this folder.",
    bad_flag: "NO Error in IMAP command received by server.",
    bad_keyword: "NO Error in IMAP command received by server.",
    too_many_keywords: "NO Error in IMAP command received by server.",
    syntax: "NO Error in IMAP command received by server.",
    over_quota: "NO [ALERT] You exceeded your mail quota.",
    too_big: "NO Message too large.",
    too_many_connections: "NO Error: too many connections",
    wrong_password: "NO Login failed.",
    appended: "APPEND Ok.",
};

pub const GMAIL_WORDS: Words = Words {
    try_create: "NO [TRYCREATE] No folder {} (Failure)",
    no_folder: "NO [NONEXISTENT] Unknown Mailbox: {} (Failure)",
    exists: "NO [ALREADYEXISTS] Duplicate folder name {} (Failure)",
    syntax: "BAD Could not parse command",
    over_quota: "NO [OVERQUOTA] Account is over storage quota (Failure)",
    too_many_connections: "NO [ALERT] Too many simultaneous connections. (Failure)",
    wrong_password: "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)",
    appended: "(Success)",
    ..PLAIN_WORDS
};

pub const EXCHANGE_WORDS: Words = Words {
    try_create: "NO [TRYCREATE] The requested mailbox doesn't exist.",
    no_folder: "NO {} doesn't exist.",
    exists: "NO Mailbox already exists.",
    bad_flag: "BAD Command Argument Error. 11",
    bad_keyword: "BAD Command Argument Error. 11",
    syntax: "BAD Command Argument Error. 12",
    over_quota: "NO Server Unavailable. 15",
    too_big: "BAD Command Argument Error. 11",
    wrong_password: "NO LOGIN failed.",
    appended: "APPEND completed.",
    ..PLAIN_WORDS
};
