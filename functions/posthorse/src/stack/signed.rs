//! # Signed
//! One request, signed as AWS asks (SigV4), over TLS, and its answer.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::account::Account;

/// One request with its answer takes no longer.
const LIMIT: Duration = Duration::from_secs(60);
/// The longest answer: a message in quarantine is read into memory.
const LONGEST: usize = 300 << 20;

/// An answer.
pub struct Answer {
    /// 200 and the like.
    pub status: u16,
    /// Its body.
    pub body: Bytes,
}

/// The stack's address for operators, as CloudFormation has it.
///
/// # Errors
/// A sentence.
pub async fn address(account: &Account, stack: &str) -> Result<String, String> {
    let name = percent_encoding::utf8_percent_encode(stack, percent_encoding::NON_ALPHANUMERIC);
    let query = format!("Action=DescribeStacks&StackName={name}&Version=2010-05-15");
    let url = format!("https://cloudformation.{}.amazonaws.com/?{query}", account.region);
    let answer = send(account, "cloudformation", "GET", &url, Vec::new()).await?;
    let text = String::from_utf8_lossy(&answer.body);
    match (answer.status, output(&text, "ReviewUrl")) {
        (200, Some(address)) => Ok(address),
        (200, None) => Err("it has no output ReviewUrl: is it a stack of Posthorse's, and of this version?".into()),
        (status, _) => {
            let words = between(&text, "<Message>", "</Message>").unwrap_or("no reason given");
            Err(format!("CloudFormation answers {status}: {words}"))
        }
    }
}

/// The value of an output in CloudFormation's answer.
fn output(text: &str, name: &str) -> Option<String> {
    let members = text.split("<OutputKey>").skip(1);
    let (_, rest) = members.filter_map(|member| member.split_once("</OutputKey>")).find(|(key, _)| *key == name)?;
    between(rest, "<OutputValue>", "</OutputValue>").filter(|value| value.starts_with("https://")).map(str::to_owned)
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    text.split_once(from)?.1.split_once(to).map(|(inside, _)| inside)
}

/// Signs a request for this service and sends it.
///
/// # Errors
/// A sentence, without secrets.
pub async fn send(account: &Account, service: &str, method: &str, url: &str, body: Vec<u8>) -> Result<Answer, String> {
    let uri: Uri = url.parse().map_err(|_| "an address that cannot be read".to_owned())?;
    let host = uri.host().unwrap_or_default().to_owned();
    let headers = signature(account, service, (method, url, &host), &body)?;
    let mut request = Request::builder().method(method).uri(target(&uri)).header("host", &host);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::from(body))).map_err(|error| error.to_string())?;
    exchange(account, &uri, request).await
}

/// Reads an address that is signed already.
///
/// # Errors
/// A sentence.
pub async fn get(account: &Account, url: &str) -> Result<Bytes, String> {
    let uri: Uri = url.parse().map_err(|_| "an address that cannot be read".to_owned())?;
    let host = uri.authority().map(ToString::to_string).unwrap_or_default();
    let request = Request::builder().uri(target(&uri)).header("host", host).body(Full::new(Bytes::new()));
    let answer = exchange(account, &uri, request.map_err(|error| error.to_string())?).await?;
    match answer.status {
        200 => Ok(answer.body),
        status => Err(format!("the archive answers {status}")),
    }
}

/// Path and query, as they stand in a request's first line.
fn target(uri: &Uri) -> String {
    uri.path_and_query().map_or("/", |target| target.as_str()).to_owned()
}

