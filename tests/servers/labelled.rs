//! # Labelled
//! A simulated source whose folders are labels, real destinations: for its next label a message is copied there (UID COPY).

use posthorse_tests::servers::*;
use posthorse_tests::world::server::{Profile, Server};

use crate::simulated::serve;
use crate::support_run::*;
use crate::support_shared::*;

const ALL: &str = "[Gmail]/All Mail";
const LABELS: [&str; 3] = ["INBOX", "Private", "Work"];
const MESSAGES: u64 = 40;

/// Forty messages, each under three labels and in All Mail, with flags and dates of their own.
fn labelled() -> Server {
    let server = Server::new(Profile::gmail());
    server.mailbox_for("anna", SOURCE_PASSWORD);
    server.folder("[Gmail]").noselect();
    server.folder(ALL).special("\\All");
    for number in 1..=MESSAGES {
        for folder in LABELS.iter().chain([&ALL]) {
            let day = 1_400_000_000 + i64::try_from(number).unwrap() * 86_400;
            let message = server.folder(folder).message(&format!("m{number}")).gmail(number).dated(day, 60);
            if number % 3 == 0 {
                message.seen().flagged();
            }
        }
    }
    server
}

/// What a folder of the destination holds, octets, flags and dates, in no order.
fn has(road: &Road, folder: &str) -> Vec<Message> {
    let (delimiter, prefix) = road.destination().hierarchy();
    let wire = name::wire(&[folder.to_owned()], &prefix, delimiter);
    let mut held = road.destination().client(&road.to).unwrap().messages(&wire).unwrap();
    held.sort_by(|one, other| one.octets.cmp(&other.octets));
    held
}

fn copies_at(into: Site) {
    let road = Road::new(Site::Dotted, into, &profile::plain(1, 100));
    let source = labelled();
    let ((port, _), _serving) = serve(source.clone(), source.clone());
    let url = |user: &str, port: u16| format!("imap://{user}@localhost:{port}");
    let (from, to) = (url("anna", port), url(&road.to.user, road.destination().port()));
    let call = Call::new(["migrate", &from, &to, "--json", "--insecure-plaintext", "--labels", "each"]);
    let call = call.path("--state", &road.state()).env("POSTHORSE_QUIET_SECONDS", "0");
    let call = call.path("--source-password-file", &road.file("password"));
    let call = call.path("--destination-password-file", &road.file("password")).arg("--connections").arg("1");
    let report = call.run().expect(0).report();
    let labels = u64::try_from(LABELS.len()).unwrap();
    assert_eq!(number(&report["totals"], "copied"), labels * MESSAGES, "{report:#}");
    assert_eq!(u64::try_from(source.transcript().matches("BODY[] {").count()).unwrap(), MESSAGES, "bodies read");
    let inbox = has(&road, "INBOX");
    assert_eq!(u64::try_from(inbox.len()).unwrap(), MESSAGES);
    for label in ["Private", "Work"] {
        assert_eq!(has(&road, label), inbox, "{label}");
    }
    // Nothing is copied again.
    let report = call.run().expect(0).report();
    assert_eq!(number(&report["this_pass"], "source"), 0, "{report:#}");
}

#[test]
fn a_dovecot_copies_what_it_has_under_another_label() {
    copies_at(Site::Slashed);
}

#[test]
fn a_cyrus_copies_what_it_has_under_another_label() {
    copies_at(Site::Cyrus);
}

#[test]
fn a_courier_copies_what_it_has_under_another_label() {
    copies_at(Site::Courier);
}
