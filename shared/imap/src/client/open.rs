//! # Open
//! EXAMINE at the source, SELECT at the destination (RFC 9051 §6.3.2, §6.3.3). A folder is left by opening the next one:
//! there is no CLOSE, which would expunge a user's mail.

use bytes::Bytes;
use posthorse_domain::mail::{Flags, FolderName, Permanent, SystemFlag, UidValidity};
use posthorse_domain::migration::answer::During;
use posthorse_domain::migration::{Failure, Side};
use posthorse_domain::ports::mail::{Census, Opened};

use super::Client;
use crate::connection::Said;
use crate::wire::{Code, Command, Condition, FolderStatus, StatusItem, Untagged};

impl Client {
    pub(super) async fn open_folder(&mut self, folder: &FolderName) -> Result<Opened, Failure> {
        let opened = self.open_once(folder).await?;
        if opened.uid_next.is_some() || self.status_first {
            return Ok(opened);
        }
        // QUIRK: Courier 5.0 gives no UIDNEXT on SELECT, and its STATUS of the selected folder is stale: ask STATUS first.
        self.status_first = true;
        self.open_once(folder).await
    }

    async fn open_once(&mut self, folder: &FolderName) -> Result<Opened, Failure> {
        let condstore = self.connection.capabilities().has("CONDSTORE");
        let open = match self.connection.side() {
            Side::Destination => Command::select(folder, condstore),
            _ => Command::examine(folder, condstore),
        };
        let mut commands = Vec::new();
        if self.status_first {
            commands.push(Command::status(folder, &self.status_items()));
        }
        commands.push(open);
        let mut opened = Opened::default();
        let answers = self.connection.run(&commands, |_, said| note(&mut opened, said)).await?;
        if self.connection.side() == Side::Destination && self.connection.capabilities().has("X-GM-EXT-1") {
            // QUIRK: Gmail removes a message from its folder as soon as it is marked \Deleted.
            opened.permanent = opened.permanent.without(SystemFlag::Deleted);
        }
        match answers.last() {
            Some(status) if status.condition != Condition::Ok => Err(self.connection.refused(status, During::Open)),
            _ => Ok(opened),
        }
    }

    /// What STATUS is asked for; only what the server knows.
    pub(super) fn status_items(&self) -> Vec<StatusItem> {
        let capabilities = self.connection.capabilities();
        let mut items = vec![StatusItem::Messages, StatusItem::UidNext, StatusItem::UidValidity];
        if capabilities.has("STATUS=SIZE") && self.connection.side() == Side::Source {
            items.push(StatusItem::Size);
        }
        if capabilities.has("CONDSTORE") {
            items.push(StatusItem::HighestModSeq);
        }
        items
    }

    pub(super) async fn noop(&mut self) -> Result<Option<u32>, Failure> {
        let mut exists = None;
        self.connection
            .run(&[Command::noop()], |_, said| match said.data() {
                Some(Untagged::Exists(messages)) => exists = Some(messages),
                Some(Untagged::Expunge(_)) => exists = exists.map(|messages: u32| messages.saturating_sub(1)),
                Some(Untagged::Vanished { earlier: false, uids }) => {
                    let gone = u32::try_from(uids.len()).unwrap_or(u32::MAX);
                    exists = exists.map(|messages: u32| messages.saturating_sub(gone));
                }
                _ => {}
            })
            .await?;
        Ok(exists)
    }
}

/// STATUS as a census. UIDVALIDITY 0 is none.
pub(super) fn census(status: &FolderStatus) -> Census {
    Census {
        messages: status.messages,
        uid_next: status.uid_next,
        validity: status.validity.filter(|validity| *validity != UidValidity::new(0)),
        octets: status.size,
        highest_modseq: status.highest_modseq.filter(|modseq| *modseq > 0),
    }
}

fn slices(words: &[Bytes]) -> impl Iterator<Item = &[u8]> {
    words.iter().map(AsRef::as_ref)
}

fn note(opened: &mut Opened, said: Said) {
    match said {
        Said::Code(Code::UidValidity(validity)) => {
            opened.validity = Some(validity).filter(|validity| *validity != UidValidity::new(0));
        }
        Said::Code(Code::UidNext(next)) => opened.uid_next = Some(next),
        Said::Code(Code::PermanentFlags(words)) => opened.permanent = Permanent::read(slices(&words)),
        Said::Code(Code::HighestModSeq(modseq)) => opened.highest_modseq = Some(modseq),
        Said::Code(_) => {}
        Said::Data(data, _) => match *data {
            Untagged::Flags(words) => opened.keywords = Flags::read(slices(&words)).0.keywords,
            // Several may come; the last one counts (Zimbra).
            Untagged::Exists(messages) => opened.exists = Some(messages),
            Untagged::Status(status) => {
                let census = census(&status);
                opened.uid_next = opened.uid_next.or(census.uid_next);
                opened.validity = opened.validity.or(census.validity);
                opened.exists = opened.exists.or(census.messages);
            }
            _ => {}
        },
    }
}
