//! # Append tests
//! APPEND in all its forms, and what is refused or changed.

use super::play::{Player, plays};
use super::{Profile, Quirk, Server};

#[tokio::test(start_paused = true)]
async fn a_synchronising_literal_is_asked_for() {
    let server = plays(
        Profile::dovecot(),
        "C: a APPEND INBOX (\\Seen $Forwarded) \"17-Jul-2010 02:44:25 -0700\" {14}
         S: + OK
         C: Subject: x
         C: 
         C: 
         S: a OK [APPENDUID 1700000001 1] Append completed.",
    )
    .await;
    let stored = server.folder("INBOX").messages();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].all_flags(), vec!["\\Seen", "$Forwarded"]);
    assert_eq!((stored[0].date.seconds, stored[0].text()), (1_279_359_865, "Subject: x\r\n\r\n".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn literal_plus_and_multiappend_in_one_pipeline() {
    let server = plays(
        Profile::dovecot(),
        "C~ a APPEND INBOX {5+}\\r\\na:1\\r\\n () {5+}\\r\\nb:2\\r\\n {3}\\r\\n
         S: + OK
         C~ c:3\\r\\nb APPEND {5+}\\r\\nINBOX (\\Flagged) {5+}\\r\\nd:4\\r\\n\\r\\nc NOOP\\r\\n
         S: a OK [APPENDUID 1700000001 1:3] …
         S: b OK [APPENDUID 1700000001 4] …
         S: c OK …",
    )
    .await;
    assert_eq!(server.folder("INBOX").contents(), ["a:1\r\n", "b:2\r\n", "c:3", "d:4\r\n"]);
    assert_eq!(server.log().breaches, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_missing_folder_is_refused_before_a_synchronising_literal_and_after_another() {
    let server = plays(
        Profile::dovecot(),
        "C: a APPEND Missing {5}
         S: a NO [TRYCREATE] Mailbox doesn't exist: Missing
         C~ b APPEND Missing {5+}\\r\\na:1\\r\\n\\r\\nc NOOP\\r\\n
         S: b NO [TRYCREATE] …
         S: c OK …",
    )
    .await;
    assert_eq!(server.changes(), vec![]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_message_refuses_its_whole_multiappend() {
    let server = plays(
        Profile::cyrus(),
        "C~ a APPEND INBOX {5+}\\r\\na:1\\r\\n {4+}\\r\\nb:\\0x {5+}\\r\\nc:1\\r\\n\\r\\n
         S: a NO Message contains NUL characters
         C~ b APPEND INBOX {5+}\\r\\na:1\\r\\n\\r\\n
         S: b OK [APPENDUID 1700000001 1] …",
    )
    .await;
    assert_eq!(server.folder("INBOX").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_cut_in_the_literal_stores_nothing() {
    let server = Server::new(Profile::dovecot());
    let mut player = Player::inside(&server).await;
    player.play("C~ a APPEND INBOX {500+}\\r\\nabc").await;
    drop(player);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(server.folder("INBOX").count(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_own_append_to_the_open_folder_is_announced() {
    let script = "C: a SELECT INBOX
         S* a OK …
         C~ b APPEND INBOX {5+}\\r\\na:1\\r\\n\\r\\n";
    plays(Profile::dovecot(), &format!("{script}\nS: * 1 EXISTS\nS: b OK …")).await;
    let quiet = Profile::dovecot().with(Quirk::NewMailAtNoopOnly);
    plays(
        quiet,
        &format!(
            "{script}
             S: b OK …
             C: c UID FETCH 1:* (UID)
             S: c OK …
             C: d NOOP
             S: * 1 EXISTS
             S: d OK …
             C: e UID FETCH 1:* (UID)
             S: * 1 FETCH (UID 1)
             S: e OK …"
        ),
    )
    .await;
}
