//! # Request
//! What a person asked for: two servers, two logins, options. Never a secret.

use serde::{Deserialize, Serialize};

use super::label::Labels;

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first octet (RFC 8314), port 993.
    Tls,
    /// STARTTLS, required (RFC 9051 §6.2.1), port 143.
    Starttls,
    /// None. Only to loopback addresses, only when a person said so.
    Plaintext,
}

/// One side's server and login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerSide {
    /// Host name or address, as given.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// The login.
    pub user: String,
    /// Whom its certificate has to convince; none: the usual authorities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Anchor>,
}

/// What a server's certificate has to agree with, for servers of people's own. Neither is a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Anchor {
    /// Certificates in PEM form that are trusted beside the usual authorities.
    Ca(String),
    /// SHA-256 of the server's own certificate (DER), 64 hexadecimal digits: this one is trusted, whatever its name,
    /// dates and issuer are, and no other.
    Pin(String),
}

impl Anchor {
    /// Octets of PEM text at most: it lies in the migration's record.
    pub const LARGEST: usize = 16 << 10;

    /// Reads certificates in PEM form, as text.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn ca(pem: &str) -> Result<Self, String> {
        if pem.len() > Self::LARGEST {
            return Err(format!("has more than {} octets", Self::LARGEST));
        }
        if !pem.contains("-----BEGIN CERTIFICATE-----") {
            return Err("holds no certificate (-----BEGIN CERTIFICATE-----) in PEM form".into());
        }
        Ok(Self::Ca(pem.to_owned()))
    }

    /// Reads a pin: hexadecimal digits, with or without colons between the octets.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn pin(text: &str) -> Result<Self, String> {
        let digits: String = text.chars().filter(|letter| *letter != ':').collect::<String>().to_ascii_lowercase();
        let told =
            "is no SHA-256 of a certificate: 64 hexadecimal digits, as `openssl x509 -fingerprint -sha256` shows them";
        let right = digits.len() == 64 && digits.chars().all(|letter| letter.is_ascii_hexdigit());
        if right { Ok(Self::Pin(digits)) } else { Err(told.into()) }
    }

    /// In a few words, for reports.
    pub fn told(&self) -> String {
        match self {
            Self::Ca(pem) => {
                let count = pem.matches("-----BEGIN CERTIFICATE-----").count();
                format!("{count} of its own beside the usual authorities")
            }
            Self::Pin(digits) => format!("only the certificate with SHA-256 {digits}"),
        }
    }
}

/// `--map 'A=B'`: the folder `from` and its children go to `to`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapRule {
    /// Source folder as the plan prints it; `*` matches any run of characters.
    pub from: String,
    /// Destination folder as the plan prints it.
    pub to: String,
}

/// Choices of the person who asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Applied first.
    #[serde(default)]
    pub map: Vec<MapRule>,
    /// Applied last; empty means everything.
    #[serde(default)]
    pub include: Vec<String>,
    /// Applied after `map`.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Connection pairs at most; 0 means the default of 4.
    #[serde(default)]
    pub connections: u8,
    /// Mail with several labels, where the source has labels.
    #[serde(default)]
    pub labels: Labels,
    /// What happens by itself between the passes and afterwards.
    #[serde(default)]
    pub life: Life,
    /// The caller's own name for it, such as an order's number; empty when there is none.
    #[serde(default)]
    pub reference: String,
}

impl Options {
    /// Pairs of connections that may be open at once.
    pub fn pairs(&self) -> u8 {
        if self.connections == 0 { 4 } else { self.connections }
    }
}

/// What happens to a migration without anybody asking. All zero: nothing, as on one machine, where the command decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Life {
    /// Seconds from the end of a pass to the next delta; 0: no delta starts by itself.
    pub delta_every: u64,
    /// Days without anything new after which the migration ends; 0: it never ends by itself.
    pub idle_days: u32,
    /// Days from the migration's end until its objects and rows are deleted; 0: they are kept.
    pub retention_days: u32,
}

impl Life {
    /// What a hosted migration gets where the request says nothing: a delta a day, its end after 30 idle days, and 90 days
    /// of retention.
    pub const HOSTED: Self = Self { delta_every: 24 * 3600, idle_days: 30, retention_days: 90 };

    /// True when somebody else than the command looks after the migration.
    pub fn unattended(self) -> bool {
        self != Self::default()
    }
}

/// Two mailboxes and how to get from one to the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The mailbox that is read.
    pub source: ServerSide,
    /// The mailbox that is written.
    pub destination: ServerSide,
    /// Choices.
    #[serde(default)]
    pub options: Options,
}
