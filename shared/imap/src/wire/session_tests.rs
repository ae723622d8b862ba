//! # Tests of whole sessions
//! `C:` is what we say, `S:` what a server answers; the octets of both are exact.

use posthorse_domain::mail::{Flags, FolderName, Uid};

use super::*;

/// Says the commands in turn and reads the answers; gives back what each command heard.
fn play(transcript: &str, commands: Vec<Vec<Part>>) -> Vec<Vec<Reply>> {
    let mut framer = Framer::new(Limits::default());
    let mut heard = Vec::new();
    let mut said = commands.into_iter().flat_map(written).collect::<Vec<_>>().into_iter();
    for line in transcript.lines().map(str::trim_start) {
        if let Some(expected) = line.strip_prefix("C: ") {
            heard.push(Vec::new());
            assert_eq!(said.next().as_deref(), Some(expected.as_bytes()), "{expected}");
        } else if let Some(line) = line.strip_prefix("S:") {
            framer.space().extend_from_slice(line.strip_prefix(' ').unwrap_or(line).as_bytes());
            framer.space().extend_from_slice(b"\r\n");
        }
        while let Some(event) = framer.next().unwrap() {
            let Event::Response(response) = event else { panic!("{event:?}") };
            if heard.is_empty() {
                heard.push(Vec::new());
            }
            heard.last_mut().unwrap().push(Reply::read(&response));
        }
    }
    assert_eq!(said.next(), None);
    assert!(framer.is_between());
    heard
}

/// The lines that are written, without their ends; a wait is a line of its own.
fn written(parts: Vec<Part>) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for part in parts {
        if let Part::Octets(octets) = part {
            let octets = octets.strip_suffix(b"\r\n").unwrap_or(&octets);
            lines.extend(octets.split(|&octet| octet == b'\n').map(|line| line.trim_ascii_end().to_vec()));
        }
    }
    lines
}

fn say(number: u64, command: Command) -> Vec<Part> {
    command.parts(&Tag::number(number), Literals::Sync)
}

fn conditions(heard: &[Reply]) -> Vec<Condition> {
    let status = |reply: &Reply| match reply {
        Reply::Status(status) => Some(status.condition),
        _ => None,
    };
    heard.iter().filter_map(status).collect()
}

#[test]
fn a_source_is_listed_opened_and_read() {
    let inbox = FolderName::from_raw("INBOX");
    let heard = play(
        r#"S: * OK [CAPABILITY IMAP4rev1 LITERAL+ ID] Dovecot ready.
           C: P1 LIST "" "*"
           S: * LIST (\HasNoChildren) "." INBOX
           S: * LIST (\HasNoChildren \Sent) "." "INBOX.Sent Items"
           S: * LIST (\Noselect \HasChildren) "." {7}
           S: INBOX.a
           S: P1 OK List completed (0.001 + 0.000 secs).
           C: P2 EXAMINE "INBOX"
           S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Forwarded)
           S: * OK [PERMANENTFLAGS ()] Read-only mailbox.
           S: * 1 EXISTS
           S: * OK [UIDVALIDITY 1700000000] UIDs valid
           S: * OK [UIDNEXT 8] Predicted next UID
           S: P2 OK [READ-ONLY] Examine completed.
           C: P3 UID FETCH 7:* (UID FLAGS BODY.PEEK[])
           S: * 1 FETCH (UID 7 FLAGS (\Seen $Forwarded) BODY[] {22}
           S: Subject: P3 OK
           S:
           S: hi
           S: )
           S: P3 OK Fetch completed.
           C: P4 LOGOUT
           S: * BYE Logging out
           S: P4 OK Logout completed."#,
        vec![
            say(1, Command::list(b"*")),
            say(2, Command::examine(&inbox, false)),
            say(
                3,
                Command::fetch(Range::From(Uid::new(7)), &[FetchItem::Uid, FetchItem::Flags, FetchItem::Whole], None)
                    .unwrap(),
            ),
            say(4, Command::logout()),
        ],
    );
    let [greeting, listed, opened, fetched, left] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!(conditions(greeting), [Condition::Ok]);
    assert_eq!((listed.len(), conditions(listed)), (4, vec![Condition::Ok]));
    let Reply::Data(Untagged::List(parent)) = &listed[2] else { panic!("{listed:?}") };
    assert!(parent.has("\\Noselect") && parent.name.raw() == b"INBOX.a");
    let Some(Reply::Status(Status { tag: Some(tag), code: Some(Code::ReadOnly), .. })) = opened.last() else {
        panic!("{opened:?}")
    };
    assert_eq!(tag.get(), Some(2));
    let Reply::Data(Untagged::Fetch(message)) = &fetched[0] else { panic!("{fetched:?}") };
    assert_eq!(message.body, Some(Body::Octets(bytes::Bytes::from_static(b"Subject: P3 OK\r\n\r\nhi\r\n"))));
    assert_eq!(conditions(left), [Condition::Bye, Condition::Ok]);
}

#[test]
fn an_append_waits_twice_and_learns_the_uid() {
    let append = Append { flags: &Flags::new(), date: None, size: 2, literal: MessageLiteral::Sync };
    let head = append.head(&Tag::number(1), &FolderName::from_raw("Entw\u{fc}rfe"), Literals::Sync);
    assert_eq!(head.iter().filter(|part| **part == Part::Wait).count(), 2);
    let heard = play(
        "C: P1 APPEND {9}
         S: + OK
         C: Entw\u{fc}rfe () {2}
         S: +
         S: P1 OK [APPENDUID 1700000000 9] Append completed.",
        vec![head],
    );
    assert!(heard[0].iter().all(|reply| matches!(reply, Reply::Continuation(_))));
    let Some(Reply::Status(status)) = heard[1].last() else { panic!("{heard:?}") };
    assert_eq!(status.words(), "[APPENDUID 1700000000 9] Append completed.");
}
