//! # Delay
//! The distance between client and server: everything the server says arrives a fixed time later, in order and at
//! full width, so that pipelined commands cost one trip together. Or the link between them is narrow, in both directions.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use super::session::Pipe;

/// Octets in one direction before the sender has to wait.
const WIDE: usize = 1 << 20;
/// Octets that a narrow link carries at once.
const PIECE: usize = 4 << 10;

/// A stream for the server, and the work that carries it to the client's stream with this delay and `width` octets a second.
pub fn delayed<S: Pipe>(
    client: S,
    trip: Duration,
    width: Option<u64>,
) -> (DuplexStream, impl Future<Output = ()> + Send) {
    // A narrow link holds no more than it carries soon.
    let (near, far) = tokio::io::duplex(if width.is_some() { 8 * PIECE } else { WIDE });
    (near, carry(client, far, trip, width))
}

async fn carry<S: Pipe>(client: S, server: DuplexStream, trip: Duration, width: Option<u64>) {
    let (mut from_client, mut to_client) = tokio::io::split(client);
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let (late, mut due) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let piece = if width.is_some() { PIECE } else { WIDE };
    let up = async move {
        let mut octets = Vec::with_capacity(piece);
        while let Ok(count @ 1..) = from_client.read_buf(&mut octets).await {
            pass(count, width).await;
            if to_server.write_all(&octets).await.is_err() || to_server.flush().await.is_err() {
                break;
            }
            octets.clear();
        }
        let _already_closed = to_server.shutdown().await;
    };
    let listen = async move {
        let mut octets = Vec::with_capacity(piece);
        while let Ok(count @ 1..) = from_server.read_buf(&mut octets).await {
            pass(count, width).await;
            if late.send((Instant::now() + trip, octets.clone())).is_err() {
                break;
            }
            octets.clear();
        }
    };
    let down = async move {
        while let Some((at, octets)) = due.recv().await {
            sleep_until(at).await;
            if to_client.write_all(&octets).await.is_err() || to_client.flush().await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = async { tokio::join!(listen, down); } => {}
        () = async { up.await; std::future::pending::<()>().await } => {}
    }
}

/// The time that so many octets take.
async fn pass(octets: usize, width: Option<u64>) {
    let Some(width) = width else { return };
    let octets = u64::try_from(octets).unwrap_or(u64::MAX);
    sleep(Duration::from_micros(octets.saturating_mul(1_000_000) / width.max(1))).await;
}
