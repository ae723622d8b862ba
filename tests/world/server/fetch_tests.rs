//! # Fetch tests
//! Every way in which FETCH answers can be odd, broken or cut short.

use std::time::Duration;

use super::play::{Player, plays};
use super::{At, Fault, Profile, Quirk, Server};

/// A server without other oddities that holds three messages.
fn three(quirks: &[Quirk]) -> Server {
    let mut profile = Profile::dovecot();
    profile.quirks = quirks.iter().copied().collect();
    let server = Server::new(profile);
    for text in ["a:1\r\n", "b:2\r\n", "c:3\r\n"] {
        server.folder("INBOX").octets(text);
    }
    server
}

/// What comes for a command after EXAMINE, up to the tagged line, joined by `|`.
async fn fetched(server: &Server, command: &str) -> String {
    let mut player = Player::inside(server).await;
    player.play("C: s EXAMINE INBOX\nS* s OK …").await;
    player.send(format!("x {command}\r\n").as_bytes()).await;
    let mut lines = Vec::new();
    while let Some(line) = player.line().await {
        lines.push(line);
        if lines.last().is_some_and(|line| line.starts_with("x ")) {
            break;
        }
    }
    lines.join("|")
}

const BODY_OF_1: &str = "UID FETCH 1 (UID FLAGS BODY.PEEK[])";

