//! # Telemetry
//! One JSON object per log line, with the step that it belongs to. Below WARN only our own crates speak: what the SDKs and
//! the TLS stack say at lower levels may hold what they send.

use std::io;

use posthorse_domain::migration::Stage;
use posthorse_domain::ports::Job;
use tracing::{Level, Span, Subscriber, field, info_span};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry, fmt};

/// Logs to stdout from here on; what was started earlier in this process stays.
pub fn start(level: Level) {
    // Only a second call can fail, and then the first one's subscriber is there.
    let _ = tracing::subscriber::set_global_default(subscriber(level, io::stdout));
}

/// Lines of our own crates from `level` up, of all others from WARN up.
pub fn subscriber<W>(level: Level, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let ours = ["posthorse", "intake", "plan", "copy", "verify", "sweep", "review"];
    let targets = Targets::new().with_default(LevelFilter::WARN).with_targets(ours.map(|ours| (ours, level)));
    let lines = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
    Registry::default().with(lines.with_writer(writer).with_filter(targets))
}

/// The span of one step. `epoch` is recorded when the turn is claimed; `trace` is the call's trace id.
pub fn step(job: &Job, trace: Option<&str>) -> Span {
    let migration = job.migration.0.as_str();
    info_span!("step", step = word(job.stage), migration, turn = job.turn, epoch = field::Empty, trace)
}

/// The stage's word, which is the folder, the queue and the function too.
pub fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Plan => "plan",
        Stage::Copy => "copy",
        Stage::Verify => "verify",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use posthorse_domain::migration::{MigrationId, State};
    use posthorse_domain::ports::{Event, Notify};
    use serde_json::{Value, json};

    use super::*;
    use crate::LogNotify;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(octets);
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: Level, work: impl FnOnce()) -> Vec<Value> {
        let lines = Lines::default();
        let writer = lines.clone();
        tracing::subscriber::with_default(subscriber(level, move || writer.clone()), work);
        let octets = lines.0.lock().unwrap().clone();
        let text = String::from_utf8(octets).unwrap();
        text.lines().map(|line| serde_json::from_str(line).expect("a JSON object")).collect()
    }

    fn job() -> Job {
        Job { migration: MigrationId("m-1".into()), stage: Stage::Copy, turn: 7 }
    }

    #[test]
    fn a_line_carries_migration_turn_epoch_step_and_trace() {
        let lines = logged(Level::INFO, || {
            let span = step(&job(), Some("1-abc"));
            span.record("epoch", 9);
            let _inside = span.enter();
            tracing::info!(outcome = "copying", "ended");
        });
        assert_eq!(lines.len(), 1);
        assert_eq!((&lines[0]["outcome"], &lines[0]["message"]), (&json!("copying"), &json!("ended")));
        let span = json!({"name": "step", "step": "copy", "migration": "m-1", "turn": 7, "epoch": 9, "trace": "1-abc"});
        assert_eq!(lines[0]["span"], span);
    }

    #[test]
    fn other_crates_speak_from_warn_up() {
        let lines = logged(Level::TRACE, || {
            tracing::info!(target: "aws_smithy_runtime", "a body");
            tracing::debug!(target: "hyper", "a body");
            tracing::warn!(target: "rustls", "a warning");
            tracing::trace!("ours");
        });
        let messages = lines.iter().map(|line| line["message"].as_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(messages, ["a warning", "ours"]);
    }

    #[test]
    fn an_events_names_and_reasons_are_not_logged() {
        let lines = logged(Level::INFO, || {
            LogNotify.tell(Event::Opened { folder: 3, name: "Divorce".into() });
            let reason = "anna@example.org was refused".into();
            LogNotify.tell(Event::State { state: State::Waiting, reason, next_at: None });
        });
        let text = serde_json::to_string(&lines).unwrap();
        assert!(text.contains("\"folder\":3") && text.contains("\"state\":\"waiting\""), "{text}");
        assert!(!text.contains("Divorce") && !text.contains("anna"), "{text}");
    }
}
