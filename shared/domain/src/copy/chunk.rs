//! # Chunk
//! How much to take next: 1–4 s of work, never more than what is sure to be drained before the step's time is over.

use std::time::Duration;

/// Taken while nothing has been measured.
const START: Size = Size { messages: 400, octets: 16 << 20 };
const LEAST: Size = Size { messages: 1, octets: 64 << 10 };
const MOST: Size = Size { messages: 16_000, octets: 128 << 20 };
/// What a chunk should take, and what is assumed of the first one.
const AIM: Duration = Duration::from_secs(3);
/// Kept back for the last round trips and the commit.
const DRAIN: Duration = Duration::from_millis(500);
/// A chunk that may not take this long is not worth an intent.
const WORTH: Duration = Duration::from_millis(200);
/// Growth per chunk, once above the start.
const GROWTH: u32 = 4;

/// Upper bounds of a chunk; a message larger than `octets` goes alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Messages.
    pub messages: u32,
    /// Octets of all of them.
    pub octets: u64,
}

/// The last chunk of this step, as it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Messages settled by it.
    pub messages: u32,
    /// Their octets.
    pub octets: u64,
    /// From its intent to its last answer.
    pub took: Duration,
    /// Connections to the destination that it could be sent over.
    pub connections: u64,
}

impl Measured {
    /// How fast it went.
    pub fn octets_a_second(&self) -> u64 {
        self.a_second(self.octets)
    }

    /// The same in messages.
    pub fn messages_a_second(&self) -> u64 {
        self.a_second(self.messages.into())
    }

    fn a_second(&self, amount: u64) -> u64 {
        let pace = u128::from(amount) * 1000 / self.took.as_millis().max(1);
        u64::try_from(pace).unwrap_or(u64::MAX)
    }
}

/// What to take next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// Up to this much.
    Chunk(Size),
    /// Nothing: the time left is needed for draining.
    Stop,
}

/// Decides by the last chunk of this step and by the time left. `limit` is the most messages allowed after a death, 0 for
/// none.
pub fn next(previous: Option<&Measured>, left: Duration, limit: u32) -> Take {
    // A chunk may turn out twice as slow as the last one and must still be drained in time.
    let time = (left.saturating_sub(DRAIN) / 2).min(AIM);
    let single = previous.map_or(Duration::ZERO, |last| last.took / last.messages.max(1));
    // `single` may be the time of one message larger than others; then only what is left decides.
    if time < WORTH || left.saturating_sub(DRAIN) < single {
        return Take::Stop;
    }
    let last = previous.filter(|last| last.messages > 0).copied().unwrap_or(Measured {
        messages: START.messages,
        octets: START.octets,
        took: AIM,
        connections: 1,
    });
    let messages = scaled(last.messages.into(), START.messages.into(), time, last.took);
    let messages = u32::try_from(messages).unwrap_or(u32::MAX).clamp(LEAST.messages, MOST.messages);
    let octets = scaled(last.octets, START.octets, time, last.took).clamp(LEAST.octets, MOST.octets);
    Take::Chunk(Size { messages: if limit == 0 { messages } else { messages.min(limit) }, octets })
}

/// The most that may follow a chunk of this size.
pub fn at_most_after(size: Size) -> Size {
    Size {
        messages: size.messages.saturating_mul(GROWTH).clamp(START.messages, MOST.messages),
        octets: size.octets.saturating_mul(GROWTH.into()).clamp(START.octets, MOST.octets),
    }
}

/// As much as fits into `time` at the last rate. A rate is trusted up to `start`; above it growth is slow, since a rate
/// does not hold for much more than it was measured with.
fn scaled(last: u64, start: u64, time: Duration, took: Duration) -> u64 {
    let fits = u128::from(last) * time.as_micros() / took.as_micros().max(1);
    u64::try_from(fits).unwrap_or(u64::MAX).min(last.saturating_mul(GROWTH.into()).max(start))
}

#[cfg(test)]
#[path = "chunk_tests.rs"]
mod tests;
