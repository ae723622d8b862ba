//! # Counted
//! A loopback HTTP proxy before the emulated AWS that counts calls by service and name.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Calls by name, such as `DynamoDB PutItem`.
pub type Calls = BTreeMap<String, u64>;

/// A running counter. Its threads end with the connections they serve.
#[derive(Debug)]
pub struct Counted {
    port: u16,
    calls: Arc<Mutex<Calls>>,
}

impl Counted {
    /// Stands before the loopback port `to`, where nothing has to listen yet.
    ///
    /// # Errors
    /// When no port is to be had.
    pub fn before(to: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let calls: Arc<Mutex<Calls>> = Arc::default();
        let counting = Arc::clone(&calls);
        thread::Builder::new().name("counted".into()).spawn(move || {
            for client in listener.incoming().flatten() {
                let calls = Arc::clone(&counting);
                thread::spawn(move || serve(&client, to, &calls));
            }
        })?;
        Ok(Self { port, calls })
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What was called since the last time.
    #[must_use]
    pub fn take(&self) -> Calls {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Passes requests on, one after the other, and answers back as they come.
fn serve(client: &TcpStream, to: u16, calls: &Mutex<Calls>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { return };
    let answers = || -> io::Result<()> {
        let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
        thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
        Ok(())
    };
    let mut requests = BufReader::new(client);
    if answers().is_ok() {
        while let Ok(Some(name)) = pass(&mut requests, &server) {
            *calls.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
}

/// Passes one request on; its name, and none at the connection's end.
fn pass(from: &mut impl BufRead, mut to: &TcpStream) -> io::Result<Option<String>> {
    let (mut head, mut length, mut target) = (Vec::new(), 0, None);
    loop {
        let begun = head.len();
        if from.read_until(b'\n', &mut head)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(head.get(begun..).unwrap_or_default()).trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "x-amz-target" => target = Some(value.trim().to_owned()),
            // Nobody counts what cannot be told apart from the next request.
            "transfer-encoding" => return Err(io::Error::other("a request without a length")),
            _ => {}
        }
    }
    to.write_all(&head)?;
    io::copy(&mut from.take(length), &mut to)?;
    let first = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
    Ok(Some(named(&first, target.as_deref())))
}

/// JSON services name the call in a header; what has none is S3.
fn named(first: &str, target: Option<&str>) -> String {
    if let Some((service, call)) = target.and_then(|target| target.rsplit_once('.')) {
        let service = match service {
            "TrentService" => "KMS",
            "AmazonSQS" => "SQS",
            "AWSEvents" => "EventBridge",
            other if other.starts_with("DynamoDB") => "DynamoDB",
            other => other,
        };
        return format!("{service} {call}");
    }
    let (method, path) = first.split_once(' ').unwrap_or((first, ""));
    let call = match method {
        "GET" if path.contains("list-type=") => "ListObjectsV2",
        "GET" => "GetObject",
        "PUT" => "PutObject",
        other => other,
    };
    format!("S3 {call}")
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn calls_are_named_by_what_the_services_go_by() {
        let rows = [
            ("POST / HTTP/1.1", Some("DynamoDB_20120810.PutItem"), "DynamoDB PutItem"),
            ("POST / HTTP/1.1", Some("AmazonSQS.SendMessage"), "SQS SendMessage"),
            ("POST / HTTP/1.1", Some("TrentService.Decrypt"), "KMS Decrypt"),
            ("PUT /bucket/m/manifest/1?x-id=PutObject HTTP/1.1", None, "S3 PutObject"),
            ("GET /bucket?list-type=2&prefix=m HTTP/1.1", None, "S3 ListObjectsV2"),
            ("GET /bucket/m/plan.json HTTP/1.1", None, "S3 GetObject"),
        ];
        for (first, target, name) in rows {
            assert_eq!(named(first, target), name);
        }
    }
}
