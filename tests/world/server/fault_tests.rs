//! # Fault tests
//! What can happen to an APPEND, and which UIDs are told for it.

use std::time::Duration;

use super::play::{Player, plays};
use super::{At, Fault, Profile, Quirk, Quota, Server};

const APPEND: &str = "C~ a APPEND INBOX {5+}\\r\\na:1\\r\\n\\r\\n";

#[tokio::test(start_paused = true)]
async fn appenduid_may_be_missing_or_wrong() {
    for (profile, wanted) in [
        (Profile::dovecot().incapable("UIDPLUS"), "a OK Append completed."),
        (Profile::dovecot().with(Quirk::NoAppendUid), "a OK Append completed."),
        (Profile::dovecot().with(Quirk::AppendUidOfOtherValidity), "a OK [APPENDUID 1700000078 1] …"),
        (Profile::dovecot().with(Quirk::AppendUidTooHigh), "a OK [APPENDUID 1700000001 1001] …"),
        (Profile::dovecot().with(Quirk::AppendUidSwapped), "a OK [APPENDUID 1 1700000001] …"),
    ] {
        plays(profile, &format!("{APPEND}\nS: {wanted}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_fate_of_an_append() {
    for (fault, answer, stored) in [
        (Fault::answer("NO [INUSE] Busy"), "S: a NO [INUSE] Busy", 0),
        (Fault::answer("BYE Invalid character in literal"), "S: * BYE Invalid character in literal\nS!", 0),
        (Fault::Close, "S!", 0),
        (Fault::LoseAnswer, "S!", 1),
        (Fault::Drop, "S: a OK [APPENDUID 1700000001 1] …", 0),
        (Fault::Stall(Duration::from_secs(70)), "S: a OK …", 1),
        (Fault::StoreLater(Duration::from_secs(5)), "S!", 0),
    ] {
        let server = Server::new(Profile::dovecot());
        server.fault(At::append().holding("a:1"), fault.clone());
        Player::inside(&server).await.play(&format!("{APPEND}\n{answer}")).await;
        assert_eq!(server.folder("INBOX").count(), stored, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_append_is_there_later_under_a_later_uid() {
    let server = Server::new(Profile::dovecot());
    server.stores_append_later(1, Duration::from_secs(5));
    Player::inside(&server).await.play(&format!("{APPEND}\nS!")).await;
    Player::inside(&server).await.play(&format!("{APPEND}\nS: a OK [APPENDUID 1700000001 1] …")).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(server.folder("INBOX").count(), 1);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.folder("INBOX").count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_message_may_be_shown_later_than_it_is_answered() {
    let server = Server::new(Profile::dovecot());
    server.fault(At::append().nth(1), Fault::ShowLater(Duration::from_secs(3)));
    let mut player = Player::inside(&server).await;
    let script = "C: s SELECT INBOX
         S* s OK …
         C~ a APPEND INBOX {5+}\\r\\na:1\\r\\n\\r\\nb APPEND INBOX {5+}\\r\\nb:2\\r\\n\\r\\nc UID FETCH 1:* (UID)\\r\\n
         S: a OK [APPENDUID 1700000001 1] …
         S: * 1 EXISTS
         S: b OK [APPENDUID 1700000001 2] …
         S: * 1 FETCH (UID 2)
         S: c OK …";
    player.play(script).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    player.play("C: d NOOP\nS: * 2 EXISTS\nS: d OK …\nC: e UID FETCH 1:* (UID)\nS: * 1 FETCH (UID 1)\nS: * 2 FETCH (UID 2)\nS: e OK …").await;
}

#[tokio::test(start_paused = true)]
async fn the_nth_append_is_refused_before_its_literal() {
    let server = Server::new(Profile::dovecot());
    server.refuses_append(2, "NO [LIMIT] Rate limit hit");
    let script = "C~ b APPEND INBOX {5+}\\r\\nb:2\\r\\n {5+}\\r\\nc:3\\r\\n\\r\\n
         S: b NO [LIMIT] Rate limit hit
         C: c APPEND INBOX {5}
         S: + OK";
    Player::inside(&server).await.play(&format!("{APPEND}\nS: a OK …\n{script}")).await;
    assert_eq!(server.folder("INBOX").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_connection_is_closed_in_the_literal() {
    let server = Server::new(Profile::dovecot());
    server.fault(At::literal().nth(2), Fault::CloseAfter(3));
    let mut player = Player::inside(&server).await;
    player.play(&format!("{APPEND}\nS: a OK …\n{APPEND}\nS!")).await;
    assert_eq!(server.folder("INBOX").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn quota_and_appendlimit_refuse_and_smaller_mail_still_fits() {
    let server = Server::new(Profile::dovecot().limited_to(20));
    server.meddle(|mailbox| mailbox.quota = Some(Quota { octets: 12 }));
    let script = "C: b APPEND INBOX {21}
         S: b NO [TOOBIG] …
         C~ c APPEND INBOX {8+}\\r\\na:12345\\n\\r\\n
         S: c NO [OVERQUOTA] …
         C~ d APPEND INBOX {5+}\\r\\na:1\\r\\n\\r\\n
         S: d OK …";
    Player::inside(&server).await.play(&format!("{APPEND}\nS: a OK …\n{script}")).await;
}

#[tokio::test(start_paused = true)]
async fn gmail_folds_equal_message_ids_into_one() {
    let server = Server::new(Profile::gmail());
    server.folder("INBOX").message("A");
    let octets = "Message-ID: <A@example.org>\r\n\r\nother\r\n";
    let mut player = Player::inside(&server).await;
    player.play(&format!("C: a APPEND INBOX () {{{}}}\nS: + OK", octets.len())).await;
    player.send(octets.as_bytes()).await;
    player.play("C: \nS: a OK [APPENDUID 1700000001 2] (Success)").await;
    assert_eq!(server.folder("INBOX").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn keywords_are_kept_dropped_or_refused() {
    let append = "C~ a APPEND INBOX (\\\\Seen k1 k2) {3+}\\r\\na:1\\r\\n";
    for (profile, answer, kept) in [
        (Profile::dovecot(), "a OK …", vec!["\\Seen", "k1", "k2"]),
        (Profile::dovecot().keeping_only(&["k1"]), "a OK …", vec!["\\Seen", "k1"]),
        (Profile::dovecot().with(Quirk::ForgetsFlags), "a OK …", vec![]),
    ] {
        let server = plays(profile, &format!("{append}\nS: {answer}")).await;
        assert_eq!(server.folder("INBOX").messages()[0].all_flags(), kept);
    }
    let picky = Profile::dovecot().keeping_only(&["k1"]).with(Quirk::RefusesUnknownKeywords);
    plays(picky, &format!("{append}\nS: a NO Invalid flag list")).await;
    let few = Profile { keyword_limit: Some(1), ..Profile::cyrus() };
    plays(few, &format!("{append}\nS: a NO Too many user flags in mailbox")).await;
    let script = "C: a SELECT INBOX\nS: * FLAGS …\nS: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft k1)] …";
    plays(Profile::dovecot().keeping_only(&["k1"]), script).await;
}

#[tokio::test(start_paused = true)]
async fn headers_are_added_and_message_ids_replaced() {
    let append = "C~ a APPEND INBOX {16+}\\r\\nMessage-ID: <x>\\n\\r\\n\nS: a OK …";
    let server = plays(Profile::dovecot().with(Quirk::AddsHeaders), append).await;
    assert!(server.folder("INBOX").messages()[0].text().starts_with("Received: "));
    let server = plays(Profile::dovecot().with(Quirk::ReplacesMessageIds), append).await;
    assert!(server.folder("INBOX").messages()[0].text().contains("@replaced.example>\r\n"));
    let server = plays(Profile::dovecot().with(Quirk::AddsMissingMessageIds), &format!("{APPEND}\nS: a OK …")).await;
    assert!(server.folder("INBOX").messages()[0].text().ends_with("@added.example>\r\na:1\r\n"));
}
