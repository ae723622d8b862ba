//! # Certificate
//! A certificate authority of our own and a server certificate, sound or wrong in a chosen way.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a client that checks will think of the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Certificate {
    /// For `localhost`, 127.0.0.1 and ::1, valid now.
    #[default]
    Good,
    /// The same names, but it ended with the year 2020.
    Expired,
    /// Valid now, for `elsewhere.example` only.
    WrongName,
}

/// The files made by [`make`], all PEM.
#[derive(Debug, Clone)]
pub struct Files {
    /// The authority's certificate, for the client to trust.
    pub ca: PathBuf,
    /// The server's certificate.
    pub certificate: PathBuf,
    /// The server's private key.
    pub key: PathBuf,
    /// Key and certificate in one file (Courier wants that).
    pub both: PathBuf,
}

const CONFIG: &str = "[ca]
default_ca = lab
[lab]
database = index.txt
new_certs_dir = .
default_md = sha256
rand_serial = yes
policy = any
[any]
commonName = supplied
";

/// Makes authority and certificate in the new directory `at`.
///
/// # Errors
/// When `openssl` is missing or fails, or files cannot be written.
pub fn make(at: &Path, kind: Certificate) -> io::Result<Files> {
    fs::create_dir_all(at)?;
    let names = match kind {
        Certificate::Good | Certificate::Expired => "DNS:localhost,IP:127.0.0.1,IP:::1",
        Certificate::WrongName => "DNS:elsewhere.example",
    };
    let ends = if kind == Certificate::Expired { "20201231235959Z" } else { "20491231235959Z" };
    fs::write(at.join("ca.conf"), CONFIG)?;
    fs::write(at.join("index.txt"), "")?;
    fs::write(at.join("names"), format!("subjectAltName={names}\nextendedKeyUsage=serverAuth\n"))?;
    let curve = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(at, &format!("req -x509 {curve} -days 3650 -subj /CN=PosthorseTestAuthority -keyout ca.key -out ca.pem"))?;
    openssl(at, &format!("req {curve} -subj /CN=localhost -keyout server.key -out server.csr"))?;
    openssl(
        at,
        &format!(
            "ca -batch -notext -config ca.conf -cert ca.pem -keyfile ca.key -extfile names \
         -startdate 20200101000000Z -enddate {ends} -in server.csr -out server.pem"
        ),
    )?;
    let files = Files {
        ca: at.join("ca.pem"),
        certificate: at.join("server.pem"),
        key: at.join("server.key"),
        both: at.join("both.pem"),
    };
    fs::write(&files.both, [fs::read(&files.key)?, fs::read(&files.certificate)?].concat())?;
    for file in [&files.key, &files.both] {
        // Throw-away keys, read by servers that run as another user.
        fs::set_permissions(file, Permissions::from_mode(0o644))?;
    }
    Ok(files)
}

fn openssl(at: &Path, arguments: &str) -> io::Result<()> {
    let out = Command::new("openssl").current_dir(at).args(arguments.split_whitespace()).output()?;
    if out.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("openssl {arguments}: {}", String::from_utf8_lossy(&out.stderr))))
}
