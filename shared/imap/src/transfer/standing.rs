//! # Standing
//! A connection that goes on to the next folder while its user still stands in the one before. Whatever is asked about the
//! folder at hand takes it back there first.

use async_trait::async_trait;
use posthorse_domain::mail::{Fingerprint, FolderName, SystemFlag, Uid, UidSet, UidValidity};
use posthorse_domain::migration::inspect::Limits;
use posthorse_domain::migration::{Failure, Trouble};
use posthorse_domain::ports::mail::{
    Also, Census, Copies, Destination, Glance, Head, Listing, Look, Made, Mailbox, Meta, Opened, Source, Then, Until,
    Whole,
};

use super::fetch::Fetching;
use crate::client::{Client, Opening, Seen};
use crate::connection::Connection;
use crate::wire::{Command, Tag};

/// A connection and where its user stands.
pub(super) struct Standing {
    client: Client,
    /// The folder that its user has open.
    at: Option<(FolderName, Option<UidValidity>)>,
    /// The folder that was asked for meanwhile.
    next: Option<Next>,
    /// Another folder than `at` is open.
    away: bool,
    /// How often it had to be taken back.
    returns: u8,
}

/// Times a connection is taken back before it stays where it is: each costs a turn more than was saved.
const RETURNS: u8 = 2;

/// A folder asked for in advance.
struct Next {
    folder: FolderName,
    also: Also,
    came: Came,
}

enum Came {
    /// Not all that it takes.
    Some(Opening),
    All(Result<Seen, Failure>),
}

impl Standing {
    pub(super) fn new(client: Client) -> Self {
        Self { client, at: None, next: None, away: false, returns: 0 }
    }

    /// For what is about no folder, or about the one at hand, which has been made sure of.
    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.client.connection
    }

    /// The same, to ask about the folder at hand.
    pub(super) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// True when no answer is awaited.
    pub(super) fn is_idle(&self) -> bool {
        self.next.is_none() && !self.away
    }

    /// The connection, for whoever has no folder at hand.
    pub(super) fn into_client(self) -> Client {
        self.client
    }

    /// True when another folder than the one at hand is open.
    pub(super) fn is_away(&self) -> bool {
        self.away
    }

    /// True when the folder at hand has a UIDVALIDITY, by which it is known again, and is not always asked about afterwards.
    pub(super) fn may_leave(&self) -> bool {
        matches!(self.at, Some((_, Some(_)))) && self.returns < RETURNS
    }

    /// Asks for the next folder and reads what it shows. Its messages, when they are wanted at once. Losing this future
    /// loses nothing that was read.
    pub(super) async fn go_ahead(&mut self, then: &Then, limits: Limits) -> Option<Fetching> {
        let opening = match then.whole && self.client.connection.may_ask_for_much() {
            true => self.client.ask_for_all(&then.source, then.also),
            false => self.client.ask_to_open(&then.source, then.also),
        };
        self.went_on(opening.ok()?);
        self.hear_next().await.ok()?;
        match &mut self.next {
            Some(Next { came: Came::All(Ok(seen)), .. }) if then.whole => {
                Some(fetching(seen, limits, &mut self.client.connection))
            }
            _ => None,
        }
    }

    /// The messages of a folder that was just opened, when they were asked for with it and nobody has taken them.
    pub(super) fn messages(&mut self, seen: &mut Seen) -> Option<Fetching> {
        seen.aside.is_some().then(|| fetching(seen, Limits::default(), &mut self.client.connection))
    }

    /// The commands that open the next folder, for whoever sends them.
    pub(super) fn to_open(&self, folder: &FolderName) -> Result<Vec<Command>, Failure> {
        self.client.to_open(folder, Also::Nothing)
    }

    /// Those commands went out. Without their tags, somebody has heard the answers, and they are gone.
    pub(super) fn asked_for(&mut self, folder: &FolderName, tags: &[Tag]) {
        self.away = true;
        if !tags.is_empty() {
            let opening = self.client.opening_of(folder, Also::Nothing, tags.to_vec());
            self.went_on(opening);
        }
    }

    fn went_on(&mut self, opening: Opening) {
        let (folder, also) = opening.of();
        self.next = Some(Next { folder, also, came: Came::Some(opening) });
        self.away = true;
    }

    async fn hear_next(&mut self) -> Result<(), Failure> {
        let Some(Next { came: Came::Some(opening), .. }) = &mut self.next else { return Ok(()) };
        self.client.hear(opening).await?;
        if self.client.tells_all(opening)
            && let Some(Next { folder, also, came: Came::Some(opening) }) = self.next.take()
        {
            let seen = self.client.conclude(opening);
            self.next = Some(Next { folder, also, came: Came::All(seen) });
        }
        Ok(())
    }

    /// True when this is the folder that was asked for in advance.
    pub(super) fn has_gone_on_to(&self, folder: &FolderName, also: Also) -> bool {
        self.next.as_ref().is_some_and(|next| next.folder == *folder && next.also == also)
    }

    /// Opens a folder, or takes what was asked for in advance.
    pub(super) async fn open_also(&mut self, folder: &FolderName, also: Also) -> Result<Seen, Failure> {
        let seen = match self.next.take_if(|next| next.folder == *folder && next.also == also) {
            Some(Next { came: Came::All(seen), .. }) => seen,
            Some(Next { came: Came::Some(opening), .. }) => self.client.opened(opening).await,
            None => {
                self.stop();
                self.client.open_also(folder, also).await
            }
        };
        self.at = seen.as_ref().ok().map(|seen| (folder.clone(), seen.opened.validity));
        self.away = false;
        seen
    }

    /// Nobody wants the next folder any more.
    fn stop(&mut self) {
        if let Some(Next { came: Came::Some(opening), .. }) = self.next.take() {
            self.client.give_up(&opening);
        }
    }

    /// For a command about no folder.
    fn anywhere(&mut self) -> &mut Client {
        self.stop();
        &mut self.client
    }

    /// Back in the folder at hand.
    pub(super) async fn here(&mut self) -> Result<&mut Client, Failure> {
        self.stop();
        if self.away
            && let Some((folder, validity)) = self.at.clone()
        {
            self.returns = self.returns.saturating_add(1);
            let opened = self.client.open_also(&folder, Also::Nothing).await?.opened;
            if opened.validity != validity {
                let connection = &mut self.client.connection;
                return Err(connection.dies(Trouble::Lost, "a folder was renumbered while the next one was opened"));
            }
        }
        self.away = false;
        Ok(&mut self.client)
    }
}

