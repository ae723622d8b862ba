//! # Profiles
//! Servers as they were measured (Dovecot 2.3.19, Cyrus 3.6.1, Courier 5.0.13) or are told of (Gmail, Exchange).

use std::collections::{BTreeMap, BTreeSet};

use super::folder::Permanent;
use super::profile::{Announce, Profile};
use super::quirk::Quirk;
use super::rules::{Kind, NameTest, Treatment};
use super::wordings::{
    COURIER_DATES, COURIER_WORDS, CYRUS_DATES, CYRUS_WORDS, DOVECOT_DATES, DOVECOT_WORDS, EXCHANGE_WORDS, GMAIL_WORDS,
    PLAIN_DATES, PLAIN_WORDS,
};

const DOVECOT: &str = "IMAP4rev1 SASL-IR ID ENABLE IDLE MULTIAPPEND UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED \
                       CONDSTORE ESEARCH LIST-STATUS STATUS=SIZE LITERAL+ SPECIAL-USE QUOTA";
const CYRUS: &str = "IMAP4rev1 LITERAL+ ID ENABLE CHILDREN CONDSTORE CREATE-SPECIAL-USE ESEARCH LIST-EXTENDED LIST-STATUS \
                     MULTIAPPEND NAMESPACE QUOTA SPECIAL-USE STATUS=SIZE UIDPLUS UNSELECT LOGINDISABLED IDLE \
                     APPENDLIMIT=4294967295";
const COURIER: &str = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE QUOTA IDLE ENABLE";
const GMAIL: &str = "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID CHILDREN UIDPLUS ENABLE CONDSTORE ESEARCH LIST-EXTENDED \
                     LIST-STATUS LITERAL- SPECIAL-USE X-GM-EXT-1 APPENDLIMIT=35651584";
const EXCHANGE: &str = "IMAP4 IMAP4rev1 AUTH=PLAIN SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+";

impl Profile {
    /// Only RFC 3501: no extension, no oddity.
    pub fn plain_rfc3501() -> Profile {
        Profile {
            name: "plain RFC 3501",
            greeting: "OK IMAP4rev1 server ready".to_owned(),
            before_login: list("IMAP4rev1"),
            capabilities: list("IMAP4rev1"),
            announce: Announce::OnDemand,
            delimiter: Some(b'/'),
            prefix: "",
            kinds: BTreeMap::new(),
            longest_line: usize::MAX,
            dates: PLAIN_DATES,
            names: vec![(NameTest::NotMutf7, "NO Invalid mailbox name")],
            real_parents: false,
            words: PLAIN_WORDS,
            append_limit: None,
            permanent: Permanent::Any,
            keyword_limit: None,
            connection_limit: None,
            errors_allowed: None,
            message_limit: None,
            quirks: BTreeSet::new(),
        }
    }

    /// Dovecot 2.3, mdbox, `/`.
    pub fn dovecot() -> Profile {
        Profile {
            name: "Dovecot",
            greeting: "OK Dovecot (Debian) ready.".to_owned(),
            before_login: list("IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN"),
            capabilities: list(DOVECOT),
            announce: Announce::InCodes,
            kinds: BTreeMap::from([
                (Kind::Empty, Treatment::RefuseEarly("NO Can't save a zero byte message")),
                (Kind::Nul, Treatment::Change),
                (Kind::BareLf, Treatment::Change),
            ]),
            dates: DOVECOT_DATES,
            names: vec![
                (NameTest::NotMutf7, "NO Mailbox name is not valid mUTF-7"),
                (NameTest::Begins("~"), "NO [CANNOT] Invalid mailbox name: Begins with '~'"),
                (NameTest::LongerThan(255), "NO [CANNOT] Mailbox name too long"),
            ],
            words: DOVECOT_WORDS,
            connection_limit: Some(10),
            errors_allowed: None,
            quirks: BTreeSet::from([
                Quirk::StaleStatus,
                Quirk::LiteralPlusDesync,
                Quirk::ForgetsZones,
                Quirk::ExpungeIssued,
            ]),
            ..Profile::plain_rfc3501()
        }
    }

