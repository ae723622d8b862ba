//! # Cyrus
//! A throw-away Cyrus 3.6 from unpacked packages.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use super::lab;
use super::place::Place;
use super::process::Process;

/// What a Cyrus should be like. `Cyrus::default()` has `/` as delimiter and no prefix.
#[derive(Debug, Clone)]
pub struct Cyrus {
    /// `/` and no prefix (`unixhierarchysep`, `altnamespace`), or `.` and `INBOX.`.
    pub unix_hierarchy: bool,
    /// Refuses 8-bit octets in headers (`reject8bit`) where Cyrus by default stores an X for each.
    pub strict8bit: bool,
    /// Largest message taken, in octets.
    pub max_size: Option<u64>,
    /// Makes Sent, Drafts, Trash and Spam, marked by special use and subscribed, at the first login.
    pub special: bool,
}

impl Default for Cyrus {
    fn default() -> Self {
        Self { unix_hierarchy: true, strict8bit: false, max_size: None, special: true }
    }
}

impl Cyrus {
    pub(super) fn prepare(&self, place: &Place) -> io::Result<()> {
        lab::copy(&lab::unpacked("cyrus")?, &place.dir.join("cyrus"))?;
        for part in ["conf", "spool", "run", "run/proc", "run/lock"] {
            fs::create_dir_all(place.dir.join(part))?;
            place.give(&place.dir.join(part))?;
        }
        fs::write(place.dir.join("imapd.conf"), self.settings(place))?;
        fs::write(place.dir.join("cyrus.conf"), services(place))?;
        fs::write(place.dir.join("log"), "")?;
        place.give(&place.dir)?;
        for login in place.logins() {
            add_user(place, &login.user, &login.password)?;
        }
        place.give(&place.dir.join("sasldb2"))
    }

    pub(super) fn run(place: &Place) -> io::Result<Process> {
        let log = fs::File::options().append(true).open(place.dir.join("log"))?;
        Process::start_as(place.ids, &place.dir.join("cyrus/usr/sbin/cyrmaster").to_string_lossy(), |command| {
            let (settings, services) = (place.dir.join("imapd.conf"), place.dir.join("cyrus.conf"));
            command
                .arg("-D")
                .arg("-C")
                .arg(settings)
                .arg("-M")
                .arg(services)
                .arg("-p")
                .arg(place.dir.join("run/master.pid"));
            let _ = environment(command, &place.dir);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        })
    }

    fn settings(&self, place: &Place) -> String {
        let yes = |wanted: bool| if wanted { "yes" } else { "no" };
        let (dir, owner, token, unix) = (place.dir.display(), &place.owner, &place.token, yes(self.unix_hierarchy));
        let (certificate, key, ca) = (place.tls.certificate.display(), place.tls.key.display(), place.tls.ca.display());
        let strict = if self.strict8bit { "reject8bit: yes\nmunge8bit: no\n" } else { "" };
        let special = "autocreate_quota: 0
autocreate_inbox_folders: Sent | Drafts | Trash | Spam
autocreate_subscribe_folders: Sent | Drafts | Trash | Spam
xlist-sent: Sent
xlist-drafts: Drafts
xlist-trash: Trash
xlist-junk: Spam
";
        let special = if self.special { special } else { "autocreate_quota: 0\n" };
        let max = self.max_size.unwrap_or(0);
        format!(
            "configdirectory: {dir}/conf
partition-default: {dir}/spool
defaultpartition: default
servername: {token}
cyrus_user: {owner}
admins: nobody-at-all
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {dir}/sasldb2
sasl_mech_list: PLAIN LOGIN
virtdomains: off
unixhierarchysep: {unix}
altnamespace: {unix}
tls_server_cert: {certificate}
tls_server_key: {key}
tls_client_ca_file: {ca}
lmtpsocket: {dir}/run/lmtp
idlesocket: {dir}/run/idle
notifysocket: {dir}/run/notify
proc_path: {dir}/run/proc
mboxname_lockpath: {dir}/run/lock
duplicate_db_path: {dir}/run/deliver.db
statuscache_db_path: {dir}/run/statuscache.db
maxmessagesize: {max}
{strict}{special}"
        )
    }
}

fn services(place: &Place) -> String {
    let (dir, port, tls_port) = (place.dir.display(), place.port.number(), place.tls_port.number());
    let program = format!("{dir}/cyrus/usr/lib/cyrus/bin");
    format!(
        "START {{
  recover cmd=\"{program}/ctl_cyrusdb -C {dir}/imapd.conf -r\"
}}
SERVICES {{
  imap cmd=\"{program}/imapd -C {dir}/imapd.conf\" listen=\"127.0.0.1:{port}\" prefork=1 maxchild=200
  imaps cmd=\"{program}/imapd -C {dir}/imapd.conf -s\" listen=\"127.0.0.1:{tls_port}\" prefork=0 maxchild=200
}}
EVENTS {{
}}
"
    )
}

fn add_user(place: &Place, user: &str, password: &str) -> io::Result<()> {
    let mut command = Command::new(place.dir.join("cyrus/usr/sbin/saslpasswd2"));
    environment(&mut command, &place.dir)?;
    command.args(["-p", "-c", "-u", &place.token, "-f"]).arg(place.dir.join("sasldb2")).arg(user);
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(password.as_bytes())?;
    }
    let done = child.wait()?;
    if done.success() { Ok(()) } else { Err(io::Error::other(format!("saslpasswd2 refused {user}"))) }
}

fn environment(command: &mut Command, dir: &Path) -> io::Result<()> {
    let libraries = lab::libraries(&dir.join("cyrus"))?;
    command.env("SASL_PATH", libraries.join("sasl2")).env("LD_LIBRARY_PATH", &libraries);
    Ok(())
}