/// All messages of a folder that was opened and listed.
fn fetching(seen: &mut Seen, limits: Limits, connection: &mut Connection) -> Fetching {
    let fetching = Fetching::new(seen.listed.iter().flatten().cloned().collect(), limits);
    match seen.aside.take() {
        Some(aside) => fetching.asked_already(aside, connection),
        None => fetching,
    }
}

#[async_trait]
impl Mailbox for Standing {
    async fn list(&mut self) -> Result<Listing, Failure> {
        self.anywhere().list().await
    }

    async fn statuses(&mut self, folders: &[FolderName]) -> Result<Vec<Option<Census>>, Failure> {
        self.anywhere().statuses(folders).await
    }

    async fn open(&mut self, folder: &FolderName) -> Result<Opened, Failure> {
        Ok(self.open_also(folder, Also::Nothing).await?.opened)
    }

    async fn survey(&mut self, folders: &[Look]) -> Result<Vec<Glance>, Failure> {
        self.at = None;
        self.anywhere().survey(folders).await
    }

    async fn exists(&mut self) -> Result<Option<u32>, Failure> {
        self.here().await?.exists().await
    }

    async fn metas(&mut self, lo: Uid, hi: Option<Uid>) -> Result<Vec<Meta>, Failure> {
        self.here().await?.metas(lo, hi).await
    }

    async fn uids(&mut self, lo: Uid, hi: Option<Uid>) -> Result<UidSet, Failure> {
        self.here().await?.uids(lo, hi).await
    }

    async fn heads(&mut self, lo: Uid, hi: Option<Uid>) -> Result<Vec<Head>, Failure> {
        self.here().await?.heads(lo, hi).await
    }

    async fn heads_of(&mut self, uids: &UidSet) -> Result<Vec<Head>, Failure> {
        self.here().await?.heads_of(uids).await
    }

    async fn body_digest(&mut self, uid: Uid) -> Result<Option<Fingerprint>, Failure> {
        self.here().await?.body_digest(uid).await
    }

    async fn logout(&mut self) {
        self.anywhere().logout().await;
    }
}

#[async_trait]
impl Source for Standing {
    async fn whole(&mut self, uid: Uid, most: u64) -> Result<Whole, Failure> {
        self.here().await?.whole(uid, most).await
    }
}

#[async_trait]
impl Destination for Standing {
    async fn create(&mut self, folders: &[FolderName]) -> Result<Vec<Made>, Failure> {
        self.anywhere().create(folders).await
    }

    async fn subscribe(&mut self, folders: &[FolderName]) -> Result<Vec<Made>, Failure> {
        self.anywhere().subscribe(folders).await
    }

    fn append_limit(&self) -> Option<u64> {
        self.client.append_limit()
    }

    fn takes_batches(&self) -> bool {
        self.client.takes_batches()
    }

    async fn flag(&mut self, uids: &UidSet, flag: SystemFlag) -> Result<Made, Failure> {
        self.here().await?.flag(uids, flag).await
    }

    async fn copy(&mut self, uids: &UidSet, to: &FolderName, until: Until<'_>) -> Result<Copies, Failure> {
        self.here().await?.copy(uids, to, until).await
    }

    async fn census(&mut self, folder: &FolderName) -> Result<Census, Failure> {
        self.anywhere().census(folder).await
    }
}
