//! # Vaulted
//! Both mailboxes of a migration that the ledger knows. The vault hands out their credentials when the first connection is
//! wanted, to this adapter alone, and not before.

use std::time::Duration;

use async_trait::async_trait;
use posthorse_domain::migration::{Failure, MigrationId, Side, Trouble};
use posthorse_domain::ports::mail::{Destination, Lane, Mail, Pair, Source, logout};
use posthorse_domain::ports::{Ledger, Secret, Vault};
use tokio::sync::OnceCell;

use crate::ImapMail;
use crate::connect::Guard;

/// The mailboxes of one migration, for one step. What it holds of credentials is dropped with it.
pub struct VaultedMail<'a> {
    ledger: &'a dyn Ledger,
    vault: &'a dyn Vault,
    id: &'a MigrationId,
    guard: &'a Guard,
    silence: Duration,
    opened: OnceCell<ImapMail>,
}

impl<'a> VaultedMail<'a> {
    /// Asks nobody anything yet. Only what `guard` allows is dialled. `silence`: after this long without an octet a connection counts as dead.
    pub fn new(
        ledger: &'a dyn Ledger,
        vault: &'a dyn Vault,
        id: &'a MigrationId,
        guard: &'a Guard,
        silence: Duration,
    ) -> Self {
        Self { ledger, vault, id, guard, silence, opened: OnceCell::new() }
    }

    async fn opened(&self) -> Result<&ImapMail, Failure> {
        self.opened.get_or_try_init(|| self.open()).await
    }

    async fn open(&self) -> Result<ImapMail, Failure> {
        let record = self.ledger.migration(self.id).await?;
        let record = record.ok_or_else(|| Failure::store(format!("migration {} is not in the ledger", self.id.0)))?;
        let (source, destination) = tokio::try_join!(self.secret(Side::Source), self.secret(Side::Destination))?;
        let mail = ImapMail::new(&record.request, (source, destination), None, self.silence)?;
        Ok(mail.guarded(self.guard))
    }

    async fn secret(&self, side: Side) -> Result<Secret, Failure> {
        let found = self.vault.secret(self.id, side).await?;
        found.ok_or_else(|| Failure::new(side, Trouble::Auth, "its credentials are not kept, or were forgotten"))
    }
}

#[async_trait]
impl Mail for VaultedMail<'_> {
    async fn source(&self) -> Result<Box<dyn Source>, Failure> {
        self.opened().await?.source().await
    }

    async fn destination(&self) -> Result<Box<dyn Destination>, Failure> {
        self.opened().await?.destination().await
    }

    fn is_proven(&self) -> bool {
        self.opened.get().is_some_and(Mail::is_proven)
    }

    async fn pair(&self) -> Result<Box<dyn Pair>, Failure> {
        self.opened().await?.pair().await
    }

    async fn lane(&self) -> Option<Lane> {
        self.opened().await.ok()?.lane().await
    }

    /// A function copies in another process than it plans.
    async fn prepare(&self, _pairs: usize) {}

    fn dismiss(&self, _beyond: usize) {}

    async fn give_back(&self, source: Box<dyn Source>, destination: Box<dyn Destination>) {
        logout(source, destination).await;
    }
}
