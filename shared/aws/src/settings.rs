//! # Settings
//! The environment, read once when a process starts. All problems are reported together.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The environment as it was when the process started.
pub type Environment = BTreeMap<String, String>;

/// A word that does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// Takes over the word.
    pub fn new(word: impl Into<String>) -> Self {
        Self(word.into())
    }

    /// The word itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// Where the account is and how we are known there: what Lambda itself puts into the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ACCESS_KEY_ID`.
    pub key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub key: Hidden,
    /// `AWS_SESSION_TOKEN`, where there is one.
    pub token: Option<Hidden>,
    /// `AWS_ENDPOINT_URL`: an emulator instead of AWS.
    pub endpoint: Option<String>,
}

impl Account {
    /// Reads Lambda's own variables.
    pub fn read(reader: &mut Reader) -> Self {
        Self {
            region: reader.text("AWS_REGION"),
            key_id: reader.text("AWS_ACCESS_KEY_ID"),
            key: Hidden(reader.text("AWS_SECRET_ACCESS_KEY")),
            token: reader.optional("AWS_SESSION_TOKEN").map(Hidden),
            endpoint: reader.optional("AWS_ENDPOINT_URL"),
        }
    }
}

/// All that is wrong with the environment, one line each. It names variables, and repeats no value of a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the settings cannot be used: {}", self.0.join("; "))
    }
}

impl std::error::Error for Problems {}

/// Reads variables and collects what is wrong with them. What it gives for a bad variable is a blank that
/// [`Reader::finish`] keeps from being used.
///
/// ```
/// use posthorse_aws::settings::Reader;
///
/// let mut reader = Reader::new([("POSTHORSE_STEP_SECONDS".to_owned(), "soon".to_owned())].into());
/// let (_step, _table) = (reader.seconds("POSTHORSE_STEP_SECONDS"), reader.text("POSTHORSE_LEDGER_TABLE"));
/// let problems = reader.finish().unwrap_err().to_string();
/// assert_eq!(
///     problems,
///     "the settings cannot be used: POSTHORSE_STEP_SECONDS is not a whole number of seconds; \
///      POSTHORSE_LEDGER_TABLE is missing"
/// );
/// ```
pub struct Reader {
    environment: Environment,
    problems: Vec<String>,
}

impl Reader {
    /// Reads from this environment.
    pub fn new(environment: Environment) -> Self {
        Self { environment, problems: Vec::new() }
    }

    /// Reads from the process's environment. Variables that are not Unicode count as missing.
    pub fn of_process() -> Self {
        let unicode = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self::new(std::env::vars_os().filter_map(unicode).collect())
    }

    /// A variable that must be there and not empty.
    pub fn text(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problems.push(format!("{name} is missing"));
            String::new()
        })
    }

    /// A variable that may be missing; empty counts as missing, since a template cannot leave one out.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        self.environment.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// Whole seconds, at least one.
    pub fn seconds(&mut self, name: &str) -> Duration {
        let seconds: u64 = self.parsed(name, "a whole number of seconds");
        Duration::from_secs(seconds)
    }

    /// A bound; none for 0 and when there is no such variable.
    pub fn at_most(&mut self, name: &str) -> Option<u32> {
        self.optional(name)?;
        Some(self.parsed(name, "a whole number")).filter(|bound| *bound > 0)
    }

    /// A value of any type that has a text form; `what` says in the problem what it should have been.
    pub fn parsed<T: FromStr + Default>(&mut self, name: &str, what: &str) -> T {
        let text = self.text(name);
        if text.is_empty() {
            return T::default();
        }
        text.parse().unwrap_or_else(|_| {
            self.problems.push(format!("{name} is not {what}"));
            T::default()
        })
    }

    /// Says what else is wrong.
    pub fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// All problems together.
    pub fn finish(self) -> Result<(), Problems> {
        if self.problems.is_empty() { Ok(()) } else { Err(Problems(self.problems)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(variables: &[(&str, &str)]) -> Reader {
        Reader::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn good_settings_are_read() {
        let mut reader = reader(&[("A", "text"), ("B", "150"), ("C", ""), ("E", "0")]);
        assert_eq!(reader.text("A"), "text");
        assert_eq!(reader.seconds("B"), Duration::from_secs(150));
        assert_eq!((reader.at_most("B"), reader.at_most("D"), reader.at_most("E")), (Some(150), None, None));
        assert_eq!((reader.optional("C"), reader.optional("D")), (None, None));
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn all_problems_are_told_together() {
        let mut reader = reader(&[("B", "2.5"), ("C", ""), ("F", "many")]);
        let _ = (reader.text("A"), reader.seconds("B"), reader.text("C"), reader.at_most("F"));
        reader.problem("D and E are the same queue");
        let problems = reader.finish().unwrap_err().to_string();
        for part in [
            "A is missing",
            "B is not a whole number of seconds",
            "C is missing",
            "F is not a whole number",
            "D and E are the same queue",
        ] {
            assert!(problems.contains(part), "{part}: {problems}");
        }
    }

    #[test]
    fn credentials_neither_print_nor_show_up_in_problems() {
        let mut reader = reader(&[
            ("AWS_ACCESS_KEY_ID", "AKIA"),
            ("AWS_SECRET_ACCESS_KEY", "hunter2"),
            ("AWS_SESSION_TOKEN", "token7"),
        ]);
        let account = Account::read(&mut reader);
        let problems = reader.finish().unwrap_err();
        let shown = format!("{account:?} {problems} {problems:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("token7"), "{shown}");
    }
}
