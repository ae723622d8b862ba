//! # Mail
//! Opens connections for the steps: dials, logs in, and makes pairs. The first connection to a side proves the login
//! alone and is kept for whoever asks next.

use std::any::Any;
use std::time::Duration;

use async_trait::async_trait;
use posthorse_domain::migration::{Failure, Request, ServerSide, Side};
use posthorse_domain::ports::Secret;
use posthorse_domain::ports::mail::{Destination, Lane, Mail, Pair, Source};

use crate::client::Client;
use crate::connect::{Dial, Guard, Tls};
use crate::door::Door;
use crate::transfer::ImapPair;

/// So long a connection is waited for that more could be sent over.
const LANE: Duration = Duration::from_secs(5);
/// Octets in flight between both sides, for all pairs together.
const BUDGET: u64 = 20 << 20;

/// Both mailboxes over IMAP.
pub struct ImapMail {
    source: Door,
    destination: Door,
    budget: u64,
}

impl ImapMail {
    /// Both sides of a request. `authorities`: PEM, trusted beside the built-in ones. `silence`: after this long without
    /// an octet a connection counts as dead.
    ///
    /// # Errors
    /// The authorities cannot be read.
    pub fn new(
        request: &Request,
        secrets: (Secret, Secret),
        authorities: Option<&[u8]>,
        silence: Duration,
    ) -> Result<Self, Failure> {
        let door = |side, server: &ServerSide, secret| -> Result<Door, Failure> {
            let tls = Tls::anchored(server.tls.as_ref(), authorities)
                .map_err(|failure| Failure { cause: format!("the {side}: {}", failure.cause), ..failure })?;
            let dial = Dial { side, server: server.clone(), timeout: silence, tls, guard: None };
            Ok(Door::new(dial, secret))
        };
        let pairs = u64::from(request.options.pairs());
        Ok(Self {
            source: door(Side::Source, &request.source, secrets.0)?,
            destination: door(Side::Destination, &request.destination, secrets.1)?,
            budget: BUDGET / pairs,
        })
    }

    /// Dials only what the guard allows, on either side.
    #[must_use]
    pub fn guarded(mut self, guard: &Guard) -> Self {
        self.source.dial.guard = Some(guard.clone());
        self.destination.dial.guard = Some(guard.clone());
        self
    }

    /// Proves that a login works. The connection is kept for the first step.
    pub async fn prove(&self, side: Side) -> Result<(), Failure> {
        let door = match side {
            Side::Destination => &self.destination,
            _ => &self.source,
        };
        door.prove().await
    }
}

#[async_trait]
impl Mail for ImapMail {
    async fn source(&self) -> Result<Box<dyn Source>, Failure> {
        self.source.dismiss(0);
        Ok(Box::new(self.source.open().await?))
    }

    async fn destination(&self) -> Result<Box<dyn Destination>, Failure> {
        self.destination.dismiss(0);
        Ok(Box::new(self.destination.open().await?))
    }

    fn is_proven(&self) -> bool {
        self.source.is_proven() && self.destination.is_proven()
    }

    async fn pair(&self) -> Result<Box<dyn Pair>, Failure> {
        let (source, destination) = tokio::try_join!(self.source.open_for_pair(), self.destination.open_for_pair())?;
        Ok(Box::new(ImapPair::new(source, destination, self.budget)))
    }

    async fn lane(&self) -> Option<Lane> {
        let client = tokio::time::timeout(LANE, self.destination.open()).await.ok()?.ok()?;
        Some(Box::new(client))
    }

    async fn prepare(&self, pairs: usize) {
        tokio::join!(self.source.prepare(pairs), self.destination.prepare(pairs));
    }

    fn dismiss(&self, beyond: usize) {
        self.source.dismiss(beyond);
        self.destination.dismiss(beyond);
    }

    async fn give_back(&self, source: Box<dyn Source>, destination: Box<dyn Destination>) {
        let (source, destination): (Box<dyn Any>, Box<dyn Any>) = (source, destination);
        for (door, connection) in [(&self.source, source), (&self.destination, destination)] {
            if let Ok(client) = connection.downcast::<Client>() {
                door.keep(*client);
            }
        }
    }
}
