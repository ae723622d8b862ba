//! # Lambda
//! From an SQS event to jobs, and from their outcomes to an answer that names exactly the messages that failed.

use std::time::{Duration, SystemTime};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use lambda_runtime::Context;
use posthorse_domain::migration::{Failure, Side};
use posthorse_domain::ports::Job;
use tracing::error;

/// What Lambda says of one call. Everything else that a call uses is made for it and dropped with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When Lambda ends it; may be over already.
    pub deadline: SystemTime,
    /// Its id, which no other call shares: the holder of what it claims.
    pub request: String,
    /// The trace that it belongs to.
    pub trace: Option<String>,
}

impl Call {
    /// Reads the runtime's context.
    pub fn of(context: &Context) -> Self {
        Self {
            deadline: SystemTime::UNIX_EPOCH + Duration::from_millis(context.deadline),
            request: context.request_id.clone(),
            trace: context.xray_trace_id.clone(),
        }
    }
}

/// A message without an id cannot be named in an answer: the whole batch fails and comes again.
#[derive(Debug)]
pub struct Nameless;

impl std::fmt::Display for Nameless {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a message of the batch has no id; is this function called by an SQS event source?")
    }
}

impl std::error::Error for Nameless {}

/// Does `work` for every message, one after the other, and answers with those that failed: they come again, and end in the
/// queue of dead letters. A message that is no job fails without reaching `work`.
///
/// # Errors
/// [`Nameless`], before any work is done.
pub async fn answer(
    event: SqsEvent,
    work: impl AsyncFn(Job) -> Result<(), Failure>,
) -> Result<SqsBatchResponse, Nameless> {
    let named = event.records.into_iter().map(named).collect::<Result<Vec<_>, _>>()?;
    let mut failed = Vec::new();
    for (id, message) in named {
        let done = match job(&message) {
            Some(job) => work(job).await.inspect_err(|failure| tell(&id, failure)).is_ok(),
            None => {
                // Its octets may be anybody's: they stay in the queue of dead letters.
                error!(message_id = id, "a message of the queue is not a job");
                false
            }
        };
        if !done {
            failed.push(id);
        }
    }
    Ok(response(failed))
}

fn named(message: SqsMessage) -> Result<(String, SqsMessage), Nameless> {
    let id = message.message_id.clone().filter(|id| !id.is_empty()).ok_or(Nameless)?;
    Ok((id, message))
}

fn job(message: &SqsMessage) -> Option<Job> {
    serde_json::from_str(message.body.as_deref()?).ok()
}

/// A server's words may hold an address: only failures of our own store are told in full.
fn tell(id: &str, failure: &Failure) {
    let cause = (failure.side == Side::Store).then_some(failure.cause.as_str());
    error!(message_id = id, side = %failure.side, trouble = ?failure.trouble, cause, "the step failed");
}

fn response(failed: Vec<String>) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed
        .into_iter()
        .map(|id| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            failure
        })
        .collect();
    response
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use posthorse_domain::migration::{MigrationId, Stage};
    use serde_json::{Value, json};

    use super::*;

    fn event(bodies: &[(&str, &str)]) -> SqsEvent {
        let records = bodies.iter().map(|(id, body)| json!({"messageId": id, "body": body})).collect::<Vec<_>>();
        serde_json::from_value(json!({"Records": records})).unwrap()
    }

    fn body(turn: u64) -> String {
        let job = Job { migration: MigrationId("m".into()), stage: Stage::Copy, turn };
        serde_json::to_string(&job).unwrap()
    }

    async fn answered(bodies: &[(&str, &str)], refused: &[u64]) -> (Value, Vec<u64>) {
        let seen = Mutex::new(Vec::new());
        let work = async |job: Job| {
            seen.lock().unwrap().push(job.turn);
            if refused.contains(&job.turn) { Err(Failure::store("disk full")) } else { Ok(()) }
        };
        let answer = answer(event(bodies), work).await.unwrap();
        (serde_json::to_value(answer).unwrap(), seen.into_inner().unwrap())
    }

    #[tokio::test]
    async fn exactly_the_failed_messages_are_named() {
        let bodies = [body(1), body(2), body(3)];
        let batch = [("a", bodies[0].as_str()), ("b", &bodies[1]), ("c", &bodies[2])];
        let rows: [(&[u64], Value); 3] = [
            (&[], json!([])),
            (&[2], json!([{"itemIdentifier": "b"}])),
            (&[1, 3], json!([{"itemIdentifier": "a"}, {"itemIdentifier": "c"}])),
        ];
        for (refused, failures) in rows {
            let (answer, seen) = answered(&batch, refused).await;
            assert_eq!(answer, json!({"batchItemFailures": failures}));
            assert_eq!(seen, [1, 2, 3], "one that fails keeps nobody else from work");
        }
    }

    #[tokio::test]
    async fn what_is_no_job_fails_without_work() {
        let good = body(5);
        let bad = [
            "",
            "null",
            "[]",
            "{}",
            "not json",
            r#"{"migration":"m","stage":"copy"}"#,
            r#"{"migration":"m","stage":"expunge","turn":1}"#,
            r#"{"migration":"m","stage":"copy","turn":-1}"#,
            r#"{"migration":"m","stage":"copy","turn":1,"password":"x"}"#,
        ];
        for poison in bad {
            let (answer, seen) = answered(&[("a", poison), ("b", &good)], &[]).await;
            assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "a"}]}), "{poison}");
            assert_eq!(seen, [5], "{poison}");
        }
    }

    #[tokio::test]
    async fn a_batch_with_a_nameless_message_fails_as_a_whole_before_any_work() {
        let (first, second) = (body(1), body(2));
        let work = async |_| panic!("no work for an answer that cannot be given");
        assert!(answer(event(&[("a", &first), ("", &second)]), work).await.is_err());
    }

    #[tokio::test]
    async fn an_empty_batch_is_answered() {
        assert_eq!(answered(&[], &[]).await.0, json!({"batchItemFailures": []}));
    }

    #[test]
    fn a_call_is_read_from_the_context() {
        let mut context = Context::default();
        context.deadline = 1_795_000_000_123;
        context.request_id = "r-1".into();
        context.xray_trace_id = Some("Root=1-abc".into());
        let call = Call::of(&context);
        let since = call.deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!((since.as_millis(), call.request.as_str()), (1_795_000_000_123, "r-1"));
        assert_eq!(call.trace.as_deref(), Some("Root=1-abc"));
    }
}
