//! # Session
//! What all clients share: region, credentials, the HTTP client (rustls with ring), time limits and retries.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::settings::Account;

/// A connection that is not there after this long is tried anew.
const CONNECT: Duration = Duration::from_secs(3);
/// One try of a call. An object has a few megabytes at most, everything else a few kilobytes.
const TRY: Duration = Duration::from_secs(10);
/// A call with all its tries: shorter than what a step keeps for draining.
const CALL: Duration = Duration::from_secs(25);
/// Tries of a call, the first one included.
const TRIES: u32 = 4;

/// What the SDK's clients are made of. Cheap to clone; made once per process.
#[derive(Clone, Debug)]
pub struct Session {
    config: SdkConfig,
    path_style: bool,
}

impl Session {
    /// Clients for this account. Nothing is sent yet.
    pub fn new(account: &Account) -> Self {
        let http =
            aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(account.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials(account)))
            .http_client(http)
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(SharedTimeSource::new(SystemTimeSource::new()))
            .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
            .timeout_config(limits());
        config.set_endpoint_url(account.endpoint.clone());
        Self { config: config.build(), path_style: account.endpoint.is_some() }
    }

    /// What any client of the SDK is made from.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// True when buckets are named in paths and not in host names: an emulator serves them all under one.
    pub fn path_style(&self) -> bool {
        self.path_style
    }
}

/// Lambda gives a process its role's credentials in the environment, and ends it before they expire.
fn credentials(account: &Account) -> Credentials {
    Credentials::new(
        account.key_id.clone(),
        account.key.reveal(),
        account.token.as_ref().map(|token| token.reveal().to_owned()),
        None,
        "Lambda environment",
    )
}

fn limits() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(TRY)
        .operation_attempt_timeout(TRY)
        .operation_timeout(CALL)
        .build()
}
