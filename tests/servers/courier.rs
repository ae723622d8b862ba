//! # Courier
//! A throw-away Courier-IMAP 5.0 from unpacked packages.
//!
//! Courier has its paths compiled in, so it runs in a mount namespace of its own where /usr and /etc show the packages
//! on top of the machine's own files; nothing outside changes. Root needs the right to mount for that (a container
//! may lack it), an ordinary user the right to make user namespaces (Debian 12 gives it).

use std::fs;
use std::io;
use std::process::{Command, Stdio};

use super::lab;
use super::place::{Place, said};
use super::process::Process;

/// What Courier says at once; its own name cannot be set.
pub(super) const GREETING: &str = "Courier-IMAP ready";

/// A Courier: delimiter `.`, everything below `INBOX.`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Courier;

impl Courier {
    pub(super) fn prepare(place: &Place) -> io::Result<()> {
        let root = place.dir.join("root");
        lab::copy(&lab::unpacked("courier")?, &root)?;
        fs::create_dir_all(place.dir.join("mail"))?;
        for login in place.logins() {
            make_maildir(place, &login.user)?;
        }
        let hash = said("openssl", &["passwd", "-1", &place.options.password])?;
        let (user, group) = place.ids.unwrap_or((0, 0));
        let lines = place.logins().map(|login| {
            let home = place.dir.join("mail").join(&login.user);
            format!("{}\tuid={user}|gid={group}|home={}|shell=/bin/false|systempw={hash}\n", login.user, home.display())
        });
        fs::write(root.join("etc/courier/userdb"), lines.collect::<String>())?;
        fs::write(root.join("etc/courier/authdaemonrc"), AUTHENTICATION)?;
        fs::write(place.dir.join("run.sh"), script(place))
    }

    pub(super) fn run(place: &Place) -> io::Result<Process> {
        let log = fs::File::options().append(true).create(true).open(place.dir.join("log"))?;
        // An ordinary user becomes root of a user namespace, where only their own files are theirs.
        let program = if place.is_root { "setpriv" } else { "unshare" };
        Process::start(program, |command: &mut Command| {
            if !place.is_root {
                // The death signal is lost by this change of identity and set again behind it.
                command.args(["--map-root-user", "setpriv"]);
            }
            // couriertcpd leaves the process group: a PID namespace takes everything with it when its first process ends.
            command.args(["--pdeathsig", "KILL", "--", "unshare", "--mount", "--propagation", "private"]);
            command.args(["--pid", "--fork", "--kill-child", "sh"]).arg(place.dir.join("run.sh"));
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        })
    }
}

/// Makes an empty mailbox; Courier itself does not.
pub(super) fn make_maildir(place: &Place, user: &str) -> io::Result<()> {
    let home = place.dir.join("mail").join(user);
    for part in ["", "Maildir", "Maildir/cur", "Maildir/new", "Maildir/tmp"] {
        fs::create_dir_all(home.join(part))?;
        place.give(&home.join(part))?;
    }
    Ok(())
}

const AUTHENTICATION: &str = "authmodulelist=\"authuserdb\"
authmodulelistorig=\"authuserdb\"
daemons=3
authdaemonvar=/run/courier/authdaemon
DEBUG_LOGIN=0
DEFAULTOPTIONS=\"\"
LOGGEROPTS=\"\"
";

fn script(place: &Place) -> String {
    let groups = if place.is_root { "" } else { "export LD_PRELOAD=/usr/lib/keep-groups.so" };
    let (dir, port, tls_port, both) =
        (place.dir.display(), place.port.number(), place.tls_port.number(), place.tls.both.display());
    format!(
        "set -eu
mount -t overlay -o lowerdir={dir}/root/usr:/usr overlay /usr
mount -t overlay -o lowerdir={dir}/root/etc:/etc overlay /etc
mount -t tmpfs none /run
mkdir -p /run/courier/authdaemon
mount --bind {dir}/root/etc/courier /etc/courier
chmod 600 /etc/courier/userdb
makeuserdb
set -a +u
. /etc/courier/imapd
. /etc/courier/imapd-ssl
TLS_CERTFILE={both} TLS_TRUSTCERTS= TLS_DHPARAMS= TLS_VERIFYPEER=NONE TLS_CACHEFILE= COURIERTLS=/usr/bin/couriertls
IMAPDSTARTTLS=YES IMAP_TLS_REQUIRED=0 MAILDIRPATH=Maildir PROTOCOL=IMAP
set +a
{groups}
/usr/lib/courier/courier-authlib/authdaemond &
n=0
while [ ! -S /run/courier/authdaemon/socket ] && [ $n -lt 200 ]; do sleep 0.02; n=$((n + 1)); done
serve='couriertcpd -address=127.0.0.1 -maxprocs=200 -maxperip=200 -nodnslookup -noidentlookup'
login='/usr/lib/courier/courier/imaplogin /usr/bin/imapd Maildir'
$serve {port} $login &
IMAP_TLS=1 $serve {tls_port} /usr/bin/couriertls -server -tcpd $login &
wait
"
    )
}
