//! # Tiny
//! A small mailbox with every odd thing once, that each real server serves and takes as it is (rewriting headers apart).

use std::collections::BTreeSet;

use super::date;
use super::mailbox::{Flag, Folder, Mailbox, Message};

/// Some thirty messages in a dozen folders; always the same.
#[must_use]
pub fn tiny() -> Mailbox {
    let folders = vec![
        Folder::new("INBOX").with(inbox()),
        Folder::new("Sent Messages").used_for("Sent").with((1..=3).map(|n| letter(&format!("sent {n}"), n).seen())),
        Folder::new("Deleted Messages").used_for("Trash").with([letter("thrown away", 4).seen().flag(Flag::Deleted)]),
        Folder::new("Drafts").used_for("Drafts").with([letter("unfinished", 5).flag(Flag::Draft)]),
        Folder::new("Empty"),
        Folder::new("Archive").with([letter("archived", 6).seen()]),
        // No folder `Archive/2012`: a \Noselect parent (RFC 9051 §7.3.1).
        Folder::new("Archive/2012/Été & hiver").with([letter("deep", 7).seen()]),
        Folder::new("Entwürfe alt").with([letter("umlaut folder", 8)]),
        Folder::new("送信済みメール").with([letter("a folder in Japanese", 9)]),
        Folder::new("Familie, Freunde").with([letter("a comma", 10)]),
        Folder::new("Nowhere/Only child").with([letter("parent never existed", 11)]),
        Folder::new("Not subscribed").unsubscribed().with([letter("unseen", 12)]),
    ];
    Mailbox { folders }
}

/// What some destinations refuse, rename or alter, once each; only Dovecot's Maildir serves all of it.
///
/// Seen with Dovecot 2.3, Cyrus 3.6, Courier 5.0: an empty message is refused by Dovecot and Cyrus, a line without colon
/// among the headers by Cyrus; a lone CR at the end is dropped by Dovecot and Courier, a date in the future replaced by
/// Dovecot; the names are refused by Cyrus (quotes, stars) or Courier (beyond U+FFFF).
#[must_use]
pub fn awkward() -> Mailbox {
    let folders = vec![
        Folder::new("INBOX").with([
            letter("good", 50),
            raw(51, b""),
            with_header("no colon", 52, b"this line is no header"),
            raw(53, b"neither header nor empty line\r\n"),
            with_body("ends in a lone CR", 54, b"text\r"),
            Message { internal_date: 2_100_000_000, ..letter("from 2036", 55) },
            letter("good again", 56),
        ]),
        Folder::new("He said \"no\" * 100%").with([letter("quotes", 57)]),
        Folder::new("Emoji 😀").with([letter("emoji", 58)]),
    ];
    Mailbox { folders }
}

fn inbox() -> Vec<Message> {
    let twin = letter("true duplicate", 20).seen();
    vec![
        letter("first", 19).seen(),
        twin.clone(),
        twin.clone(),
        Message { octets: twin.octets.iter().copied().chain(*b"one line more\r\n").collect(), ..twin },
        without_message_id("no Message-ID", 21),
        without_message_id("no Message-ID", 21),
        letter("every flag", 22).flag(Flag::Seen).flag(Flag::Answered).flag(Flag::Flagged).flag(Flag::Draft).flag(Flag::Deleted),
        letter("keywords", 23).keyword("$Forwarded").keyword("NonJunk").keyword("MyLabel"),
        letter("one of them again", 24).seen().keyword("MyLabel"),
        with_header("eight bits, Latin-1", 25, b"X-Raw: gr\xfc\xdfe \xff\xfe"),
        with_header("eight bits, UTF-8", 26, "X-Raw: rohes Ü".as_bytes()),
        raw(27, b"\r\nOnly a body, no header at all.\r\n"),
        raw(28, b"From: <a@example.org>\r\nSubject: headers only, with their end\r\n\r\n"),
        raw(29, b"From a@example.org Mon Jan  1 00:00:00 2001\r\nFrom: <a@example.org>\r\nSubject: mbox line\r\n\r\ntext\r\n"),
        with_body("bare CR", 30, b"before \r after\r\n"),
        with_body("no final line end", 31, b"the last line stops here"),
        with_body("several CRs", 32, b"one\r \r two \r\rthree\r\n"),
        with_body("long line", 33, &[b"x".repeat(20_000).as_slice(), b"\r\n"].concat()),
        with_body("looks like IMAP", 34, b"* BYE\r\n* 1 FETCH (UID 1)\r\n{12+}\r\nt1 OK done\r\n.\r\n..\r\n+ go on\r\n)\r\n"),
        with_body("UTF-8 and blank lines", 35, "Grüße, 会議, привет\r\n\r\n\r\n \t \r\n\r\n".as_bytes()),
        with_header("long header", 36, &[b"X-Long: ".as_slice(), &b"y".repeat(9_000)].concat()),
        with_header("folded and odd", 37, b"References: <a@b>\r\n\t<c@d>\r\n <e@f>\r\nX-Empty:\r\nMESSAGE-id: <twice@example.org>"),
        Message { internal_date: 86_400, ..letter("from the second day", 38) },
        Message { internal_date: 1_709_251_199, ..letter("from a leap day's last second", 39) },
        letter("last", 40),
    ]
}

impl Message {
    /// Adds `\Seen`.
    #[must_use]
    pub fn seen(self) -> Self {
        self.flag(Flag::Seen)
    }

    /// Adds a system flag.
    #[must_use]
    pub fn flag(mut self, flag: Flag) -> Self {
        self.flags.insert(flag);
        self
    }

    /// Adds a keyword.
    #[must_use]
    pub fn keyword(mut self, keyword: &str) -> Self {
        self.keywords.insert(keyword.to_owned());
        self
    }
}

/// A plain letter: subject and number make it one of its kind, the number also sets its date.
#[must_use]
pub fn letter(subject: &str, number: u32) -> Message {
    with_body(subject, number, b"Dear all,\r\nnothing to see here.\r\n")
}

fn with_body(subject: &str, number: u32, body: &[u8]) -> Message {
    let head = format!("{}Message-ID: <{number}@tiny.example.org>\r\n\r\n", head(subject, number));
    raw(number, &[head.as_bytes(), body].concat())
}

fn with_header(subject: &str, number: u32, header: &[u8]) -> Message {
    let head = format!("{}Message-ID: <{number}@tiny.example.org>\r\n", head(subject, number));
    raw(number, &[head.as_bytes(), header, b"\r\n\r\nSee the header.\r\n"].concat())
}

fn without_message_id(subject: &str, number: u32) -> Message {
    raw(number, format!("{}\r\nA machine wrote this.\r\n", head(subject, number)).as_bytes())
}

fn head(subject: &str, number: u32) -> String {
    let date = date::mail(day(number), "+0000");
    format!("From: Anna <anna@example.org>\r\nTo: Ben <ben@example.com>\r\nSubject: {subject}\r\nDate: {date}\r\n")
}

fn raw(number: u32, octets: &[u8]) -> Message {
    Message { octets: octets.to_vec(), flags: BTreeSet::new(), keywords: BTreeSet::new(), internal_date: day(number) }
}

/// A day in 2010 and after, an odd second of it.
fn day(number: u32) -> i64 {
    1_279_359_865 + i64::from(number) * 86_461
}
