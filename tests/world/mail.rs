//! # Mail
//! The real IMAP code, connected to the two servers of the world.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use posthorse_domain::migration::{Failure, Side};
use posthorse_domain::ports::Secret;
use posthorse_domain::ports::mail::{Destination, Lane, Mail, Pair, Source, logout};
use posthorse_imap::client::Client;
use posthorse_imap::connect::login_over;
use posthorse_imap::transfer::ImapPair;

use super::effects::Effects;
use super::server::{Server, USER};
use super::tap::{Tampering, Tap};
use super::worlds::PASSWORD;

/// Messages in a batch that others wait behind, where even a short mailbox is sent over several connections.
const BATCH: usize = 3;
/// Octets in flight between the two sides.
const BUDGET: u64 = 8 << 20;

/// Both mailboxes.
#[derive(Clone)]
pub struct WorldMail {
    /// The server that is read.
    pub source: Server,
    /// The server that is written.
    pub destination: Server,
    /// Counts what is sent.
    pub effects: Effects,
    /// After this long without an octet a connection counts as dead.
    pub silence: Duration,
    /// Sides on which a login has succeeded.
    pub proven: Arc<Mutex<BTreeSet<&'static str>>>,
    /// Further connections to the destination for each pair, however little there is to be sent, in small batches.
    pub lanes: Option<usize>,
    /// What is wrong on purpose.
    pub tampering: Option<Tampering>,
}

impl WorldMail {
    async fn client(&self, side: Side) -> Result<Client, Failure> {
        self.effects.alive().await;
        let (server, name) = match side {
            Side::Destination => (&self.destination, "destination"),
            _ => (&self.source, "source"),
        };
        let tap = Tap::new(server.connect(), name, self.effects.clone());
        let stream = Box::new(tap.tampered(self.tampering));
        let ready = login_over(stream, side, name, USER, &Secret::new(PASSWORD), None, self.silence).await?;
        self.proven.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
        Ok(Client::new(side, ready, self.silence))
    }
}

#[async_trait]
impl Mail for WorldMail {
    async fn source(&self) -> Result<Box<dyn Source>, Failure> {
        Ok(Box::new(self.client(Side::Source).await?))
    }

    async fn destination(&self) -> Result<Box<dyn Destination>, Failure> {
        Ok(Box::new(self.client(Side::Destination).await?))
    }

    fn is_proven(&self) -> bool {
        self.proven.lock().unwrap_or_else(PoisonError::into_inner).len() == 2
    }

    async fn pair(&self) -> Result<Box<dyn Pair>, Failure> {
        let (source, destination) = tokio::try_join!(self.client(Side::Source), self.client(Side::Destination))?;
        let mut pair = ImapPair::new(source, destination, BUDGET);
        if let Some(lanes) = self.lanes.filter(|_| pair.destination().takes_batches()) {
            pair = pair.in_batches_of(BATCH);
            let more = join_all((0..lanes).map(|_| self.lane())).await;
            more.into_iter().flatten().for_each(|lane| pair.widen(lane));
        }
        Ok(Box::new(pair))
    }

    async fn lane(&self) -> Option<Lane> {
        Some(Box::new(self.client(Side::Destination).await.ok()?))
    }

    async fn prepare(&self, _pairs: usize) {}

    fn dismiss(&self, _beyond: usize) {}

    async fn give_back(&self, source: Box<dyn Source>, destination: Box<dyn Destination>) {
        logout(source, destination).await;
    }
}
