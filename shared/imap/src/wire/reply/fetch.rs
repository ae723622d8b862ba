//! # Fetch
//! What a FETCH response says of one message (RFC 9051 §7.5.2). The items may be spread over several responses: merge by
//! UID.

use bytes::Bytes;
use posthorse_domain::mail::Uid;

use super::{uid, words};
use crate::wire::Token;

/// Octets of the longest name that is read: `BODY.PEEK[HEADER]`.
const LONGEST: usize = 17;

/// The value of a body item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// `NIL`: the server does not hand it out. Not an empty message.
    Nil,
    /// Its octets.
    Octets(Bytes),
    /// It went by in pieces; this many octets.
    Streamed(u64),
}

/// What a FETCH response says of one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetch {
    /// The message's number; means nothing after the next line read.
    pub number: u32,
    /// UID; none when it is missing, 0 or above 2³²-1.
    pub uid: Option<Uid>,
    /// FLAGS as spelled.
    pub flags: Option<Vec<Bytes>>,
    /// INTERNALDATE as spelled.
    pub internal_date: Option<Bytes>,
    /// RFC822.SIZE; a hint.
    pub size: Option<u64>,
    /// MODSEQ (RFC 7162).
    pub modseq: Option<u64>,
    /// `BODY[]`, whole; a part of it (`<n>`) is passed over.
    pub body: Option<Body>,
    /// `BODY[HEADER]`.
    pub header: Option<Body>,
    /// EMAILID (RFC 8474).
    pub email_id: Option<Bytes>,
    /// THREADID (RFC 8474).
    pub thread_id: Option<Bytes>,
    /// X-GM-MSGID (Gmail).
    pub gmail_id: Option<u64>,
    /// X-GM-LABELS (Gmail), as spelled.
    pub gmail_labels: Option<Vec<Bytes>>,
}

impl Fetch {
    /// Reads the items of message `number`; a name at the end without a value is passed over, an item that comes twice
    /// counts as it came last.
    pub fn read(number: u32, items: &[Token]) -> Self {
        let mut fetch = Self { number, ..Self::default() };
        for pair in items.chunks(2) {
            if let [Token::Atom(name), value] = pair {
                fetch.item(name, value);
            }
        }
        fetch
    }

    fn item(&mut self, name: &[u8], value: &Token) {
        let mut upper = [0; LONGEST];
        let Some(upper) = upper.get_mut(..name.len()) else { return };
        upper.copy_from_slice(name);
        upper.make_ascii_uppercase();
        match &*upper {
            b"UID" => self.uid = uid(value),
            b"FLAGS" => self.flags = value.list().map(words),
            b"INTERNALDATE" => self.internal_date = value.string().cloned(),
            b"RFC822.SIZE" => self.size = value.number(),
            b"MODSEQ" => self.modseq = alone(value).number(),
            b"BODY[]" | b"BODY.PEEK[]" | b"RFC822" => self.body = body(value),
            b"BODY[HEADER]" | b"BODY.PEEK[HEADER]" | b"RFC822.HEADER" => self.header = body(value),
            b"EMAILID" => self.email_id = alone(value).string().cloned(),
            b"THREADID" => self.thread_id = alone(value).string().cloned(),
            b"X-GM-MSGID" => self.gmail_id = value.number(),
            b"X-GM-LABELS" => self.gmail_labels = value.list().map(words),
            _ => {}
        }
    }
}

/// The one member of a list of one.
fn alone(value: &Token) -> &Token {
    match value {
        Token::List(members) => members.first().filter(|_| members.len() == 1).unwrap_or(value),
        _ => value,
    }
}

fn body(value: &Token) -> Option<Body> {
    match value {
        Token::Quoted(octets) | Token::Literal(octets) => Some(Body::Octets(octets.clone())),
        Token::Streamed(octets) => Some(Body::Streamed(*octets)),
        _ if value.is_nil() => Some(Body::Nil),
        Token::Atom(_) | Token::List(_) => None,
    }
}
