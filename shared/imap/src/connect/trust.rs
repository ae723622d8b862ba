//! # Trust
//! Whether a server's certificate is to be trusted: the usual check, plus two things people meet with servers of their
//! own. A certificate that a person named is trusted as it stands, and a self-signed one is called by its name.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{
    WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor, verify_server_name,
};
use tokio_rustls::rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};

/// The certificate is signed by itself and nobody said that it is to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SelfSigned;

impl fmt::Display for SelfSigned {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("self-signed certificate")
    }
}

impl std::error::Error for SelfSigned {}

/// The certificate is not the one that a person named; SHA-256 of what was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotPinned(Vec<u8>);

impl fmt::Display for NotPinned {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(out, "{octet:02x}"))
    }
}

impl std::error::Error for NotPinned {}

/// The check of a server's certificate.
#[derive(Debug)]
pub(super) struct Trust {
    usual: Arc<WebPkiServerVerifier>,
    algorithms: WebPkiSupportedAlgorithms,
    named: Vec<CertificateDer<'static>>,
    /// SHA-256 of the only certificate that is trusted.
    pin: Option<[u8; 32]>,
}

impl Trust {
    /// Trusts what `roots` signed, and the certificates in `named` themselves.
    pub(super) fn new(
        provider: &Arc<CryptoProvider>,
        roots: RootCertStore,
        named: Vec<CertificateDer<'static>>,
    ) -> Result<Self, Error> {
        let usual = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
            .build()
            .map_err(|error| Error::General(error.to_string()))?;
        Ok(Self { usual, algorithms: provider.signature_verification_algorithms, named, pin: None })
    }

    /// Trusts the certificate with this SHA-256, and no other.
    pub(super) fn pinned(provider: &Arc<CryptoProvider>, pin: [u8; 32]) -> Result<Self, Error> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Ok(Self { pin: Some(pin), ..Self::new(provider, roots, Vec::new())? })
    }

    /// True when a certificate within its dates is signed by itself; also when it calls itself a CA, as those that
    /// `openssl req -x509` makes do: webpki refuses these as a server's own certificate, after the dates were checked.
    fn signed_by_itself(&self, shown: &CertificateDer<'_>, now: UnixTime) -> bool {
        let mut itself = RootCertStore::empty();
        let (Ok(()), Ok(parsed)) = (itself.add(shown.clone().into_owned()), ParsedCertificate::try_from(shown)) else {
            return false;
        };
        match verify_server_cert_signed_by_trust_anchor(&parsed, &itself, &[], now, self.algorithms.all) {
            Ok(()) => true,
            Err(Error::InvalidCertificate(error)) => ca_as_server(&error),
            Err(_) => false,
        }
    }
}

fn ca_as_server(error: &CertificateError) -> bool {
    matches!(error, CertificateError::Other(other)
        if other.source().is_some_and(|source| source.to_string() == "CaUsedAsEndEntity"))
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(pin) = &self.pin {
            let own = digest(&SHA256, shown);
            return match own.as_ref() == pin {
                true => Ok(ServerCertVerified::assertion()),
                false => {
                    let other = OtherError(Arc::new(NotPinned(own.as_ref().to_vec())));
                    Err(Error::InvalidCertificate(CertificateError::Other(other)))
                }
            };
        }
        let error = match self.usual.verify_server_cert(shown, intermediates, name, ocsp, now) {
            Err(Error::InvalidCertificate(error))
                if error == CertificateError::UnknownIssuer || ca_as_server(&error) =>
            {
                error
            }
            settled => return settled,
        };
        if !self.signed_by_itself(shown, now) {
            return Err(Error::InvalidCertificate(error));
        }
        if !self.named.iter().any(|named| named == shown) {
            return Err(Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(SelfSigned)))));
        }
        verify_server_name(&ParsedCertificate::try_from(shown)?, name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}
