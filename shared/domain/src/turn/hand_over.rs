//! # Hand over
//! The end of a step: one write raises the turn and frees the lease, then the job of that turn is sent. Nothing is written
//! after the send.

use std::time::Duration;

use super::Held;
use crate::migration::dispose::{Disposal, TRIES};
use crate::migration::{Failure, Migration, Stage, State, rest};
use crate::ports::{Event, Job, Ports};

/// What a step ends with.
#[derive(Clone, Debug)]
pub enum Next {
    /// The chain goes on, after a pause that lets late effects show themselves.
    Stage(Stage, Duration),
    /// It waits, stalls or fails, with a reason.
    Disposed(Disposal),
    /// The pass has ended.
    Ended(State, String),
}

/// Saves, frees the lease, sends. `progress` resets the tries. The caller acknowledges its job afterwards.
pub async fn hand_over(ports: &Ports<'_>, mut held: Held, next: Next, progress: bool) -> Result<Migration, Failure> {
    let now = ports.clock.now();
    let record = &mut held.record;
    record.turn += 1;
    record.resends = 0;
    record.lease_until = None;
    if progress {
        record.tries = 0;
    }
    record.obstacle = None;
    let delay = match next {
        // A step that ends in good order and has settled nothing is a try like any other.
        Next::Stage(stage, _) if stage == record.stage && record.tries >= TRIES && !ports.clock.stopping() => {
            record.state = State::Stalled;
            record.reason = format!(
                "{TRIES} steps ended before anything was settled while {}: something in this mailbox needs more time than a \
                 step has. Give steps more time, then start it again.",
                stage.state().word()
            );
            record.next_at = rest::next(record);
            None
        }
        Next::Stage(stage, delay) => {
            record.stage = stage;
            record.state = stage.state();
            record.reason = String::new();
            record.next_at = Some(now.after(delay));
            Some(delay)
        }
        Next::Disposed(disposal) => {
            record.state = disposal.state;
            record.reason = disposal.reason;
            record.obstacle = disposal.obstacle;
            record.next_at = disposal.next_at.or_else(|| rest::next(record));
            record.next_at_stated = disposal.stated;
            if disposal.resets_tries {
                record.tries = 0;
            }
            disposal.next_at.map(|at| at.since(now))
        }
        Next::Ended(state, reason) => {
            record.state = state;
            record.reason = reason;
            if record.this_pass.accounted() > 0 {
                record.active = now;
            }
            record.next_at = rest::next(record);
            record.tries = 0;
            None
        }
    };
    held.save(ports).await?;
    let record = held.record;
    if let Some(delay) = delay.filter(|_| record.state.under_way()) {
        let job = Job { migration: record.id.clone(), stage: record.stage, turn: record.turn };
        ports.queue.send(&job, delay).await?;
    }
    ports.notify.tell(Event::State { state: record.state, reason: record.reason.clone(), next_at: record.next_at });
    Ok(record)
}
