//! # Outlook
//! What the source has listed of a folder and no chunk has taken yet: how far it reaches, what the next chunk takes of it,
//! and what is asked for before its turn has come.

use std::collections::VecDeque;
use std::sync::Arc;

use super::ahead::AHEAD_TIME;
use super::chunk;
use super::crossing::Crossing;
use crate::mail::window::Span;
use crate::mail::{Uid, UidSet, window};
use crate::migration::{Failure, Folder};
use crate::ports::mail::Meta;

/// Messages of the next chunk that are read ahead, and their octets.
const AHEAD: usize = 2000;
const AHEAD_OCTETS: u64 = 3 << 20;

/// Source messages listed and not yet taken.
pub(super) struct Outlook {
    pub(super) metas: VecDeque<Meta>,
    /// Messages that other folders carry, and that have no line yet.
    pub(super) left: Vec<Meta>,
    pub(super) next: Uid,
    width: u32,
    /// Messages of the last listing that were new.
    found: usize,
    /// The listing that was asked for behind the chunk before.
    pub(super) asked: Option<Span>,
}

/// What is asked for behind a chunk.
pub(super) struct Advance {
    pub(super) listing: Option<Span>,
    pub(super) messages: Arc<[Meta]>,
}

impl Outlook {
    /// Takes back what has no outcome. How many that are.
    pub(super) fn takes_back(&mut self, metas: &[Meta], folder: &Folder, known: &UidSet) -> usize {
        let listed = self.metas.len();
        let left = metas.iter().rev().filter(|meta| meta.uid > folder.committed && !known.contains(meta.uid));
        left.for_each(|meta| self.metas.push_front(meta.clone()));
        self.metas.len() - listed
    }

    /// True when a chunk of this size begins with a listing.
    fn is_short_of(&self, folder: &Folder, size: chunk::Size) -> bool {
        self.metas.len() < enough(size) && self.next < folder.snapshot
    }

    /// The next part of the folder to be listed.
    fn span(&self, folder: &Folder) -> Span {
        window::span(self.next, self.width, Some(folder.snapshot))
    }

    fn chunk(&mut self, size: chunk::Size) -> Vec<Meta> {
        let mut octets = 0_u64;
        let fits = |(at, meta): &(usize, &Meta)| {
            octets = octets.saturating_add(meta.size);
            *at == 0 || (*at < wanted(size) && octets <= size.octets)
        };
        let taken = self.metas.iter().enumerate().take_while(fits).count();
        let rest = self.metas.split_off(taken);
        std::mem::replace(&mut self.metas, rest).into()
    }
}

fn wanted(size: chunk::Size) -> usize {
    usize::try_from(size.messages).unwrap_or(usize::MAX)
}

fn enough(size: chunk::Size) -> usize {
    wanted(size).saturating_add(AHEAD)
}

impl Crossing<'_> {
    /// What the source listed when it was opened, if it begins where the folder is settled.
    pub(super) fn outlook(&mut self, folder: &mut Folder, known: &UidSet) -> Outlook {
        let next = folder.committed.next();
        let planned = u32::try_from(folder.planned).ok().filter(|planned| *planned > 0);
        let width = window::first(planned, window::aim(self.ports.clock.left()));
        let empty = Outlook { metas: VecDeque::new(), left: Vec::new(), next, width, found: 0, asked: None };
        let Some((_, listed)) = self.listed.take().filter(|(from, _)| *from == next) else { return empty };
        let beyond = listed.last().map(|meta| meta.uid.next()).unwrap_or_default();
        folder.snapshot = folder.snapshot.max(beyond);
        let metas = listed.into_iter().filter(|meta| !known.contains(meta.uid)).collect();
        Outlook { metas, next: folder.snapshot.max(next), ..empty }
    }

    /// The next chunk's messages, listed in windows.
    pub(super) async fn take(
        &mut self,
        folder: &mut Folder,
        outlook: &mut Outlook,
        known: &mut UidSet,
        size: chunk::Size,
    ) -> Result<Vec<Meta>, Failure> {
        let aim = self.aim(folder, wanted(size)).max(window::aim(self.ports.clock.left()));
        // It was asked for with what was read ahead, so it is taken although the chunk may turn out to need no more.
        if let Some(span) = outlook.asked.take()
            && let Some(listed) = self.pair.listed(span).await?
        {
            self.takes_in(folder, outlook, span, listed, known, aim);
        }
        while outlook.is_short_of(folder, size) {
            let (lo, hi) = outlook.span(folder);
            let listed = self.pair.source().metas(lo, hi).await?;
            self.takes_in(folder, outlook, (lo, hi), listed, known, aim);
            self.note_left_in_time(folder, outlook, known).await?;
        }
        self.note_left(folder, outlook, known).await?;
        Ok(outlook.chunk(size))
    }

    fn takes_in(
        &self,
        folder: &mut Folder,
        outlook: &mut Outlook,
        span: Span,
        listed: Vec<Meta>,
        known: &UidSet,
        aim: usize,
    ) {
        // UIDNEXT is a hint: what the last listing shows behind it belongs to the folder too.
        let beyond = listed.last().map(|meta| meta.uid.next()).unwrap_or_default();
        outlook.next = span.1.map_or(folder.snapshot, Uid::next).max(beyond);
        folder.snapshot = folder.snapshot.max(beyond);
        outlook.width = window::window(outlook.width, listed.len(), aim);
        let new = listed.into_iter().filter(|meta| !known.contains(meta.uid));
        let (left, taken): (Vec<Meta>, Vec<Meta>) = new.partition(|meta| self.errands.leaves(folder, meta));
        outlook.found = taken.len();
        outlook.metas.extend(taken);
        outlook.left.extend(left);
    }

    /// The first messages of the next chunk, to be read while this one drains, and the listing that it will begin with. After
    /// a death, or when the time may not suffice for another chunk, nothing is asked for that may not be wanted; nor are
    /// messages when more listings may have to come first, for which they would be dropped; nor more than half a chunk,
    /// since the next one may be smaller and drop all.
    pub(super) fn in_advance(&self, folder: &Folder, outlook: &Outlook, size: chunk::Size) -> Advance {
        if folder.chunk_limit != 0 || self.ports.clock.left() < AHEAD_TIME {
            return Advance { listing: None, messages: Arc::default() };
        }
        let next = self.errands.share(chunk::at_most_after(size));
        let listing = outlook.is_short_of(folder, next).then(|| outlook.span(folder));
        let to_the_end = listing.is_none_or(|(_, hi)| hi.is_none());
        if !to_the_end && outlook.metas.len() + outlook.found < enough(next) {
            return Advance { listing, messages: Arc::default() };
        }
        let mut octets = 0;
        let read = outlook.metas.iter().filter(|meta| self.errands.twin(folder, meta).is_none());
        let half = usize::try_from(size.messages / 2).unwrap_or(AHEAD);
        let first = read.take(AHEAD.min(half)).take_while(|meta| {
            octets += meta.size;
            octets <= AHEAD_OCTETS.min(size.octets / 2)
        });
        Advance { listing, messages: first.cloned().collect() }
    }
}

#[cfg(test)]
#[path = "outlook_tests.rs"]
mod tests;
