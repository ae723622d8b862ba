//! # Opening
//! A folder that is being opened, as far as answers came, and its listing, where that was asked for in the same flight.

use posthorse_domain::mail::FolderName;
use posthorse_domain::migration::Failure;
use posthorse_domain::ports::mail::{Also, Meta, Opened};

use super::aside::Aside;
use super::open::note;
use super::read::Metas;
use crate::connection::{Connection, Hearing, Said};
use crate::wire::{Condition, Event, Untagged};

/// What opening a folder showed.
pub(crate) struct Seen {
    pub(crate) opened: Opened,
    /// All messages from the UID asked for on; none when they were not listed, or not all of them.
    pub(crate) listed: Option<Vec<Meta>>,
    /// What came of the messages that were asked for with them.
    pub(crate) aside: Option<Aside>,
}

/// A folder that is being opened.
pub(crate) struct Opening {
    pub(super) folder: FolderName,
    pub(super) also: Also,
    /// Place of the answer to EXAMINE or SELECT.
    pub(super) at: usize,
    pub(super) hearing: Hearing,
    pub(super) opened: Opened,
    pub(super) metas: Metas,
    /// The messages themselves, when they are asked for too.
    pub(super) aside: Option<Aside>,
}

impl Opening {
    /// What is opened, and what else is asked for.
    pub(crate) fn of(&self) -> (FolderName, Also) {
        (self.folder.clone(), self.also)
    }

    pub(super) fn take(&mut self, connection: &mut Connection, event: Event) -> Result<(), Failure> {
        let Some(event) = self.not_aside(event) else { return Ok(()) };
        match self.hearing.take(connection, event)? {
            Some(Said::Data(data, _)) if matches!(*data, Untagged::Fetch(_)) => self.metas.note(*data),
            Some(said) => note(&mut self.opened, said),
            None => {}
        }
        Ok(())
    }

    fn not_aside(&mut self, event: Event) -> Option<Event> {
        match &mut self.aside {
            Some(aside) => aside.keep(event),
            None => Some(event),
        }
    }

    /// True when the folder was not opened.
    pub(super) fn is_refused(&self) -> bool {
        self.hearing.answer(self.at).is_some_and(|status| status.condition != Condition::Ok)
    }
}
