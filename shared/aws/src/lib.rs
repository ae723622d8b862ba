//! # Posthorse on AWS
//! The ports on AWS. In: a session (region, credentials, endpoint) and the names of what the template made. Out: ledger,
//! archive, queue, vault, notify and clock as the domain asks for them. One file per port, named like the port.
//!
//! - `session`: one HTTP client, credentials, time limits and retries for all of them.
//! - `ledger`: DynamoDB, one row per migration and per folder; `row` spells the rows.
//! - `archive`: S3, one object per key; `packing` compresses.
//! - `queue`: SQS, one queue per stage. `vault`: KMS, and a table of its own.
//! - `notify`, `clock`: log lines, the Lambda deadline.
//! - `lambda`, `settings`, `telemetry`: events in and answers out, the environment, JSON logs.
//!
//! Errors of the SDKs end here: `cause` turns them into the domain's `Failure`. Adapters hold no policy.

pub mod clock;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod notify;
#[cfg(feature = "sdk")]
pub mod session;
pub mod settings;
pub mod telemetry;

pub use clock::LambdaClock;
pub use notify::LogNotify;
#[cfg(feature = "sdk")]
pub use session::Session;
