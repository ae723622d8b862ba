//! # Proxy
//! A loopback TCP proxy that is far away, breaks or hangs on demand, and counts what passes.
//!
//! It runs on a thread of its own, so that it serves blocking tests, child processes and runtimes with a stopped clock.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

/// Which way octets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// What happens to connections; the default passes everything at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// Round trip time: each way is delayed by half of it, the first octet by a whole one more (the handshake).
    pub rtt: Duration,
    /// Octets per second that a connection carries each way.
    pub width: Option<u64>,
    /// Passes exactly so many octets of a connection that way, then resets the client and closes towards the server.
    pub cut: Option<(Way, u64)>,
    /// Passes exactly so many octets of a connection that way, then nothing more, without closing.
    pub stall: Option<(Way, u64)>,
    /// Resets new connections at once.
    pub refuse: bool,
}

/// What has passed since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Connections accepted, refused ones included.
    pub connections: u64,
    /// Octets from client to server.
    pub up: u64,
    /// Octets from server to client.
    pub down: u64,
    /// How often a client spoke after its server had: about the round trips.
    pub turns: u64,
}

#[derive(Debug, Default)]
struct Counters {
    connections: AtomicU64,
    of_each: Mutex<Vec<Arc<Each>>>,
    up: AtomicU64,
    down: AtomicU64,
    turns: AtomicU64,
}

/// What passed on one connection.
#[derive(Debug, Default)]
struct Each {
    up: AtomicU64,
    turns: AtomicU64,
}

/// A running proxy; ends with all connections when dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    rules: Arc<Mutex<Rules>>,
    counters: Arc<Counters>,
    /// Raised by one to cut what is open; `None` ends the proxy.
    cuts: watch::Sender<Option<u64>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Stands before the loopback port `to`.
    ///
    /// # Errors
    /// When no port or thread is to be had.
    pub fn start(to: u16, rules: Rules) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let (cuts, watch) = watch::channel(Some(0));
        let (rules, counters) = (Arc::new(Mutex::new(rules)), Arc::new(Counters::default()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (shared, counting) = (Arc::clone(&rules), Arc::clone(&counters));
        let thread = thread::Builder::new().name("proxy".into()).spawn(move || {
            if let Err(error) = runtime.block_on(serve(listener, to, &shared, &counting, watch)) {
                eprintln!("proxy: {error}");
            }
        })?;
        Ok(Self { port, rules, counters, cuts, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Other rules, for connections from now on.
    pub fn set(&self, rules: Rules) {
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    /// Cuts every open connection now.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts = cuts.map(|count| count + 1));
    }

    /// What has passed so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &self.counters;
        Counts {
            connections: read(&counters.connections),
            up: read(&counters.up),
            down: read(&counters.down),
            turns: read(&counters.turns),
        }
    }
}

impl Proxy {
    /// How often the client spoke after its server had, on each connection, in the order in which they were accepted.
    #[must_use]
    pub fn turns(&self) -> Vec<u64> {
        self.of_each(|each| &each.turns)
    }

    /// Octets from client to server on each connection, in the order in which they were accepted.
    #[must_use]
    pub fn up(&self) -> Vec<u64> {
        self.of_each(|each| &each.up)
    }

    fn of_each(&self, counter: impl Fn(&Each) -> &AtomicU64) -> Vec<u64> {
        let of_each = self.counters.of_each.lock().unwrap_or_else(PoisonError::into_inner);
        of_each.iter().map(|each| counter(each).load(Ordering::Relaxed)).collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.cuts.send(None);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(
    listener: std::net::TcpListener,
    to: u16,
    rules: &Mutex<Rules>,
    counters: &Arc<Counters>,
    mut cuts: watch::Receiver<Option<u64>>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let client = tokio::select! {
            accepted = listener.accept() => accepted?.0,
            changed = cuts.wait_for(Option::is_none) => return changed.map(drop).map_err(io::Error::other),
        };
        counters.connections.fetch_add(1, Ordering::Relaxed);
        let rules = *rules.lock().unwrap_or_else(PoisonError::into_inner);
        let (counters, cuts) = (Arc::clone(counters), cuts.clone());
        tokio::spawn(async move {
            // A lost peer is daily bread here: the other side is told by the closing of its socket.
            let _ = connect(client, to, rules, &counters, cuts).await;
        });
    }
}

async fn connect(
    mut client: TcpStream,
    to: u16,
    rules: Rules,
    counters: &Counters,
    mut cuts: watch::Receiver<Option<u64>>,
) -> io::Result<()> {
    if rules.refuse {
        return client.set_zero_linger();
    }
    let open = *cuts.borrow_and_update();
    sleep(rules.rtt).await;
    let mut server = TcpStream::connect(("127.0.0.1", to)).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let server_spoke = AtomicBool::new(false);
    let each = Arc::new(Each::default());
    counters.of_each.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&each));
    let each = each.as_ref();
    let (client_in, client_out) = client.split();
    let (server_in, server_out) = server.split();
    let up = pump(client_in, server_out, Passage { way: Way::Up, rules, counters, each, server_spoke: &server_spoke });
    let down =
        pump(server_in, client_out, Passage { way: Way::Down, rules, counters, each, server_spoke: &server_spoke });
    let broken = tokio::select! {
        passed = async { tokio::try_join!(up, down) } => passed.is_err(),
        _ = cuts.wait_for(|cuts| *cuts != open) => true,
    };
    // The client sees a reset; the server sees an end after what was passed, as behind a network that broke.
    if broken { client.set_zero_linger() } else { Ok(()) }
}

/// One direction of one connection.
struct Passage<'a> {
    way: Way,
    rules: Rules,
    counters: &'a Counters,
    each: &'a Each,
    server_spoke: &'a AtomicBool,
}