    /// Dovecot 2.3, maildir, `.`, everything below `INBOX.`.
    pub fn dovecot_prefixed() -> Profile {
        let mut profile =
            Profile { name: "Dovecot prefixed", delimiter: Some(b'.'), prefix: "INBOX.", ..Profile::dovecot() };
        profile.names.push((
            NameTest::OutsideNamespace,
            "NO Client tried to access nonexistent namespace. (Mailbox name should probably be prefixed with: INBOX.)",
        ));
        profile
            .names
            .push((NameTest::Holds("/"), "NO [CANNOT] Invalid mailbox name: Name must not have '/' characters"));
        profile.incapable("QUOTA")
    }

    /// Cyrus 3.6, `/`.
    pub fn cyrus() -> Profile {
        Profile {
            name: "Cyrus",
            greeting: "OK [CAPABILITY IMAP4rev1 LITERAL+ ID ENABLE AUTH=PLAIN SASL-IR] Cyrus IMAP 3.6.1 server ready"
                .to_owned(),
            before_login: list("IMAP4rev1 LITERAL+ ID ENABLE AUTH=PLAIN SASL-IR"),
            capabilities: list(CYRUS),
            kinds: BTreeMap::from([
                (Kind::Empty, Treatment::Refuse("NO Zero-length message literal")),
                (Kind::Nul, Treatment::Refuse("NO Message contains NUL characters")),
                (Kind::BareLf, Treatment::Refuse("NO Message contains bare newlines")),
                (Kind::EightBitHeader, Treatment::Change),
                (Kind::HeaderWithoutColon, Treatment::Refuse("NO Message contains invalid header")),
            ]),
            dates: CYRUS_DATES,
            names: vec![
                (NameTest::NotMutf7, "NO Invalid mailbox name"),
                (NameTest::Holds("*%\"\\(){}"), "NO Invalid mailbox name"),
            ],
            real_parents: true,
            words: CYRUS_WORDS,
            append_limit: Some(4_294_967_295),
            quirks: BTreeSet::from([
                Quirk::StrayBadAfterEmptyLiteral,
                Quirk::LowerCaseAttributes,
                Quirk::BlankPaddedDay,
                Quirk::ForgetsZones,
            ]),
            ..Profile::plain_rfc3501()
        }
    }

    /// Courier 5.0, `.`, everything below `INBOX.`.
    pub fn courier() -> Profile {
        Profile {
            name: "Courier",
            greeting: "OK [CAPABILITY IMAP4rev1 UIDPLUS CHILDREN NAMESPACE QUOTA IDLE ENABLE] Courier-IMAP ready. See COPYING \
                       for distribution information."
                .to_owned(),
            before_login: list(COURIER),
            capabilities: list(COURIER),
            delimiter: Some(b'.'),
            prefix: "INBOX.",
            kinds: BTreeMap::from([
                (Kind::BareLf, Treatment::Change),
                (Kind::BareCr, Treatment::Change),
                (Kind::NoFinalCrlf, Treatment::Change),
            ]),
            dates: COURIER_DATES,
            names: vec![
                (NameTest::OutsideNamespace, "NO Invalid mailbox name."),
                (NameTest::Holds("/"), "NO Invalid mailbox name."),
                (NameTest::LongerThan(240), "NO Cannot create this folder."),
            ],
            words: COURIER_WORDS,
            connection_limit: Some(4),
            quirks: BTreeSet::from([
                Quirk::NoUidNextOnSelect,
                Quirk::StaleStatus,
                Quirk::NoAppendToExamined,
                Quirk::ForgetsZones,
            ]),
            ..Profile::plain_rfc3501()
        }
    }

    /// Gmail, as its users tell of it.
    pub fn gmail() -> Profile {
        Profile {
            name: "Gmail",
            greeting: "OK Gimap ready for requests from 127.0.0.1".to_owned(),
            before_login: list(
                "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN SASL-IR AUTH=PLAIN AUTH=XOAUTH2",
            ),
            capabilities: list(GMAIL),
            announce: Announce::BeforeOk,
            kinds: BTreeMap::from([(Kind::Nul, Treatment::Refuse("BYE Invalid character in literal"))]),
            names: vec![
                (NameTest::NotMutf7, "NO [CANNOT] Invalid folder name (Failure)"),
                (NameTest::ExcessBlanks, "NO [CANNOT] Folder contains excess whitespace (Failure)"),
                (NameTest::Holds("^"), "NO [CANNOT] Invalid folder name (Failure)"),
            ],
            words: GMAIL_WORDS,
            append_limit: Some(35_651_584),
            connection_limit: Some(15),
            quirks: BTreeSet::from([Quirk::MergesEqualMessageIds, Quirk::DropsDeleted, Quirk::ForgetsZones]),
            ..Profile::plain_rfc3501()
        }
    }

