//! # Passing
//! The proxy delays, cuts, hangs and counts; the delivering client delivers.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use posthorse_tests::servers::deliver::FOREIGN;
use posthorse_tests::servers::proxy::Way;
use posthorse_tests::servers::*;

/// A server that sends every octet back, and tells how many came on each connection when that has ended.
fn echo() -> (u16, std::sync::mpsc::Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, (ended, came)) = (listener.local_addr().unwrap().port(), std::sync::mpsc::channel());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let ended = ended.clone();
            thread::spawn(move || {
                let (mut buffer, mut total) = ([0; 4096], 0);
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    total += read;
                    let _ = stream.write_all(&buffer[..read]);
                }
                ended.send(total)
            });
        }
    });
    (port, came)
}

fn dial(proxy: &Proxy) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(400))).unwrap();
    stream
}

fn ask(stream: &mut TcpStream, text: &str) -> std::io::Result<String> {
    stream.write_all(text.as_bytes())?;
    let mut answer = vec![0; text.len()];
    stream.read_exact(&mut answer)?;
    Ok(String::from_utf8(answer).unwrap())
}

#[test]
fn each_turn_takes_a_round_trip_and_octets_and_turns_are_counted() {
    let (port, _came) = echo();
    let proxy = Proxy::start(port, Rules { rtt: Duration::from_millis(40), ..Rules::default() }).unwrap();
    let mut stream = dial(&proxy);
    assert_eq!(ask(&mut stream, "first").unwrap(), "first");
    let before = Instant::now();
    for text in ["one", "two", "three"] {
        assert_eq!(ask(&mut stream, text).unwrap(), text);
    }
    let took = before.elapsed();
    assert!((120..300).contains(&took.as_millis()), "{took:?}");
    assert_eq!(proxy.counts(), Counts { connections: 1, up: 16, down: 16, turns: 3 });
}

#[test]
fn much_passes_unchanged_in_both_directions() {
    let (port, _came) = echo();
    let proxy = Proxy::start(port, Rules { rtt: Duration::from_millis(20), ..Rules::default() }).unwrap();
    let mut stream = dial(&proxy);
    let sent: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251).to_le_bytes()[0]).collect();
    let (mut writer, copy) = (stream.try_clone().unwrap(), sent.clone());
    let writing = thread::spawn(move || writer.write_all(&copy));
    let mut came = vec![0; sent.len()];
    stream.read_exact(&mut came).unwrap();
    writing.join().unwrap().unwrap();
    assert!(came == sent);
}

#[test]
fn a_cut_passes_exactly_its_octets_and_resets_the_client() {
    let (port, came) = echo();
    let proxy = Proxy::start(port, Rules { cut: Some((Way::Up, 5)), ..Rules::default() }).unwrap();
    let error = ask(&mut dial(&proxy), "123456789").unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(came.recv_timeout(Duration::from_secs(2)), Ok(5));
    let proxy = Proxy::start(port, Rules { cut: Some((Way::Down, 3)), ..Rules::default() }).unwrap();
    assert!(ask(&mut dial(&proxy), "123456789").is_err());
    assert_eq!(came.recv_timeout(Duration::from_secs(2)), Ok(9));
    assert_eq!((proxy.counts().up, proxy.counts().down), (9, 3));
}

#[test]
fn a_stall_is_silent_and_a_refusal_is_not() {
    let (port, _came) = echo();
    let proxy = Proxy::start(port, Rules { stall: Some((Way::Up, 3)), ..Rules::default() }).unwrap();
    let error = ask(&mut dial(&proxy), "12345").unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    proxy.set(Rules { refuse: true, ..Rules::default() });
    assert!(ask(&mut dial(&proxy), "12345").is_err());
    proxy.set(Rules::default());
    assert_eq!(ask(&mut dial(&proxy), "12345").unwrap(), "12345");
}

#[test]
fn what_is_open_can_be_cut_at_any_time() {
    let (port, came) = echo();
    let proxy = Proxy::start(port, Rules::default()).unwrap();
    let mut stream = dial(&proxy);
    assert_eq!(ask(&mut stream, "alive").unwrap(), "alive");
    proxy.cut();
    assert_eq!(came.recv_timeout(Duration::from_secs(2)), Ok(5));
    assert!(ask(&mut stream, "dead").is_err());
    assert_eq!(ask(&mut dial(&proxy), "again").unwrap(), "again");
    drop(proxy);
}

#[test]
fn mail_delivered_meanwhile_is_counted_and_no_fault() {
    let server = Server::start(Dovecot::default()).unwrap();
    for user in [1, 2] {
        server.seed(&server.user(user), &profile::tiny()).unwrap();
    }
    let delivery = Delivery::start(&server, &server.user(2), "INBOX", Duration::from_millis(1), 20).unwrap();
    let judge = Judge::of(&server, &server.user(1)).unwrap().against(&server, &server.user(2));
    thread::sleep(Duration::from_millis(300));
    let delivered = delivery.stop().unwrap();
    assert!(delivered > 0);
    assert_eq!(judge.compare().unwrap().totals.extra, u64::from(delivered));
    let verdict = judge.foreign(FOREIGN).compare().unwrap();
    assert!(verdict.equal, "{}", verdict.text);
    assert_eq!(verdict.totals.foreign, u64::from(delivered));
}
