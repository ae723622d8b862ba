//! # Door
//! How one side is reached: dialled, logged in to, and which of its connections wait for whoever wants one.

use std::future::{poll_fn, ready};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::{BoxFuture, MaybeDone, maybe_done};
use posthorse_domain::migration::Failure;
use posthorse_domain::ports::Secret;

use crate::client::Client;
use crate::connect::{Dial, connect};

/// So long a login that succeeded speaks for the next ones.
const PROVEN: Duration = Duration::from_secs(300);
/// So long a connection may have waited for a step to take it.
const WAITED: Duration = Duration::from_secs(20);

/// One side.
pub(crate) struct Door {
    pub(crate) dial: Dial,
    secret: Secret,
    /// A connection that proved the login and has done nothing else.
    spare: Mutex<Option<Client>>,
    /// Connections for pairs, there or on their way.
    kept: Mutex<Vec<Kept>>,
    /// When a login succeeded last.
    proven: Mutex<Option<Instant>>,
}

/// When it was logged in or came back, and the connection.
type Kept = MaybeDone<BoxFuture<'static, Result<(Instant, Client), Failure>>>;

impl Door {
    pub(crate) fn new(dial: Dial, secret: Secret) -> Self {
        Self { dial, secret, spare: Mutex::default(), kept: Mutex::default(), proven: Mutex::default() }
    }

    /// A connection on which nothing but the login was done.
    pub(crate) async fn open(&self) -> Result<Client, Failure> {
        let spare = open(&self.spare).take();
        if let Some(client) = spare {
            return Ok(client);
        }
        let client = dialled(self.dial.clone(), self.secret.clone()).await?;
        *open(&self.proven) = Some(Instant::now());
        Ok(client)
    }

    /// A connection on which no folder was opened. One that has waited for too long, or failed for a while, is made anew.
    pub(crate) async fn open_for_pair(&self) -> Result<Client, Failure> {
        let kept = open(&self.kept).pop();
        let Some(mut kept) = kept else { return self.open().await };
        (&mut kept).await;
        match Pin::new(&mut kept).take_output() {
            Some(Ok((since, client))) if since.elapsed() < WAITED => {
                *open(&self.proven) = Some(since);
                Ok(client)
            }
            Some(Err(failure)) if !failure.temporary() => Err(failure),
            _ => self.open().await,
        }
    }

    /// Opens one for the next time that somebody asks.
    pub(crate) async fn prove(&self) -> Result<(), Failure> {
        let client = self.open().await?;
        *open(&self.spare) = Some(client);
        Ok(())
    }

    pub(crate) fn is_proven(&self) -> bool {
        open(&self.proven).is_some_and(|at| at.elapsed() < PROVEN)
    }

    /// Makes it so many connections for pairs: those that lack are begun at once, and gone on with for as long as this is polled,
    /// or when a pair asks.
    pub(crate) async fn prepare(&self, connections: usize) {
        let begin = || {
            let dialled = dialled(self.dial.clone(), self.secret.clone());
            maybe_done(async { dialled.await.map(|client| (Instant::now(), client)) }.boxed())
        };
        open(&self.kept).resize_with(connections, begin);
        poll_fn(|cx| {
            let mut pending = false;
            open(&self.kept).iter_mut().for_each(|kept| pending |= kept.poll_unpin(cx).is_pending());
            if pending { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }

    /// Lets go of connections for pairs, beyond so many.
    pub(crate) fn dismiss(&self, beyond: usize) {
        let mut kept = open(&self.kept);
        let surplus = kept.len().saturating_sub(beyond);
        kept.drain(..surplus);
    }

    /// Keeps a connection for the next pair.
    pub(crate) fn keep(&self, client: Client) {
        if client.connection.is_dead() {
            return;
        }
        open(&self.kept).push(maybe_done(ready(Ok((Instant::now(), client))).boxed()));
    }
}

async fn dialled(dial: Dial, secret: Secret) -> Result<Client, Failure> {
    let ready = connect(&dial, &secret).await?;
    Ok(Client::new(dial.side, ready, dial.timeout))
}

fn open<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "door_tests.rs"]
mod tests;
