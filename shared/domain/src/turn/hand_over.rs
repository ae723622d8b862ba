//! # Hand over
//! The end of a step: one write raises the turn and frees the lease, then subscribers are told, then the job of that turn is
//! sent. Nothing is written after the send. Whoever dies in between is mended by the sweep.

use std::time::Duration;

use super::{Held, announce};
use crate::migration::dispose::{Disposal, TRIES};
use crate::migration::{Failure, Migration, Moment, Stage, State, rest};
use crate::ports::{Event, Job, Ports, Saved};

/// A sweep looks so long later at a state that may not have been told.
const SOON: Duration = Duration::from_secs(60);

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
    let now = held.now(ports.clock);
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
    let next_at = record.next_at;
    if ports.announcer.is_some() && !record.state.under_way() {
        // Nothing is due for a long time: should we die before its state is told, the sweep comes by and tells it.
        record.next_at = Some(now.after(SOON));
    }
    held.save(ports).await?;
    let record = told(ports, Migration { next_at, ..held.record }, now).await;
    if let Some(delay) = delay.filter(|_| record.state.under_way()) {
        let job = Job { migration: record.id.clone(), stage: record.stage, turn: record.turn };
        ports.queue.send(&job, delay).await?;
    }
    ports.notify.tell(Event::State { state: record.state, reason: record.reason.clone(), next_at: record.next_at });
    Ok(record)
}

/// Tells subscribers what is new to them and notes that in the record, for which there is one more write: never more than
/// one for ten minutes of work or a change of state. What cannot be told now keeps no mail from moving; the next step or the
/// sweep tells it. A note that is not written has it told twice.
async fn told(ports: &Ports<'_>, record: Migration, now: Moment) -> Migration {
    match announce(ports.announcer, ports.ledger, &record, now).await {
        Ok(None) => record,
        Ok(Some(told)) => {
            let noted = Migration { told, ..record.clone() };
            match ports.ledger.save(&noted).await {
                Ok(Saved::Yes) => Migration { version: noted.version + 1, ..noted },
                Ok(Saved::Refused) | Err(_) => record,
            }
        }
        Err(failure) => {
            ports.notify.tell(Event::Untold { cause: failure.cause });
            record
        }
    }
}
