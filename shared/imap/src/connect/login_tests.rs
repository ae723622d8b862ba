use std::time::{Duration, Instant};

use posthorse_domain::migration::{Failure, Trouble};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::connect::Tls;
use crate::connect::peer::{PATIENCE, Scene};

fn id() -> String {
    format!("ID (\"name\" \"posthorse\" \"version\" \"{}\")", env!("CARGO_PKG_VERSION"))
}

#[tokio::test]
async fn capabilities_are_taken_from_any_place_and_asked_for_otherwise() {
    let table: [(&str, &[u8]); 5] = [
        (
            "nowhere: asked before and after",
            b"S: * OK ready
              C: A0001 CAPABILITY
              S: * CAPABILITY IMAP4rev1 OLD
              S: A0001 OK
              C: A0002 LOGIN \"anna\" \"secret\"
              S: A0002 OK in
              C: A0003 CAPABILITY
              S: * CAPABILITY IMAP4rev1 uidplus
              S: A0003 OK done",
        ),
        (
            "in the greeting's code and the tagged OK's code",
            b"S: * OK [CAPABILITY IMAP4rev1 OLD] ready
              C: A0001 LOGIN \"anna\" \"secret\"
              S: A0001 OK [CAPABILITY IMAP4rev1 UIDPLUS] in",
        ),
        (
            "in a line of its own before the tagged OK",
            b"S: * OK [CAPABILITY IMAP4rev1 OLD] ready
              C: A0001 LOGIN \"anna\" \"secret\"
              S: * CAPABILITY IMAP4rev1 UIDPLUS
              S: A0001 OK in",
        ),
        (
            "in an untagged OK's code",
            b"S: * OK [CAPABILITY IMAP4rev1 OLD] ready
              C: A0001 LOGIN \"anna\" \"secret\"
              S: * OK [CAPABILITY IMAP4rev1 UIDPLUS] more
              S: A0001 OK in",
        ),
        (
            "in a line before and in the code: the newest counts",
            b"S: * OK [CAPABILITY IMAP4rev1 OLD] ready
              C: A0001 LOGIN \"anna\" \"secret\"
              S: * CAPABILITY IMAP4rev1 OLD
              S: a0001 OK not our tag
              S: A0001 ok [capability imap4REV1 uidplus] in",
        ),
    ];
    for (place, script) in table {
        let ready = Scene::default().succeeds(script).await;
        assert!(ready.capabilities.has("UIDPLUS") && !ready.capabilities.has("OLD"), "{place}: {ready:?}");
        assert_eq!(ready.id, None, "{place}");
    }
}

#[tokio::test]
async fn a_refused_capability_command_is_an_empty_list() {
    let script = b"S: * OK ready
                   C: A0001 CAPABILITY
                   S: A0001 BAD what
                   C: A0002 LOGIN \"anna\" \"secret\"
                   S: A0002 OK
                   C: A0003 CAPABILITY
                   S: A0003 NO";
    assert_eq!(Scene::default().succeeds(script).await.capabilities.iter().count(), 0);
}

#[tokio::test]
async fn we_say_who_we_are_behind_the_login_and_a_refusal_does_not_matter() {
    for (answer, name) in [
        ("* ID (\"name\" \"Dovecot\")\nS: A0002 OK", Some("Dovecot")),
        ("* ID NIL\nS: A0002 OK", None),
        ("A0002 NO no", None),
        ("A0002 BAD no", None),
    ] {
        let script = format!(
            "S: * OK [CAPABILITY IMAP4rev1 ID] ready
             C: A0001 LOGIN \"anna\" \"secret\"
             S: A0001 OK [CAPABILITY IMAP4rev1 ID] in
             C: A0002 {}
             S: {answer}",
            id()
        );
        let ready = Scene::default().succeeds(script.as_bytes()).await;
        assert_eq!(ready.id.as_ref().and_then(|id| id.get("name")), name, "{answer}");
    }
}

