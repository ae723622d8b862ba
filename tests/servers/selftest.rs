//! # Self-test
//! The servers serve what the generator made, and the judge sees what differs.

use posthorse_tests::servers::judge::Tolerance;
use posthorse_tests::servers::*;

/// Looks at every folder with the tiny client and expects exactly what was generated.
fn serves(server: &Server, login: &Login, mailbox: &Mailbox) {
    let mut client = Client::login(server.port(), login).unwrap();
    let (delimiter, prefix) = server.hierarchy();
    for folder in &mailbox.folders {
        let served = client.messages(&name::wire(&folder.path, &prefix, delimiter)).unwrap();
        let made: Vec<Message> = folder.messages().collect();
        assert_eq!(served.len(), made.len(), "{:?}", folder.path);
        for (served, made) in served.iter().zip(&made) {
            let told = String::from_utf8_lossy(&made.octets).into_owned();
            assert!(
                served.octets == made.octets,
                "octets of {told}\nserved {}",
                String::from_utf8_lossy(&served.octets)
            );
            assert_eq!(
                (&served.flags, &served.keywords, served.internal_date),
                (&made.flags, &made.keywords, made.internal_date),
                "{told}"
            );
        }
    }
}

#[test]
fn a_dotted_dovecot_serves_the_generated_mailbox() {
    let server = Server::start(Dovecot::dotted()).unwrap();
    server.seed(&server.user(1), &profile::tiny()).unwrap();
    serves(&server, &server.user(1), &profile::tiny());
}

#[test]
fn a_slashed_dovecot_serves_the_generated_mailbox() {
    let server = Server::start(Dovecot::slashed()).unwrap();
    server.seed(&server.user(2), &profile::tiny()).unwrap();
    serves(&server, &server.user(2), &profile::tiny());
}

#[test]
fn a_courier_serves_the_generated_mailbox() {
    let server = Server::start(Courier).unwrap();
    server.seed(&server.user(2), &profile::tiny()).unwrap();
    serves(&server, &server.user(2), &profile::tiny());
}

#[test]
fn a_cyrus_serves_the_generated_mailbox_but_for_eight_bit_headers() {
    let source = Server::start(Dovecot::dotted()).unwrap();
    source.seed(&source.user(1), &profile::tiny()).unwrap();
    for unix_hierarchy in [true, false] {
        let server = Server::start(Cyrus { unix_hierarchy, ..Cyrus::default() }).unwrap();
        let login = server.user(2);
        server.seed(&login, &profile::tiny()).unwrap();
        let judge =
            Judge::of(&source, &source.user(1)).unwrap().against(&server, &login).tolerate(Tolerance::Cyrus8Bit);
        let verdict = judge.compare().unwrap();
        assert!(verdict.equal, "{}", verdict.text);
        assert_eq!(verdict.totals.rewritten, 2);
    }
}

/// Every kind, as a table for what all of them must do.
fn kinds() -> Vec<Kind> {
    let mdbox = Dovecot { format: Format::Mdbox, ..Dovecot::default() };
    vec![Dovecot::dotted().into(), mdbox.into(), Cyrus::default().into(), Courier.into()]
}

#[test]
fn a_wiped_mailbox_is_empty_and_a_restarted_server_keeps_the_mail() {
    for kind in kinds() {
        let mut server = Server::start(kind.clone()).unwrap();
        let login = server.user(1);
        server.seed(&login, &profile::plain(3, 2000)).unwrap();
        let port = server.port();
        server.stop().unwrap();
        assert!(server.client(&login).is_err(), "{kind:?}");
        server.restart().unwrap();
        assert_eq!(
            (server.port(), server.client(&login).unwrap().messages("INBOX").unwrap().len()),
            (port, 3),
            "{kind:?}"
        );
        server.wipe(&login).unwrap();
        assert_eq!(server.client(&login).unwrap().messages("INBOX").unwrap(), [], "{kind:?}");
    }
}

#[test]
fn a_changed_uidvalidity_is_served_and_the_mail_is_still_there() {
    for kind in kinds() {
        let server = Server::start(kind.clone()).unwrap();
        let login = server.user(1);
        let letters = (0..3).map(|n| tiny::letter("kept", n).seen());
        server.seed(&login, &Mailbox { folders: vec![Folder::new("A/B é").with(letters.clone())] }).unwrap();
        let (delimiter, prefix) = server.hierarchy();
        let wire = name::wire(&Folder::new("A/B é").path, &prefix, delimiter);
        let before = server.client(&login).unwrap().uid_validity(&wire).unwrap();
        let after = server.change_uidvalidity(&login, "A/B é").unwrap();
        let mut client = server.client(&login).unwrap();
        assert_ne!(before, after, "{kind:?}");
        assert_eq!(client.uid_validity(&wire).unwrap(), after, "{kind:?}");
        assert_eq!(client.messages(&wire).unwrap(), letters.collect::<Vec<_>>(), "{kind:?}");
    }
}

