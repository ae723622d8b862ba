//! # Simulated
//! The real binary against simulated servers: endings that no real server gives on demand.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use posthorse_tests::world::server::{At, Fault, Profile, Quota, Server};
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::support_run::*;

/// Two simulated servers on loopback ports, and a directory for their migration.
struct Stage {
    source: Server,
    destination: Server,
    ports: (u16, u16),
    scratch: TempDir,
    /// They serve until it is dropped.
    _serving: oneshot::Sender<()>,
}

impl Stage {
    /// Twenty messages in INBOX.
    fn set() -> Self {
        let (source, destination) = (Server::new(Profile::dovecot_prefixed()), Server::new(Profile::dovecot()));
        for (server, password) in [(&source, SOURCE_PASSWORD), (&destination, DESTINATION_PASSWORD)] {
            server.mailbox_for("anna", password);
        }
        source.folder("INBOX").messages_named("mail", 20);
        let (ports, serving) = serve(source.clone(), destination.clone());
        Self { source, destination, ports, scratch: tempfile::tempdir().unwrap(), _serving: serving }
    }

    fn state(&self) -> PathBuf {
        self.scratch.path().join("state")
    }

    fn call(&self, command: &str) -> Call {
        let call = Call::new([command]).path("--state", &self.state()).arg("--json");
        call.env("POSTHORSE_SOURCE_PASSWORD", SOURCE_PASSWORD)
            .env("POSTHORSE_DESTINATION_PASSWORD", DESTINATION_PASSWORD)
    }

    fn migrate(&self) -> Call {
        let url = |port: u16| format!("imap://anna@127.0.0.1:{port}");
        self.call("migrate").arg(&url(self.ports.0)).arg(&url(self.ports.1)).arg("--insecure-plaintext")
    }

    /// Logins that both servers have seen.
    fn logins(&self) -> usize {
        [&self.source, &self.destination].iter().map(|server| server.count("LOGIN")).sum()
    }
}

/// Serves both from a thread, until what is returned is dropped.
pub fn serve(source: Server, destination: Server) -> ((u16, u16), oneshot::Sender<()>) {
    let (tell, told) = std::sync::mpsc::channel();
    let (end, ended) = oneshot::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (one, two) = (source.listen_tcp().await.unwrap(), destination.listen_tcp().await.unwrap());
            tell.send((one.port(), two.port())).unwrap();
            let _dropped = ended.await;
        });
    });
    (told.recv().unwrap(), end)
}

fn throttled(seconds: u64) -> Fault {
    Fault::throttled(Duration::from_secs(seconds))
}

#[test]
fn a_wait_that_a_server_stated_ends_with_4_and_no_login_breaks_it() {
    let stage = Stage::set();
    stage.source.fault(At::command("UID FETCH").nth(2), throttled(3600));
    let report = stage.migrate().arg("--no-wait").run().expect(4).report();
    assert_eq!(report["state"], "waiting", "{report:#}");
    assert!(report["next_at"].is_string() && report["reason"].as_str().unwrap().contains("throttled"), "{report:#}");
    let logins = stage.logins();
    let report = stage.migrate().arg("--no-wait").run().expect(4).report();
    assert_eq!(report["state"], "waiting", "{report:#}");
    assert_eq!(stage.logins(), logins, "a server that asked to be left alone was called");
    // Interrupted while it waits, it ends at once, and nothing was sent.
    let mut waiting = stage.migrate().start();
    waiting.until(|running| running.said().contains("waiting until"));
    waiting.signal(Signal::TERM);
    assert_eq!(waiting.end().expect(130).report()["state"], "waiting");
    assert_eq!(stage.logins(), logins);
}

#[test]
fn a_short_wait_that_a_server_stated_is_waited_out_by_itself() {
    let stage = Stage::set();
    stage.source.fault(At::command("UID FETCH").nth(2), throttled(2));
    let begun = Instant::now();
    let report = stage.migrate().run().expect(0).report();
    assert_eq!(number(&report["totals"], "copied"), 20, "{report:#}");
    assert!(begun.elapsed() >= Duration::from_secs(2));
}

#[test]
fn a_full_mailbox_ends_with_4_says_how_much_is_to_come_and_goes_on_with_room() {
    let stage = Stage::set();
    stage.destination.meddle(|mailbox| mailbox.quota = Some(Quota { octets: 1_000 }));
    let report = stage.migrate().arg("--no-wait").run().expect(4).report();
    let reason = report["reason"].as_str().unwrap();
    assert!(reason.contains("full") && reason.contains("still to come"), "{reason}");
    stage.destination.meddle(|mailbox| mailbox.quota = None);
    stage.migrate().arg("--no-wait").run().expect(0);
}

#[test]
fn a_message_that_the_destination_takes_and_drops_leaves_the_balance_open_and_ends_with_30() {
    let stage = Stage::set();
    stage.destination.fault(At::append().nth(7), Fault::Drop);
    let ended = stage.migrate().run().expect(30);
    let report = ended.json();
    assert_eq!((&report["state"], &report["totals"]["unexplained"]), (&"unbalanced".into(), &1.into()), "{report:#}");
    let looked = stage.call("report").run().expect(30);
    assert_eq!(looked.json()["state"], "unbalanced");
}

#[test]
fn a_server_that_refuses_the_folders_after_the_login_ends_in_waiting_and_keeps_the_reason() {
    let stage = Stage::set();
    stage.source.fault(At::command("LIST"), Fault::answer("BAD User is authenticated but not connected."));
    let report = stage.migrate().arg("--no-wait").run().expect(4).report();
    assert!(report["reason"].as_str().unwrap().contains("authenticated but not connected"), "{report:#}");
    stage.source.heal();
    stage.migrate().run().expect(0);
}

#[test]
fn a_dry_run_is_interrupted_at_once_and_a_silent_server_does_not_keep_a_person_waiting() {
    for (verb, arguments) in [("LIST", &["--dry-run"][..]), ("LOGIN", &[]), ("UID FETCH", &[])] {
        let stage = Stage::set();
        stage.source.fault(At::command(verb), Fault::Stall(Duration::from_secs(1_000)));
        let call = arguments.iter().fold(stage.migrate(), |call, argument| call.arg(argument));
        let mut running = call.start();
        running.until(|_| stage.source.count(verb) > 0);
        let asked = Instant::now();
        running.signal(Signal::INT);
        running.end().expect(130);
        // Ten seconds of draining, and a busy machine.
        assert!(asked.elapsed() < Duration::from_secs(14), "{verb}: {:?}", asked.elapsed());
        stage.source.heal();
        if arguments.is_empty() {
            stage.migrate().run().expect(0);
        } else {
            assert!(!stage.state().exists() && stage.destination.changes().is_empty());
        }
    }
}

#[test]
fn a_recount_that_cannot_log_in_still_prints_the_report() {
    let stage = Stage::set();
    stage.migrate().run().expect(0);
    let verify = stage.call("verify").arg("--insecure-plaintext");
    stage.source.refuses_logins(1, "NO [AUTHENTICATIONFAILED] Authentication failed.");
    let report = verify.run().expect(12).report();
    assert_eq!((&report["state"], number(&report["totals"], "copied")), (&"waiting".into(), 20), "{report:#}");
    assert_eq!(verify.run().expect(0).report()["state"], "verified");
    assert!(fs::read_dir(stage.state()).unwrap().count() > 0);
}
