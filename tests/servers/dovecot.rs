//! # Dovecot
//! A throw-away Dovecot 2.3: which one a test wants, as a configuration file.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::lab;
use super::place::Place;
use super::process::Process;

/// How Dovecot keeps the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Maildir++: a file per message; can be seeded by writing files.
    #[default]
    Maildir,
    /// Many messages in one file.
    Mdbox,
}

/// When Dovecot asks the disk to keep what it wrote (`mail_fsync`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fsync {
    /// Dovecot's own default: where needed to not lose accepted mail.
    #[default]
    Optimized,
    /// As often as on NFS.
    Always,
    /// Never: fast, for tests that do not measure the disk.
    Never,
}

/// What a Dovecot should be like. `Dovecot::default()` is a plain `/` Maildir without prefix.
#[derive(Debug, Clone)]
pub struct Dovecot {
    /// Storage format.
    pub format: Format,
    /// Hierarchy delimiter, `/` or `.`.
    pub delimiter: char,
    /// Namespace prefix, such as `INBOX.`; ends in the delimiter.
    pub prefix: String,
    /// Folder (Unicode, delimiter within) and its special use without backslash; made when first asked for.
    pub special: Vec<(String, String)>,
    /// Whether the special folders are made and subscribed at login, or are only marked if they exist.
    pub special_made: bool,
    /// Storage quota in octets (answers `[OVERQUOTA]`).
    pub quota: Option<u64>,
    /// Largest message taken, in octets (`quota_max_mail_size`, announced as APPENDLIMIT, RFC 7889).
    pub max_mail_size: Option<u64>,
    /// When to sync.
    pub fsync: Fsync,
    /// Connections per user and address (answers `[LIMIT]` at LOGIN above it).
    pub max_connections: u32,
    /// What the owner may do in every folder (RFC 4314, by Dovecot's `acl`). Without `w` PERMANENTFLAGS has `\Deleted`
    /// and `\Seen` alone; other flags and all keywords are taken and not kept.
    pub rights: Option<String>,
    /// Replaces the announced capabilities after login (`imap_capability`), e.g. to hide LITERAL+ or CONDSTORE.
    pub capability: Option<String>,
}

impl Default for Dovecot {
    fn default() -> Self {
        Self {
            format: Format::Maildir,
            delimiter: '/',
            prefix: String::new(),
            special: Vec::new(),
            special_made: false,
            quota: None,
            max_mail_size: None,
            fsync: Fsync::Never,
            max_connections: 100,
            rights: None,
            capability: None,
        }
    }
}

impl Dovecot {
    /// As many old hosters have it: Maildir, delimiter `.`, everything below `INBOX.`, Apple's names of special folders.
    #[must_use]
    pub fn dotted() -> Self {
        let special =
            [("Sent Messages", "Sent"), ("Deleted Messages", "Trash"), ("Drafts", "Drafts"), ("Junk", "Junk")];
        Self { delimiter: '.', prefix: "INBOX.".into(), special: named(&special), ..Self::default() }
    }

    /// As new ones have it: delimiter `/`, no prefix, the usual special folders made at login.
    #[must_use]
    pub fn slashed() -> Self {
        let special =
            [("Sent", "Sent"), ("Trash", "Trash"), ("Drafts", "Drafts"), ("Junk", "Junk"), ("Archive", "Archive")];
        Self { special: named(&special), special_made: true, ..Self::default() }
    }

    pub(super) fn prepare(&self, place: &Place) -> io::Result<()> {
        fs::create_dir_all(place.dir.join("mail"))?;
        place.give(&place.dir.join("mail"))?;
        let users = place.logins().map(|login| format!("{}:{{PLAIN}}{}\n", login.user, login.password));
        fs::write(place.dir.join("users"), users.collect::<String>())?;
        if let Some(rights) = &self.rights {
            fs::write(place.dir.join("acl"), format!("* owner {rights}\n"))?;
        }
        fs::write(place.dir.join("dovecot.conf"), self.configuration(place))
    }

