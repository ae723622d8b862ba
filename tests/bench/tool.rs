//! # Tool
//! What is measured: Posthorse, the limit, and the peers that are found on this machine, each with its own command line.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use posthorse_tests::servers::Login;

/// Somebody who can move a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// This project's binary.
    Posthorse,
    /// The raw client of `raw.rs`.
    Limit,
    /// The same over one connection to each side: at a distance that can be faster than several for one folder.
    Narrow,
    /// isync's mbsync: an IMAP client on both sides.
    Mbsync,
    /// `doveadm backup`: reads by IMAP, writes the destination's files itself.
    Doveadm,
    /// imapsync: an IMAP client on both sides.
    Imapsync,
}

/// Where a run goes from and to.
pub struct Way<'a> {
    /// Ports, through the proxies where there are any.
    pub ports: (u16, u16),
    /// Logins on both sides.
    pub logins: (&'a Login, &'a Login),
    /// Over TLS.
    pub tls: bool,
    /// Both authorities, PEM.
    pub ca_file: &'a Path,
    /// The destination's configuration, for doveadm.
    pub configuration: &'a Path,
    /// A directory of the run's own; what a second run needs stays in it.
    pub dir: &'a Path,
    /// Connection pairs.
    pub connections: u8,
}

impl Tool {
    /// All, ours first.
    pub const ALL: [Self; 6] =
        [Self::Posthorse, Self::Limit, Self::Narrow, Self::Mbsync, Self::Doveadm, Self::Imapsync];

    /// As options and tables name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Posthorse => "posthorse",
            Self::Limit => "limit",
            Self::Narrow => "narrow",
            Self::Mbsync => "mbsync",
            Self::Doveadm => "doveadm",
            Self::Imapsync => "imapsync",
        }
    }

    /// True for a program of somebody else.
    #[must_use]
    pub fn is_peer(self) -> bool {
        self != Self::Posthorse && !self.is_limit()
    }

    /// True for the raw client.
    #[must_use]
    pub fn is_limit(self) -> bool {
        matches!(self, Self::Limit | Self::Narrow)
    }

    /// The program, when it is there.
    #[must_use]
    pub fn program(self) -> Option<PathBuf> {
        let this = std::env::current_exe().ok()?;
        match self {
            Self::Limit | Self::Narrow => Some(this),
            Self::Posthorse => Some(this.with_file_name("posthorse")).filter(|path| path.exists()),
            peer => {
                let path = std::env::var_os("PATH")?;
                std::env::split_paths(&path).map(|dir| dir.join(peer.name())).find(|path| path.exists())
            }
        }
    }

    /// Its command line, ready to run.
    ///
    /// # Errors
    /// When the program is not there or its configuration cannot be written.
    pub fn command(self, way: &Way<'_>) -> io::Result<Command> {
        let program = self.program().ok_or_else(|| io::Error::other(format!("{} is not there", self.name())))?;
        // The kernel ends it should the bench itself be killed.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program).current_dir(way.dir);
        match self {
            Self::Posthorse => posthorse(&mut command, way),
            Self::Limit => limit(&mut command, way, way.connections),
            Self::Narrow => limit(&mut command, way, 1),
            Self::Mbsync => mbsync(&mut command, way)?,
            Self::Doveadm => doveadm(&mut command, way),
            Self::Imapsync => imapsync(&mut command, way),
        }
        Ok(command)
    }
}

fn posthorse(command: &mut Command, way: &Way<'_>) {
    let (from, to) = way.logins;
    let scheme = if way.tls { "imaps" } else { "imap" };
    command
        .arg("migrate")
        .arg(format!("{scheme}://{}@localhost:{}", from.user, way.ports.0))
        .arg(format!("{scheme}://{}@localhost:{}", to.user, way.ports.1))
        .arg(format!("--state={}", way.dir.join("state").display()))
        .arg(format!("--connections={}", way.connections))
        .arg("--quiet")
        .env("POSTHORSE_SOURCE_PASSWORD", &from.password)
        .env("POSTHORSE_DESTINATION_PASSWORD", &to.password)
        .env("POSTHORSE_LOG", "info");
    match way.tls {
        true => command.arg(format!("--ca-file={}", way.ca_file.display())),
        false => command.arg("--insecure-plaintext"),
    };
}

fn limit(command: &mut Command, way: &Way<'_>, connections: u8) {
    let (from, to) = way.logins;
    command.arg("raw");
    for (port, login) in [(way.ports.0, from), (way.ports.1, to)] {
        command.arg(format!("{port}:{}:{}", login.user, login.password));
    }
    command.arg(connections.to_string());
    if way.tls {
        command.arg(way.ca_file);
    }
}

fn mbsync(command: &mut Command, way: &Way<'_>) -> io::Result<()> {
    let state = way.dir.join("mbsync");
    fs::create_dir_all(&state)?;
    let account = |name: &str, port: u16, login: &Login| {
        format!(
            "IMAPAccount {name}\nHost 127.0.0.1\nPort {port}\nUser {}\nPass \"{}\"\nSSLType None\nAuthMechs LOGIN\nTimeout 600\n\n\
             IMAPStore {name}\nAccount {name}\n\n",
            login.user, login.password
        )
    };
    let (from, to) = way.logins;
    let text = format!(
        "{}{}Channel all\nFar :from:\nNear :to:\nPatterns *\nSync Pull\nCreate Near\nExpunge None\nCopyArrivalDate yes\nSyncState {}/\n",
        account("from", way.ports.0, from),
        account("to", way.ports.1, to),
        state.display()
    );
    let file = way.dir.join("mbsyncrc");
    fs::write(&file, text)?;
    command.arg("-q").arg("-c").arg(file).arg("-a");
    Ok(())
}

fn doveadm(command: &mut Command, way: &Way<'_>) {
    let (from, to) = way.logins;
    command.arg("-c").arg(way.configuration);
    let settings = [
        "imapc_host=127.0.0.1".to_owned(),
        format!("imapc_port={}", way.ports.0),
        format!("imapc_user={}", from.user),
        format!("imapc_password={}", from.password),
        "imapc_ssl=no".to_owned(),
        "imapc_list_prefix=INBOX".to_owned(),
        "imapc_features=rfc822.size fetch-headers".to_owned(),
        "mail_prefetch_count=20".to_owned(),
    ];
    for setting in settings {
        command.arg("-o").arg(setting);
    }
    command.args(["backup", "-R", "-u", &to.user, "imapc:"]);
}

fn imapsync(command: &mut Command, way: &Way<'_>) {
    for (number, port, login) in [(1, way.ports.0, way.logins.0), (2, way.ports.1, way.logins.1)] {
        command.arg(format!("--host{number}")).arg("127.0.0.1").arg(format!("--port{number}")).arg(port.to_string());
        command.arg(format!("--user{number}")).arg(&login.user).arg(format!("--password{number}")).arg(&login.password);
        command.arg(format!("--nossl{number}")).arg(format!("--notls{number}"));
    }
    command.args(["--automap", "--nofoldersizes", "--nofoldersizesatend", "--noreleasecheck", "--no-modulesversion"]);
    command.arg("--nolog").arg("--tmpdir").arg(way.dir);
}
