//! # Account
//! Whose AWS credentials sign: those of the environment, else those that the AWS command line has, whatever it takes them from
//! (profiles, single sign-on, roles).

use std::collections::BTreeMap;
use std::fmt;
use std::process::Command;

/// Credentials, a region, and where AWS is. Prints no secret.
#[derive(Clone)]
pub struct Account {
    /// The access key's id.
    pub key_id: String,
    /// The secret access key.
    pub key: String,
    /// The session token of temporary credentials.
    pub token: Option<String>,
    /// The region that the stack is in.
    pub region: String,
    /// An emulator's address in the place of AWS; plain HTTP to this machine only.
    pub endpoint: Option<String>,
}

impl fmt::Debug for Account {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Account").field("region", &self.region).finish_non_exhaustive()
    }
}

impl Account {
    /// Reads the environment, then asks the AWS command line for what is missing.
    ///
    /// # Errors
    /// A sentence that says what to set.
    pub fn find() -> Result<Self, String> {
        let mut given: BTreeMap<String, String> =
            std::env::vars().filter(|(name, _)| name.starts_with("AWS_")).collect();
        if !given.contains_key("AWS_ACCESS_KEY_ID") {
            let told = aws(&["configure", "export-credentials", "--format", "env-no-export"])?;
            given.extend(told.lines().filter_map(|line| line.split_once('=')).map(|(a, b)| (a.into(), b.into())));
        }
        if !given.contains_key("AWS_REGION") && !given.contains_key("AWS_DEFAULT_REGION") {
            given.insert("AWS_REGION".into(), aws(&["configure", "get", "region"])?.trim().into());
        }
        Self::of(&given)
    }

    fn of(given: &BTreeMap<String, String>) -> Result<Self, String> {
        let has = |name: &str| given.get(name).filter(|value| !value.is_empty()).cloned();
        let need = |name: &str| {
            has(name).ok_or_else(|| format!("{name} is missing: set it, or sign in with the AWS command line"))
        };
        let region = has("AWS_REGION")
            .or_else(|| has("AWS_DEFAULT_REGION"))
            .ok_or("AWS_REGION is missing: set it to the stack's region")?;
        let good = region.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
        if !good {
            return Err("AWS_REGION is not the name of a region".into());
        }
        let endpoint = has("AWS_ENDPOINT_URL");
        Ok(Self {
            key_id: need("AWS_ACCESS_KEY_ID")?,
            key: need("AWS_SECRET_ACCESS_KEY")?,
            token: has("AWS_SESSION_TOKEN"),
            region,
            endpoint,
        })
    }
}

fn aws(arguments: &[&str]) -> Result<String, String> {
    let missing =
        "there are no AWS credentials in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION)";
    let told =
        Command::new("aws").args(arguments).output().map_err(|_| format!("{missing}, and no AWS command line"))?;
    match told.status.success() {
        true => Ok(String::from_utf8_lossy(&told.stdout).into_owned()),
        false => Err(format!(
            "{missing}, and `aws {}` says: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&told.stderr).trim()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(set: &[(&str, &str)]) -> Result<Account, String> {
        Account::of(&set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn what_is_missing_is_named_and_no_secret_is_printed() {
        let whole =
            [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "canary"), ("AWS_REGION", "eu-central-1")];
        let found = account(&whole).unwrap();
        assert_eq!((found.region.as_str(), found.token.clone()), ("eu-central-1", None));
        assert!(!format!("{found:?}").contains("canary"));
        for missing in 0..whole.len() {
            let mut set = whole.to_vec();
            let (name, _) = set.remove(missing);
            assert!(account(&set).unwrap_err().contains(name));
        }
        let bad = [whole[0], whole[1], ("AWS_REGION", "x.evil.example/")];
        assert!(account(&bad).is_err());
    }
}
