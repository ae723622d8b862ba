//! # Settings
//! What the template tells intake, read once, and the ports made of it.

use std::str::FromStr;

use posthorse_aws::secret::Secret;
use posthorse_aws::settings::{Account, Problems, Reader};
use posthorse_aws::{DynamoAttempts, DynamoLedger, KmsVault, Session, SqsQueue, given, telemetry};

use crate::schema::Rules;

/// The ports and rules of intake.
pub struct Settings {
    /// The webhook's secrets.
    pub secret: Secret,
    /// Credentials.
    pub vault: KmsVault,
    /// Records.
    pub ledger: DynamoLedger,
    /// Failed connects per caller.
    pub attempts: DynamoAttempts,
    /// The first job.
    pub queue: SqsQueue,
    /// What requests may ask for.
    pub rules: Rules,
}

impl Settings {
    /// Reads the environment and starts the log.
    ///
    /// # Errors
    /// All that is wrong with it, together.
    pub fn read(mut reader: Reader) -> Result<Self, Problems> {
        let session = Session::new(&Account::read(&mut reader));
        let level = given::level(&mut reader);
        let (secret, table) = (reader.text("POSTHORSE_WEBHOOK_SECRET"), reader.text("POSTHORSE_LEDGER_TABLE"));
        let credentials = reader.text("POSTHORSE_CREDENTIALS_TABLE");
        let key = reader.text("POSTHORSE_CREDENTIALS_KEY");
        let queues = given::queues(&mut reader);
        let rules = rules(&mut reader);
        reader.finish()?;
        telemetry::start(level);
        let ledger = DynamoLedger::new(&session, table);
        Ok(Self {
            secret: Secret::new(&session, secret),
            vault: KmsVault::new(&session, credentials, key),
            attempts: ledger.attempts(),
            ledger,
            queue: SqsQueue::new(&session, queues),
            rules,
        })
    }
}

fn rules(reader: &mut Reader) -> Rules {
    Rules {
        ports: reader.parsed::<Ports>("POSTHORSE_ALLOWED_PORTS", "a list of ports such as 993,143").0,
        tests: given::tests(reader),
        connections: reader.parsed("POSTHORSE_CONNECTIONS", "a number from 0 to 255"),
        retention_days: reader.parsed("POSTHORSE_RETENTION_DAYS", "a whole number of days"),
    }
}

#[derive(Default)]
struct Ports(Vec<u16>);

impl FromStr for Ports {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(set: &[(&str, &str)]) -> String {
        let environment = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings::read(Reader::new(environment)).err().map_or_else(String::new, |problems| problems.to_string())
    }

    #[test]
    fn everything_that_is_missing_is_told_at_once() {
        let told = problems(&[("POSTHORSE_ALLOWED_PORTS", "993;143"), ("POSTHORSE_PROFILE", "tests")]);
        for name in ["AWS_REGION", "WEBHOOK_SECRET", "CREDENTIALS_TABLE", "LEDGER_TABLE", "LOG", "RETENTION_DAYS"] {
            assert!(told.contains(&format!("{name} is missing")), "{name}: {told}");
        }
        assert!(told.contains("POSTHORSE_ALLOWED_PORTS is not a list"), "{told}");
        assert!(told.contains("POSTHORSE_PROFILE is not standard or test"), "{told}");
    }
}