/// The headers that sign it.
fn signature(
    account: &Account,
    service: &str,
    (method, url, host): (&str, &str, &str),
    body: &[u8],
) -> Result<Vec<(String, String)>, String> {
    let failed = |what: &dyn std::fmt::Display| format!("the request cannot be signed: {what}");
    let (key_id, key) = (account.key_id.clone(), account.key.clone());
    let identity = Credentials::new(key_id, key, account.token.clone(), None, "operator").into();
    let parameters = v4::SigningParams::builder().identity(&identity).region(&account.region).name(service);
    let parameters = parameters.time(SystemTime::now()).settings(SigningSettings::default()).build();
    let parameters = parameters.map_err(|error| failed(&error))?.into();
    let headers = [("host", host)];
    let signable = SignableRequest::new(method, url, headers.into_iter(), SignableBody::Bytes(body));
    let signed = sign(signable.map_err(|error| failed(&error))?, &parameters).map_err(|error| failed(&error))?;
    let (instructions, _) = signed.into_parts();
    Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

async fn exchange(account: &Account, uri: &Uri, request: Request<Full<Bytes>>) -> Result<Answer, String> {
    let host = uri.host().unwrap_or_default();
    let whole = async {
        match &account.endpoint {
            Some(endpoint) => over(plain(endpoint).await?, request).await,
            None => over(protected(host).await?, request).await,
        }
    };
    timeout(LIMIT, whole).await.map_err(|_| format!("{host} does not answer in time"))?
}

/// An emulator in the place of AWS, on this machine.
async fn plain(endpoint: &str) -> Result<TcpStream, String> {
    let uri: Uri = endpoint.parse().map_err(|_| "AWS_ENDPOINT_URL cannot be read".to_owned())?;
    let (host, port) = (uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(80));
    if uri.scheme_str() != Some("http") || !matches!(host, "127.0.0.1" | "localhost") {
        return Err("AWS_ENDPOINT_URL is for emulators on this machine (http://127.0.0.1:PORT)".into());
    }
    TcpStream::connect((host, port)).await.map_err(|error| format!("{endpoint}: {error}"))
}

async fn protected(host: &str) -> Result<impl AsyncRead + AsyncWrite + Unpin + Send + 'static + use<>, String> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let config =
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions();
    let config = config.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|_| format!("{host} is not a host name"))?;
    let lost = |error: std::io::Error| format!("{host}: {error}");
    let socket = TcpStream::connect((host, 443)).await.map_err(lost)?;
    TlsConnector::from(Arc::new(config)).connect(name, socket).await.map_err(lost)
}

async fn over(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Answer, String> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let carried = tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), LONGEST).collect().await.map_err(|error| error.to_string())?;
    carried.abort();
    Ok(Answer { status, body: body.to_bytes() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_found_by_its_name() {
        let text = "<Outputs><member><OutputKey>IntakeUrl</OutputKey><OutputValue>https://a/</OutputValue></member>\
                    <member><OutputKey>ReviewUrl</OutputKey><OutputValue>https://b/</OutputValue></member></Outputs>";
        assert_eq!(output(text, "ReviewUrl").as_deref(), Some("https://b/"));
        assert_eq!(output(text, "Review"), None);
        assert_eq!(output("<OutputKey>ReviewUrl</OutputKey><OutputValue>http://b/</OutputValue>", "ReviewUrl"), None);
        assert_eq!(output("", "ReviewUrl"), None);
    }

    #[test]
    fn a_signature_covers_host_and_time_and_says_no_secret() {
        let account = Account {
            key_id: "AKIDEXAMPLE".into(),
            key: "canary".into(),
            token: Some("session".into()),
            region: "eu-central-1".into(),
            endpoint: None,
        };
        let headers = signature(&account, "lambda", ("GET", "https://x.example/migrations", "x.example"), b"").unwrap();
        let value = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap();
        let authorization = value("authorization");
        assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{authorization}");
        assert!(authorization.contains("/eu-central-1/lambda/aws4_request"), "{authorization}");
        assert!(authorization.contains("SignedHeaders=host;x-amz-date;x-amz-security-token"), "{authorization}");
        assert_eq!(value("x-amz-security-token"), "session");
        assert!(!format!("{headers:?}").contains("canary"));
    }
}
