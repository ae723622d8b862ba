//! # Session tests
//! Greetings, logins, limits, distance and what is noted about a connection.

use std::time::Duration;

use super::play::{Player, plays};
use super::{Announce, At, Fault, Profile, Quirk, Server};

#[tokio::test(start_paused = true)]
async fn greetings_can_be_anything() {
    for (line, script) in [
        ("BYE Too busy", "S: * BYE Too busy\nS!"),
        ("* BYE Too busy", "S: * BYE Too busy"),
        ("+OK POP3 ready", "S: +OK POP3 ready"),
        ("HTTP/1.1 400 Bad Request", "S: HTTP/1.1 400 Bad Request"),
        ("PREAUTH hello", "S: * PREAUTH hello\nC: a SELECT INBOX\nS* a OK …"),
    ] {
        let server = Server::new(Profile::dovecot());
        server.greets_with(line);
        Player::new(&server).play(script).await;
    }
}

#[tokio::test(start_paused = true)]
async fn logins_are_refused_as_often_as_told() {
    let server = Server::new(Profile::dovecot());
    server.refuses_logins(2, "NO [UNAVAILABLE] Temporary failure");
    let script = "S: * …
         C: a LOGIN anna secret
         S: a NO [UNAVAILABLE] …
         C: b LOGIN anna secret
         S: b NO [UNAVAILABLE] …
         C: c LOGIN anna secret
         S: c OK …";
    Player::new(&server).play(script).await;
    assert_eq!(server.log().refusals.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn connections_are_limited_and_places_are_given_back() {
    let mut profile = Profile::courier();
    profile.connection_limit = Some(1);
    let server = Server::new(profile);
    let mut first = Player::inside(&server).await;
    Player::new(&server).play("S: * …\nC: a LOGIN anna secret\nS: a NO Error: too many connections").await;
    first.play("C: b LOGOUT\nS* b OK …\nS!").await;
    Player::inside(&server).await;
}

#[tokio::test(start_paused = true)]
async fn capabilities_change_at_login_in_three_ways() {
    for (announce, answer) in [
        (Announce::InCodes, "S: a OK [CAPABILITY …UIDPLUS…] …"),
        (Announce::BeforeOk, "S: * CAPABILITY …UIDPLUS…\nS: a OK …"),
        (Announce::OnDemand, "S: a OK LOGIN completed"),
    ] {
        let server = Server::new(Profile { announce, ..Profile::dovecot() });
        Player::new(&server).play(&format!("S: * OK …\nC: a LOGIN anna secret\n{answer}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn starttls_is_announced_and_login_disabled() {
    let server = Server::new(Profile::dovecot().with(Quirk::LoginDisabled));
    let script = "S: * OK [CAPABILITY …STARTTLS LOGINDISABLED] …
         C: a STARTTLS
         S: a NO …
         C: b LOGIN anna secret
         S: b NO [PRIVACYREQUIRED] …";
    Player::new(&server).play(script).await;
}

#[tokio::test(start_paused = true)]
async fn netease_wants_an_id_first() {
    let script = "C: a EXAMINE INBOX
         S: a NO EXAMINE Unsafe Login. …
         C: b ID (\"name\" \"x\")
         S: * ID …
         S: b OK …
         C: c EXAMINE INBOX
         S* c OK …";
    plays(Profile::dovecot().with(Quirk::IdBeforeSelect), script).await;
}

#[tokio::test(start_paused = true)]
async fn exchange_hangs_up_after_ten_errors() {
    let server = Server::new(Profile::exchange());
    let mut player = Player::inside(&server).await;
    for _ in 0..10 {
        player.play("C: a SELECT Nowhere\nS: a NO …").await;
    }
    player.play("S: * BYE Connection closed. 14\nS!").await;
}

#[tokio::test(start_paused = true)]
async fn odd_spellings_of_the_protocol() {
    plays(Profile::dovecot().with(Quirk::BareOk), "C: a NOOP\nS: a OK").await;
    plays(Profile::dovecot().with(Quirk::LogoutCloses), "C: a LOGOUT\nS!").await;
    plays(Profile::dovecot().with(Quirk::BareContinuation), "C: a APPEND INBOX {3}\nS: +\nC: a:b\nS: a OK …").await;
    plays(Profile::dovecot().with(Quirk::DripsOctets), "C: a SELECT INBOX\nS* a OK …").await;
}

#[tokio::test(start_paused = true)]
async fn throttled_waits_and_byes_come_where_they_are_told_to() {
    let server = Server::new(Profile::exchange());
    server.throttles("SELECT", 1, Duration::from_millis(299_961));
    server.fault(At::answer("NOOP").nth(2), Fault::answer("OK [THROTTLED] done"));
    server.fault(At::command("NOOP").nth(3), Fault::answer("BYE Session expired, please login again"));
    let script = "C: a SELECT INBOX
         S: a NO Request is throttled. Suggested Backoff Time: 299961 milliseconds
         C: b NOOP
         S: b OK NOOP completed.
         C: c NOOP
         S: c OK [THROTTLED] done
         C: d NOOP
         S: * BYE Session expired, please login again
         S!";
    Player::inside(&server).await.play(script).await;
}

#[tokio::test(start_paused = true)]
async fn the_connection_dies_at_any_command_before_or_after_its_effect() {
    let server = Server::new(Profile::dovecot());
    server.dies_before_command(2);
    Player::inside(&server).await.play("C: a CREATE x\nS!").await;
    assert_eq!(server.changes(), vec![]);
    server.heal();
    server.dies_after_command(2);
    Player::inside(&server).await.play("C: a CREATE x\nS!").await;
    assert_eq!(server.changes().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn distance_costs_one_trip_for_pipelined_commands() {
    let trip = Duration::from_millis(40);
    let server = Server::new(Profile::dovecot());
    server.latency(trip);
    let mut player = Player::inside(&server).await;
    let began = tokio::time::Instant::now();
    player.play("C~ a NOOP\\r\\nb NOOP\\r\\nc NOOP\\r\\n\nS: a OK …\nS: b OK …\nS: c OK …").await;
    assert_eq!(began.elapsed(), trip);
    player.play("C: d NOOP\nS: d OK …\nC: e LOGOUT\nS* e OK …\nS!").await;
    assert_eq!(began.elapsed(), 3 * trip);
    assert_eq!(server.log().round_trips(1, trip), 4, "{}", server.transcript());
}

#[tokio::test(start_paused = true)]
async fn a_stall_takes_its_time() {
    let server = Server::new(Profile::dovecot());
    server.stalls_at("NOOP", 1, Duration::from_secs(300));
    let mut player = Player::inside(&server).await;
    let began = tokio::time::Instant::now();
    player.play("C: a NOOP\nS: a OK …").await;
    assert_eq!(began.elapsed(), Duration::from_secs(300));
}

#[tokio::test(start_paused = true)]
async fn the_log_starts_anew_when_told_to_forget() {
    let server = plays(Profile::dovecot(), "C: a CREATE x\nS: a OK …\nC: b FROBNICATE\nS: b BAD …").await;
    assert_eq!((server.count("CREATE"), server.log().breaches.len()), (1, 1));
    assert!(server.transcript().contains("1 C: a CREATE x"));
    server.forget();
    assert_eq!((server.count("CREATE"), server.log().counts().len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn others_deliver_and_remove_mail_in_the_middle() {
    let server = Server::new(Profile::dovecot());
    server.folder("INBOX").messages_named("m", 2);
    server.fault(At::command("UID FETCH").nth(1), Fault::Deliver(b"a:1\r\n".to_vec()));
    server.fault(At::command("UID FETCH").nth(2), Fault::Lose(1));
    let script = "C: a EXAMINE INBOX
         S* a OK …
         C: b UID FETCH 1:* (UID)
         S: * 1 FETCH (UID 1)
         S: * 2 FETCH (UID 2)
         S: * 3 EXISTS
         S: b OK …
         C: c UID FETCH 1:* (UID)
         S: * 2 FETCH (UID 2)
         S: * 3 FETCH (UID 3)";
    Player::inside(&server).await.play(&format!("{script}\nS: * 1 EXPUNGE\nS: c NO [EXPUNGEISSUED] …")).await;
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_messages_are_listed_in_windows() {
    let server = Server::new(Profile::dovecot());
    server.folder("INBOX").messages_named("m", 100_000);
    let mut player = Player::inside(&server).await;
    player.play("C: a EXAMINE INBOX\nS* a OK …").await;
    for low in (1..100_000).step_by(1000) {
        let high = low + 999;
        player.play(&format!("C: b UID FETCH {low}:{high} (UID FLAGS INTERNALDATE RFC822.SIZE)\nS* b OK …")).await;
    }
    assert_eq!(server.count("UID FETCH"), 100);
}

#[tokio::test(start_paused = true)]
async fn twenty_thousand_messages_are_appended_to_the_open_folder() {
    let server = Server::new(Profile::dovecot());
    let mut player = Player::inside(&server).await;
    player.play("C: a SELECT INBOX\nS* a OK …").await;
    let batch = format!("b APPEND INBOX{}\r\n", " () {5+}\r\na:1\r\n".repeat(100));
    for _ in 0..200 {
        player.send(batch.as_bytes()).await;
        player.play("S* b OK …").await;
    }
    assert_eq!(server.folder("INBOX").count(), 20_000);
}
