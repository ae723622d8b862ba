//! # Endings
//! What can be wrong before any mail moves: each ends with its own exit code and a sentence that says what to do next, and
//! no password appears in what is said, logged or kept.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use posthorse_tests::servers::*;

use crate::support_run::*;

/// A password that no server accepts.
const WRONG: &str = "falsch-und-geheim-1";

fn tiny_pair() -> Pair {
    Pair::start(Dovecot::dotted(), Dovecot::slashed(), &profile::tiny())
}

/// Runs it with all that can be logged, and looks for secrets wherever it has left something.
fn ends(pair: &Pair, call: Call, code: i32, words: &[&str]) -> Ended {
    let wrong = Login { user: pair.from.user.clone(), password: WRONG.into() };
    let ended = call.env("POSTHORSE_LOG", "trace").secrets([&wrong]).run().expect(code);
    let said: String = ended.stderr.lines().filter(|line| line.starts_with("posthorse: ")).collect();
    for word in words {
        assert!(said.contains(word), "'{word}' is not said:\n{said}");
    }
    no_secret_in(&pair.state(), [&pair.from, &pair.to, &wrong]);
    // A report is printed for every ending but a mistake and an unusable directory.
    if (10..30).contains(&code) {
        let report = ended.report();
        assert_eq!(report["state"], "failed");
        assert!(said.contains(report["reason"].as_str().unwrap()), "{report:#}");
    }
    ended
}

/// Somebody on a port of our own who says `greeting` and then nothing; ends with the test.
fn somebody(greeting: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.write_all(greeting.as_bytes());
            thread::spawn(move || std::io::copy(&mut stream.take(1 << 20), &mut std::io::sink()));
        }
    });
    port
}

/// A port that nobody listens on.
fn nobody() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_wrong_password_is_told_for_its_side() {
    let pair = tiny_pair();
    for (side, code) in [("source", 12), ("destination", 22)] {
        for manner in [Manner::Tls, Manner::Starttls, Manner::Plain] {
            let file = pair.file("wrong.password");
            fs::write(&file, WRONG).unwrap();
            let option = format!("--{side}-password-file");
            let call = pair.migrate(manner).without(&option).path(&option, &file);
            ends(&pair, call, code, &[side, "password"]);
        }
    }
    // The right password mends it.
    ends(&pair, pair.migrate(Manner::Tls), 0, &[]);
    assert!(pair.judge().compare().unwrap().equal);
}

#[test]
fn a_password_that_was_changed_since_leaves_the_migration_as_it_was() {
    let pair = tiny_pair();
    pair.migrate(Manner::Tls).run().expect(0);
    fs::write(pair.file("destination.password"), WRONG).unwrap();
    let report = pair.migrate(Manner::Tls).run().expect(22).report();
    assert_eq!((&report["state"], &report["totals"]["copied"]), (&"waiting".into(), &profile::tiny().count().into()));
    assert!(pair.look("status").run().expect(0).stdout.starts_with("verified (pass 1, initial)"));
    fs::write(pair.file("destination.password"), DESTINATION_PASSWORD).unwrap();
    pair.migrate(Manner::Tls).run().expect(0);
}

#[test]
fn a_server_that_is_not_there_is_told_for_its_side() {
    let pair = tiny_pair();
    let (from, to) = (pair.source.tls_port(), pair.destination.tls_port());
    for (ports, side, code) in [((nobody(), to), "source", 10), ((from, nobody()), "destination", 20)] {
        let call = pair.between(Manner::Tls, ports.0, ports.1);
        ends(&pair, call, code, &[side, "port", "localhost", "refused", "firewall"]);
    }
    // Too long for a name of the DNS (RFC 1035 §2.3.4): no server needs to be asked for it.
    let host = "h".repeat(70);
    for (old, new, side, code) in [
        (format!("@localhost:{from}"), format!("@{host}:{from}"), "source", 10),
        (format!("@localhost:{to}"), format!("@{host}:{to}"), "destination", 20),
    ] {
        ends(&pair, pair.migrate(Manner::Tls).swap(&old, &new), code, &[side, "name", &host, "spelling"]);
    }
}

#[test]
fn a_certificate_that_cannot_be_trusted_is_told_for_its_side() {
    let good = || Server::start(Dovecot::slashed()).unwrap();
    for (certificate, words) in [(Certificate::Expired, "expired"), (Certificate::WrongName, "elsewhere.example")] {
        let bad = || Server::start_with(Dovecot::dotted(), Options { certificate, ..Options::default() }).unwrap();
        for manner in [Manner::Tls, Manner::Starttls] {
            let pair = Pair::of(bad(), good());
            ends(&pair, pair.migrate(manner), 11, &["source", words]);
            let pair = Pair::of(good(), bad());
            ends(&pair, pair.migrate(manner), 21, &["destination", words]);
        }
    }
}

