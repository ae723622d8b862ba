use super::{Limits, Verdict, class_of, inspect, placeholder};
use crate::mail::Letterhead;
use crate::migration::Class;
use crate::migration::answer::Kind;

#[test]
fn size_limits_park_and_nothing_else_does() {
    let big = |text: &str| Verdict::Park(Class::TooBig, text.into());
    let slow = |text: &str| Verdict::Park(Class::TooSlow, text.into());
    let cases = [
        (None, None, u64::MAX, Verdict::Send),
        (Some(100), None, 0, Verdict::Send),
        (Some(100), None, 100, Verdict::Send),
        (Some(100), None, 101, big("101 octets; the destination takes 100 (APPENDLIMIT)")),
        (None, Some(100), 100, Verdict::Send),
        (None, Some(100), 101, slow("101 octets; a whole step carries 100 at the measured rate")),
        (Some(100), Some(50), 101, big("101 octets; the destination takes 100 (APPENDLIMIT)")),
        (Some(100), Some(50), 51, slow("51 octets; a whole step carries 50 at the measured rate")),
    ];
    for (append_limit, step_limit, octets, verdict) in cases {
        let limits = Limits { append_limit, step_limit };
        assert_eq!(inspect(&limits, octets, b"Subject: \xe9\r\n\r\n"), verdict, "{limits:?} {octets}");
    }
}

const HEADER: &str = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=\"us-ascii\"\r\nFrom: Microsoft Exchange Server 2010\r\n\
    To: \"A Person\" <person@example.org>\r\nSubject: Retrieval using the IMAP4 protocol failed for the following\r\n message: 20004\r\n\
    Content-Transfer-Encoding: quoted-printable\r\n\r\n";
const BODY: &str = "The server couldn't retrieve the following message:\r\n\r\nSubject: \"Canceled: Meeting\"\r\n";

#[test]
fn the_note_of_exchange_is_recognised_by_subject_sender_and_body_together() {
    let other = |from: &str, to: &str| HEADER.replace(from, to);
    let cases = [
        ("as seen with Exchange 2010", HEADER.to_string(), BODY.to_string(), true),
        ("Microsoft 365", other("Server 2010", "Server"), BODY.into(), true),
        (
            "quoted sender",
            other("Microsoft Exchange Server 2010", "\"Microsoft Exchange Server\" <>"),
            BODY.into(),
            true,
        ),
        ("typographic apostrophe", HEADER.into(), BODY.replace('\'', "’"), true),
        ("soft line end", HEADER.into(), BODY.replace("following", "fol=\r\nlowing"), true),
        ("broken line", HEADER.into(), BODY.replace("the following", "the\r\nfollowing"), true),
        ("bare LF", HEADER.replace('\r', ""), BODY.replace('\r', ""), true),
        (
            "forwarded by a person",
            other("Microsoft Exchange Server 2010", "A Person <p@example.org>"),
            BODY.into(),
            false,
        ),
        ("a person writes about it", other("From: Mic", "From: \"About Mic"), BODY.into(), false),
        ("a reply", other("Subject: ", "Subject: Re: "), BODY.into(), false),
        ("another note of the server", HEADER.into(), "Your mailbox is almost full.\r\n".into(), false),
        ("no body", HEADER.into(), String::new(), false),
        ("no header", String::new(), BODY.into(), false),
    ];
    for (name, header, body, expected) in cases {
        assert_eq!(placeholder(&Letterhead::of(header.as_bytes()), body.as_bytes()), expected, "{name}");
    }
}

#[test]
fn an_unspecific_refusal_is_explained_by_the_octets() {
    let long = format!("A: b\r\n\r\n{}\r\n", "x".repeat(9_901));
    let fits = format!("A: b\r\n\r\n{}\r\n", "x".repeat(9_900));
    let cases: &[(&[u8], Class)] = &[
        (b"", Class::Empty),
        (b"A: b\r\n\r\nc\0d\r\n", Class::Nul),
        (b"A: b\r\n\r\nc\nd\r\n", Class::BareNewline),
        (b"\nA: b\r\n", Class::BareNewline),
        (b"A: b\xe9\r\n\r\nc\r\n", Class::EightBitHeader),
        (b"A: b\r\n\r\nc\xe9\r\n", Class::Refused),
        (long.as_bytes(), Class::LineTooLong),
        (fits.as_bytes(), Class::Refused),
        (b"A: b\r\n\r\nc", Class::Refused),
        (b"A: b\xe9\r\n\r\nc\0\n", Class::Nul),
    ];
    for (octets, class) in cases {
        for answer in [Kind::Unknown, Kind::Message(Class::Refused)] {
            assert_eq!(class_of(octets, answer), *class, "{answer:?} {}", String::from_utf8_lossy(octets));
        }
        assert_eq!(class_of(octets, Kind::Message(Class::Policy)), Class::Policy);
    }
}
