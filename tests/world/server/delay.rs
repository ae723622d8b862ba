//! # Delay
//! The distance between client and server: everything the server says arrives a fixed time later, in order and at
//! full width, so that pipelined commands cost one trip together.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::session::Pipe;

/// Octets in one direction before the sender has to wait.
const WIDE: usize = 1 << 20;

/// A stream for the server, and the work that carries it to the client's stream with this delay.
pub fn delayed<S: Pipe>(client: S, trip: Duration) -> (DuplexStream, impl Future<Output = ()> + Send) {
    let (near, far) = tokio::io::duplex(WIDE);
    (near, carry(client, far, trip))
}

async fn carry<S: Pipe>(client: S, server: DuplexStream, trip: Duration) {
    let (mut from_client, mut to_client) = tokio::io::split(client);
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let (late, mut due) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let up = async move {
        let _either_side_left = tokio::io::copy(&mut from_client, &mut to_server).await;
        let _already_closed = to_server.shutdown().await;
    };
    let listen = async move {
        let mut octets = vec![0; WIDE];
        while let Ok(count @ 1..) = from_server.read(&mut octets).await {
            let said = octets.iter().take(count).copied().collect();
            if late.send((Instant::now() + trip, said)).is_err() {
                break;
            }
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
