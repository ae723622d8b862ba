//! # Terminal
//! What a person sees and is asked on a terminal (a pseudo terminal by `script`, which every Linux has).

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use posthorse_tests::servers::*;

use crate::support_run::*;

/// The binary on a terminal of 120 columns.
struct Terminal {
    child: Child,
    seen: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Terminal {
    fn start(call: &Call) -> Self {
        let words = [binary().to_str().unwrap()].into_iter().chain(call.arguments().iter().map(String::as_str));
        let line: String = words.map(|word| format!(" '{word}'")).collect();
        let mut command = Command::new("timeout");
        command.args(["170", "script", "-qefc", &format!("stty cols 120 rows 40; exec{line}"), "/dev/null"]);
        command.env("TERM", "xterm").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (mut out, seen) = (child.stdout.take().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let shared = Arc::clone(&seen);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = out.read(&mut buffer) {
                shared.lock().unwrap().extend_from_slice(&buffer[..read]);
            }
        });
        Self { child, seen, reader }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }

    /// Waits for words, then types.
    fn answer(&mut self, words: &str, typed: &str) {
        let over = Instant::now() + Duration::from_secs(60);
        while !self.text().contains(words) {
            assert!(
                Instant::now() < over && self.child.try_wait().unwrap().is_none(),
                "'{words}' not in {}",
                self.text()
            );
            thread::sleep(Duration::from_millis(10));
        }
        // The words are there before the terminal is told not to show what is typed.
        thread::sleep(Duration::from_millis(300));
        self.child.stdin.as_mut().unwrap().write_all(typed.as_bytes()).unwrap();
    }

    /// Exit code and all that was shown.
    fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        self.reader.join().unwrap();
        (code, String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned())
    }
}

#[test]
fn a_terminal_is_asked_for_the_passwords_and_does_not_show_them() {
    let pair = Pair::start(Dovecot::dotted(), Dovecot::slashed(), &profile::tiny());
    let call = pair.migrate(Manner::Tls).swap("--json", "--quiet");
    let call = call.without("--source-password-file").without("--destination-password-file");
    let mut terminal = Terminal::start(&call);
    terminal.answer("Password of user1 at localhost (source): ", &format!("{SOURCE_PASSWORD}\n"));
    terminal.answer("Password of user1 at localhost (destination): ", &format!("{DESTINATION_PASSWORD}\n"));
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("The balance closes."), "{shown}");
    assert!(!shown.contains(SOURCE_PASSWORD) && !shown.contains(DESTINATION_PASSWORD), "{shown}");
    no_secret_in(&pair.state(), [&pair.from, &pair.to]);
}

#[test]
fn a_terminal_shows_messages_octets_rate_and_time_left_and_control_c_stops_it() {
    let pair = Pair::start(Dovecot::dotted(), Dovecot::slashed(), &profile::plain(3_000, 20_000));
    let far = Rules { rtt: Duration::from_millis(40), ..Rules::default() };
    let proxy = Proxy::start(pair.destination.port(), far).unwrap();
    let call = pair.between(Manner::Plain, pair.source.port(), proxy.port());
    let mut terminal = Terminal::start(&call.clone().without("--state").path("--state", &pair.state()));
    terminal.answer(" left", "\u{3}");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(130), "{shown}");
    for words in ["/3000 messages", " messages/s, about ", "MB, ", "stopping"] {
        assert!(shown.contains(words), "'{words}' in {shown}");
    }
    call.run().expect(0);
    assert_eq!(pair.delivered("INBOX").len(), 3_000);
}
