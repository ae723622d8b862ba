use std::sync::Arc;
use std::time::Duration;

use posthorse_domain::migration::{Anchor, Failure, Security, ServerSide, Side, Trouble};
use posthorse_domain::ports::Secret;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::Tls;
use crate::connect::peer::{PATIENCE, play};
use crate::connect::{Dial, Ready, connect};

const SESSION: &[u8] = b"S: * OK [CAPABILITY IMAP4rev1] ready
                         C: A0001 LOGIN \"anna\" \"secret\"
                         S: A0001 OK [CAPABILITY IMAP4rev1 UIDPLUS] in";
const STARTTLS: &[u8] = b"S: * OK [CAPABILITY IMAP4rev1 STARTTLS FORGED ID AUTH=PLAIN LOGINDISABLED] ready
                          C: A0001 STARTTLS
                          S: A0001 OK begin";
const BEHIND: &[u8] = b"C: A0001 CAPABILITY
                        S: * CAPABILITY IMAP4rev1
                        S: A0001 OK
                        C: A0002 LOGIN \"anna\" \"secret\"
                        S: A0002 OK in
                        C: A0003 CAPABILITY
                        S: * CAPABILITY IMAP4rev1 UIDPLUS
                        S: A0003 OK";

/// A certificate for `names` and its key, in PEM.
struct Paper {
    certificate: String,
    key: String,
}

struct Authority(Issuer<'static, KeyPair>, String);

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().pem();
        Self(Issuer::new(params, key), certificate)
    }

    fn paper(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Paper {
        let key = KeyPair::generate().unwrap();
        let mut params = params(names);
        change(&mut params);
        Paper { certificate: params.signed_by(&key, &self.0).unwrap().pem(), key: key.serialize_pem() }
    }
}

fn params(names: &[&str]) -> CertificateParams {
    CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
}

fn self_signed(names: &[&str], is_ca: IsCa) -> Paper {
    let key = KeyPair::generate().unwrap();
    let mut params = params(names);
    params.is_ca = is_ca;
    Paper { certificate: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
}

impl Paper {
    fn acceptor(&self) -> TlsAcceptor {
        let chain = vec![CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        TlsAcceptor::from(Arc::new(config.with_single_cert(chain, key).unwrap()))
    }
}

/// A server for one connection; it plays `clear`, then makes the handshake, then plays `covered`.
async fn serve(
    acceptor: Option<TlsAcceptor>,
    clear: &'static [u8],
    covered: &'static [u8],
) -> (u16, JoinHandle<Result<(), String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let stream = play(stream, clear).await?;
        match acceptor {
            Some(acceptor) => {
                let stream = acceptor.accept(stream).await.map_err(|error| error.to_string())?;
                play(stream, covered).await.map(drop)
            }
            None => Ok(()),
        }
    });
    (port, server)
}

async fn played(server: JoinHandle<Result<(), String>>) -> Result<(), String> {
    timeout(PATIENCE, server).await.expect("the server waits for a line that was not sent").unwrap()
}

async fn go(host: &str, port: u16, security: Security, tls: Tls) -> Result<Ready, Failure> {
    let server = ServerSide { host: host.into(), port, security, user: "anna".into(), tls: None };
    let dial = Dial { side: Side::Destination, server, timeout: PATIENCE, tls, guard: None };
    connect(&dial, &Secret::new(*b"secret")).await
}

async fn over_tls(paper: &Paper, host: &str, extra: Option<&str>) -> Result<Ready, Failure> {
    let (port, server) = serve(Some(paper.acceptor()), b"", SESSION).await;
    let outcome = go(host, port, Security::Tls, Tls::new(extra.map(str::as_bytes)).unwrap()).await;
    let played = played(server).await;
    assert!(outcome.is_err() || played.is_ok(), "{played:?}");
    outcome
}

#[tokio::test]
async fn a_certificate_of_the_named_issuer_is_accepted_for_a_name_and_for_an_address() {
    let authority = Authority::new();
    let paper = authority.paper(&["localhost", "127.0.0.1"], |_| ());
    for host in ["localhost", "127.0.0.1"] {
        let ready = over_tls(&paper, host, Some(&authority.1)).await.unwrap();
        assert!(ready.capabilities.has("UIDPLUS"), "{host}");
    }
}

#[tokio::test]
async fn several_certificates_in_a_file_all_count() {
    let (first, second) = (Authority::new(), Authority::new());
    let file = format!("Some text\n{}\nmore text\n{}", first.1, second.1);
    for authority in [first, second] {
        over_tls(&authority.paper(&["localhost"], |_| ()), "localhost", Some(&file)).await.unwrap();
    }
}

