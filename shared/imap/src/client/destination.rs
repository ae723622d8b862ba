//! # Destination
//! The mailbox that is written. CREATE, SUBSCRIBE, STATUS, COPY and a flag that APPEND lost; APPEND is the transfer's. Nothing here deletes.

use async_trait::async_trait;
use posthorse_domain::mail::{Flags, FolderName, SystemFlag, UidSet};
use posthorse_domain::migration::answer::During;
use posthorse_domain::migration::{Failure, Trouble};
use posthorse_domain::ports::mail::{Census, Copies, Destination, Made, Until};

use super::Client;
use super::open::census;
use crate::connection::{Lease, trouble};
use crate::wire::{Code, Command, Condition, Fetch, FetchItem, Range, Untagged};

/// Commands on their way at once.
const FLIGHT: usize = 100;

impl Client {
    async fn each(&mut self, commands: Vec<Command>) -> Result<Vec<Made>, Failure> {
        let mut made = Vec::with_capacity(commands.len());
        for flight in commands.chunks(FLIGHT) {
            for status in self.connection.run(flight, |_, _| {}).await? {
                if status.condition == Condition::Ok {
                    made.push(Made::Yes);
                    continue;
                }
                let answer = self.connection.answer(&status, During::Create);
                match trouble(&answer) {
                    Some(trouble) if trouble != Trouble::Folder => {
                        return Err(self.connection.failure(trouble, answer.words));
                    }
                    _ => made.push(Made::Refused(answer.words)),
                }
            }
        }
        Ok(made)
    }

    /// Those of these messages that are there and not marked `\Deleted`: a copy would be marked, too.
    async fn unmarked(&mut self, uids: &UidSet) -> Result<UidSet, Failure> {
        let items = [FetchItem::Uid, FetchItem::Flags];
        let command = Command::fetch(Range::Uids(uids), &items, None).map_err(|error| self.ours(error))?;
        let mut unmarked = UidSet::new();
        let each = |uid, fetch: Fetch, _| {
            let flags = fetch.flags.map(|words| Flags::read(words.iter().map(AsRef::as_ref)).0);
            if uids.contains(uid) && flags.is_some_and(|flags| !flags.system.contains(SystemFlag::Deleted)) {
                unmarked.insert(uid);
            }
        };
        let answers = self.fetch(&[command], each).await?;
        let all = answers.iter().all(|status| status.condition == Condition::Ok);
        Ok(if all { unmarked } else { UidSet::new() })
    }
}

#[async_trait]
impl Destination for Client {
    async fn create(&mut self, folders: &[FolderName]) -> Result<Vec<Made>, Failure> {
        self.each(folders.iter().map(Command::create).collect()).await
    }

    async fn subscribe(&mut self, folders: &[FolderName]) -> Result<Vec<Made>, Failure> {
        self.each(folders.iter().map(Command::subscribe).collect()).await
    }

    async fn flag(&mut self, uids: &UidSet, flag: SystemFlag) -> Result<Made, Failure> {
        for piece in uids.pieces(4_000, 500) {
            let command = Command::flag(&piece, flag)
                .map_err(|error| self.connection.failure(Trouble::Ours, error.to_string()))?;
            let Some(command) = command else { return Ok(Made::Refused(format!("{flag} is never set"))) };
            for status in self.connection.run(&[command], |_, _| {}).await? {
                if status.condition != Condition::Ok {
                    return Ok(Made::Refused(self.connection.answer(&status, During::Append).words));
                }
            }
        }
        Ok(Made::Yes)
    }

    async fn copy(&mut self, uids: &UidSet, to: &FolderName, until: Until<'_>) -> Result<Copies, Failure> {
        if !self.connection.capabilities().has("UIDPLUS") {
            return Ok(Copies::Refused("the server would not tell what it copies (UIDPLUS)".into()));
        }
        let uids = self.unmarked(uids).await?;
        if uids.is_empty() {
            return Ok(Copies::Nothing);
        }
        let command = Command::copy(&uids, to).map_err(|error| self.ours(error))?;
        let lease = Lease { clock: until.clock, until_monotonic: until.monotonic, until_wall: until.wall };
        let status = self.connection.carry_out(&command, lease).await?;
        if status.condition != Condition::Ok {
            let answer = self.connection.answer(&status, During::Append);
            return match trouble(&answer) {
                Some(trouble) if trouble != Trouble::Folder => Err(self.connection.failure(trouble, answer.words)),
                _ => Ok(Copies::Refused(answer.words)),
            };
        }
        Ok(match status.code {
            Some(Code::CopyUid { validity, uids: Some((from, copies)) }) => {
                Copies::Told { validity, copies: from.iter().zip(copies.iter()).collect() }
            }
            _ => Copies::Untold,
        })
    }

    fn takes_batches(&self) -> bool {
        self.connection.capabilities().takes_batches()
    }

    fn append_limit(&self) -> Option<u64> {
        self.connection.capabilities().append_limit()
    }

    async fn census(&mut self, folder: &FolderName) -> Result<Census, Failure> {
        let mut found = Census::default();
        let command = Command::status(folder, &self.status_items());
        let answers = self
            .connection
            .run(&[command], |_, said| {
                if let Some(Untagged::Status(status)) = said.data() {
                    found = census(&status);
                }
            })
            .await?;
        match answers.first() {
            Some(status) if status.condition != Condition::Ok => Err(self.connection.refused(status, During::Open)),
            _ => Ok(found),
        }
    }
}
