//! # Secret
//! The secrets that sign webhooks, as the template keeps them: `{"current": "…", "previous": "…"}`. Asked for once in five
//! minutes, so that a rotation is seen without a restart.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_sdk_secretsmanager::Client;
use posthorse_domain::migration::Failure;
use serde::Deserialize;

use crate::settings::Hidden;
use crate::{Session, cause};

/// How long what was read is believed.
const FRESH: Duration = Duration::from_secs(300);

/// One secret with its predecessor.
pub struct Secret {
    client: Client,
    name: String,
    read: Mutex<Option<(Instant, Vec<Hidden>)>>,
}

#[derive(Deserialize)]
struct Pair {
    current: String,
    #[serde(default)]
    previous: String,
}

impl Secret {
    /// The secret of this name or ARN. Nothing is asked yet.
    pub fn new(session: &Session, name: impl Into<String>) -> Self {
        Self { client: Client::new(session.config()), name: name.into(), read: Mutex::new(None) }
    }

    /// The current word, and the previous one where there is one.
    ///
    /// # Errors
    /// It cannot be read, or is not the JSON object that it should be.
    pub async fn words(&self) -> Result<Vec<Hidden>, Failure> {
        if let Some(words) = self.fresh() {
            return Ok(words);
        }
        let told = self.client.get_secret_value().secret_id(&self.name).send().await;
        let told = told.map_err(|error| cause::sdk("read the webhook's secret", &self.name, &error))?;
        // What was read is not repeated, whatever it is.
        let pair: Pair = serde_json::from_str(told.secret_string().unwrap_or_default())
            .map_err(|_| self.failure("is not {\"current\": …, \"previous\": …}"))?;
        let words: Vec<Hidden> =
            [pair.current, pair.previous].into_iter().filter(|word| !word.is_empty()).map(Hidden::new).collect();
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), words.clone()));
        Ok(words)
    }

    fn fresh(&self) -> Option<Vec<Hidden>> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.as_ref().filter(|(at, _)| at.elapsed() < FRESH).map(|(_, words)| words.clone())
    }

    fn failure(&self, what: &str) -> Failure {
        Failure::store(format!("the webhook's secret {} {what}", self.name))
    }
}