impl Passage<'_> {
    fn limit(&self, rule: Option<(Way, u64)>) -> u64 {
        rule.filter(|(way, _)| *way == self.way).map_or(u64::MAX, |(_, octets)| octets)
    }

    fn count(&self, octets: usize) {
        let octets = u64::try_from(octets).unwrap_or(0);
        if self.way == Way::Up {
            self.counters.up.fetch_add(octets, Ordering::Relaxed);
            self.each.up.fetch_add(octets, Ordering::Relaxed);
        } else {
            self.counters.down.fetch_add(octets, Ordering::Relaxed);
        }
        if self.server_spoke.swap(self.way == Way::Down, Ordering::Relaxed) && self.way == Way::Up {
            self.counters.turns.fetch_add(1, Ordering::Relaxed);
            self.each.turns.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// As many pieces of up to 64 KiB may be under way in one direction.
const UNDER_WAY: usize = 1024;

/// Passes one direction, late by half a round trip; an error means that the connection is to be broken.
async fn pump(from: ReadHalf<'_>, to: WriteHalf<'_>, passage: Passage<'_>) -> io::Result<()> {
    let (late, arriving) = mpsc::channel(UNDER_WAY);
    tokio::try_join!(take(from, late, passage), give(arriving, to)).map(drop)
}

/// Octets and when they are due; an error in their place breaks the connection behind the octets before it.
type Piece = (Instant, io::Result<Vec<u8>>);

async fn take(mut from: ReadHalf<'_>, late: mpsc::Sender<Piece>, passage: Passage<'_>) -> io::Result<()> {
    let (cut, stall) = (passage.limit(passage.rules.cut), passage.limit(passage.rules.stall));
    let mut left = cut.min(stall);
    let mut buffer = vec![0; if passage.rules.width.is_some() { 1 << 13 } else { 1 << 16 }];
    while left > 0 {
        let room = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let read = from.read(buffer.get_mut(..room).unwrap_or_default()).await?;
        if read == 0 {
            return Ok(());
        }
        passage.count(read);
        if let Some(width) = passage.rules.width {
            let octets = u64::try_from(read).unwrap_or(0);
            sleep(Duration::from_micros(octets.saturating_mul(1_000_000) / width.max(1))).await;
        }
        left -= u64::try_from(read).unwrap_or(0);
        let octets = buffer.get(..read).unwrap_or_default().to_vec();
        let _ = late.send((Instant::now() + passage.rules.rtt / 2, Ok(octets))).await;
    }
    if stall < cut {
        std::future::pending::<()>().await;
    }
    let _ = late.send((Instant::now() + passage.rules.rtt / 2, Err(io::ErrorKind::ConnectionReset.into()))).await;
    Ok(())
}

async fn give(mut arriving: mpsc::Receiver<Piece>, mut to: WriteHalf<'_>) -> io::Result<()> {
    while let Some((due, octets)) = arriving.recv().await {
        sleep_until(due).await;
        to.write_all(&octets?).await?;
    }
    to.shutdown().await
}