/// As `openssl x509 -fingerprint -sha256` shows it to people.
fn fingerprint(server: &Server) -> String {
    let mut openssl = std::process::Command::new("openssl");
    let shown = openssl.args(["x509", "-noout", "-fingerprint", "-sha256", "-in"]).arg(server.certificate_file());
    let shown = String::from_utf8(shown.output().unwrap().stdout).unwrap();
    shown.trim().split_once('=').unwrap().1.to_owned()
}

#[test]
fn each_side_has_trust_of_its_own_by_authority_or_by_pin() {
    let options = || Options { certificate: Certificate::Expired, ..Options::default() };
    let old = Server::start_with(Dovecot::dotted(), options()).unwrap();
    let pair = Pair::of(old, Server::start(Dovecot::slashed()).unwrap());
    let pin = fingerprint(&pair.source);
    let call = || pair.migrate(Manner::Tls).without("--ca-file");
    let ca = |call: Call| call.path("--destination-ca-file", pair.destination.ca_file());
    let other = fingerprint(&pair.destination);
    ends(&pair, ca(call().arg("--source-pin").arg(&other)), 11, &["source", "pinned", "SHA-256"]);
    ends(&pair, ca(call().arg("--source-pin").arg("abc")), 2, &["--source-pin", "64"]);
    let report = ca(call().arg("--source-pin").arg(&pin)).run().expect(0).report();
    let trust = report["trust"].to_string();
    assert!(trust.contains(&pin.replace(':', "").to_lowercase()) && trust.contains("1 of its own"), "{trust}");
}

#[test]
fn an_unknown_issuer_is_told_with_the_option_that_names_it() {
    let pair = tiny_pair();
    ends(&pair, pair.migrate(Manner::Tls).without("--ca-file"), 11, &["source", "--ca-file"]);
    ends(&pair, pair.migrate(Manner::Starttls).without("--ca-file"), 11, &["source", "--ca-file"]);
    let known = pair.migrate(Manner::Tls).without("--ca-file").path("--ca-file", pair.source.ca_file());
    ends(&pair, known, 21, &["destination", "--ca-file"]);
}

#[test]
fn a_port_that_speaks_something_else_is_told_for_its_side() {
    let pair = tiny_pair();
    let (from, to) = (pair.source.port(), pair.destination.port());
    // TLS is begun where the server greets in plain text.
    ends(&pair, pair.between(Manner::Tls, from, pair.destination.tls_port()), 11, &["source", "imap://"]);
    ends(&pair, pair.between(Manner::Tls, pair.source.tls_port(), to), 21, &["destination", "imap://"]);
    let mail = somebody("220 mail.example.net ESMTP\r\n");
    ends(&pair, pair.between(Manner::Starttls, mail, to), 13, &["source", "IMAP"]);
    ends(&pair, pair.between(Manner::Starttls, from, mail), 23, &["destination", "IMAP"]);
    // Logged in before STARTTLS could protect the password.
    let eager = somebody("* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome\r\n");
    ends(&pair, pair.between(Manner::Starttls, eager, to), 11, &["source", "PREAUTH"]);
}

#[test]
fn a_state_directory_that_cannot_be_written_is_told() {
    let pair = tiny_pair();
    fs::write(pair.file("plain file"), "in the way").unwrap();
    for directory in [Path::new("/proc/posthorse"), &pair.file("plain file"), &pair.file("plain file").join("below")] {
        let call = pair.migrate(Manner::Plain).without("--state").path("--state", directory);
        let ended = ends(&pair, call, 5, &[directory.to_str().unwrap(), "--state"]);
        assert!(ended.stdout.is_empty(), "{ended:?}");
    }
    // To root nothing is read-only that is not so by its file system.
    if !rustix::process::geteuid().is_root() {
        use std::os::unix::fs::PermissionsExt;
        fs::create_dir(pair.state()).unwrap();
        fs::set_permissions(pair.state(), fs::Permissions::from_mode(0o500)).unwrap();
        ends(&pair, pair.migrate(Manner::Plain), 5, &["cannot write", "--state"]);
    }
    assert_eq!(pair.delivered("INBOX"), []);
}

