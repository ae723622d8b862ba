//! # Profile tests
//! The ready profiles against what was measured on the real servers.

use super::play::{Player, plays};
use super::{Change, Profile, Server};

/// What one message becomes at a server of this kind: its stored octets, or the answer that refused it.
async fn becomes(profile: Profile, octets: &str) -> String {
    let server = Server::new(profile);
    let mut player = Player::inside(&server).await;
    let octets: Vec<u8> = octets.chars().map(|letter| u8::try_from(letter).expect("Latin-1")).collect();
    player.send(format!("a APPEND INBOX {{{}}}\r\n", octets.len()).as_bytes()).await;
    let mut line = player.line().await.expect("an answer");
    if line.starts_with('+') {
        player.send(&[octets.as_slice(), b"\r\n"].concat()).await;
        line = player.line().await.expect("an answer");
    }
    match server.folder("INBOX").messages().first() {
        Some(message) => message.octets.iter().copied().map(char::from).collect(),
        None => line.strip_prefix("a ").unwrap_or(&line).to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn odd_messages_are_refused_changed_or_kept_as_measured() {
    let (dovecot, cyrus, courier) = (Profile::dovecot(), Profile::cyrus(), Profile::courier());
    for (profile, given, wanted) in [
        (&dovecot, "a: 1\n\nx\r\n", "a: 1\r\n\r\nx\r\n"),
        (&dovecot, "a: 1\r\n\r\nx\0\r\n", "a: 1\r\n\r\nx\u{80}\r\n"),
        (&dovecot, "a: 1\r\n\r\nx\ry\r\n", "a: 1\r\n\r\nx\ry\r\n"),
        (&dovecot, "a: \u{e9}\r\n\r\n", "a: \u{e9}\r\n\r\n"),
        (&dovecot, "", "NO Can't save a zero byte message"),
        (&cyrus, "a: 1\n\nx\r\n", "NO Message contains bare newlines"),
        (&cyrus, "a: 1\r\n\r\nx\0\r\n", "NO Message contains NUL characters"),
        (&cyrus, "a: \u{e9}\r\n\r\n\u{e9}\r\n", "a: X\r\n\r\n\u{e9}\r\n"),
        (&cyrus, "no colon\r\n\r\n", "NO Message contains invalid header"),
        (&cyrus, "\r\nbody only\r\n", "\r\nbody only\r\n"),
        (&cyrus, "", "NO Zero-length message literal"),
        (&courier, "a: 1\n\nx\r\n", "a: 1\r\n\r\nx\r\n"),
        (&courier, "a: 1\r\n\r\nx\ry\r\n", "a: 1\r\n\r\nxy\r\n"),
        (&courier, "a: 1\r\n\r\nx", "a: 1\r\n\r\nx\r\n"),
        (&courier, "a: 1\r\n\r\n\0\r\n", "a: 1\r\n\r\n\0\r\n"),
        (&courier, "", "\r\n"),
    ] {
        assert_eq!(becomes(profile.clone(), given).await, wanted, "{} {given:?}", profile.name);
    }
    let long = format!("a: 1\r\n\r\n{}\r\n", "x".repeat(10_240));
    assert_eq!(becomes(Profile::exchange(), &long).await, "BAD Command Argument Error. 11");
}

#[tokio::test(start_paused = true)]
async fn odd_dates_and_flags_are_answered_as_measured() {
    let (dovecot, cyrus, courier) = (Profile::dovecot(), Profile::cyrus(), Profile::courier());
    for (profile, words, answer) in [
        (&dovecot, "\"99-Foo-2020 02:44:25 +0000\"", "BAD Error in IMAP command APPEND: Invalid internal date"),
        (&cyrus, "\"17-Jul-1960 02:44:25 +0000\"", "BAD Invalid date-time in Append command"),
        (&courier, "\"31-Feb-2020 02:44:25 +0000\"", "NO Error in IMAP command received by server."),
        (&dovecot, "\"31-Feb-2020 02:44:25 +0000\"", "+ OK"),
        (&cyrus, "\" 7-Jul-2010 02:44:25 +0000\"", "+ OK"),
        (&dovecot, "(\\Recent)", "BAD Error in IMAP command APPEND: Invalid system flag \\RECENT"),
        (&cyrus, "(\\Foo)", "BAD Invalid flag in Append command"),
        (&dovecot, "([a])", "NO [CANNOT] Invalid characters in keyword"),
        (&courier, "(\\Recent)", "NO Error in IMAP command received by server."),
    ] {
        let tag = if answer.starts_with('+') { "" } else { "a " };
        plays(profile.clone(), &format!("C: a APPEND INBOX {words} {{5}}\nS: {tag}{answer}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn dates_are_told_in_the_servers_zone() {
    for (profile, date) in [
        (Profile::dovecot(), "07-Jul-2010 09:44:25 +0000"),
        (Profile::cyrus(), " 7-Jul-2010 09:44:25 +0000"),
        (Profile::plain_rfc3501(), "07-Jul-2010 02:44:25 -0700"),
    ] {
        let script = "C: a APPEND INBOX \" 7-Jul-2010 02:44:25 -0700\" {5}
             S: + OK
             C~ a:1\\r\\n\\r\\n
             S: a OK …
             C: b SELECT INBOX
             S* b OK …
             C: c UID FETCH 1 INTERNALDATE";
        plays(profile, &format!("{script}\nS: * 1 FETCH (UID 1 INTERNALDATE \"{date}\")\nS: c OK …")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn dovecot_executes_the_body_of_an_append_whose_flags_do_not_parse() {
    let script = "C~ a APPEND INBOX (\\\\Foo) {10+}\\r\\nb DELETE x\\r\\nc NOOP\\r\\n
         S: a BAD Error in IMAP command APPEND: Invalid system flag \\FOO
         S: b OK …
         S: c OK …";
    let server = Server::new(Profile::dovecot());
    server.folder("x").exists();
    Player::inside(&server).await.play(script).await;
    assert_eq!(server.changes(), vec![Change::Deleted(b"x".to_vec())]);

    let cyrus = "C~ a APPEND INBOX (\\\\Foo) {10+}\\r\\nb DELETE x\\r\\nc NOOP\\r\\n
         S: a BAD Invalid flag in Append command
         S: c OK …";
    assert_eq!(plays(Profile::cyrus(), cyrus).await.changes(), vec![]);
}

#[tokio::test(start_paused = true)]
async fn cyrus_strays_after_an_empty_literal() {
    let script = "C~ a APPEND INBOX {0+}\\r\\n\\r\\nb NOOP\\r\\n
         S: * BAD Invalid tag
         S: a NO Zero-length message literal
         S: b OK …";
    plays(Profile::cyrus(), script).await;
}

#[tokio::test(start_paused = true)]
async fn courier_has_no_literal_plus_and_keeps_what_is_examined_shut() {
    let script = "C: a EXAMINE INBOX
         S* a OK …
         C~ b APPEND INBOX {5}\\r\\n
         S: + OK
         C~ a:1\\r\\n\\r\\n
         S: b NO Current box is selected READ-ONLY.
         C: c STATUS INBOX (MESSAGES SIZE)
         S: c BAD …
         C: d APPEND INBOX {5+}
         S: d NO Error in IMAP command received by server.";
    let server = plays(Profile::courier(), script).await;
    assert!(!server.transcript().contains("UIDNEXT"));
}

#[tokio::test(start_paused = true)]
async fn names_are_refused_as_measured() {
    for (profile, name, answer) in [
        (Profile::dovecot(), "~x", "NO [CANNOT] Invalid mailbox name: Begins with '~'"),
        (Profile::dovecot(), "INBOX", "NO [ALREADYEXISTS] Mailbox already exists"),
        (Profile::dovecot(), "a*b", "OK Create completed."),
        (Profile::dovecot_prefixed(), "x", "NO Client tried to access nonexistent namespace. …"),
        (
            Profile::dovecot_prefixed(),
            "INBOX.a/b",
            "NO [CANNOT] Invalid mailbox name: Name must not have '/' characters",
        ),
        (Profile::dovecot_prefixed(), "INBOX.a", "OK Create completed."),
        (Profile::cyrus(), "\"a*b\"", "NO Invalid mailbox name"),
        (Profile::cyrus(), "INBOX", "NO Mailbox already exists"),
        (Profile::courier(), "x", "NO Invalid mailbox name."),
        (Profile::courier(), "INBOX.x", "OK Create completed."),
        (Profile::courier(), "INBOX", "NO Cannot create this folder."),
        (Profile::gmail(), "\"a  b\"", "NO [CANNOT] Folder contains excess whitespace (Failure)"),
        (Profile::exchange(), "files", "NO Folder name is reserved."),
        (Profile::exchange(), "inbox", "NO Mailbox already exists."),
    ] {
        plays(profile, &format!("C: a CREATE {name}\nS: a {answer}")).await;
    }
    let server = Server::new(Profile::exchange());
    server.folder("Sent Items").message("A");
    let script = "C: a CREATE \"SENT ITEMS\"\nS: a NO …\nC: b SELECT \"sent items\"\nS* * 1 EXISTS\nS* b OK …";
    Player::inside(&server).await.play(script).await;
}

#[tokio::test(start_paused = true)]
async fn special_use_and_parents_differ() {
    let server = Server::new(Profile::cyrus());
    server.folder("Sent").special("\\Sent");
    let script = "C: a CREATE p/q
         S: a OK …
         C: b LIST \"\" *
         S: * LIST (\\HasNoChildren) \"/\" \"INBOX\"
         S: * LIST (\\HasNoChildren \\sent) \"/\" \"Sent\"
         S: * LIST (\\HasChildren) \"/\" \"p\"
         S: * LIST (\\HasNoChildren) \"/\" \"p/q\"
         S: b OK …";
    Player::inside(&server).await.play(script).await;
    let script = "C: b NAMESPACE
         S: * NAMESPACE ((\"INBOX.\" \".\")) NIL NIL
         S: b OK …";
    plays(Profile::courier(), script).await;
}