#[test]
fn a_dropped_server_leaves_no_process_and_no_file() {
    for kind in kinds() {
        let server = Server::start(kind.clone()).unwrap();
        let (port, home) = (server.port(), server.home().to_owned());
        let _client = server.client(&server.user(1)).unwrap();
        drop(server);
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "{kind:?}");
        let left = std::process::Command::new("find").arg(&home).output().unwrap();
        assert!(!home.exists(), "{kind:?}: {}", String::from_utf8_lossy(&left.stdout));
        let home = home.display().to_string();
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let commands = processes.filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok());
        assert_eq!(
            commands.filter(|command| command.contains(&home)).collect::<Vec<_>>(),
            Vec::<String>::new(),
            "{kind:?}"
        );
    }
}

#[test]
fn certificates_are_sound_expired_or_for_another_name() {
    for (certificate, said) in [
        (Certificate::Good, "Verification: OK"),
        (Certificate::Expired, "certificate has expired"),
        (Certificate::WrongName, "hostname mismatch"),
    ] {
        for kind in kinds() {
            let server = Server::start_with(kind.clone(), Options { certificate, ..Options::default() }).unwrap();
            let mut command = std::process::Command::new("openssl");
            command.args(["s_client", "-verify_hostname", "localhost", "-connect"]);
            command.arg(format!("127.0.0.1:{}", server.tls_port())).arg("-CAfile").arg(server.ca_file());
            let out = command.stdin(std::process::Stdio::null()).output().unwrap();
            let out = [out.stdout, out.stderr].concat();
            assert!(String::from_utf8_lossy(&out).contains(said), "{kind:?}: {}", String::from_utf8_lossy(&out));
        }
    }
}

#[test]
fn limits_answer_as_configured() {
    let dovecot = Dovecot { max_mail_size: Some(5_000), quota: Some(20_000), max_connections: 2, ..Dovecot::default() };
    let server = Server::start(dovecot).unwrap();
    let login = server.user(1);
    let mut client = server.client(&login).unwrap();
    let capability = client.command("CAPABILITY").unwrap();
    assert!(capability[0].text.contains("APPENDLIMIT=5000"), "{capability:?}");
    let letter = |size| Message {
        octets: b"Subject: x\r\n\r\n".iter().copied().chain(vec![b'x'; size]).collect(),
        ..tiny::letter("", 1)
    };
    let refusal = client.append("INBOX", &letter(6_000)).unwrap_err().to_string();
    assert!(refusal.contains("NO"), "{refusal}");
    let refusal = (0..9).find_map(|_| client.append("INBOX", &letter(4_000)).err()).unwrap().to_string();
    assert!(refusal.contains("OVERQUOTA"), "{refusal}");
    let _second = server.client(&login).unwrap();
    let refusal = server.client(&login).unwrap_err().to_string();
    assert!(refusal.contains("LIMIT"), "{refusal}");

    let server = Server::start(Cyrus { max_size: Some(5_000), strict8bit: true, ..Cyrus::default() }).unwrap();
    let mut client = server.client(&server.user(1)).unwrap();
    let mut eight_bit = tiny::letter("é", 1);
    assert!(client.append("INBOX", &eight_bit).unwrap_err().to_string().contains("non-ASCII"));
    eight_bit.octets = letter(6_000).octets;
    let refusal = client.append("INBOX", &eight_bit).unwrap_err().to_string();
    assert!(refusal.contains("TOOBIG") || refusal.contains("too"), "{refusal}");
}

#[test]
fn a_server_that_is_not_installed_says_what_to_run() {
    let error = lab::unpacked("a server nobody has").unwrap_err().to_string();
    assert!(error.contains("run tests/servers/install.sh all"), "{error}");
}

#[test]
fn awkward_mail_is_served_by_a_maildir_as_it_is() {
    let server = Server::start(Dovecot::default()).unwrap();
    server.seed(&server.user(1), &profile::awkward()).unwrap();
    serves(&server, &server.user(1), &profile::awkward());
}

#[test]
fn special_folders_bear_their_mark() {
    for (kind, marks) in [
        (
            Dovecot::dotted().into(),
            vec!["\\sent) \".\" \"inbox.sent messages\"", "\\trash) \".\" \"inbox.deleted messages\""],
        ),
        (Dovecot::slashed().into(), vec!["\\sent) \"/\" sent", "\\archive) \"/\" archive"]),
        (Kind::Cyrus(Cyrus::default()), vec!["\\sent) \"/\" sent", "\\junk) \"/\" spam"]),
    ] {
        let server = Server::start(kind).unwrap();
        let login = server.user(1);
        if server.hierarchy().0 == '.' {
            server.seed(&login, &profile::tiny()).unwrap();
        }
        let listed = server.client(&login).unwrap().command("LIST \"\" \"*\"").unwrap();
        let listed: String = listed.iter().map(|line| format!("{}\n", line.text.to_lowercase())).collect();
        for mark in marks {
            assert!(listed.contains(mark), "{mark} in\n{listed}");
        }
    }
}
