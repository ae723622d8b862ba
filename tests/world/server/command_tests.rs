//! # Command tests
//! One transcript per command on a server without oddities.

use super::play::{Player, plays};
use super::{Profile, Quirk, Server};

/// All extensions, no oddities.
fn able() -> Profile {
    let mut profile = Profile::dovecot();
    profile.quirks.clear();
    profile
}

#[tokio::test(start_paused = true)]
async fn greeting_capability_and_logout() {
    let server = Server::new(Profile::plain_rfc3501());
    let mut player = Player::new(&server);
    player
        .play(
            "S: * OK IMAP4rev1 server ready
             C: a CAPABILITY
             S: * CAPABILITY IMAP4rev1
             S: a OK …
             C: b LOGOUT
             S: * BYE …
             S: b OK …
             S!",
        )
        .await;
    assert_eq!(server.log().breaches, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn login_by_atom_quoted_string_literal_and_sasl() {
    for login in [
        "C: a LOGIN anna secret",
        "C: a LOGIN \"anna\" \"secret\"",
        "C: a LOGIN {4}\nS: + …\nC: anna {6}\nS: + …\nC: secret",
        "C: a AUTHENTICATE PLAIN AGFubmEAc2VjcmV0",
        "C: a AUTHENTICATE PLAIN\nS: + \nC: AGFubmEAc2VjcmV0",
    ] {
        let server = Server::new(able());
        Player::new(&server).play(&format!("S: * …\n{login}\nS: a OK [CAPABILITY …UIDPLUS…] …")).await;
        assert!(!server.transcript().contains("secret") || login.contains('{'), "{}", server.transcript());
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_refused() {
    let server = Server::new(able());
    Player::new(&server).play("S: * …\nC: a LOGIN anna nonsense\nS: a NO [AUTHENTICATIONFAILED] …").await;
}

#[tokio::test(start_paused = true)]
async fn list_knows_patterns_levels_and_options() {
    let server = Server::new(able());
    server.folder("INBOX").exists();
    server.folder("A").special("\\Sent").subscribed();
    server.folder("A/B").message("x").seen();
    server.folder("Entwürfe").exists();
    server.folder("Odd").noselect();
    Player::inside(&server)
        .await
        .play(
            "C: a LIST \"\" \"\"
             S: * LIST (\\Noselect) \"/\" \"\"
             S: a OK …
             C: b LIST \"\" *
             S: * LIST (\\HasChildren \\Sent) \"/\" \"A\"
             S: * LIST (\\HasNoChildren) \"/\" \"A/B\"
             S: * LIST (\\HasNoChildren) \"/\" \"Entw&APw-rfe\"
             S: * LIST (\\HasNoChildren) \"/\" \"INBOX\"
             S: * LIST (\\Noselect \\HasNoChildren) \"/\" \"Odd\"
             S: b OK …
             C: c LIST \"A/\" \"%\"
             S: * LIST (\\HasNoChildren) \"/\" \"A/B\"
             S: c OK …
             C: d LIST \"\" \"%\" RETURN (STATUS (MESSAGES UIDNEXT UNSEEN SIZE))
             S: * LIST …\"A\"
             S: * STATUS \"A\" (MESSAGES 0 UIDNEXT 1 UNSEEN 0 SIZE 0)
             S* d OK …
             C: e LIST (SUBSCRIBED) \"\" * RETURN (CHILDREN SPECIAL-USE)
             S: * LIST (\\HasChildren \\Subscribed \\Sent) \"/\" \"A\"
             S: e OK …
             C: f LSUB \"\" *
             S: * LSUB (…) \"/\" \"A\"
             S: f OK …
             C: g NAMESPACE
             S: * NAMESPACE ((\"\" \"/\")) NIL NIL
             S: g OK …",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn select_examine_status_and_unselect() {
    let server = Server::new(able());
    server.folder("INBOX").uidvalidity(77).message("A").flag("$Forwarded");
    server.folder("INBOX").message("B").seen();
    Player::inside(&server)
        .await
        .play(
            "C: a SELECT inbox
             S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded)
             S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded \\*)] …
             S: * 2 EXISTS
             S: * 0 RECENT
             S: * OK [UNSEEN 1] …
             S: * OK [UIDVALIDITY 77] …
             S: * OK [UIDNEXT 3] …
             S: * OK [HIGHESTMODSEQ 5] …
             S: a OK [READ-WRITE] …
             C: b UNSELECT
             S: b OK …
             C: c EXAMINE INBOX (CONDSTORE)
             S* c OK [READ-ONLY] …
             C: d STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)
             S: * STATUS \"INBOX\" (MESSAGES 2 UIDNEXT 3 UIDVALIDITY 77 HIGHESTMODSEQ 5)
             S: d OK …
             C: e SELECT Nowhere
             S: e NO [NONEXISTENT] …
             C: f UID FETCH 1 (UID)
             S: f BAD …",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn uid_fetch_gives_what_is_asked_and_n_star_gives_the_last() {
    let server = Server::new(able());
    server.folder("INBOX").octets("Subject: a\r\nX: y\r\n z\r\n\r\nbody\r\n").seen().flag("k");
    server.folder("INBOX").uidnext(9).octets("no header\r\n");
    Player::inside(&server)
        .await
        .play(
            "C: a EXAMINE INBOX
             S* a OK …
             C: b UID FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE MODSEQ)
             S: * 1 FETCH (UID 1 FLAGS (\\Seen k) INTERNALDATE \"17-Jul-2010 02:44:25 -0700\" RFC822.SIZE 30 MODSEQ (4))
             S: b OK …
             C: c UID FETCH 9 BODY.PEEK[]
             S: * 2 FETCH (UID 9 BODY[] {11}
             S: no header
             S: )
             S: c OK …
             C: d UID FETCH 1 (BODY.PEEK[HEADER.FIELDS (X)] BODY.PEEK[TEXT]<1.3>)
             S: * 1 FETCH (UID 1 BODY[HEADER.FIELDS (X)] {12}
             S: X: y
             S:  z
             S: 
             S:  BODY[TEXT]<1> {3}
             S: ody)
             S: d OK …
             C: e UID FETCH 500:* (UID)
             S: * 2 FETCH (UID 9)
             S: e OK …
             C: f UID FETCH 2:8 (UID)
             S: f OK …
             C: g FETCH 1:2 FLAGS
             S: * 1 FETCH (FLAGS (\\Seen k))
             S: * 2 FETCH (FLAGS ())
             S: g OK …
             C: h UID FETCH 1:* (FLAGS) (CHANGEDSINCE 4)
             S: * 2 FETCH (UID 9 FLAGS () MODSEQ (5))
             S: h OK …
             C: i UID FETCH 1:* (ENVELOPE)
             S: i BAD …",
        )
        .await;
    assert_eq!(server.changes(), vec![]);
}

#[tokio::test(start_paused = true)]
async fn body_without_peek_sets_seen_and_is_noted() {
    let server = Server::new(able());
    server.folder("INBOX").message("A");
    Player::inside(&server).await.play("C: a SELECT INBOX\nS* a OK …\nC: b UID FETCH 1 (BODY[])\nS* b OK …").await;
    assert_eq!(server.changes().len(), 1, "{:?}", server.changes());
}

#[tokio::test(start_paused = true)]
async fn search_finds_by_uid_and_message_id() {
    let server = Server::new(able());
    server.folder("INBOX").messages_named("m", 3);
    Player::inside(&server)
        .await
        .play(
            "C: a EXAMINE INBOX
             S* a OK …
             C: b UID SEARCH ALL
             S: * SEARCH 1 2 3
             S: b OK …
             C: c UID SEARCH UID 2:*
             S: * SEARCH 2 3
             S: c OK …
             C: d UID SEARCH HEADER Message-ID <m-3@example.org>
             S: * SEARCH 3
             S: d OK …
             C: e UID SEARCH HEADER Message-ID \"m-9\"
             S: * SEARCH
             S: e OK …",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn create_makes_parents_and_refuses_what_exists() {
    plays(
        able(),
        "C: a CREATE x/y/z
         S: a OK …
         C: b LIST \"\" x*
         S: * LIST (\\Noselect \\HasChildren) \"/\" \"x\"
         S: * LIST (\\Noselect \\HasChildren) \"/\" \"x/y\"
         S: * LIST (\\HasNoChildren) \"/\" \"x/y/z\"
         S: b OK …
         C: c CREATE x
         S: c OK …
         C: d CREATE x
         S: d NO [ALREADYEXISTS] …
         C: e CREATE bad&name
         S: e NO …
         C: f SUBSCRIBE x
         S: f OK …
         C: g LSUB \"\" *
         S: * LSUB (\\HasChildren) \"/\" \"x\"
         S: g OK …",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn writing_commands_work_and_are_noted() {
    let server = Server::new(able());
    server.folder("INBOX").messages_named("m", 3);
    let mut player = Player::inside(&server).await;
    player
        .play(
            "C: a SELECT INBOX
             S* a OK …
             C: b UID STORE 2 +FLAGS (\\Deleted)
             S: * 2 FETCH (UID 2 FLAGS (\\Deleted))
             S: b OK …
             C: c EXPUNGE
             S: * 2 EXPUNGE
             S: c OK …
             C: d UID STORE 1 FLAGS.SILENT (\\Deleted)
             S: d OK …
             C: e CLOSE
             S: e OK …
             C: f DELETE INBOX
             S: f OK …",
        )
        .await;
    assert_eq!(server.changes().len(), 5, "{:?}", server.changes());
    assert_eq!((server.count("CLOSE"), server.count("EXPUNGE"), server.count("DELETE")), (1, 1, 1));
    assert_eq!((server.log().destroying().len(), server.log().writing().len()), (5, 6));
}

#[tokio::test(start_paused = true)]
async fn pipelined_commands_are_answered_in_order() {
    plays(
        able(),
        "C~ a NOOP\\r\\nb SELECT INBOX\\r\\nc UID FETCH 1:* (UID)\\r\\nd LOGOUT\\r\\n
         S: a OK …
         S* b OK …
         S: c OK …
         S: * BYE …
         S: d OK …
         S!",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn another_connection_is_told_of_news_and_losses() {
    let server = Server::new(able());
    server.folder("INBOX").messages_named("m", 2);
    let mut player = Player::inside(&server).await;
    player.play("C: a SELECT INBOX\nS* a OK …").await;
    server.folder("INBOX").lose(1);
    server.folder("INBOX").message("new");
    player
        .play(
            "C: b FETCH 1 (UID)
             S: * 3 EXISTS
             S: b OK …
             C: c NOOP
             S: * 1 EXPUNGE
             S: c OK …
             C: d UID FETCH 1:* (UID)
             S: * 1 FETCH (UID 2)
             S: * 2 FETCH (UID 3)
             S: d OK …",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn quota_is_told() {
    let server = Server::new(able());
    server.meddle(|mailbox| mailbox.quota = Some(super::Quota { octets: 10 << 20 }));
    Player::inside(&server)
        .await
        .play(
            "C: a GETQUOTAROOT INBOX
             S: * QUOTAROOT \"INBOX\" \"User quota\"
             S: * QUOTA \"User quota\" (STORAGE 0 10240)
             S: a OK …",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn lines_without_crlf_are_breaches() {
    let server = plays(able(), "C~ a NOOP\\n\nS: a OK …").await;
    assert_eq!(server.log().breaches.len(), 1);
}

#[tokio::test]
async fn the_same_server_speaks_over_tcp() {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    let server = Server::new(able());
    let address = server.listen_tcp().await.expect("a port");
    let mut stream = BufReader::new(tokio::net::TcpStream::connect(address).await.expect("a connection"));
    stream.write_all(b"a LOGIN anna secret\r\n").await.expect("written");
    let mut lines = String::new();
    while !lines.contains("a OK") {
        stream.read_line(&mut lines).await.expect("a line");
    }
    assert!(lines.starts_with("* OK "), "{lines}");
    assert!(!server.quirk(Quirk::BareOk).log().commands.is_empty());
}

#[tokio::test(start_paused = true)]
async fn copy_adds_what_is_there_and_tells_where() {
    let server = Server::new(able());
    server.folder("INBOX").messages_named("m", 3).lose(2);
    server.folder("A").uidvalidity(9).message("x");
    Player::inside(&server)
        .await
        .play(
            "C: a SELECT INBOX
             S* a OK …
             C: b UID COPY 1:3,7 \"A\"
             S: b OK [COPYUID 9 1,3 2:3] …
             C: c UID COPY 2 A
             S: c OK Copy completed.
             C: d UID COPY 1 Nowhere
             S: d NO …",
        )
        .await;
    assert_eq!((server.folder("A").count(), server.folder("INBOX").count()), (3, 2));
}