    pub(super) fn run(place: &Place) -> io::Result<Process> {
        if !Path::new("/usr/sbin/dovecot").exists() || !Path::new("/usr/lib/dovecot/imap").exists() {
            return Err(lab::not_installed("dovecot-imapd"));
        }
        Process::start("/usr/sbin/dovecot", |command: &mut Command| {
            let configuration = place.dir.join("dovecot.conf");
            command
                .args(["-F", "-c"])
                .arg(configuration)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
        })
    }

    fn configuration(&self, place: &Place) -> String {
        let dir = place.dir.display();
        let (certificate, key) = (place.tls.certificate.display(), place.tls.key.display());
        let (owner, group) = (&place.owner, &place.group);
        let location = match self.format {
            Format::Maildir => "maildir:~/Maildir",
            Format::Mdbox => "mdbox:~/mdbox",
        };
        let fsync = match self.fsync {
            Fsync::Optimized => "optimized",
            Fsync::Always => "always",
            Fsync::Never => "never",
        };
        let (delimiter, prefix, max) = (self.delimiter, &self.prefix, self.max_connections);
        let capability = self.capability();
        let (boxes, quota, plugins) = (self.boxes(), self.quota(), self.plugins());
        let acl = if self.rights.is_some() { format!("  acl = vfile:{dir}/acl\n") } else { String::new() };
        let imap_plugins = if self.has_quota() { "$mail_plugins imap_quota" } else { "$mail_plugins" };
        let (port, tls_port, greeting) = (place.port.number(), place.tls_port.number(), &place.token);
        let rootless = if place.is_root { String::new() } else { rootless(owner, group) };
        format!(
            "base_dir = {dir}/run
state_dir = {dir}/state
instance_name = {greeting}
login_greeting = {greeting}
log_path = {dir}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = {location}
mail_uid = {owner}
mail_gid = {group}
mail_fsync = {fsync}
mail_plugins = {plugins}
mail_max_userip_connections = {max}
imap_capability = {capability}
first_valid_uid = 1
default_vsz_limit = 2G
default_process_limit = 1000
default_client_limit = 4000
{rootless}
namespace inbox {{
  inbox = yes
  separator = {delimiter}
  prefix = {prefix}
{boxes}}}
protocol imap {{
  mail_plugins = {imap_plugins}
}}
service imap-login {{
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb {{
  driver = passwd-file
  args = {dir}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={dir}/mail/%u allow_all_users=yes
}}
plugin {{
{quota}{acl}}}
"
        )
    }

    fn capability(&self) -> String {
        let limit = self.max_mail_size.map(|octets| format!("+APPENDLIMIT={octets}"));
        self.capability.clone().or(limit).unwrap_or_default()
    }

    fn boxes(&self) -> String {
        let auto = if self.special_made { "subscribe" } else { "no" };
        let blocks = self.special.iter().map(|(folder, special)| {
            format!("  mailbox \"{folder}\" {{\n    special_use = \\{special}\n    auto = {auto}\n  }}\n")
        });
        blocks.collect()
    }

    fn plugins(&self) -> String {
        let wanted = [(self.has_quota(), "quota"), (self.rights.is_some(), "acl")];
        wanted.iter().filter(|(wanted, _)| *wanted).map(|(_, name)| format!("{name} ")).collect()
    }

    fn has_quota(&self) -> bool {
        self.quota.is_some() || self.max_mail_size.is_some()
    }

    fn quota(&self) -> String {
        let mut lines = String::new();
        if self.has_quota() {
            lines.push_str("  quota = count:User quota\n  quota_vsizes = yes\n");
        }
        if let Some(octets) = self.quota {
            lines.push_str(&format!("  quota_rule = *:bytes={octets}\n"));
        }
        if let Some(octets) = self.max_mail_size {
            lines.push_str(&format!("  quota_max_mail_size = {octets}\n"));
        }
        lines
    }
}

/// An ordinary user runs all of Dovecot's processes as themself, without chroot.
fn rootless(user: &str, group: &str) -> String {
    let services = ["imap-login", "anvil", "stats", "dns-client"];
    let chroots: String = services.iter().map(|service| format!("service {service} {{\n  chroot =\n}}\n")).collect();
    format!("default_internal_user = {user}\ndefault_login_user = {user}\ndefault_internal_group = {group}\n{chroots}")
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(folder, special)| (folder.to_owned(), special.to_owned())).collect()
}