#[tokio::test]
async fn a_certificate_that_cannot_be_trusted_says_why() {
    let authority = Authority::new();
    let expired = authority.paper(&["localhost"], |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 2, 3);
    });
    let early = authority.paper(&["localhost"], |params| params.not_before = date_time_ymd(2999, 1, 1));
    let elsewhere = authority.paper(&["mail.example", "other.example"], |_| ());
    let nameless = authority.paper(&[], |_| ());
    let good = authority.paper(&["localhost"], |_| ());
    let lone = self_signed(&["localhost"], IsCa::NoCa);
    let lone_ca = self_signed(&["localhost"], IsCa::Ca(BasicConstraints::Unconstrained));
    let known = Some(authority.1.as_str());
    let table: [(&str, &Paper, Option<&str>, &[&str]); 8] = [
        ("expired", &expired, known, &["expired on 2021-02-03T00:00:00Z"]),
        ("not yet valid", &early, known, &["valid only from 2999-01-01", "clock"]),
        ("another name", &elsewhere, known, &["not valid for this name", "mail.example, other.example"]),
        ("no name", &nameless, known, &["not valid for this name", "no name at all"]),
        ("unknown issuer", &good, None, &["unknown issuer", "--ca-file"]),
        ("self-signed", &lone, None, &["self-signed", "--ca-file"]),
        ("self-signed CA", &lone_ca, None, &["self-signed", "--ca-file"]),
        ("self-signed, another CA named", &lone_ca, known, &["self-signed", "--ca-file"]),
    ];
    for (case, paper, extra, words) in table {
        let failure = over_tls(paper, "localhost", extra).await.unwrap_err();
        assert_eq!((failure.side, failure.trouble), (Side::Destination, Trouble::Tls), "{case}: {failure}");
        for word in words {
            assert!(failure.cause.contains(word), "{case}: {failure}");
        }
    }
}

#[tokio::test]
async fn a_self_signed_certificate_is_accepted_when_it_is_named_and_for_its_name_only() {
    for is_ca in [IsCa::NoCa, IsCa::ExplicitNoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let paper = self_signed(&["localhost"], is_ca);
        over_tls(&paper, "localhost", Some(&paper.certificate)).await.unwrap();
        let failure = over_tls(&paper, "127.0.0.1", Some(&paper.certificate)).await.unwrap_err();
        assert!(failure.trouble == Trouble::Tls && failure.cause.contains("not valid for this name"), "{failure}");
    }
}

#[tokio::test]
async fn an_expired_self_signed_certificate_is_refused_even_when_it_is_named() {
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let key = KeyPair::generate().unwrap();
        let mut params = params(&["localhost"]);
        params.is_ca = is_ca;
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
        let paper = Paper { certificate: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() };
        let failure = over_tls(&paper, "localhost", Some(&paper.certificate)).await.unwrap_err();
        assert!(failure.trouble == Trouble::Tls && failure.cause.contains("expired"), "{failure}");
    }
}

#[tokio::test]
async fn starttls_forgets_what_was_said_in_clear() {
    let authority = Authority::new();
    let paper = authority.paper(&["localhost"], |_| ());
    let (port, server) = serve(Some(paper.acceptor()), STARTTLS, BEHIND).await;
    let tls = Tls::new(Some(authority.1.as_bytes())).unwrap();
    let ready = go("localhost", port, Security::Starttls, tls).await;
    played(server).await.unwrap();
    let ready = ready.unwrap();
    assert!(ready.capabilities.has("UIDPLUS") && !ready.capabilities.has("FORGED"), "{ready:?}");
}

#[tokio::test]
async fn starttls_checks_the_certificate_too() {
    let paper = Authority::new().paper(&["localhost"], |_| ());
    let (port, _server) = serve(Some(paper.acceptor()), STARTTLS, BEHIND).await;
    let failure = go("localhost", port, Security::Starttls, Tls::new(None).unwrap()).await.unwrap_err();
    assert!(failure.trouble == Trouble::Tls && failure.cause.contains("unknown issuer"), "{failure}");
}

#[tokio::test]
async fn ports_that_speak_something_else_are_named() {
    let table: [(Security, &[u8], Trouble, &str); 5] = [
        (Security::Tls, b"S: * OK [CAPABILITY STARTTLS] ready", Trouble::Tls, "imap:// (STARTTLS)"),
        (Security::Tls, b"S: HTTP/1.1 400 Bad Request", Trouble::Tls, "does not speak TLS"),
        (Security::Starttls, b"R: \x15\x03\x01\x00\x02\x02\x0a", Trouble::Nonsense, "imaps://"),
        (
            Security::Starttls,
            b"S: * OK [CAPABILITY STARTTLS]\nC: A0001 STARTTLS\nS: A0001 OK",
            Trouble::Lost,
            "handshake",
        ),
        (
            Security::Starttls,
            b"S: * OK [CAPABILITY STARTTLS]\nC: A0001 STARTTLS\nS: A0001 OK\nO:\nS: * CAPABILITY FORGED",
            Trouble::Tls,
            "not TLS",
        ),
    ];
    for (security, clear, trouble, word) in table {
        let (port, _server) = serve(None, clear, b"").await;
        let failure = go("localhost", port, security, Tls::new(None).unwrap()).await.unwrap_err();
        assert_eq!(failure.trouble, trouble, "{failure}");
        assert!(failure.cause.contains(word), "{failure}");
    }
}

