//! # TLS
//! The handshake: rustls with ring, TLS 1.2 and 1.3, names checked, built-in roots and a person's own.

use std::fmt;
use std::sync::Arc;

use posthorse_domain::migration::{Anchor, Failure, Side, Trouble};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, Error, RootCertStore};

use super::trust::Trust;
use super::{Call, Stream, certificate};

/// Whom we trust, ready for any number of connections. Cheap to clone.
#[derive(Clone)]
pub struct Tls(Arc<ClientConfig>);

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// At once (RFC 8314).
    FirstOctet,
    /// Behind STARTTLS.
    Starttls,
}

impl Tls {
    /// Trusts the roots that Mozilla ships and the certificates in `extra_ca_pem`. A server that shows one of these very
    /// certificates as its own is trusted too.
    ///
    /// # Errors
    /// `Trouble::Tls`, with `Side::Store`, since it is about no server: the octets hold no PEM certificate, or one that
    /// cannot be read.
    pub fn new(extra_ca_pem: Option<&[u8]>) -> Result<Self, Failure> {
        let extra = extra_ca_pem.map(certificates).transpose()?.unwrap_or_default();
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for certificate in &extra {
            roots.add(certificate.clone()).map_err(unusable)?;
        }
        let provider = Arc::new(ring::default_provider());
        let trust = Trust::new(&provider, roots, extra).map_err(unusable)?;
        Ok(Self(Arc::new(config(provider, trust).map_err(unusable)?)))
    }

    /// Trusts what one side's request names: certificates beside the built-in roots and `extra_ca_pem`, or one server
    /// certificate alone.
    ///
    /// # Errors
    /// As `new`; also when a pin is not 64 hexadecimal digits.
    pub fn anchored(anchor: Option<&Anchor>, extra_ca_pem: Option<&[u8]>) -> Result<Self, Failure> {
        match anchor {
            None => Self::new(extra_ca_pem),
            Some(Anchor::Ca(pem)) => {
                Self::new(Some(&[extra_ca_pem.unwrap_or_default(), b"\n", pem.as_bytes()].concat()))
            }
            Some(Anchor::Pin(digits)) => {
                let pin = octets(digits).ok_or_else(|| about_the_file("is not 64 hexadecimal digits"))?;
                let provider = Arc::new(ring::default_provider());
                let trust = Trust::pinned(&provider, pin).map_err(unusable)?;
                Ok(Self(Arc::new(config(provider, trust).map_err(unusable)?)))
            }
        }
    }

    /// Makes the handshake for the host of the call; an address is checked against the certificate's addresses.
    pub(super) async fn wrap(&self, stream: Stream, call: &Call<'_>, start: Start) -> Result<Stream, Failure> {
        let host = call.host.trim_start_matches('[').trim_end_matches([']', '.']);
        let Ok(name) = ServerName::try_from(host.to_owned()) else {
            return Err(call.failure(Trouble::Tls, "is not a host name that a certificate can be checked for"));
        };
        match timeout(call.timeout, TlsConnector::from(self.0.clone()).connect(name, stream)).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(error)) => Err(certificate::failure(call, start, &error)),
            Err(_) => {
                let seconds = call.timeout.as_secs_f32();
                Err(call.failure(Trouble::Lost, format_args!("did not answer the TLS handshake within {seconds} s")))
            }
        }
    }
}

/// 32 octets of 64 hexadecimal digits.
fn octets(digits: &str) -> Option<[u8; 32]> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    let octets: Option<Vec<u8>> = pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect();
    octets?.try_into().ok()
}

fn config(provider: Arc<CryptoProvider>, trust: Trust) -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13, &TLS12])?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(trust)).with_no_client_auth())
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if found.is_empty() => {
            Err(about_the_file("holds no certificate (-----BEGIN CERTIFICATE-----) in PEM form"))
        }
        Ok(found) => Ok(found),
        Err(error) => Err(about_the_file(&format!("cannot be read as PEM: {error}"))),
    }
}

fn unusable(error: Error) -> Failure {
    about_the_file(&format!("holds a certificate that cannot be used: {error}"))
}

fn about_the_file(what: &str) -> Failure {
    Failure::new(Side::Store, Trouble::Tls, format!("the CA file (--ca-file) {what}"))
}

impl fmt::Debug for Tls {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Tls")
    }
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
