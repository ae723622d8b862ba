//! # Listing ahead
//! A part of the open folder that is listed in advance, as far as answers came.

use posthorse_domain::mail::window::Span;
use posthorse_domain::migration::Failure;
use posthorse_domain::ports::mail::Meta;

use super::Client;
use super::read::{Metas, range};
use crate::connection::{Hearing, Said};
use crate::wire::Command;

/// A listing that is on its way.
pub(crate) struct ListingAhead {
    span: Span,
    hearing: Hearing,
    metas: Metas,
}

impl ListingAhead {
    /// True when this is what it lists.
    pub(crate) fn is_of(&self, span: Span) -> bool {
        self.span == span
    }
}

impl Client {
    /// Queues what lists a part of the open folder.
    pub(crate) fn ask_to_list(&mut self, span: Span) -> Result<ListingAhead, Failure> {
        let (lo, hi) = span;
        let command = Command::fetch(range(lo, hi), &self.meta_items(), None).map_err(|error| self.ours(error))?;
        let hearing = Hearing::new(vec![self.connection.queue(&command)]);
        Ok(ListingAhead { span, hearing, metas: Metas::new(lo, hi) })
    }

    /// Hears a listing to its end. Losing this future loses nothing.
    pub(crate) async fn hear_listing(&mut self, listing: &mut ListingAhead) -> Result<(), Failure> {
        while listing.hearing.waits_for().is_some() {
            let event = self.connection.event(None).await?;
            if let Some(Said::Data(data, _)) = listing.hearing.take(&mut self.connection, event)? {
                listing.metas.note(*data);
            }
        }
        Ok(())
    }

    /// What was heard, when it is all of it.
    pub(crate) fn listed(&self, listing: ListingAhead) -> Result<Option<Vec<Meta>>, Failure> {
        let whole = listing.hearing.answer(0).map_or(Ok(false), |status| self.is_listed(status))?;
        Ok(whole.then(|| listing.metas.in_order()))
    }

    /// Nobody wants it any more.
    pub(crate) fn give_up_listing(&mut self, listing: &ListingAhead) {
        listing.hearing.unanswered().for_each(|tag| self.connection.abandon(tag.clone()));
    }
}
