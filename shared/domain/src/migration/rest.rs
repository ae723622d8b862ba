//! # Rest
//! When something is to happen to a migration that no step works on. Pure.

use std::time::Duration;

use super::{Migration, Moment, PassKind, State};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// When the next thing is due for a migration whose pass or life has ended, or which cannot go on by itself: a delta, its
/// end, the end of retention. None: nothing happens by itself.
pub fn next(record: &Migration) -> Option<Moment> {
    if record.state.ended() {
        return removal(record);
    }
    [delta(record), end(record)].into_iter().flatten().min()
}

/// When the next delta starts by itself. A final pass is followed by none.
pub fn delta(record: &Migration) -> Option<Moment> {
    let every = record.request.options.life.delta_every;
    let follows = record.state.pass_ended() && record.pass.kind != PassKind::Final && every > 0;
    follows.then(|| record.pass.finished.unwrap_or(record.pass.started).after(Duration::from_secs(every)))
}

/// When the migration ends by itself: so many days after a person's last word and the last pass that carried something.
pub fn end(record: &Migration) -> Option<Moment> {
    let days = record.request.options.life.idle_days;
    let rests = record.state.pass_ended() || matches!(record.state, State::Failed | State::Stalled | State::Paused);
    let active = record.active.max(record.created);
    (rests && days > 0).then(|| active.after(DAY.saturating_mul(days)))
}

/// When an ended migration's objects and rows are deleted.
pub fn removal(record: &Migration) -> Option<Moment> {
    let days = record.request.options.life.retention_days;
    let ended = record.ended.filter(|_| record.state.ended() && days > 0)?;
    Some(ended.after(DAY.saturating_mul(days)))
}
