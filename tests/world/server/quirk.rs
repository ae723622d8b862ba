//! # Quirk
//! Lasting oddities of servers, each a switch of its own. What strikes once or now and then is a `Fault`.

/// A lasting oddity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quirk {
    /// COMPRESS is offered and refused.
    RefusesCompress,
    /// SELECT gives no UIDNEXT (Courier).
    NoUidNextOnSelect,
    /// STATUS answers without UIDNEXT and UIDVALIDITY (163).
    EmptyStatus,
    /// STATUS of the selected folder tells the numbers of the SELECT or last NOOP (Dovecot, Courier).
    StaleStatus,
    /// UIDVALIDITY is told as 0.
    UidValidityZero,
    /// UIDVALIDITY is not told.
    NoUidValidity,
    /// New mail is shown at NOOP and SELECT only.
    NewMailAtNoopOnly,
    /// New mail is shown behind the last of the commands that came together, unless a folder is opened (Dovecot 2.3).
    NewMailWhenIdle,
    /// SELECT and EXAMINE are refused until ID was sent (NetEase).
    IdBeforeSelect,
    /// UIDPLUS is announced, but APPENDUID not given (Proton Bridge).
    NoAppendUid,
    /// APPENDUID carries another UIDVALIDITY.
    AppendUidOfOtherValidity,
    /// APPENDUID carries UIDs that are a thousand too high.
    AppendUidTooHigh,
    /// APPENDUID has its two numbers swapped (DavMail).
    AppendUidSwapped,
    /// BAD to an APPEND whose flags or date do not parse, and the LITERAL+ octets are then read as commands (Dovecot 2.3).
    LiteralPlusDesync,
    /// A stray untagged BAD follows an empty LITERAL+ message (Cyrus).
    StrayBadAfterEmptyLiteral,
    /// A message whose Message-ID the folder has is answered OK with a new UID and thrown away (Gmail).
    MergesEqualMessageIds,
    /// A message that is appended with `\Deleted` is gone at once (Gmail).
    DropsDeleted,
    /// LIST tells INBOX as `Inbox` (Yahoo).
    SpellsInbox,
    /// A Received line is put on top of every message appended, and an X- line below it (Exchange).
    AddsHeaders,
    /// Message-IDs are replaced (Domino, old Exchange).
    ReplacesMessageIds,
    /// A message without Message-ID is given one.
    AddsMissingMessageIds,
    /// APPEND forgets the flags.
    ForgetsFlags,
    /// APPEND forgets the date.
    ForgetsDates,
    /// INTERNALDATE is told in UTC whatever zone was given.
    ForgetsZones,
    /// INTERNALDATE pads the day with a blank (Cyrus).
    BlankPaddedDay,
    /// A folder is locked from the first octet of an APPEND to its answer, and whoever waits for it looks in vain for a while.
    LocksFromAppend,
    /// APPEND is refused to the folder that this connection has open by EXAMINE (Courier).
    NoAppendToExamined,
    /// A keyword outside PERMANENTFLAGS refuses the message instead of being forgotten.
    RefusesUnknownKeywords,
    /// Folder names that differ only in case are the same folder (Exchange).
    CaseInsensitiveNames,
    /// LIST sends names bare, whatever is in them.
    BareNames,
    /// LIST sends names as literals.
    LiteralNames,
    /// Special-use attributes in lower case (Cyrus).
    LowerCaseAttributes,
    /// Special-use attributes only when asked for by RETURN (SPECIAL-USE).
    AttributesOnDemand,
    /// FETCH lines come in a shuffled order.
    ShuffledFetch,
    /// The items of one message come in two FETCH lines, the octets in the second.
    SplitFetch,
    /// FETCH lines with FLAGS of messages that nobody asked for come in between.
    UnaskedFetch,
    /// EXISTS lines come in between.
    UnaskedExists,
    /// EXPUNGE lines for numbers never announced come in between (Exchange).
    UnaskedExpunge,
    /// UID comes last in a FETCH line, after the literal.
    UidLast,
    /// UID is left out of the FETCH line (forbidden by RFC 3501 §6.4.8).
    NoUidInFetch,
    /// A blank before the closing parenthesis of FETCH and STATUS lines (Exchange).
    TrailingBlank,
    /// A FETCH that meets a removed message ends with NO [EXPUNGEISSUED] (RFC 5530); otherwise silently.
    ExpungeIssued,
    /// Answers are written octet by octet.
    DripsOctets,
    /// The continuation is `+` without blank or text.
    BareContinuation,
    /// LOGOUT just closes the connection.
    LogoutCloses,
    /// Tagged answers have no text after `OK`.
    BareOk,
    /// STARTTLS is announced (and refused when tried: there is no TLS here).
    AnnouncesStartTls,
    /// LOGIN and AUTHENTICATE are refused until TLS.
    LoginDisabled,
}