    /// Exchange and Microsoft 365, as their users tell of them.
    pub fn exchange() -> Profile {
        Profile {
            name: "Exchange",
            greeting: "OK The Microsoft Exchange IMAP4 service is ready.".to_owned(),
            before_login: list(EXCHANGE),
            capabilities: list(EXCHANGE),
            kinds: BTreeMap::from([(Kind::LongLine, Treatment::Refuse("BAD Command Argument Error. 11"))]),
            longest_line: 10_239,
            names: vec![
                (NameTest::NotMutf7, "BAD Command Argument Error. 12"),
                (NameTest::Is("Files"), "NO Folder name is reserved."),
            ],
            words: EXCHANGE_WORDS,
            connection_limit: Some(20),
            errors_allowed: Some(10),
            quirks: BTreeSet::from([
                Quirk::CaseInsensitiveNames,
                Quirk::TrailingBlank,
                Quirk::UidLast,
                Quirk::UnaskedExpunge,
            ]),
            ..Profile::plain_rfc3501()
        }
    }

    /// Yahoo, as its users and its own pages tell of it.
    pub fn yahoo() -> Profile {
        Profile {
            name: "Yahoo",
            greeting: "OK IMAP4rev1 Hello".to_owned(),
            before_login: list("IMAP4rev1 ID NAMESPACE UIDPLUS LITERAL+ CHILDREN AUTH=PLAIN"),
            capabilities: list(
                "IMAP4rev1 ID NAMESPACE UIDPLUS LITERAL+ CHILDREN ENABLE CONDSTORE SPECIAL-USE UNSELECT",
            ),
            announce: Announce::BeforeOk,
            kinds: BTreeMap::from([(
                Kind::NoFinalCrlf,
                Treatment::Refuse("BAD [CLIENTBUG] Additional arguments found after last expected argument"),
            )]),
            quirks: BTreeSet::from([Quirk::SpellsInbox, Quirk::TrailingBlank, Quirk::ForgetsZones]),
            ..Profile::plain_rfc3501()
        }
        .showing(1_000)
    }

    /// NetEase (163, 126, 188), as its users tell of it.
    pub fn netease() -> Profile {
        Profile {
            name: "NetEase",
            greeting: "OK Coremail System IMap Server Ready(163com[cafe1234])".to_owned(),
            before_login: list("IMAP4rev1 XLIST SPECIAL-USE ID"),
            capabilities: list("IMAP4rev1 XLIST SPECIAL-USE ID LITERAL+ UIDPLUS"),
            quirks: BTreeSet::from([
                Quirk::IdBeforeSelect,
                Quirk::EmptyStatus,
                Quirk::NoUidNextOnSelect,
                Quirk::TrailingBlank,
                Quirk::BareOk,
            ]),
            ..Profile::plain_rfc3501()
        }
    }

    /// iCloud, as its users tell of it.
    pub fn icloud() -> Profile {
        Profile {
            name: "iCloud",
            greeting: "OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] iCloud IMAP4 ready".to_owned(),
            before_login: list("IMAP4rev1 SASL-IR AUTH=PLAIN"),
            capabilities: list(
                "IMAP4rev1 NAMESPACE UIDPLUS ENABLE CONDSTORE ID LIST-EXTENDED SPECIAL-USE LITERAL+ UNSELECT",
            ),
            announce: Announce::InCodes,
            connection_limit: Some(5),
            quirks: BTreeSet::from([Quirk::LogoutCloses, Quirk::SplitFetch, Quirk::ForgetsZones]),
            ..Profile::plain_rfc3501()
        }
    }

    /// Domino, as its users tell of it.
    pub fn domino() -> Profile {
        Profile {
            name: "Domino",
            greeting: "OK Domino IMAP4 Server ready".to_owned(),
            delimiter: Some(b'\\'),
            quirks: BTreeSet::from([Quirk::ReplacesMessageIds, Quirk::BlankPaddedDay]),
            ..Profile::plain_rfc3501()
        }
    }

    /// seznam and others: no delimiter at all.
    pub fn flat() -> Profile {
        Profile { name: "flat", delimiter: None, ..Profile::plain_rfc3501() }
    }
}

/// Capabilities from one line.
pub fn list(words: &str) -> Vec<String> {
    words.split_whitespace().map(str::to_owned).collect()
}