/// Runs the binary on a small file system of its own, first as it is, then with more room: both exit codes and what was
/// said. None where this machine allows no mount, neither to root nor in a user namespace.
fn in_little_room(pair: &Pair, call: &Call, kilobytes: u32) -> Option<(String, String)> {
    fs::create_dir_all(pair.state()).unwrap();
    let script = format!(
        "mount -t tmpfs -o size={kilobytes}k tmpfs \"$1\" || exit 99; shift; \"$@\"; echo \"first $?\"; \
         mount -o remount,size=200m \"$0\"; \"$@\"; echo \"second $?\""
    );
    for rights in [&["--mount"][..], &["--mount", "--user", "--map-root-user"]] {
        let mut command = Command::new("timeout");
        command.arg("170").arg("unshare").args(rights).args(["sh", "-c", &script]);
        command.arg(pair.state()).arg(pair.state()).arg(binary()).args(call.arguments());
        let out = command.stdin(Stdio::null()).output().unwrap();
        let text = |octets| String::from_utf8(octets).unwrap();
        if out.status.success() {
            return Some((text(out.stdout), text(out.stderr)));
        }
    }
    None
}

#[test]
fn a_full_disk_is_told_and_with_room_again_the_same_command_goes_on() {
    // Too little to begin with, and enough to begin but not to keep what is refused.
    for kilobytes in [64, 1_500] {
        let destination = Dovecot { max_mail_size: Some(100_000), ..Dovecot::slashed() };
        let mut mailbox = profile::plain(40, 2_000);
        mailbox.folders.extend(Mailbox { folders: vec![Folder::new("Large")] }.folders);
        let large = (0..12).map(|n| Message { octets: large_letter(n), ..tiny::letter("large", n) });
        mailbox.folder_mut("Large").unwrap().listed.extend(large);
        let pair = Pair::start(Dovecot::dotted(), destination, &mailbox);
        let call = pair.migrate(Manner::Plain).swap("--json", "--quiet");
        let Some((out, err)) = in_little_room(&pair, &call, kilobytes) else {
            eprintln!("no mount is permitted here: the limit on a file's size stands for a full disk");
            return limited_files(&pair, &call);
        };
        assert!(out.contains("first 5") && out.contains("second 3"), "{kilobytes}: {out}\n{err}");
        assert!(err.contains("disk full; free some space, then start it again"), "{kilobytes}: {err}");
        assert!(out.contains("Balance: 52 at the source = 40 copied + 0 adopted + 0 merged + 12 quarantined"), "{out}");
        let verdict = pair.judge().exclude("Large").compare().unwrap();
        assert!(verdict.equal, "{}", verdict.text);
    }
}

/// The same refusal of the operating system for everybody: no file may grow beyond a hundred blocks.
fn limited_files(pair: &Pair, call: &Call) {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\""]).arg(binary()).args(call.arguments());
    let out = command.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(5), "{said}");
    assert!(said.contains("cannot write"), "{said}");
    pair.migrate(Manner::Plain).run().expect(3);
}

fn large_letter(number: u32) -> Vec<u8> {
    let line = format!("{number}: all work and no play makes Jack a dull boy, as every printer knows by heart.\r\n");
    [tiny::letter("large", number).octets, line.repeat(2_500).into_bytes()].concat()
}

#[test]
fn a_second_process_on_the_same_directory_is_refused_and_looking_is_not() {
    let pair = tiny_pair();
    let proxy = Proxy::start(pair.destination.port(), Rules { rtt: Duration::from_millis(300), ..Rules::default() });
    let proxy = proxy.unwrap();
    let call = pair.between(Manner::Plain, pair.source.port(), proxy.port());
    let mut first = call.start();
    first.until(|_| pair.state().join("posthorse.db").exists() && proxy.counts().up > 200);
    let refused = ends(&pair, call.clone(), 5, &["another posthorse", pair.state().to_str().unwrap()]);
    assert!(refused.stdout.is_empty() && first.runs());
    let status = pair.look("status").run().expect(0).stdout;
    assert!(["planning", "copying", "verifying"].iter().any(|state| status.starts_with(state)), "{status}");
    first.end().expect(0);
    assert!(pair.judge().compare().unwrap().equal);
}

#[test]
fn a_directory_of_other_mailboxes_is_refused() {
    let pair = tiny_pair();
    pair.migrate(Manner::Plain).run().expect(0);
    let url = format!("imap://user1@localhost:{}", pair.destination.port());
    let call = pair.migrate(Manner::Plain).swap(&url, &url.replace("user1", "user2"));
    ends(&pair, call, 5, &["user1", "--state", pair.state().to_str().unwrap()]);
    // Without --state each pair of mailboxes has a directory of its own.
    let call = pair.migrate(Manner::Plain).without("--state").within(&pair.file(""));
    call.run().expect(0);
    let own = pair.file("posthorse-state").join("user1@localhost-user1@localhost");
    assert!(own.join("posthorse.db").exists());
    no_secret_in(&own, [&pair.from, &pair.to]);
}

