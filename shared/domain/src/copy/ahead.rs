//! # Ahead
//! What goes out before its turn has come: a short folder's listing beside its opening, and the next folder's opening
//! behind the last chunk of the one at hand.

use std::time::Duration;

use super::chunk::{self, Measured, Take};
use super::crossing::{Crossing, order};
use super::step::effort;
use crate::migration::Folder;
use crate::ports::mail::{Also, Meta, Then};

/// A folder of at most this many messages, by STATUS, is listed at once.
const SHORT: u64 = 5000;
/// Unless less time than this is left: then it is listed in windows.
const LISTING: Duration = Duration::from_secs(4);
/// A chunk that takes no longer will be through soon: the next folders are taken, and asked for, before its end.
const SOON: Duration = Duration::from_secs(1);
/// So will one of so many octets at any rate, and of so many while no rate is known.
const SOON_OCTETS: u64 = 8 << 20;
const SOON_UNMEASURED: u64 = 24 << 20;
/// The time that has to be left for anything to be asked for in advance.
pub(super) const AHEAD_TIME: Duration = Duration::from_secs(8);

impl Crossing<'_> {
    /// A short folder is listed in the round trip that opens it.
    pub(super) fn also(&self, folder: &Folder) -> Also {
        // What other labels' folders carry is found out window by window.
        let time = self.ports.clock.left() >= LISTING;
        match time && !folder.yields() && (1..=SHORT).contains(&folder.planned) {
            true => Also::List(folder.committed.next()),
            false => Also::Nothing,
        }
    }

    /// True when all of a folder will be sent in one chunk, as far as its STATUS tells.
    fn is_one_chunk(&self, folder: &Folder) -> bool {
        let fits = |size: chunk::Size| {
            folder.planned <= size.messages.into() && folder.planned_octets.is_some_and(|octets| octets <= size.octets)
        };
        let time = self.ports.clock.left() >= AHEAD_TIME;
        time && folder.is_untouched()
            && self.errands.is_plain()
            && matches!(chunk::next(self.measured.as_ref(), self.left(), 0), Take::Chunk(size) if fits(self.errands.share(size)))
    }

    /// What comes next on this pair, when these messages close the folders at hand. Taking it means that no other pair does,
    /// so that it is not taken for long.
    pub(super) fn next_opening(&mut self, metas: &[Meta]) -> Option<Then> {
        let messages = u64::try_from(metas.len()).unwrap_or(u64::MAX);
        let octets = metas.iter().map(|meta| meta.size).sum();
        if !self.closes || !is_soon_over(self.measured.as_ref(), octets) || self.ports.clock.left() < AHEAD_TIME {
            return None;
        }
        let next = || self.errands.next_behind(effort(messages, octets));
        self.reserved = self.reserved.take().or_else(next);
        let group = self.reserved.as_ref()?;
        let folder = group.get(order(group).first().copied()?)?;
        let (source, destination) = (folder.source.clone(), folder.destination.clone());
        self.then = Some(Then { source, destination, also: self.also(folder), whole: self.is_one_chunk(folder) });
        self.then.clone()
    }
}

/// True when so many octets need no longer than `SOON`, as the last chunk went.
fn is_soon_over(last: Option<&Measured>, octets: u64) -> bool {
    last.map_or(octets <= SOON_UNMEASURED, |last| {
        let by_rate = u128::from(octets) * last.took.as_micros() <= u128::from(last.octets) * SOON.as_micros();
        octets <= SOON_OCTETS || by_rate
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_small_or_quick_is_soon_over() {
        let took =
            |octets, took| Some(Measured { messages: 1, octets, took: Duration::from_millis(took), connections: 1 });
        let cases = [
            ("no rate is known, and it is little", None, 24 << 20, true),
            ("no rate is known", None, (24 << 20) + 1, false),
            ("little, on a link that crawls", took(1, 60_000), 8 << 20, true),
            ("just within a second", took(100 << 20, 2000), 50 << 20, true),
            ("just beyond it", took(100 << 20, 2000), (50 << 20) + 1, false),
            ("the last one took no time", took(100 << 20, 0), 1 << 40, true),
            ("the last one had nothing", took(0, 100), (8 << 20) + 1, false),
        ];
        for (name, last, octets, soon) in cases {
            assert_eq!(is_soon_over(last.as_ref(), octets), soon, "{name}");
        }
    }
}
