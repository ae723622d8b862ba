//! # Queue
//! Jobs as messages, one queue per stage, so that each function is called by its own.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use posthorse_domain::migration::{Failure, Stage};
use posthorse_domain::ports::{Delivery, Job, Queue};

use crate::{Session, cause};

/// SQS holds a message back for so long and no longer.
const LONGEST_DELAY: Duration = Duration::from_secs(900);
/// SQS hides a message for so long at most.
const LONGEST_HIDE: Duration = Duration::from_secs(12 * 3600);
/// In this order `receive` looks into the queues.
const STAGES: [Stage; 3] = [Stage::Plan, Stage::Copy, Stage::Verify];

/// Addresses of the queues. A function knows those that its role lets it use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queues {
    /// Jobs for `plan`.
    pub plan: Option<String>,
    /// Jobs for `copy`.
    pub copy: Option<String>,
    /// Jobs for `verify`.
    pub verify: Option<String>,
}

impl Queues {
    fn of(&self, stage: Stage) -> Option<&str> {
        match stage {
            Stage::Plan => self.plan.as_deref(),
            Stage::Copy => self.copy.as_deref(),
            Stage::Verify => self.verify.as_deref(),
        }
    }
}

/// The queues in SQS. Delays count in whole seconds and are rounded up.
#[derive(Debug)]
pub struct SqsQueue {
    client: Client,
    queues: Queues,
}

impl SqsQueue {
    /// Sends to, and receives from, these queues.
    pub fn new(session: &Session, queues: Queues) -> Self {
        Self { client: Client::new(session.config()), queues }
    }

    /// The queues that it knows.
    pub fn queues(&self) -> &Queues {
        &self.queues
    }

    fn queue(&self, operation: &str, stage: Stage) -> Result<&str, Failure> {
        let unknown =
            || cause::shape(operation, word(stage), "this function was not told of that queue; check its settings");
        self.queues.of(stage).ok_or_else(unknown)
    }

    async fn receive_of(&self, stage: Stage, hide: Duration) -> Result<Option<Delivery>, Failure> {
        let Some(queue) = self.queues.of(stage) else { return Ok(None) };
        let receive = self.client.receive_message().queue_url(queue).max_number_of_messages(1).wait_time_seconds(0);
        let received = receive.visibility_timeout(seconds(hide.min(LONGEST_HIDE))).send().await;
        let received = received.map_err(|error| cause::sdk("receive job", queue, &error))?;
        let Some(message) = received.messages.unwrap_or_default().pop() else { return Ok(None) };
        let job = serde_json::from_str(message.body().unwrap_or_default());
        // What is no job may be anybody's words: they are not repeated.
        let job = job.map_err(|_| cause::shape("receive job", queue, "a message that is not a job"))?;
        let handle = message.receipt_handle.ok_or_else(|| cause::shape("receive job", queue, "no receipt"))?;
        Ok(Some(Delivery { job, receipt: format!("{} {handle}", word(stage)) }))
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Queue for SqsQueue {
    /// A job that is due later than SQS can hold one back is not sent: the ledger's `next_at` keeps it, and the sweep sends it
    /// when that has passed.
    async fn send(&self, job: &Job, delay: Duration) -> Result<(), Failure> {
        if delay > LONGEST_DELAY {
            return Ok(());
        }
        let object = format!("{} turn {}", job.migration.0, job.turn);
        let body = serde_json::to_string(job).map_err(|error| cause::shape("send job", &object, error))?;
        let queue = self.queue("send job", job.stage)?;
        let send = self.client.send_message().queue_url(queue).message_body(body);
        let sent = send.delay_seconds(seconds(delay)).send().await;
        sent.map(|_| ()).map_err(|error| cause::sdk("send job", &object, &error))
    }

    async fn receive(&self, hide: Duration) -> Result<Option<Delivery>, Failure> {
        for stage in STAGES {
            if let Some(delivery) = self.receive_of(stage, hide).await? {
                return Ok(Some(delivery));
            }
        }
        Ok(None)
    }

    async fn acknowledge(&self, receipt: &str) -> Result<(), Failure> {
        let split = receipt.split_once(' ');
        let of = split.and_then(|(of, handle)| Some((STAGES.into_iter().find(|stage| word(*stage) == of)?, handle)));
        let Some((stage, handle)) = of else {
            return Err(cause::shape("acknowledge job", receipt, "not a receipt of this queue"));
        };
        let queue = self.queue("acknowledge job", stage)?;
        match self.client.delete_message().queue_url(queue).receipt_handle(handle).send().await {
            Ok(_) => Ok(()),
            // QUIRK: ministack 1.5 knows a receipt no more once it was used; AWS takes it again. It is one that SQS gave us.
            Err(error) if error.as_service_error().is_some_and(|error| error.is_receipt_handle_is_invalid()) => Ok(()),
            Err(error) => Err(cause::sdk("acknowledge job", queue, &error)),
        }
    }
}

fn word(stage: Stage) -> &'static str {
    crate::telemetry::word(stage)
}

/// Whole seconds, rounded up: a job may come late and never early.
fn seconds(wait: Duration) -> i32 {
    let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    i32::try_from(whole).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_rounded_up_to_whole_seconds() {
        for (millis, whole) in [(0, 0), (1, 1), (999, 1), (1000, 1), (1001, 2), (900_000, 900)] {
            assert_eq!(seconds(Duration::from_millis(millis)), whole, "{millis} ms");
        }
    }
}
