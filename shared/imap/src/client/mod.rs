//! # Client
//! What both sides can tell: folders, messages, headers. The source opens by EXAMINE and has no way to write.

mod aside;
mod destination;
mod folders;
mod listing_ahead;
mod open;
mod opening;
mod read;
mod source;

use std::time::Duration;

pub(crate) use self::aside::Aside;
pub(crate) use self::listing_ahead::ListingAhead;
pub(crate) use self::opening::{Opening, Seen};
pub(crate) use self::read::MESSAGE;

use async_trait::async_trait;
use posthorse_domain::mail::{Fingerprint, FolderName, Uid, UidSet};
use posthorse_domain::migration::{Failure, Side};
use posthorse_domain::ports::mail::{Census, Glance, Head, Listing, Look, Mailbox, Meta, Opened};

use crate::connect::Ready;
use crate::connection::Connection;
use crate::transfer::HELD;
use crate::wire::Limits;

/// A logged-in connection to one side.
pub struct Client {
    /// The connection; the transfer uses it directly.
    pub(crate) connection: Connection,
    /// The server gives no UIDNEXT when a folder is opened: STATUS is asked before.
    status_first: bool,
    /// A folder was refused: from now on nothing is sent behind an opening before its answer, since some servers count errors.
    wary: bool,
}

impl Client {
    /// Takes over a connection that is logged in. `silence`: after this long without an octet it counts as dead.
    pub fn new(side: Side, ready: Ready, silence: Duration) -> Self {
        let inline = usize::try_from(HELD).unwrap_or(usize::MAX);
        let limits = Limits { inline, inline_total: 2 * inline, ..Limits::default() };
        Self { connection: Connection::new(side, ready, silence, limits), status_first: false, wary: false }
    }
}

impl Client {
    /// Folders are labels (Gmail).
    fn has_labels(&self) -> bool {
        self.connection.capabilities().has("X-GM-EXT-1")
    }
}

#[async_trait]
impl Mailbox for Client {
    async fn list(&mut self) -> Result<Listing, Failure> {
        self.all_folders().await
    }

    async fn statuses(&mut self, folders: &[FolderName]) -> Result<Vec<Option<Census>>, Failure> {
        self.ask_status(folders).await
    }

    async fn open(&mut self, folder: &FolderName) -> Result<Opened, Failure> {
        self.open_folder(folder).await
    }

    async fn survey(&mut self, folders: &[Look]) -> Result<Vec<Glance>, Failure> {
        self.look_at(folders).await
    }

    async fn exists(&mut self) -> Result<Option<u32>, Failure> {
        self.noop().await
    }

    async fn metas(&mut self, lo: Uid, hi: Option<Uid>) -> Result<Vec<Meta>, Failure> {
        self.read_metas(lo, hi).await
    }

    async fn uids(&mut self, lo: Uid, hi: Option<Uid>) -> Result<UidSet, Failure> {
        self.read_uids(lo, hi).await
    }

    async fn heads(&mut self, lo: Uid, hi: Option<Uid>) -> Result<Vec<Head>, Failure> {
        self.read_heads_between(lo, hi).await
    }

    async fn heads_of(&mut self, uids: &UidSet) -> Result<Vec<Head>, Failure> {
        self.read_heads(uids).await
    }

    async fn body_digest(&mut self, uid: Uid) -> Result<Option<Fingerprint>, Failure> {
        self.digest_body(uid).await
    }

    async fn logout(&mut self) {
        self.connection.logout().await;
    }
}
