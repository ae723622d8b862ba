//! # Wire
//! As much IMAP as the raw client needs, blocking, with or without TLS. Shares nothing with the product.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// Octets read from the socket at once.
const READ: usize = 1 << 18;

trait Both: Read + Write + Send {}

impl<T: Read + Write + Send> Both for T {}

/// Where to, as whom, and how.
#[derive(Clone)]
pub struct Side {
    port: u16,
    user: String,
    password: String,
    tls: Option<Arc<ClientConfig>>,
}

impl Side {
    /// Reads `PORT:USER:PASSWORD`.
    ///
    /// # Errors
    /// When it is not that, or the authorities cannot be read.
    pub fn read(text: &str, ca_file: Option<&Path>) -> io::Result<Self> {
        let mut parts = text.splitn(3, ':').map(str::to_owned);
        let (Some(port), Some(user), Some(password)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(io::Error::other("PORT:USER:PASSWORD is meant"));
        };
        let port = port.parse().map_err(io::Error::other)?;
        Ok(Self { port, user, password, tls: ca_file.map(trusting).transpose()? })
    }
}

fn trusting(ca_file: &Path) -> io::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca_file).map_err(io::Error::other)? {
        roots.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

/// A connection that is logged in.
pub struct Wire {
    stream: BufReader<Box<dyn Both>>,
}

impl Wire {
    /// Connects and logs in.
    ///
    /// # Errors
    /// When nobody answers or the login is refused.
    pub fn login(side: &Side) -> io::Result<Self> {
        let socket = TcpStream::connect(("127.0.0.1", side.port))?;
        socket.set_nodelay(true)?;
        let stream: Box<dyn Both> = match &side.tls {
            None => Box::new(socket),
            Some(config) => {
                let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
                let tls = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
                Box::new(StreamOwned::new(tls, socket))
            }
        };
        let mut wire = Self { stream: BufReader::with_capacity(READ, stream) };
        wire.line()?;
        wire.write(format!("l LOGIN \"{}\" \"{}\"\r\n", side.user, side.password).as_bytes())?;
        wire.answer("l", |_| ())?;
        Ok(wire)
    }

    /// Sends octets, all of them.
    ///
    /// # Errors
    /// A lost connection.
    pub fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(octets)?;
        self.stream.get_mut().flush()
    }

    /// The next line with its end.
    ///
    /// # Errors
    /// A lost connection.
    pub fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        match self.stream.read_until(b'\n', &mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line),
        }
    }

    /// So many octets of a literal.
    ///
    /// # Errors
    /// A lost connection.
    pub fn literal(&mut self, size: usize) -> io::Result<Vec<u8>> {
        let mut octets = vec![0; size];
        self.stream.read_exact(&mut octets)?;
        Ok(octets)
    }

    /// Reads to the answer with this tag; every other line goes to `each`.
    ///
    /// # Errors
    /// NO and BAD, with the server's words; a lost connection.
    pub fn answer(&mut self, tag: &str, mut each: impl FnMut(&str)) -> io::Result<()> {
        loop {
            let line = self.line()?;
            let text = String::from_utf8_lossy(&line);
            match text.strip_prefix(tag).and_then(|rest| rest.strip_prefix(' ')) {
                Some(answer) if answer.starts_with("OK") => return Ok(()),
                Some(answer) => return Err(io::Error::other(answer.trim_end().to_owned())),
                None => each(text.trim_end()),
            }
        }
    }
}
