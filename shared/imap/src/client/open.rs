//! # Open
//! EXAMINE at the source, SELECT at the destination (RFC 9051 §6.3.2, §6.3.3). A folder is left by opening the next one:
//! there is no CLOSE, which would expunge a user's mail.

use bytes::Bytes;
use posthorse_domain::mail::{Flags, FolderName, Permanent, SystemFlag, Uid, UidValidity};
use posthorse_domain::migration::answer::During;
use posthorse_domain::migration::{Failure, Side, Trouble};
use posthorse_domain::ports::mail::{Also, Census, Glance, Look, Opened};

use super::aside::Aside;
use super::opening::{Opening, Seen};
use super::read::Metas;
use super::{Client, MESSAGE};
use crate::connection::{Hearing, Said, trouble};
use crate::wire::{Code, Command, Condition, FetchItem, FolderStatus, Range, Status, StatusItem, Tag, Untagged};

/// What a command of a flight asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Status,
    Open,
    List,
}

impl Client {
    pub(super) async fn open_folder(&mut self, folder: &FolderName) -> Result<Opened, Failure> {
        Ok(self.open_also(folder, Also::Nothing).await?.opened)
    }

    /// Opens a folder, and asks for what else is wanted in the same flight. A listing that is refused is none.
    pub(crate) async fn open_also(&mut self, folder: &FolderName, also: Also) -> Result<Seen, Failure> {
        let opening = self.ask_to_open(folder, also)?;
        self.opened(opening).await
    }

    /// Queues what opens a folder.
    pub(crate) fn ask_to_open(&mut self, folder: &FolderName, also: Also) -> Result<Opening, Failure> {
        let commands = self.to_open(folder, also)?;
        let tags = commands.iter().map(|command| self.connection.queue(command)).collect();
        Ok(self.opening_of(folder, also, tags))
    }

    /// Queues what opens and lists a folder, and what hands out all its messages.
    pub(crate) fn ask_for_all(&mut self, folder: &FolderName, also: Also) -> Result<Opening, Failure> {
        let mut opening = self.ask_to_open(folder, also)?;
        if let Some(from) = also.from().filter(|_| !self.wary) {
            let all = Command::fetch(Range::From(from), &MESSAGE, None).map_err(|error| self.ours(error))?;
            opening.aside = Some(Aside::new(self.connection.queue(&all)));
        }
        Ok(opening)
    }

    /// The commands that open a folder.
    pub(crate) fn to_open(&self, folder: &FolderName, also: Also) -> Result<Vec<Command>, Failure> {
        let fetch = |lo| Command::fetch(Range::From(lo), &self.meta_items(), None).map_err(|error| self.ours(error));
        let status = self.status_first.then(|| Command::status(folder, &self.status_items()));
        let list = also.from().filter(|_| !self.wary).map(|lo| fetch(lo.max(Uid::new(1)))).transpose()?;
        Ok(status.into_iter().chain([self.opening(folder)]).chain(list).collect())
    }

    /// An opening whose commands are queued.
    pub(crate) fn opening_of(&self, folder: &FolderName, also: Also, tags: Vec<Tag>) -> Opening {
        Opening {
            folder: folder.clone(),
            also,
            at: usize::from(self.status_first),
            hearing: Hearing::new(tags),
            opened: Opened::default(),
            metas: Metas::new(also.from().unwrap_or_default().max(Uid::new(1)), None),
            aside: None,
        }
    }

    /// Hears answers until the folder is open and listed. Losing this future loses nothing.
    pub(crate) async fn hear(&mut self, opening: &mut Opening) -> Result<(), Failure> {
        while opening.hearing.waits_for().is_some() {
            let event = self.connection.event(None).await?;
            opening.take(&mut self.connection, event)?;
        }
        Ok(())
    }

    /// Hears an opening to its end. Where UIDNEXT was not told, it is asked for.
    pub(crate) async fn opened(&mut self, mut opening: Opening) -> Result<Seen, Failure> {
        self.hear(&mut opening).await?;
        if self.tells_all(&opening) {
            return self.conclude(opening);
        }
        // QUIRK: Courier 5.0 gives no UIDNEXT on SELECT, and its STATUS of the selected folder is stale: ask STATUS first.
        self.status_first = true;
        let mut again = self.ask_to_open(&opening.folder, opening.also)?;
        again.aside = opening.aside.take();
        self.hear(&mut again).await?;
        self.conclude(again)
    }

    /// True when an opening that was heard says all there is to be had: asking STATUS first would not tell more.
    pub(crate) fn tells_all(&self, opening: &Opening) -> bool {
        opening.opened.uid_next.is_some() || self.status_first || opening.is_refused()
    }

    /// What an opening says whose answers were heard.
    pub(crate) fn conclude(&mut self, opening: Opening) -> Result<Seen, Failure> {
        self.wary |= opening.is_refused();
        let whole = self.lists_all(&opening);
        if !matches!(whole, Ok(true)) {
            self.give_up(&opening);
        }
        let whole = whole?;
        let mut opened = opening.opened;
        self.amend(&mut opened);
        let listed = whole.then(|| opening.metas.in_order()).filter(|metas| !metas.is_empty());
        Ok(Seen { opened, listed, aside: opening.aside.filter(|_| whole) })
    }

