//! # Lanes
//! Connections over which batches go out at the same time: the one that has the folder open, and others to which it is only a name. A
//! server saves what comes on each of them as it comes; the ends of the batches' lines go out one after the other, in the
//! source's order. All but batches goes over the first lane, when nothing is on its way on another.

use std::iter;
use std::ops::RangeInclusive;
use std::time::Duration;

use futures::future::select_all;
use posthorse_domain::migration::{Failure, Trouble};

use super::{Open, Sink, UNSENT};
use crate::connection::{Connection, Lease};
use crate::wire::{Event, Status};

/// Octets queued for one of several lanes, at most: each should have a batch to go on with while others are filled.
const UNSENT_LANE: u64 = 2 << 20;
/// The lane that has the folder open.
pub(super) const FIRST: usize = 0;

/// A lane that is listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heed {
    lane: usize,
    /// An answer is awaited, or octets wait. Otherwise it is for us to go on, and silence is no wonder.
    awaited: bool,
}

/// How long it takes to end a batch on a lane: at least, for some are told to end before the server has all of them.
#[derive(Debug, Default)]
pub(super) struct Ending {
    /// As the load before went; zero when nobody knows.
    pub(super) known: Duration,
    /// When the one was told to whose answer is awaited (`Clock::monotonic`).
    began: Option<Duration>,
    /// The least of this load.
    least: Option<Duration>,
}

impl Ending {
    /// Nothing was ended yet.
    pub(super) fn new(known: Duration) -> Self {
        Self { known, ..Self::default() }
    }

    /// A batch is told to end.
    pub(super) fn begins(&mut self, now: Duration) {
        self.began = Some(now);
    }

    /// Its answer is there.
    pub(super) fn is_over(&mut self, now: Duration) {
        let took = self.began.take().map(|began| now.saturating_sub(began));
        self.least = self.least.into_iter().chain(took).min();
    }

    /// What is known for the next load.
    pub(super) fn learnt(&self) -> Duration {
        self.least.unwrap_or(self.known)
    }
}

impl Sink<'_> {
    /// A lane's connection.
    pub(super) fn lane(&mut self, lane: usize) -> &mut Connection {
        match lane.checked_sub(1).and_then(|at| self.others.get_mut(at)) {
            Some(other) => other,
            None => self.connection,
        }
    }

    fn unsent_on(&self, lane: usize) -> usize {
        match lane.checked_sub(1).and_then(|at| self.others.get(at)) {
            Some(other) => other.unsent(),
            None => self.connection.unsent(),
        }
    }

    pub(super) fn lanes(&self) -> RangeInclusive<usize> {
        FIRST..=self.others.len()
    }

    /// Octets that go out while a batch is ended, at the pace of the chunk before.
    pub(super) fn meanwhile(&self) -> u64 {
        let octets = u128::from(self.load.pace) * self.ending.known.as_micros() / 1_000_000;
        u64::try_from(octets).unwrap_or(u64::MAX)
    }

    fn count(&self) -> u64 {
        u64::try_from(1 + self.others.len()).unwrap_or(u64::MAX)
    }

    /// A lane for the next batch: one with nothing on its way, else any without an open one.
    pub(super) fn free_lane(&self) -> Option<usize> {
        let is_free = |lane: &usize| self.open.iter().all(|open| open.lane != *lane);
        let is_idle = |lane: &usize| is_free(lane) && self.sent.iter().all(|unit| unit.lane != *lane);
        self.lanes().find(is_idle).or_else(|| self.lanes().find(is_free))
    }

    /// A batch on this lane.
    pub(super) fn opened(&mut self, lane: usize) -> Open {
        let bounds = match self.count() {
            1 => self.bounds,
            lanes => self.bounds.on_a_lane(lanes, self.before, self.meanwhile()),
        };
        self.before = bounds.messages();
        Open { tag: self.lane(lane).tag(), lane, messages: Vec::new(), octets: 0, bounds }
    }

    /// Octets that wait on all lanes.
    pub(super) fn unsent(&self) -> usize {
        self.lanes().map(|lane| self.unsent_on(lane)).sum()
    }

    /// Octets that wait on the lane to which messages are added.
    pub(super) fn unsent_open(&self) -> usize {
        self.open.back().map_or_else(|| self.connection.unsent(), |open| self.unsent_on(open.lane))
    }

    /// Octets queued for all lanes before more messages are taken. What is queued has to go out when a step is stopped: for
    /// several lanes it is a second's, and never less than for one.
    pub(super) fn most_unsent(&self) -> usize {
        let lanes = self.count();
        let most = if lanes == 1 { 0 } else { self.load.pace.min(lanes * UNSENT_LANE) };
        usize::try_from(most).unwrap_or(usize::MAX).max(UNSENT)
    }

    /// True when nothing is on its way but on this lane: what is ended there comes behind it.
    pub(super) fn is_behind_all(&self, lane: usize) -> bool {
        self.sent.iter().all(|unit| unit.lane == lane)
    }

    /// Lanes that are listened to: also those whose batch is open. An answer that comes too early is not one to the whole.
    pub(super) fn heeds(&self) -> Vec<Heed> {
        let heed = |lane: usize| {
            let streams = lane == FIRST && self.streaming.is_some();
            let awaited = streams || self.unsent_on(lane) > 0 || self.sent.iter().any(|unit| unit.lane == lane);
            let heard = awaited || self.open.iter().any(|open| open.lane == lane);
            heard.then_some(Heed { lane, awaited })
        };
        self.lanes().filter_map(heed).collect()
    }

    /// What a server said when it ended a lane.
    pub(super) fn farewell(&self) -> Option<&Status> {
        self.connection.farewell().or_else(|| self.others.iter().find_map(|other| other.farewell()))
    }

    /// With one of several lanes all are lost: a batch that is open on another is cut there, so that it adds nothing.
    pub(super) fn lose_all(&mut self) {
        if self.others.is_empty() {
            return;
        }
        for lane in self.lanes() {
            let connection = self.lane(lane);
            if !connection.is_dead() {
                connection.dies(Trouble::Lost, "closed, because another connection of its pair was lost");
            }
        }
    }
}

/// The next event on one of these lanes. Losing this future loses nothing.
pub(super) async fn turn(
    own: &mut Connection,
    others: &mut [&mut Connection],
    heeds: &[Heed],
    lease: Lease<'_>,
) -> (usize, Result<Option<Event>, Failure>) {
    if let [Heed { lane: FIRST, awaited }] = *heeds {
        return (FIRST, own.turn_if(Some(lease), awaited).await);
    }
    let lanes = iter::once(own).chain(others.iter_mut().map(|other| &mut **other)).enumerate();
    let turns = lanes.filter_map(|(lane, connection)| {
        let awaited = heeds.iter().find(|heed| heed.lane == lane)?.awaited;
        Some(Box::pin(async move { (lane, connection.turn_if(Some(lease), awaited).await) }))
    });
    select_all(turns).await.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_end_of_a_load_is_what_the_next_one_goes_by() {
        let at = Duration::from_millis;
        let mut ending = Ending::new(at(70));
        assert_eq!(ending.learnt(), at(70), "nothing was ended");
        for (began, over) in [(1000, 1300), (1300, 1390), (2000, 2200)] {
            ending.begins(at(began));
            ending.is_over(at(over));
        }
        assert_eq!((ending.learnt(), ending.known), (at(90), at(70)));
    }
}
