//! # Copy
//! A job of the copy queue: what fits into the call's time is carried, then the next turn is sent.

use std::time::Duration;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use posthorse_aws::host::{self, Host};
use posthorse_aws::lambda::{self, Call};
use posthorse_aws::settings::Reader;
use posthorse_aws::telemetry;
use posthorse_domain::copy;
use posthorse_domain::migration::{Failure, Stage};
use posthorse_domain::ports::Job;
use posthorse_imap::VaultedMail;
use posthorse_imap::connect::{Guard, Loopback};
use tracing::Instrument;

/// A server that says nothing for so long is taken for dead.
const SILENCE: Duration = Duration::from_secs(60);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let host = Host::new(Reader::of_process())?;
    let loopback = if host.tests { Loopback::Allowed } else { Loopback::Refused };
    let guard = Guard::new(&host.networks, &host.ports, loopback)?;
    lambda_runtime::run(service_fn(|event| answer(&host, &guard, event))).await
}

async fn answer(host: &Host, guard: &Guard, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
    let call = Call::of(&event.context);
    let work = async |job: Job| {
        let span = telemetry::step(&job, call.trace.as_deref());
        step(host, guard, &call, &job).instrument(span).await
    };
    Ok(lambda::answer(event.payload, work).await?)
}

async fn step(host: &Host, guard: &Guard, call: &Call, job: &Job) -> Result<(), Failure> {
    host::expected(job, Stage::Copy)?;
    let clock = host.clock(call);
    let mail = VaultedMail::new(&host.stores.ledger, &host.stores.vault, &job.migration, guard, SILENCE);
    let done = copy::step::run(&host.doors(&mail, &clock), job, &call.request, host.timing).await?;
    host::told(done.as_ref());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_event_is_decoded() {
        let event: SqsEvent = serde_json::from_str(include_str!("../../../events/copy.json")).unwrap();
        let job: Job = serde_json::from_str(event.records[0].body.as_deref().unwrap()).unwrap();
        assert_eq!((job.stage, job.turn), (Stage::Copy, 7));
    }
}