    /// Nobody wants the answers any more.
    pub(crate) fn give_up(&mut self, opening: &Opening) {
        let messages = opening.aside.iter().filter_map(Aside::unanswered);
        opening.hearing.unanswered().chain(messages).for_each(|tag| self.connection.abandon(tag.clone()));
    }

    fn opening(&self, folder: &FolderName) -> Command {
        let condstore = self.connection.capabilities().has("CONDSTORE");
        match self.connection.side() {
            Side::Destination => Command::select(folder, condstore),
            _ => Command::examine(folder, condstore),
        }
    }

    fn amend(&self, opened: &mut Opened) {
        if self.connection.side() == Side::Destination && self.connection.capabilities().has("X-GM-EXT-1") {
            // QUIRK: Gmail removes a message from its folder as soon as it is marked \Deleted.
            opened.permanent = std::mem::take(&mut opened.permanent).without(SystemFlag::Deleted);
        }
    }

    /// Opens folders one behind the other without waiting, and lists those that are to be.
    pub(super) async fn look_at(&mut self, folders: &[Look]) -> Result<Vec<Glance>, Failure> {
        let glances = self.look_once(folders).await?;
        let told = |glance: &Glance| glance.opened.as_ref().is_ok_and(|opened| opened.uid_next.is_none());
        if self.status_first || !glances.iter().any(told) {
            return Ok(glances);
        }
        self.status_first = true;
        self.look_once(folders).await
    }

    async fn look_once(&mut self, folders: &[Look]) -> Result<Vec<Glance>, Failure> {
        let items = match self.connection.side() {
            Side::Destination => vec![FetchItem::Uid],
            _ => self.meta_items(),
        };
        // Which folder a command is about, and what it is.
        let (mut tags, mut places) = (Vec::new(), Vec::new());
        for (at, look) in folders.iter().enumerate() {
            let status = self.status_first.then(|| Command::status(&look.folder, &self.status_items()));
            let list =
                (look.list && !self.wary).then(|| Command::fetch(Range::From(Uid::new(1)), &items, None)).transpose();
            let list = list.map_err(|error| self.ours(error))?;
            let open = self.opening(&look.folder);
            let commands = [(Asked::Status, status), (Asked::Open, Some(open)), (Asked::List, list)];
            for (what, command) in commands.into_iter().filter_map(|(what, command)| Some((what, command?))) {
                tags.push(self.connection.queue(&command));
                places.push((at, what));
            }
        }
        let mut seen: Vec<(Opened, Metas)> =
            folders.iter().map(|_| (Opened::default(), Metas::new(Uid::new(1), None))).collect();
        let each = |at: usize, said| {
            let Some((opened, metas)) = places.get(at).and_then(|(folder, _)| seen.get_mut(*folder)) else { return };
            match said {
                Said::Data(data, _) if matches!(*data, Untagged::Fetch(_)) => metas.note(*data),
                said => note(opened, said),
            }
        };
        let answers = self.connection.hear(&tags, each).await?;
        let mut glances = Vec::with_capacity(folders.len());
        for (at, (mut opened, metas)) in seen.into_iter().enumerate() {
            self.amend(&mut opened);
            let answer = |what| {
                let place = places.iter().position(|place| *place == (at, what));
                place.and_then(|place| answers.get(place))
            };
            glances.push(match answer(Asked::Open) {
                Some(status) if status.condition == Condition::Ok => {
                    let whole = answer(Asked::List).map_or(Ok(false), |status| self.is_listed(status))?;
                    Glance { opened: Ok(opened), listed: whole.then(|| metas.in_order()) }
                }
                Some(status) => {
                    self.wary = true;
                    let refused = self.connection.refused(status, During::Open);
                    if matches!(refused.trouble, Trouble::Rate(_) | Trouble::Budget | Trouble::Auth) {
                        return Err(refused);
                    }
                    Glance { opened: Err(refused), listed: None }
                }
                None => Glance { opened: Ok(opened), listed: None },
            });
        }
        Ok(glances)
    }

    /// True when the answer behind the opening's lists everything.
    fn lists_all(&self, opening: &Opening) -> Result<bool, Failure> {
        match opening.hearing.answer(opening.at) {
            Some(status) if status.condition != Condition::Ok => Err(self.connection.refused(status, During::Open)),
            _ => opening.hearing.answer(opening.at + 1).map_or(Ok(false), |status| self.is_listed(status)),
        }
    }

    /// True when a listing is all of it: a response code may say otherwise (RFC 9738). A refusal leaves
    /// it to be asked for again, unless it is about more than this listing.
    pub(super) fn is_listed(&self, status: &Status) -> Result<bool, Failure> {
        let answer = self.connection.answer(status, During::Fetch);
        match trouble(&answer).filter(|_| status.condition != Condition::Ok) {
            Some(trouble @ (Trouble::Rate(_) | Trouble::Budget | Trouble::Auth)) => {
                Err(self.connection.failure(trouble, answer.words))
            }
            _ => Ok(status.condition == Condition::Ok && status.code.is_none()),
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

pub(super) fn note(opened: &mut Opened, said: Said) {
    match said {
        Said::Code(Code::UidValidity(validity)) => {
            let validity = Some(validity).filter(|validity| *validity != UidValidity::new(0));
            if opened.validity.is_some_and(|known| Some(known) != validity) {
                // Renumbered since STATUS: what that said of UIDs is about others.
                opened.uid_next = None;
            }
            opened.validity = validity;
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
