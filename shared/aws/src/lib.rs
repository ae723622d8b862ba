//! # Posthorse on AWS
//! The ports on AWS. In: a session (region, credentials, endpoint) and the names of what the template made. Out: ledger,
//! archive, queue, vault, notify and clock as the domain asks for them. One file per port, named like the port.
//!
//! - `session`: one HTTP client, credentials, time limits and retries for all of them.
//! - `ledger`: DynamoDB, one row per migration and per folder; `row` spells the rows. `attempts`: one more row per caller.
//! - `archive`: S3, one object per key; `packing` compresses.
//! - `queue`: SQS, one queue per stage. `vault`: KMS, and a table of its own.
//! - `notify`, `clock`: log lines, the Lambda deadline. `announcer`: EventBridge.
//! - `lambda`, `settings`, `telemetry`: events in and answers out, the environment, JSON logs.
//! - `given`, `stores`, `credential`, `host`: settings and bodies of several functions, and what plan, copy and verify are made of. `secret`: what signs webhooks. `web`: function URLs.
//!
//! Errors of the SDKs end here: `cause` turns them into the domain's `Failure`. Adapters hold no policy.

#[cfg(feature = "events")]
pub mod announcer;
#[cfg(feature = "archive")]
pub mod archive;
#[cfg(feature = "ledger")]
pub mod attempts;
#[cfg(feature = "sdk")]
mod cause;
pub mod clock;
#[cfg(feature = "web")]
pub mod credential;
pub mod given;
#[cfg(all(
    feature = "ledger",
    feature = "archive",
    feature = "queue",
    feature = "vault",
    feature = "events",
    feature = "lambda"
))]
pub mod host;
#[cfg(feature = "lambda")]
pub mod lambda;
#[cfg(feature = "ledger")]
pub mod ledger;
pub mod notify;
#[cfg(feature = "archive")]
mod packing;
#[cfg(feature = "queue")]
pub mod queue;
#[cfg(feature = "ledger")]
mod row;
#[cfg(feature = "secret")]
pub mod secret;
#[cfg(feature = "sdk")]
pub mod session;
pub mod settings;
#[cfg(all(feature = "ledger", feature = "archive", feature = "queue", feature = "vault"))]
pub mod stores;
pub mod telemetry;
#[cfg(feature = "vault")]
pub mod vault;
#[cfg(feature = "web")]
pub mod web;

#[cfg(feature = "events")]
pub use announcer::EventBridge;
#[cfg(feature = "archive")]
pub use archive::S3Archive;
#[cfg(feature = "ledger")]
pub use attempts::DynamoAttempts;
pub use clock::LambdaClock;
#[cfg(feature = "ledger")]
pub use ledger::DynamoLedger;
pub use notify::LogNotify;
#[cfg(feature = "queue")]
pub use queue::SqsQueue;
#[cfg(feature = "sdk")]
pub use session::Session;
#[cfg(all(feature = "ledger", feature = "archive", feature = "queue", feature = "vault"))]
pub use stores::Stores;
#[cfg(feature = "vault")]
pub use vault::KmsVault;