#[tokio::test]
async fn coremail_is_told_who_we_are_before_the_login_too() {
    let script = format!(
        "S: * OK Coremail System IMap Server Ready(163com[cafe])
         C: A0001 CAPABILITY
         S: * CAPABILITY IMAP4rev1 ID
         S: A0001 OK
         C: A0002 {id}
         S: A0002 OK
         C: A0003 LOGIN \"anna\" \"secret\"
         S: A0003 OK [CAPABILITY IMAP4rev1 ID]
         C: A0004 {id}
         S: A0004 OK",
        id = id()
    );
    Scene::default().succeeds(script.as_bytes()).await;
}

#[tokio::test]
async fn passwords_arrive_exactly() {
    let caps = "[CAPABILITY IMAP4rev1 AUTH=PLAIN]";
    // Base64 of NUL user NUL password, checked with another tool.
    let table: [(&[u8], &str); 6] = [
        (b"two words", "LOGIN \"anna\" \"two words\""),
        (br#"qu"ote"#, r#"LOGIN "anna" "qu\"ote""#),
        (br"back\slash", r#"LOGIN "anna" "back\\slash""#),
        (b"{5}", "LOGIN \"anna\" \"{5}\""),
        ("h\u{e4}".as_bytes(), "AUTHENTICATE PLAIN\nS: +\nC: AGFubmEAaMOk"),
        (b"\xe4", "AUTHENTICATE PLAIN\nS: + go on\nC: AGFubmEA5A=="),
    ];
    for (password, sent) in table {
        let script = format!("S: * OK {caps}\nC: A0001 {sent}\nS: A0001 OK {caps}");
        Scene { password, ..Scene::default() }.succeeds(script.as_bytes()).await;
    }
}

#[tokio::test]
async fn a_line_end_in_the_password_is_refused_and_nothing_is_sent() {
    for password in [&b"secret\n"[..], b"sec\r\nA2 DELETE INBOX", b"a\0b"] {
        let failure = Scene { password, ..Scene::default() }.fails(b"").await;
        assert_eq!(failure.trouble, Trouble::Auth);
        assert!(failure.cause.contains("line break or NUL"), "{failure}");
    }
}

#[tokio::test]
async fn plain_is_used_where_login_is_switched_off() {
    let script = b"S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN] ready
                   C: A0001 AUTHENTICATE PLAIN
                   S: +
                   C: AGFubmEAc2VjcmV0
                   S: A0001 OK [CAPABILITY IMAP4rev1 LOGINDISABLED] in";
    assert!(Scene::default().succeeds(script).await.capabilities.has("LOGINDISABLED"));
    let failure = Scene::default().fails(b"S: * OK [CAPABILITY LOGINDISABLED AUTH=XOAUTH2] ready").await;
    assert_eq!(failure.trouble, Trouble::Auth);
    assert!(failure.cause.contains("XOAUTH2"), "{failure}");
}

#[tokio::test]
async fn plain_is_tried_once_where_login_is_an_unknown_command() {
    let script = b"S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready
                   C: A0001 LOGIN \"anna\" \"secret\"
                   S: A0001 BAD Unknown command
                   C: A0002 AUTHENTICATE PLAIN
                   S: +
                   C: AGFubmEAc2VjcmV0
                   S: A0002 OK [CAPABILITY IMAP4rev1] in";
    Scene::default().succeeds(script).await;
    let refused = [&script[..script.len() - b"OK [CAPABILITY IMAP4rev1] in".len()], b"BAD no"].concat();
    assert_eq!(Scene::default().fails(&refused).await.trouble, Trouble::Auth);
    let without = b"S: * OK [CAPABILITY IMAP4rev1] ready
                    C: A0001 LOGIN \"anna\" \"secret\"
                    S: A0001 BAD Unknown command";
    assert_eq!(Scene::default().fails(without).await.trouble, Trouble::Auth);
}

#[tokio::test]
async fn a_refused_password_is_not_tried_another_way() {
    let script = b"S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready
                   C: A0001 LOGIN \"anna\" \"secret\"
                   S: A0001 NO [AUTHENTICATIONFAILED] Invalid credentials";
    let scene = Scene { host: "imap.gmail.com", ..Scene::default() };
    let failure = scene.fails(script).await;
    assert_eq!(failure.trouble, Trouble::Auth);
    for word in [
        "imap.gmail.com",
        "anna",
        "AUTHENTICATIONFAILED",
        "Invalid credentials",
        "--source-password-file",
        "app password",
    ] {
        assert!(failure.cause.contains(word), "{word}: {failure}");
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let table = [
        ("NO [AUTHENTICATIONFAILED] no", Trouble::Auth),
        ("NO wrong", Trouble::Auth),
        ("NO", Trouble::Auth),
        ("NO [UNAVAILABLE] try later", Trouble::Unavailable),
        ("NO [INUSE] try later", Trouble::Unavailable),
        (
            "BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds",
            Trouble::Rate(Some(Duration::from_millis(299_961))),
        ),
        ("NO [ALERT] Too many simultaneous connections. (Failure)", Trouble::Rate(None)),
    ];
    for (answer, trouble) in table {
        let script =
            format!("S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN]\nC: A0001 LOGIN \"anna\" \"secret\"\nS: A0001 {answer}");
        assert_eq!(Scene::default().fails(script.as_bytes()).await.trouble, trouble, "{answer}");
    }
}

#[tokio::test]
async fn each_greeting_has_its_meaning() {
    let table: [(&[u8], Trouble, &str); 9] = [
        (b"S: * BYE [UNAVAILABLE] overloaded", Trouble::Unavailable, "overloaded"),
        (b"S: * BYE come back later", Trouble::Unavailable, "come back later"),
        (b"S: +OK POP3 ready", Trouble::Nonsense, "+OK POP3 ready"),
        (b"S: HTTP/1.1 400 Bad Request", Trouble::Nonsense, "web server"),
        (b"S: SSH-2.0-OpenSSH_9.6", Trouble::Nonsense, "SSH"),
        (b"R: \x15\x03\x03\x00\x02\x02\x50", Trouble::Nonsense, "imaps://"),
        (b"R: no line end", Trouble::Nonsense, "no line end"),
        (b"S: A0001 OK injected", Trouble::Nonsense, "injected"),
        (b"", Trouble::Lost, "closed"),
    ];
    for (greeting, trouble, word) in table {
        let failure = Scene { closes: true, ..Scene::default() }.fails(greeting).await;
        assert_eq!(failure.trouble, trouble, "{failure}");
        assert!(failure.cause.contains(word), "{failure}");
    }
}

#[tokio::test]
async fn preauth_skips_the_login() {
    let script = b"S: * PREAUTH [CAPABILITY IMAP4rev1 UIDPLUS] hello anna";
    assert!(Scene::default().succeeds(script).await.capabilities.has("UIDPLUS"));
    let asked = b"S: * PREAUTH hello\nC: A0001 CAPABILITY\nS: * CAPABILITY UIDPLUS\nS: A0001 OK";
    assert!(Scene::default().succeeds(asked).await.capabilities.has("UIDPLUS"));
}

#[tokio::test]
async fn starttls_cannot_be_talked_away() {
    let tls = Tls::new(None).unwrap();
    let table: [(&[u8], &str); 6] = [
        (b"S: * PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hello", "PREAUTH"),
        (b"S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready", "does not offer STARTTLS"),
        (b"S: * OK ready\nC: A0001 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: A0001 OK", "does not offer STARTTLS"),
        (b"S: * OK [CAPABILITY STARTTLS] ready\nC: A0001 STARTTLS\nS: A0001 NO not today", "not today"),
        (b"S: * OK [CAPABILITY STARTTLS] ready\nC: A0001 STARTTLS\nS: A0001 BAD what", "what"),
        (b"S: * OK [CAPABILITY STARTTLS]\nC: A0001 STARTTLS\nS: A0001 OK\nS: * CAPABILITY X", "tampering"),
    ];
    for (script, word) in table {
        let failure = Scene { starttls: Some(&tls), ..Scene::default() }.fails(script).await;
        assert_eq!(failure.trouble, Trouble::Tls, "{failure}");
        assert!(failure.cause.contains(word), "{failure}");
    }
}

#[tokio::test]
async fn one_octet_behind_the_ok_to_starttls_is_refused() {
    let tls = Tls::new(None).unwrap();
    let script = b"S: * OK [CAPABILITY STARTTLS]\nC: A0001 STARTTLS\nS: A0001 OK\nR: \r";
    let failure = Scene { starttls: Some(&tls), ..Scene::default() }.fails(script).await;
    assert!(failure.trouble == Trouble::Tls && failure.cause.contains("tampering"), "{failure}");
}

#[tokio::test]
async fn junk_before_the_tagged_answer_hurts_nobody() {
    let script = b"S: * OK [CAPABILITY IMAP4rev1] ready
                   C: A0001 LOGIN \"anna\" \"secret\"
                   S: * OK [UIDNEXT 5]\xc3\xa9
                   S: * 1 FETCH (UID 1 INTERNALDATE NIL)
                   S: * 99999999999999999999 EXISTS
                   S: * NO [ALERT] your mailbox is nearly full
                   S: \xff\xfe\x00 what
                   S: * LIST (
                   S: * ID (\"half
                   S: * OK [
                   S: *
                   S: A0001
                   S: A0001 MAYBE
                   S: A9999 NO somebody else's
                   S: A0001 OK [CAPABILITY IMAP4rev1] in";
    Scene::default().succeeds(script).await;
}

#[tokio::test]
async fn lines_are_limited_in_length_and_number() {
    let greeting = b"S: * OK [CAPABILITY IMAP4rev1]\nC: A0001 LOGIN \"anna\" \"secret\"\n";
    let done = b"S: A0001 OK [CAPABILITY IMAP4rev1]\n";
    let lines = |count: usize| [&greeting[..], &b"S: * OK hm\n".repeat(count), done].concat();
    Scene::default().succeeds(&lines(63)).await;
    let failure = Scene::default().fails(&lines(64)).await;
    assert!(failure.trouble == Trouble::Nonsense && failure.cause.contains("64 lines"), "{failure}");

    let long = |octets: usize, end: &[u8]| {
        let line = [b"* OK ".to_vec(), vec![b'x'; octets - 7]].concat();
        [&greeting[..], b"R: ", &line, end, done].concat()
    };
    Scene::default().succeeds(&long(8192, b"\nS:\n")).await;
    for (octets, end) in [(8193, &b"\nS:\n"[..]), (9216, b"\nS:\n"), (9216, b"\nR: x")] {
        let failure = Scene::default().fails(&long(octets, end)).await;
        assert!(failure.trouble == Trouble::Nonsense && failure.cause.contains("8 KiB"), "{octets}: {failure}");
    }
    let endless = [b"R: * OK ".to_vec(), vec![b'x'; 9216]].concat();
    assert_eq!(Scene::default().fails(&endless).await.trouble, Trouble::Nonsense);
}

#[tokio::test]
async fn silence_ends_at_the_timeout() {
    let scripts: [&[u8]; 6] = [
        b"",
        b"R: * OK half a gree",
        b"S: * OK ready\nC: A0001 CAPABILITY",
        b"S: * OK [CAPABILITY X]\nC: A0001 LOGIN \"anna\" \"secret\"\nS: * OK wait",
        b"S: * OK [CAPABILITY X]\nC: A0001 LOGIN \"anna\" \"secret\"\nS: A0001 OK\nC: A0002 CAPABILITY",
        b"S: * OK [CAPABILITY X LOGINDISABLED AUTH=PLAIN]\nC: A0001 AUTHENTICATE PLAIN",
    ];
    for script in scripts {
        let begun = Instant::now();
        let failure = Scene { timeout: Duration::from_millis(300), ..Scene::default() }.fails(script).await;
        assert_eq!(failure.trouble, Trouble::Lost, "{failure}");
        assert!(failure.cause.contains("silent"), "{failure}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{failure}");
    }
}

#[tokio::test]
async fn silence_before_starttls_hints_at_imaps() {
    let tls = Tls::new(None).unwrap();
    let scene = Scene { timeout: Duration::from_millis(200), starttls: Some(&tls), ..Scene::default() };
    assert!(scene.fails(b"").await.cause.contains("imaps://"));
}

#[tokio::test]
async fn a_drip_of_octets_does_not_stretch_the_deadline() {
    let (ours, mut theirs) = tokio::io::duplex(64);
    let drip = tokio::spawn(async move {
        while theirs.write_all(b"*").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let secret = posthorse_domain::ports::Secret::new(*b"secret");
    let side = posthorse_domain::migration::Side::Destination;
    let wait = Duration::from_millis(400);
    let outcome = super::login_over(Box::new(ours), side, "mail.example", "anna", &secret, None, wait).await;
    assert_eq!(outcome.unwrap_err().trouble, Trouble::Lost);
    drip.await.unwrap();
}

#[tokio::test]
async fn a_server_that_takes_nothing_ends_at_the_timeout() {
    let scene = Scene { pipe: 8, timeout: Duration::from_millis(300), ..Scene::default() };
    let failure = scene.fails(b"S: * OK [CAPABILITY X]").await;
    assert_eq!(failure.trouble, Trouble::Lost);
}

#[tokio::test]
async fn a_closed_connection_is_lost_and_a_farewell_is_heard() {
    let login = "S: * OK [CAPABILITY IMAP4rev1]\nC: A0001 LOGIN \"anna\" \"secret\"\n";
    let table = [
        ("", Trouble::Lost, "closed"),
        ("S: * BYE [UNAVAILABLE] overloaded", Trouble::Unavailable, "overloaded"),
        ("S: * BYE logging out\nS: A0001 NO [AUTHENTICATIONFAILED] wrong", Trouble::Auth, "wrong"),
        ("S: A0001 NO [AUTHENTICATIONFAILED] wrong\nS: * BYE too many", Trouble::Auth, "wrong"),
    ];
    for (end, trouble, word) in table {
        let scene = Scene { closes: true, ..Scene::default() };
        let failure = scene.fails(format!("{login}{end}").as_bytes()).await;
        assert_eq!(failure.trouble, trouble, "{failure}");
        assert!(failure.cause.contains(word), "{failure}");
    }
}

#[tokio::test]
async fn a_continuation_that_nobody_is_owed_is_nonsense() {
    let table: [&[u8]; 2] = [
        b"S: * OK [CAPABILITY IMAP4rev1]\nC: A0001 LOGIN \"anna\" \"secret\"\nS: + more?",
        b"S: * OK [CAPABILITY LOGINDISABLED AUTH=PLAIN]\nC: A0001 AUTHENTICATE PLAIN\nS: +\nC: AGFubmEAc2VjcmV0\nS: + again",
    ];
    for script in table {
        assert_eq!(Scene::default().fails(script).await.trouble, Trouble::Nonsense);
    }
}

#[tokio::test]
async fn octets_behind_the_last_answer_are_handed_over() {
    let script = b"S: * OK [CAPABILITY IMAP4rev1] ready
                   C: A0001 LOGIN \"anna\" \"secret\"
                   S: A0001 OK [CAPABILITY IMAP4rev1] in
                   S: * 3 EXISTS
                   R: * BY";
    let (ready, server) = Scene::default().play(script).await;
    let (mut ready, mut server) = (ready.unwrap(), server.unwrap());
    server.write_all(b"E soon\r\n").await.unwrap();
    let mut heard = [0; 24];
    tokio::time::timeout(PATIENCE, ready.stream.read_exact(&mut heard)).await.unwrap().unwrap();
    assert_eq!(&heard[..], b"* 3 EXISTS\r\n* BYE soon\r\n".as_slice());
    ready.stream.write_all(b"x NOOP\r\n").await.unwrap();
    ready.stream.flush().await.unwrap();
    let mut sent = [0; 8];
    server.read_exact(&mut sent).await.unwrap();
    assert_eq!(&sent, b"x NOOP\r\n");
}

#[tokio::test]
async fn one_octet_at_a_time_is_enough() {
    let script = format!(
        "S: * OK [CAPABILITY IMAP4rev1 ID AUTH=PLAIN] ready
         C: A0001 LOGIN \"anna\" \"secret\"
         S: * CAPABILITY IMAP4rev1 ID
         S: A0001 OK in
         C: A0002 {}
         S: * ID (\"name\" \"x\")
         S: A0002 OK",
        id()
    );
    let ready = Scene { pipe: 1, ..Scene::default() }.succeeds(script.as_bytes()).await;
    assert_eq!(ready.id.unwrap().get("name"), Some("x"));
}

proptest::proptest! {
    #[test]
    fn no_octets_of_a_server_make_us_panic_or_wait(noise in proptest::collection::vec(noise(), 0..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let noise: Vec<u8> = noise.concat().into_iter().map(|octet| if octet == b'\n' { b'\r' } else { octet }).collect();
        for greeting in [&b"S: * OK [CAPABILITY X]\nC: A0001 LOGIN \"anna\" \"secret\"\n"[..], b""] {
            let script = [greeting, b"R: ", &noise, b"\nS:"].concat();
            let scene = Scene { closes: true, ..Scene::default() };
            let (outcome, _) = runtime.block_on(scene.play(&script));
            proptest::prop_assert!(outcome.is_err() || noise.windows(5).any(|octets| octets.eq_ignore_ascii_case(b"A0001")));
        }
    }
}

/// Pieces that a server's lines are made of, and octets that they are not.
fn noise() -> impl proptest::strategy::Strategy<Value = Vec<u8>> {
    use proptest::prelude::*;
    const WORDS: &[&str] =
        &["* ", "A0001 ", "OK ", "NO ", "[CAPABILITY ", "[UIDNEXT 5]", "]", "+ ", "* ID (\"", "\\", "INTERNALDATE NIL"];
    prop_oneof![
        prop::sample::select(WORDS).prop_map(|word| word.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..8),
    ]
}

#[tokio::test]
async fn no_failure_shows_the_secret() {
    const CANARY: &[u8] = br#"c4nary-"p\w"#;
    const SPELLINGS: [&str; 3] = [r#"c4nary-"p\w"#, r#"c4nary-\"p\\w"#, "AGFubmEAYzRuYXJ5LSJwXHc="];
    let login = r#"S: * OK [CAPABILITY IMAP4rev1]
                   C: A0001 LOGIN "anna" "c4nary-\"p\\w""#;
    let plain = "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN]
                 C: A0001 AUTHENTICATE PLAIN
                 S: +
                 C: AGFubmEAYzRuYXJ5LSJwXHc=";
    let mut failures: Vec<(String, Failure)> = Vec::new();
    let pairs = [login, plain].into_iter().flat_map(|method| SPELLINGS.map(|spelled| (method, spelled)));
    // LOGIN sends no base64; nobody can echo it.
    for (method, spelled) in pairs.filter(|(method, spelled)| *method == plain || !spelled.starts_with("AGF")) {
        for answer in
            ["NO", "BAD", "BYE", "NO [ALERT]", "NO [UNAVAILABLE]", "BAD Suggested Backoff Time: 5 milliseconds"]
        {
            let tag = if answer == "BYE" { "*" } else { "A0001" };
            let script = format!("{method}\nS: {tag} {answer} cannot read {spelled} {}", spelled.to_uppercase());
            let scene = Scene { password: CANARY, closes: true, ..Scene::default() };
            failures.push((script.clone(), scene.fails(script.as_bytes()).await));
        }
        for code in [format!("[{spelled}]"), format!("[X {spelled}]"), format!("[X {spelled}")] {
            let script = format!("{method}\nS: A0001 NO {code} hm");
            let scene = Scene { password: CANARY, ..Scene::default() };
            failures.push((script.clone(), scene.fails(script.as_bytes()).await));
        }
        let lost = Scene { password: CANARY, closes: true, ..Scene::default() }.fails(method.as_bytes()).await;
        failures.push((method.into(), lost));
    }
    for password in [&b"c4nary-\n"[..], b"c4nary-\0"] {
        failures.push(("unspeakable".into(), Scene { password, ..Scene::default() }.fails(b"").await));
    }
    assert!(failures.len() > 30);
    for (script, failure) in failures {
        let shown = format!("{failure} {failure:?} {failure:#?}").to_lowercase();
        assert!(!shown.contains("c4nary") && !shown.contains("agfubmea"), "{script}\n{shown}");
    }
}
