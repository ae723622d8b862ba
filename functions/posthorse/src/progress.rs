//! # Progress
//! What a person sees while messages move: a bar on a terminal, plain lines when it is not one.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use posthorse_domain::mail::Octets;
use posthorse_domain::migration::State;
use posthorse_domain::ports::{Event, Notify};

use crate::args::Talk;
use crate::out;

/// Without a terminal, a line at most this often.
const EVERY: Duration = Duration::from_secs(5);

/// Where events go.
pub struct Progress {
    bar: ProgressBar,
    plain: bool,
    quiet: bool,
    seen: Mutex<Seen>,
}

struct Seen {
    begun: Instant,
    last_line: Instant,
    messages: u64,
    octets: u64,
    expected: Option<u64>,
    state: Option<State>,
}

impl Progress {
    /// A bar on stderr, plain lines on stderr, or nothing.
    pub fn new(talk: Talk) -> Self {
        let plain = !std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        if !plain && !talk.quiet {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(8));
        }
        let style = "{bar:30} {pos}/{len} messages  {wide_msg}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        let now = Instant::now();
        let seen = Seen { begun: now, last_line: now, messages: 0, octets: 0, expected: None, state: None };
        Self { bar, plain, quiet: talk.quiet, seen: Mutex::new(seen) }
    }

    /// A line that stays.
    pub fn say(&self, line: &str) {
        match (self.quiet, self.plain) {
            (true, _) => {}
            (false, true) => out::talk(line),
            (false, false) => self.bar.suspend(|| out::talk(line)),
        }
    }

    /// Takes the bar away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn moved(&self, seen: &mut Seen) {
        let seconds = seen.begun.elapsed().as_secs_f64().max(0.001);
        let rate = f64::from(u32::try_from(seen.messages).unwrap_or(u32::MAX)) / seconds;
        let octets = Octets::new(seen.octets);
        let left = seen.expected.map_or_else(String::new, |expected| {
            let missing = f64::from(u32::try_from(expected.saturating_sub(seen.messages)).unwrap_or(u32::MAX));
            if rate > 0.0 {
                format!(", about {} left", spell(Duration::from_secs_f64(missing / rate)))
            } else {
                String::new()
            }
        });
        let text = format!("{octets}, {rate:.0} messages/s{left}");
        self.bar.set_message(text.clone());
        if self.plain && seen.last_line.elapsed() >= EVERY {
            seen.last_line = Instant::now();
            let of = seen.expected.map_or_else(String::new, |expected| format!(" of {expected}"));
            self.say(&format!("{}{of} messages, {text}", seen.messages));
        }
    }
}

fn spell(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

impl Notify for Progress {
    fn tell(&self, event: Event) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Planned { folders, messages, octets, settled } => {
                let expected = seen.messages + messages;
                if seen.expected.replace(expected).is_some() {
                    return self.bar.set_length(expected);
                }
                seen.begun = Instant::now();
                self.bar.set_length(expected);
                let size = octets.map_or_else(String::new, |octets| format!(", {}", Octets::new(octets)));
                let before = if settled > 0 { format!(" ({settled} settled before)") } else { String::new() };
                self.say(&format!("{messages} messages{size} to look at in {folders} folders{before}"));
            }
            Event::Opened { name, .. } => self.bar.set_prefix(name),
            Event::Reconciling { folder, read } => {
                self.bar.set_message(format!("folder {folder}: {read} headers compared"))
            }
            Event::Committed { messages, octets, .. } => {
                seen.messages += messages;
                seen.octets += octets;
                self.bar.set_position(seen.messages);
                self.moved(&mut seen);
            }
            Event::Quarantined { folder, uid, class } => {
                self.say(&format!("kept for review: folder {folder}, UID {uid} ({})", class.word()));
            }
            Event::Copied { folder } => {
                let counts = folder.this_pass;
                if counts.accounted() > 0 || folder.error.is_some() {
                    let (source, to) = (folder.source.unicode(), folder.destination.unicode());
                    let text = format!(
                        "{source} → {to}: {} copied, {} adopted, {} quarantined",
                        counts.copied, counts.adopted, counts.quarantined
                    );
                    self.say(&folder.error.map_or(text, |error| format!("{source}: {error}")));
                }
            }
            Event::Verified { done, of } => self.bar.set_message(format!("counted again: {done} of {of} folders")),
            // Nobody subscribes to a command.
            Event::Untold { .. } => {}
            Event::State { state, reason, next_at } => {
                if seen.state != Some(state) || !reason.is_empty() {
                    let at = next_at.map_or_else(String::new, |at| format!(" (next: {})", at.rfc3339()));
                    if matches!(state, State::Waiting | State::Stalled | State::Failed) {
                        self.say(&format!("{}: {reason}{at}", state.word()));
                    }
                }
                seen.state = Some(state);
            }
        }
    }
}