#[tokio::test]
async fn plaintext_works_on_loopback_when_a_person_asked_for_it() {
    let (port, server) = serve(None, SESSION, b"").await;
    go("127.0.0.1", port, Security::Plaintext, Tls::new(None).unwrap()).await.unwrap();
    played(server).await.unwrap();
    let failure = go("192.0.2.1", 143, Security::Plaintext, Tls::new(None).unwrap()).await.unwrap_err();
    assert!(failure.trouble == Trouble::Tls && failure.cause.contains("loopback"), "{failure}");
}

#[tokio::test]
async fn nobody_at_home_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    for host in ["127.0.0.1", "localhost"] {
        let failure = go(host, port, Security::Tls, Tls::new(None).unwrap()).await.unwrap_err();
        assert_eq!(failure.trouble, Trouble::Unreachable, "{failure}");
        assert!(failure.cause.contains(&port.to_string()), "{failure}");
    }
}

/// SHA-256 of a certificate's DER octets.
fn print_of(der: &[u8]) -> String {
    ::ring::digest::digest(&::ring::digest::SHA256, der).as_ref().iter().map(|octet| format!("{octet:02x}")).collect()
}

#[tokio::test]
async fn a_pinned_certificate_is_accepted_whatever_its_issuer_name_and_dates_are_and_no_other() {
    let authority = Authority::new();
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2001, 1, 1);
    let paper = authority.paper(&["elsewhere.example"], expired);
    let pin = print_of(&CertificateDer::from_pem_slice(paper.certificate.as_bytes()).unwrap());
    let wrong = print_of(b"another");
    for (digits, taken) in [(&pin, true), (&wrong, false)] {
        let (port, server) = serve(Some(paper.acceptor()), b"", SESSION).await;
        let tls = Tls::anchored(Some(&Anchor::pin(digits).unwrap()), None).unwrap();
        match go("localhost", port, Security::Tls, tls).await {
            Ok(_) => assert!(taken),
            Err(failure) => {
                assert!(!taken && failure.trouble == Trouble::Tls && failure.cause.contains(&pin), "{failure}");
            }
        }
        let _ = played(server).await;
    }
}

#[tokio::test]
async fn an_authority_of_one_side_is_trusted_beside_the_usual_ones() {
    let authority = Authority::new();
    let paper = authority.paper(&["localhost"], |_| ());
    let (port, server) = serve(Some(paper.acceptor()), b"", SESSION).await;
    let tls = Tls::anchored(Some(&Anchor::ca(&authority.1).unwrap()), None).unwrap();
    go("localhost", port, Security::Tls, tls).await.unwrap();
    played(server).await.unwrap();
}

#[tokio::test]
async fn a_handshake_without_an_answer_ends_at_the_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = ServerSide { host: "localhost".into(), port, security: Security::Tls, user: "anna".into(), tls: None };
    let timeout = Duration::from_millis(300);
    let dial = Dial { side: Side::Source, server, timeout, tls: Tls::new(None).unwrap(), guard: None };
    let failure = connect(&dial, &Secret::new(*b"secret")).await.unwrap_err();
    assert!(failure.trouble == Trouble::Lost && failure.cause.contains("handshake"), "{failure}");
}

#[test]
fn a_ca_file_without_a_usable_certificate_is_refused_clearly() {
    let key = KeyPair::generate().unwrap().serialize_pem();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let cut = "-----BEGIN CERTIFICATE-----\nAAAA\n";
    let table: [(&[u8], &str); 6] = [
        (b"", "no certificate"),
        (b"hello", "no certificate"),
        (b"\x30\x82\x01\x00", "no certificate"),
        (key.as_bytes(), "no certificate"),
        (broken.as_bytes(), "cannot be used"),
        (cut.as_bytes(), "cannot be read"),
    ];
    for (pem, word) in table {
        let failure = Tls::new(Some(pem)).unwrap_err();
        assert_eq!(failure.trouble, Trouble::Tls);
        assert!(failure.cause.contains("--ca-file") && failure.cause.contains(word), "{failure}");
    }
}
