//! # Certificate
//! Why a handshake failed, in words for the person who has to do something about it.

use std::io;

use posthorse_domain::migration::{Failure, Moment, Obstacle, Trouble};
use tokio_rustls::rustls::pki_types::UnixTime;
use tokio_rustls::rustls::{AlertDescription, CertificateError, Error};

use super::Call;
use super::tls::Start;
use super::trust::{NotPinned, SelfSigned};

/// The failure of a handshake: `Tls` when trying again cannot help, `Lost` when the connection broke.
pub(super) fn failure(call: &Call<'_>, start: Start, error: &io::Error) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(error @ Error::InvalidCertificate(_)) => {
            call.failure(Trouble::Tls, words(error, start)).seen(Obstacle::Certificate)
        }
        Some(error) => call.failure(Trouble::Tls, words(error, start)),
        None => {
            let why = format_args!("broke off the TLS handshake: {error}");
            call.failure(Trouble::Lost, why).seen(Obstacle::NotTls)
        }
    }
}

fn words(error: &Error, start: Start) -> String {
    match error {
        Error::InvalidCertificate(error) => certificate(error),
        Error::InvalidMessage(_) if start == Start::Starttls => {
            "accepted STARTTLS and then sent something that is not TLS".into()
        }
        Error::InvalidMessage(_) => {
            "answers, but this port does not speak TLS; for port 143 use imap:// (STARTTLS)".into()
        }
        Error::PeerIncompatible(_)
        | Error::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure) => {
            format!("shares no way of encryption with us; TLS 1.2 or 1.3 is needed ({error})")
        }
        error => format!("failed the TLS handshake: {error}"),
    }
}

fn certificate(error: &CertificateError) -> String {
    use CertificateError as E;
    match error {
        E::ExpiredContext { not_after, .. } => {
            format!("shows a certificate that expired on {}; its operator has to renew it", date(*not_after))
        }
        E::Expired => "shows a certificate that has expired; its operator has to renew it".into(),
        E::NotValidYetContext { not_before, .. } => {
            format!("shows a certificate that is valid only from {}; is this machine's clock right?", date(*not_before))
        }
        E::NotValidYet => "shows a certificate that is not valid yet; is this machine's clock right?".into(),
        E::NotValidForNameContext { presented, .. } => {
            let names: Vec<_> = presented.iter().take(5).map(|name| bare(name)).collect();
            let names = if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") };
            format!("shows a certificate that is not valid for this name, but for {names}")
        }
        E::NotValidForName => "shows a certificate that is not valid for this name".into(),
        E::UnknownIssuer => "shows a certificate of an unknown issuer; if you trust it, give the issuer's certificate \
                             with --ca-file"
            .into(),
        // The name of a known issuer, and another key: a private authority that was made anew, or an impostor.
        E::BadSignature => {
            "shows a certificate that the issuer we know by its name did not sign; if the issuer has a new \
                            key and you trust it, give its new certificate with --ca-file"
                .into()
        }
        E::Other(other) if other.0.is::<SelfSigned>() => {
            "shows a self-signed certificate; if you trust it, give this certificate with --ca-file".into()
        }
        E::Other(other) if other.0.is::<NotPinned>() => {
            format!("shows another certificate than the one that was pinned; its SHA-256 is {}", other.0)
        }
        E::Revoked => "shows a certificate that was revoked".into(),
        error => format!("shows a certificate that cannot be accepted: {error}"),
    }
}

fn date(at: UnixTime) -> String {
    let millis = i64::try_from(at.as_secs()).unwrap_or(i64::MAX).saturating_mul(1000);
    Moment::from_millis(millis).rfc3339()
}

/// `mail.example` of `DnsName("mail.example")`, which is how rustls spells a presented name.
fn bare(name: &str) -> &str {
    let inside = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
    inside.trim_matches('"')
}
