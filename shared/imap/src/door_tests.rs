//! Connections that wait for whoever wants one, counted by a server that lets everybody in.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use posthorse_domain::migration::{Security, ServerSide, Side};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::connect::Tls;

/// A server, and how many connections it has had.
struct Inn {
    port: u16,
    guests: Arc<AtomicU32>,
}

impl Inn {
    async fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let guests = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&guests);
        tokio::spawn(async move {
            while let Ok((guest, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(welcome(guest));
            }
        });
        Self { port, guests }
    }

    fn door(&self) -> Door {
        let (host, user) = ("127.0.0.1".into(), "anna".into());
        let server = ServerSide { host, port: self.port, security: Security::Plaintext, user, tls: None };
        let (timeout, tls) = (Duration::from_secs(20), Tls::new(None).unwrap());
        Door::new(Dial { side: Side::Source, server, timeout, tls, guard: None }, Secret::new("secret"))
    }

    fn guests(&self) -> u32 {
        self.guests.load(Ordering::Relaxed)
    }
}

async fn welcome(guest: TcpStream) {
    let mut guest = BufReader::new(guest);
    let mut line = String::from("* OK [CAPABILITY IMAP4rev1] come in\r\n");
    loop {
        if guest.write_all(line.as_bytes()).await.is_err() {
            return;
        }
        let mut said = String::new();
        if guest.read_line(&mut said).await.unwrap_or(0) == 0 {
            return;
        }
        line = format!("{} OK [CAPABILITY IMAP4rev1] so be it\r\n", said.split(' ').next().unwrap_or("*"));
    }
}

#[tokio::test]
async fn what_was_prepared_is_what_pairs_get() {
    let inn = Inn::open().await;
    let door = inn.door();
    door.prepare(2).await;
    assert_eq!(inn.guests(), 2);
    let (_one, _other) = (door.open_for_pair().await.unwrap(), door.open_for_pair().await.unwrap());
    assert_eq!(inn.guests(), 2);
    let _third = door.open_for_pair().await.unwrap();
    assert_eq!(inn.guests(), 3, "and one more when more are asked for");
}

#[tokio::test]
async fn a_preparation_that_is_left_off_goes_on_when_a_pair_asks() {
    let inn = Inn::open().await;
    let door = inn.door();
    tokio::select! {
        biased;
        () = door.prepare(1) => panic!("at the first look nobody can have answered"),
        () = ready(()) => {}
    }
    let _client = door.open_for_pair().await.unwrap();
    assert_eq!(inn.guests(), 1);
}

#[tokio::test]
async fn a_failure_in_advance_shows_when_the_connection_is_wanted() {
    let door = {
        let inn = Inn::open().await;
        Inn { port: 1, guests: inn.guests }.door()
    };
    door.prepare(1).await;
    let Err(failure) = door.open_for_pair().await else { panic!("nobody listens there") };
    assert_eq!(failure.trouble, posthorse_domain::migration::Trouble::Unreachable);
    assert!(!door.is_proven());
}

#[tokio::test]
async fn what_is_kept_is_for_a_pair_alone() {
    let inn = Inn::open().await;
    let door = inn.door();
    door.keep(door.open().await.unwrap());
    let _fresh = door.open().await.unwrap();
    assert_eq!(inn.guests(), 2, "a recount, and a plan, have connections of their own");
    let _kept = door.open_for_pair().await.unwrap();
    assert_eq!(inn.guests(), 2);
}

#[tokio::test]
async fn a_dead_connection_and_one_that_has_waited_long_are_not_handed_out() {
    let inn = Inn::open().await;
    let door = inn.door();
    let mut dead = door.open().await.unwrap();
    dead.connection.logout().await;
    door.keep(dead);
    let old = (Instant::now() - WAITED, door.open().await.unwrap());
    open(&door.kept).push(maybe_done(ready(Ok(old)).boxed()));
    let _client = door.open_for_pair().await.unwrap();
    assert_eq!(inn.guests(), 3);
}

#[tokio::test]
async fn no_more_are_kept_than_are_wanted() {
    let inn = Inn::open().await;
    let door = inn.door();
    door.prepare(3).await;
    door.prepare(3).await;
    assert_eq!(inn.guests(), 3, "they are there already");
    door.dismiss(1);
    let _kept = door.open_for_pair().await.unwrap();
    let _new = door.open_for_pair().await.unwrap();
    assert_eq!(inn.guests(), 4);
}