#[tokio::test(start_paused = true)]
async fn lasting_oddities() {
    for (quirk, wanted) in [
        (Quirk::SplitFetch, "* 1 FETCH (UID 1 FLAGS ())|* 1 FETCH (UID 1 BODY[] {5}|a:1|)|x OK UID FETCH completed."),
        (Quirk::UidLast, "* 1 FETCH (FLAGS () BODY[] {5}|a:1| UID 1)|x OK UID FETCH completed."),
        (Quirk::NoUidInFetch, "* 1 FETCH (FLAGS () BODY[] {5}|a:1|)|x OK UID FETCH completed."),
        (Quirk::TrailingBlank, "* 1 FETCH (UID 1 FLAGS () BODY[] {5}|a:1| )|x OK UID FETCH completed."),
        (Quirk::DripsOctets, "* 1 FETCH (UID 1 FLAGS () BODY[] {5}|a:1|)|x OK UID FETCH completed."),
        (
            Quirk::UnaskedFetch,
            "* 3 FETCH (FLAGS (\\Seen))|* 1 FETCH (UID 1 FLAGS () BODY[] {5}|a:1|)|x OK UID FETCH completed.",
        ),
        (Quirk::UnaskedExists, "* 3 EXISTS|* 1 FETCH (UID 1 FLAGS () BODY[] {5}|a:1|)|x OK UID FETCH completed."),
        (Quirk::UnaskedExpunge, "* 1003 EXPUNGE|* 1 FETCH (UID 1 FLAGS () BODY[] {5}|a:1|)|x OK UID FETCH completed."),
    ] {
        assert_eq!(fetched(&three(&[quirk]), BODY_OF_1).await, wanted, "{quirk:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn shuffled_answers_are_complete_and_the_same_for_the_same_seed() {
    let mut orders = std::collections::BTreeSet::new();
    for seed in 1..20 {
        let (one, other) = (three(&[Quirk::ShuffledFetch]), three(&[Quirk::ShuffledFetch]));
        one.seed(seed);
        other.seed(seed);
        let lines = fetched(&one, "UID FETCH 1:* (UID)").await;
        assert_eq!(lines, fetched(&other, "UID FETCH 1:* (UID)").await);
        assert!(["UID 1", "UID 2", "UID 3"].iter().all(|uid| lines.contains(uid)), "{lines}");
        orders.insert(lines);
    }
    assert!(orders.len() > 3, "{orders:?}");
}

#[tokio::test(start_paused = true)]
async fn faults_of_one_message() {
    for (fault, wanted) in [
        (Fault::Nil, "* 1 FETCH (UID 1 FLAGS () BODY[] NIL)|x OK UID FETCH completed."),
        (Fault::Omit, "x OK UID FETCH completed."),
        (Fault::Misannounce(2), "* 1 FETCH (UID 1 FLAGS () BODY[] {7}|a:1|)|x OK UID FETCH completed."),
        (Fault::Misannounce(-2), "* 1 FETCH (UID 1 FLAGS () BODY[] {3}|a:1|)|x OK UID FETCH completed."),
        (Fault::CloseAfter(5), "* 1 FETCH (UID 1 FLAGS () BODY[] {5}|a:1"),
        (
            Fault::StallAfter(2, Duration::from_secs(9)),
            "* 1 FETCH (UID 1 FLAGS () BODY[] {5}|a:1|)|x OK UID FETCH completed.",
        ),
        (Fault::Close, ""),
        (Fault::answer("NO [UNAVAILABLE] UID FETCH Server error"), "x NO [UNAVAILABLE] UID FETCH Server error"),
        (Fault::answer("BYE Session expired"), "* BYE Session expired"),
        (
            Fault::Say("OK [ALERT] hm".to_owned()),
            "* OK [ALERT] hm|* 1 FETCH (UID 1 FLAGS () BODY[] {5}|a:1|)|x OK UID FETCH completed.",
        ),
    ] {
        let server = three(&[]);
        server.fault(At::body().folder("INBOX").uid(1), fault.clone());
        assert_eq!(fetched(&server, BODY_OF_1).await, wanted, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_bad_message_fails_the_whole_fetch_and_the_others_alone_do_not() {
    let server = three(&[]);
    server.fault(At::body().uid(2), Fault::answer("NO [UNAVAILABLE] UID FETCH Server error"));
    assert_eq!(fetched(&server, "UID FETCH 1:3 BODY.PEEK[]").await, "x NO [UNAVAILABLE] UID FETCH Server error");
    assert!(fetched(&server, "UID FETCH 3 BODY.PEEK[]").await.ends_with("x OK UID FETCH completed."));
    assert!(fetched(&server, "UID FETCH 1:3 (FLAGS)").await.ends_with("x OK UID FETCH completed."));
}

#[tokio::test(start_paused = true)]
async fn a_message_vanishes_in_silence_or_with_a_word() {
    for (quirks, last) in [(vec![], "x OK …"), (vec![Quirk::ExpungeIssued], "x NO [EXPUNGEISSUED] …")] {
        let server = three(&quirks);
        server.fault(At::body().uid(2), Fault::Vanish);
        let mut player = Player::inside(&server).await;
        let script = "C: s EXAMINE INBOX
             S* s OK …
             C: x UID FETCH 1:2 (BODY.PEEK[])
             S: * 1 FETCH …
             S: a:1
             S: )
             S: * 2 EXPUNGE";
        player.play(&format!("{script}\nS: {last}")).await;
        assert_eq!(server.folder("INBOX").count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn sizes_dates_and_poison_belong_to_a_message() {
    let server = three(&[]);
    server.folder("INBOX").message("odd").claims_size(0).dated_oddly("00-Jan-0000 00:00:00 +0000").poison();
    let wanted =
        "* 4 FETCH (UID 4 RFC822.SIZE 0 INTERNALDATE \"00-Jan-0000 00:00:00 +0000\")|x OK UID FETCH completed.";
    assert_eq!(fetched(&server, "UID FETCH 4 (RFC822.SIZE INTERNALDATE)").await, wanted);
    assert_eq!(fetched(&server, "UID FETCH 4 BODY.PEEK[]").await, "");
}

#[tokio::test(start_paused = true)]
async fn exchange_serves_a_note_instead_of_the_message() {
    let server = three(&[]);
    server.fault(At::body().uid(1), Fault::Placeholder);
    let lines = fetched(&server, BODY_OF_1).await;
    assert!(lines.contains("The server couldn't retrieve the following message:"), "{lines}");
}

#[tokio::test(start_paused = true)]
async fn uidvalidity_changes_at_a_select_and_in_mid_session() {
    let server = three(&[]);
    server.folder("INBOX").uidvalidity(5).lose(1);
    server.renumbers_at_select("INBOX", 2);
    let script = "C: a SELECT INBOX
         S* * OK [UIDVALIDITY 5] …
         S* a OK …
         C: b SELECT INBOX
         S* * OK [UIDVALIDITY 6] …
         S* b OK …
         C: c UID FETCH 1:* (UID)
         S: * 1 FETCH (UID 1)
         S: * 2 FETCH (UID 2)
         S: c OK …";
    let mut player = Player::inside(&server).await;
    player.play(script).await;
    server.folder("INBOX").renumbered(9);
    player.play("C: d NOOP\nS: * OK [UIDVALIDITY 9] …\nS: * 2 EXISTS\nS: d OK …").await;
}

#[tokio::test(start_paused = true)]
async fn selects_without_uidnext_or_uidvalidity_and_old_status() {
    for (quirk, missing) in [(Quirk::NoUidNextOnSelect, "UIDNEXT"), (Quirk::NoUidValidity, "UIDVALIDITY")] {
        let server = three(&[quirk]);
        let lines = fetched(&server, "SELECT INBOX").await;
        assert!(!lines.contains(missing), "{lines}");
    }
    assert!(fetched(&three(&[Quirk::UidValidityZero]), "SELECT INBOX").await.contains("[UIDVALIDITY 0]"));
    let status = "STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY)";
    let empty = fetched(&three(&[Quirk::EmptyStatus]), status).await;
    assert_eq!(empty, "* STATUS \"INBOX\" (MESSAGES 3)|x OK Status completed.");

    let server = three(&[Quirk::StaleStatus]);
    let mut player = Player::inside(&server).await;
    player.play("C: a EXAMINE INBOX\nS* a OK …").await;
    server.folder("INBOX").message("new");
    let script = "C: b STATUS INBOX (MESSAGES UIDNEXT)
         S: * STATUS \"INBOX\" (MESSAGES 3 UIDNEXT 4)
         S: * 4 EXISTS
         S: b OK …
         C: c NOOP
         S: c OK …
         C: d STATUS INBOX (MESSAGES UIDNEXT)
         S: * STATUS \"INBOX\" (MESSAGES 4 UIDNEXT 5)
         S: d OK …";
    player.play(script).await;
}

#[tokio::test(start_paused = true)]
async fn folders_that_list_but_cannot_be_opened() {
    let server = Server::new(Profile::dovecot());
    server.folder("~odd").locked("NO [CANNOT] Invalid mailbox name: Begins with '~'");
    let script = "C: a LIST \"\" *
         S: * LIST …\"INBOX\"
         S: * LIST (\\HasNoChildren) \"/\" \"~odd\"
         S: a OK …
         C: b EXAMINE ~odd
         S: b NO [CANNOT] …
         C: c STATUS ~odd (MESSAGES)
         S: c NO [CANNOT] …";
    Player::inside(&server).await.play(script).await;
}

#[tokio::test(start_paused = true)]
async fn names_and_delimiters_in_odd_spellings() {
    for (profile, wanted) in [
        (Profile::dovecot().with(Quirk::BareNames), "S: * LIST (…) \"/\" a b"),
        (Profile::dovecot().with(Quirk::LiteralNames), "S: * LIST (…) \"/\" {3}\nS: a b"),
        (Profile::dovecot().delimited_by(None), "S: * LIST (…) NIL \"a b\""),
        (Profile::dovecot().delimited_by(Some('\\')), "S: * LIST (…) \"\\\\\" \"a b\""),
    ] {
        plays(profile, &format!("C: a CREATE \"a b\"\nS: a OK …\nC: b LIST \"\" a*\n{wanted}\nS: b OK …")).await;
    }
}
