//! # Args
//! The command line. No secret is ever taken from it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use posthorse_domain::migration::label::Labels;
use posthorse_domain::migration::{PassKind, Side};

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
    /// Stops after the step at hand; `resume` or `migrate` goes on.
    Pause(Of),
    /// Makes what is paused, stalled or waiting due; `migrate` runs it.
    Resume(Of),
    /// Ends a migration wherever it stands.
    Cancel(Of),
    /// Makes another pass due; `migrate` runs it.
    Pass(PassOf),
    /// Makes one folder be looked at anew and counted in full by another pass.
    Rerun(FolderOf),
    /// What could not be delivered.
    #[command(subcommand)]
    Review(Review),
    /// Migrations of a stack, the newest first
    List(List),
    /// Another password for a migration of a stack; it is used from the next step on
    Credentials(NewCredentials),
    /// Ends a migration: no further pass is possible.
    Finish(Of),
}

#[derive(Debug, Subcommand)]
pub enum Review {
    /// Messages in quarantine, with class and the server's words
    List(ListOf),
    /// One message: facts, header, the octets that were in the way
    Show(Item),
    /// Its exact octets, into a file
    Download(Download),
}

#[derive(Debug, Args)]
pub struct PassOf {
    /// Which pass; `final` is recorded as the last
    pub kind: PassArg,
    #[command(flatten)]
    pub of: Of,
}

#[derive(Debug, Args)]
pub struct FolderOf {
    /// The folder's number, as the report has it
    pub folder: u32,
    #[command(flatten)]
    pub of: Of,
}

#[derive(Debug, Args)]
pub struct ListOf {
    #[command(flatten)]
    pub of: Of,
    /// Begin behind this item
    #[arg(long, value_name = "ITEM")]
    pub after: Option<String>,
    /// Items at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub limit: u8,
}

#[derive(Debug, Args)]
pub struct Item {
    /// The item, as `review list` names it
    pub item: String,
    #[command(flatten)]
    pub of: Of,
}

#[derive(Debug, Args)]
pub struct Download {
    #[command(flatten)]
    pub of: Item,
    /// A file that is not there yet
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
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

/// Which migration: that of a state directory, or one of a deployed stack.
#[derive(Debug, Args)]
pub struct Of {
    /// The migration's state directory
    #[arg(long, value_name = "DIR", required_unless_present = "stack", conflicts_with_all = ["stack", "migration"])]
    pub state: Option<PathBuf>,
    /// A stack on AWS, asked with your AWS credentials
    #[arg(long, value_name = "NAME", requires = "migration")]
    pub stack: Option<String>,
    /// The migration's id in that stack
    #[arg(long, value_name = "ID", requires = "stack")]
    pub migration: Option<String>,
    #[command(flatten)]
    pub talk: Talk,
}

/// Where a migration is.
pub enum Place<'a> {
    /// In a state directory.
    Directory(&'a Path),
    /// In a stack, under an id.
    Stack(&'a str, String),
}

impl Of {
    /// Where it is. Clap sees to it that one of the two is given.
    pub fn place(&self) -> Place<'_> {
        match (&self.stack, &self.migration) {
            (Some(stack), Some(id)) => Place::Stack(stack, id.clone()),
            _ => Place::Directory(self.state.as_deref().unwrap_or(Path::new("."))),
        }
    }
}

#[derive(Debug, Args)]
pub struct List {
    /// A stack on AWS, asked with your AWS credentials
    #[arg(long, value_name = "NAME")]
    pub stack: String,
    /// Only those in this state: waiting, stalled, failed, verified …
    #[arg(long, value_name = "STATE")]
    pub only: Option<String>,
    /// Only those with this reference
    #[arg(long, value_name = "TEXT")]
    pub reference: Option<String>,
    /// Only those with this host on either side
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// Begin behind this one, as an earlier list named it
    #[arg(long, value_name = "PLACE")]
    pub after: Option<String>,
    /// So many at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub limit: u8,
    #[command(flatten)]
    pub talk: Talk,
}

#[derive(Debug, Args)]
pub struct NewCredentials {
    /// Whose password it is
    pub side: SideArg,
    /// File with the password (one final newline is dropped) [env: POSTHORSE_SOURCE_PASSWORD or POSTHORSE_DESTINATION_PASSWORD]
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// A stack on AWS, asked with your AWS credentials
    #[arg(long, value_name = "NAME")]
    pub stack: String,
    /// The migration's id in that stack
    #[arg(long, value_name = "ID")]
    pub migration: String,
    #[command(flatten)]
    pub talk: Talk,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SideArg {
    /// The mailbox that is read
    Source,
    /// The mailbox that is written
    Destination,
}

impl From<SideArg> for Side {
    fn from(arg: SideArg) -> Self {
        match arg {
            SideArg::Source => Self::Source,
            SideArg::Destination => Self::Destination,
        }
    }
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
