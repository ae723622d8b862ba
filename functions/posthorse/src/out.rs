//! # Out
//! Where words go: results to stdout, talk to stderr. A reader that has gone away (`| head`) ends neither the work nor the
//! process, as `println!` would.

use std::io::{self, Write};

use serde::Serialize;

/// A result as text; it has its own line ends.
pub fn text(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// A result as JSON.
pub fn json<T: Serialize>(value: &T) {
    // The records printed here are maps with text keys, which JSON always takes.
    let json = serde_json::to_string_pretty(value).unwrap_or_default();
    text(&format!("{json}\n"));
}

/// A line of talk.
pub fn talk(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// What went wrong, with our name before it.
pub fn problem(problem: impl std::fmt::Display) {
    talk(&format!("posthorse: {problem}"));
}
