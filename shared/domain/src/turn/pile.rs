//! # Pile
//! Messages of one side in a chain of segments, to be gone through more than once; and what of two piles belongs together.

use super::lines::Walk;
use crate::mail::Uid;
use crate::migration::manifest::Line;
use crate::migration::matching::{Digests, pair_up};
use crate::migration::sieve::Sieve;
use crate::migration::{Failure, MigrationId};
use crate::ports::Archive;
use crate::ports::mail::Head;

/// Fewer messages than this on both sides together are matched at once, without a sieve.
const FEW: u64 = 20_000;

/// Messages, newest segment first.
pub struct Pile<'a> {
    archive: &'a dyn Archive,
    id: &'a MigrationId,
    head: Option<String>,
    /// Not in the archive yet.
    fresh: &'a [Line],
    /// UIDs of a manifest, sorted: only the first line of each counts.
    once: Option<&'a [Uid]>,
    messages: u64,
}

impl<'a> Pile<'a> {
    /// What a survey has read.
    pub fn survey(
        archive: &'a dyn Archive,
        id: &'a MigrationId,
        head: Option<String>,
        fresh: &'a [Line],
        messages: u64,
    ) -> Self {
        Self { archive, id, head, fresh, once: None, messages }
    }

    /// The lines of a manifest that count, which are of these messages.
    pub fn manifest(archive: &'a dyn Archive, id: &'a MigrationId, head: Option<String>, uids: &'a [Uid]) -> Self {
        let messages = u64::try_from(uids.len()).unwrap_or(u64::MAX);
        Self { archive, id, head, fresh: &[], once: Some(uids), messages }
    }

    /// Hands over each line.
    pub async fn each(&self, mut with: impl FnMut(&Line) + Send) -> Result<(), Failure> {
        self.fresh.iter().for_each(&mut with);
        let mut once = Once::of(self.once);
        let mut walk = Walk::from(self.archive, self.id, self.head.clone());
        while let Some(segment) = walk.next().await? {
            segment.lines.iter().rev().filter(|line| once.is_first(line.uid)).for_each(&mut with);
        }
        Ok(())
    }

    async fn heads(&self, keep: Keep<'_>, mut with: impl FnMut(Head) + Send) -> Result<(), Failure> {
        self.each(|line| {
            if keep(line)
                && let Some(head) = line.head()
            {
                with(head);
            }
        })
        .await
    }
}

/// Which lines count.
pub type Keep<'a> = &'a (dyn Fn(&Line) -> bool + Sync);

/// Tells the first line of a message, which is the newest, from the others.
pub struct Once<'a> {
    uids: Option<&'a [Uid]>,
    seen: Vec<bool>,
}

impl<'a> Once<'a> {
    /// Among these messages, sorted; none: every line is the only one of its message.
    pub fn of(uids: Option<&'a [Uid]>) -> Self {
        Self { uids, seen: vec![false; uids.map_or(0, <[Uid]>::len)] }
    }

    /// True the first time.
    pub fn is_first(&mut self, uid: Uid) -> bool {
        let Some(uids) = self.uids else { return true };
        let at = uids.binary_search(&uid).ok();
        at.and_then(|at| self.seen.get_mut(at)).is_some_and(|seen| !std::mem::replace(seen, true))
    }
}

/// What is the same at sight, and what is to be matched.
#[derive(Debug, Default)]
pub struct Sifted {
    pairs: Vec<(Uid, Uid)>,
    /// Of the source.
    pub here: Vec<Head>,
    /// Of the destination.
    pub there: Vec<Head>,
}

impl Sifted {
    /// All pairs, by source UID.
    pub fn decide(mut self, digests: &Digests) -> Vec<(Uid, Uid)> {
        self.pairs.extend(pair_up(&self.here, &self.there, digests).pairs);
        self.pairs.sort_unstable();
        self.pairs
    }
}

/// Sifts the kept messages of two piles. What is held of a large one is a few octets per message.
pub async fn sift(
    (here, wanted): (&Pile<'_>, Keep<'_>),
    (there, free): (&Pile<'_>, Keep<'_>),
) -> Result<Sifted, Failure> {
    let mut sifted = Sifted::default();
    if here.messages.saturating_add(there.messages) <= FEW {
        here.heads(wanted, |head| sifted.here.push(head)).await?;
        there.heads(free, |head| sifted.there.push(head)).await?;
        return Ok(sifted);
    }
    let mut sieve = Sieve::expecting(here.messages, there.messages);
    here.heads(wanted, |head| sieve.note_here(&head)).await?;
    there.heads(free, |head| sieve.note_there(&head)).await?;
    for _ in 0..sieve.ranges() {
        there.heads(free, |head| sieve.offer(&head)).await?;
        sieve.close_range();
        here.heads(wanted, |head| sieve.ask(&head)).await?;
        sieve.end_range();
    }
    here.heads(wanted, |head| sifted.here.extend(Some(head).filter(|head| sieve.is_left_here(head)))).await?;
    there.heads(free, |head| sifted.there.extend(Some(head).filter(|head| sieve.is_left_there(head)))).await?;
    sifted.pairs = sieve.into_pairs();
    Ok(sifted)
}
