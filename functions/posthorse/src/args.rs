//! # Args
//! The command line. No secret is ever taken from it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use posthorse_domain::migration::PassKind;
use posthorse_domain::migration::label::Labels;

/// Moves a mailbox from one IMAP server to another, and proves it.
#[derive(Debug, Parser)]
#[command(name = "posthorse", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Moves a mailbox. The same command again resumes, then looks for new mail.
    Migrate(Box<Migrate>),
    /// Where a migration stands.
    Status(Of),
    /// The report of the last pass, or of the one under way.
    Report(Of),
    /// Counts both mailboxes again.
    Verify(Again),
    /// Ends a migration: no further pass is possible.
    Finish(Of),
}

#[derive(Debug, Args)]
pub struct Migrate {
    /// The mailbox that is read: imaps://user@host[:port], or imap://user@host[:port] (STARTTLS is required).
    /// The user is percent-encoded: me@example.com is me%40example.com.
    pub source: String,
    /// The mailbox that is written, in the same form.
    pub destination: String,
    #[command(flatten)]
    pub logins: Logins,
    /// Where the migration's records are kept [default: ./posthorse-state/<source>-<destination>]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Which pass to run after the first; `final` is recorded as the last
    #[arg(long, value_name = "KIND")]
    pub pass: Option<PassArg>,
    /// A=B: source folder A and its children go to B; `*` matches anything, `\=` is a literal `=` (repeatable)
    #[arg(long, value_name = "A=B")]
    pub map: Vec<String>,
    /// Only these source folders and their children (repeatable)
    #[arg(long, value_name = "FOLDER")]
    pub include: Vec<String>,
    /// Not these source folders and their children (repeatable)
    #[arg(long, value_name = "FOLDER")]
    pub exclude: Vec<String>,
    /// Mail with several labels, where the source has labels (Gmail): once, or a copy for each label [default: once, into
    /// another Gmail each]
    #[arg(long, value_name = "WHICH")]
    pub labels: Option<LabelsArg>,
    /// Connection pairs, at most
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub connections: u8,
    /// Print what would go where, and write nothing anywhere
    #[arg(long)]
    pub dry_run: bool,
    /// End with exit code 4 where the migration would wait for a server
    #[arg(long)]
    pub no_wait: bool,
    #[command(flatten)]
    pub talk: Talk,
}

#[derive(Debug, Args)]
pub struct Logins {
    /// File with the source's password (one final newline is dropped) [env: POSTHORSE_SOURCE_PASSWORD]
    #[arg(long, value_name = "FILE")]
    pub source_password_file: Option<PathBuf>,
    /// File with the destination's password [env: POSTHORSE_DESTINATION_PASSWORD]
    #[arg(long, value_name = "FILE")]
    pub destination_password_file: Option<PathBuf>,
    /// PEM file with certificate authorities to trust beside the built-in ones, on both sides
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// The same for the source alone
    #[arg(long, value_name = "FILE", conflicts_with = "source_pin")]
    pub source_ca_file: Option<PathBuf>,
    /// The same for the destination alone
    #[arg(long, value_name = "FILE", conflicts_with = "destination_pin")]
    pub destination_ca_file: Option<PathBuf>,
    /// SHA-256 of the source's own certificate: this one is trusted, and no other
    #[arg(long, value_name = "SHA256")]
    pub source_pin: Option<String>,
    /// SHA-256 of the destination's own certificate
    #[arg(long, value_name = "SHA256")]
    pub destination_pin: Option<String>,
    /// No TLS and no STARTTLS; for loopback addresses only
    #[arg(long)]
    pub insecure_plaintext: bool,
    /// Seconds of silence after which a connection counts as dead
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
}

#[derive(Clone, Copy, Debug, Args)]
pub struct Talk {
    /// The report (with --dry-run the plan) as JSON on stdout; talk goes to stderr
    #[arg(long)]
    pub json: bool,
    /// No progress, only the result
    #[arg(long)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub struct Of {
    /// The migration's state directory
    #[arg(long, value_name = "DIR")]
    pub state: PathBuf,
    #[command(flatten)]
    pub talk: Talk,
}

#[derive(Debug, Args)]
pub struct Again {
    /// The migration's state directory
    #[arg(long, value_name = "DIR")]
    pub state: PathBuf,
    #[command(flatten)]
    pub logins: Logins,
    #[command(flatten)]
    pub talk: Talk,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PassArg {
    /// What is new since the last pass
    Delta,
    /// The last delta, after the MX cutover
    Final,
}

impl From<PassArg> for PassKind {
    fn from(arg: PassArg) -> Self {
        match arg {
            PassArg::Delta => Self::Delta,
            PassArg::Final => Self::Final,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LabelsArg {
    /// Each message once: from Drafts, its own label, Sent, INBOX, or the archive
    Once,
    /// A copy for each label
    Each,
}

impl From<LabelsArg> for Labels {
    fn from(arg: LabelsArg) -> Self {
        match arg {
            LabelsArg::Once => Self::Once,
            LabelsArg::Each => Self::Each,
        }
    }
}

impl Logins {
    /// Silence after which a connection counts as dead.
    pub fn silence(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }
}