#[test]
fn what_cannot_be_meant_is_a_mistake_in_usage_and_nothing_is_begun() {
    let pair = tiny_pair();
    let call = || pair.migrate(Manner::Tls);
    let (from, to) = (pair.source.tls_port(), pair.destination.tls_port());
    let fewer = |option: &str| call().without(option);
    let rows: Vec<(&str, Call, &[&str])> = vec![
        (
            "a password in the address",
            call().swap("user1@", &format!("user1:{WRONG}@")),
            &["--source-password-file", "other people"],
        ),
        (
            "no password at all",
            fewer("--source-password-file"),
            &["--source-password-file", "POSTHORSE_SOURCE_PASSWORD"],
        ),
        ("no password there", fewer("--destination-password-file"), &["POSTHORSE_DESTINATION_PASSWORD", "terminal"]),
        ("a password file that is missing", call().swap("source.password", "nowhere"), &["password file", "nowhere"]),
        ("a CA file that is missing", call().swap("ca.pem", "nowhere.pem"), &["CA file", "nowhere.pem"]),
        ("a CA file that is none", call().swap("ca.pem", "source.password"), &["--ca-file"]),
        ("another scheme", call().swap("imaps://", "https://"), &["imaps://"]),
        ("no user", call().swap("user1@", ""), &["user"]),
        ("the same mailbox", call().swap(&to.to_string(), &from.to_string()), &["same mailbox"]),
        ("a map without a destination", call().option("--map", "INBOX"), &["--map", "INBOX"]),
    ];
    for (what, call, words) in rows {
        let ended = ends(&pair, call, 2, words);
        assert!(ended.stdout.is_empty(), "{what}: {}", ended.stdout);
        assert!(!pair.state().exists(), "{what}");
    }
    let far = pair.migrate(Manner::Plain).swap("@localhost", "@192.0.2.1");
    ends(&pair, far, 11, &["source", "192.0.2.1", "loopback", "imaps://"]);
    for arguments in [&["migrate"][..], &["migrate", "--nonsense"], &["fly"], &["status"], &[]] {
        assert!(!Call::new(arguments.iter().copied()).run().expect(2).stderr.is_empty(), "{arguments:?}");
    }
    for timing in ["POSTHORSE_STEP_SECONDS", "POSTHORSE_QUIET_SECONDS"] {
        ends(&pair, call().env(timing, "soon"), 2, &[timing]);
    }
}

#[test]
fn a_password_comes_from_a_file_before_the_environment_and_only_one_newline_is_dropped() {
    let pair = tiny_pair();
    let bare = || pair.migrate(Manner::Tls).without("--source-password-file").without("--destination-password-file");
    let both = |call: Call, source: &str, destination: &str| {
        call.env("POSTHORSE_SOURCE_PASSWORD", source)
            .env("POSTHORSE_DESTINATION_PASSWORD", destination)
            .arg("--dry-run")
    };
    both(bare(), SOURCE_PASSWORD, DESTINATION_PASSWORD).run().expect(0);
    both(pair.migrate(Manner::Tls), WRONG, WRONG).run().expect(0);
    both(bare(), WRONG, DESTINATION_PASSWORD).run().expect(12);
    fs::write(pair.file("source.password"), format!("{SOURCE_PASSWORD}\n\n")).unwrap();
    ends(&pair, pair.migrate(Manner::Tls), 12, &["source"]);
}

#[test]
fn passwords_outside_ascii_and_with_odd_characters_log_in_and_are_told_nowhere() {
    for password in ["Grüße-ÄÖ 会議", "back\\slash\"quote {12}", "*()% &x"] {
        let options = || Options { users: 1, password: password.into(), ..Options::default() };
        let source = Server::start_with(Dovecot::dotted(), options()).unwrap();
        let pair = Pair::of(source, Server::start_with(Dovecot::slashed(), options()).unwrap());
        let ended = ends(&pair, pair.migrate(Manner::Tls), 0, &[]);
        assert!(ended.stderr.len() > 100, "nothing was logged");
    }
}

#[test]
fn a_reader_that_goes_away_does_not_end_the_work() {
    let pair = tiny_pair();
    let mut command = Command::new("timeout");
    command.args(["170", "sh", "-c", "\"$0\" \"$@\" 2>&1 | true"]).arg(binary());
    command.args(pair.migrate(Manner::Plain).arguments()).env("POSTHORSE_LOG", "debug");
    assert!(command.stdin(Stdio::null()).status().unwrap().success());
    let status = pair.look("status").run().expect(0).stdout;
    assert!(status.starts_with("verified (pass 1, initial)"), "{status}");
    assert!(pair.judge().compare().unwrap().equal);
}
