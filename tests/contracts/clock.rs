//! # Clock
//! What every clock promises.

use std::time::Duration;

use posthorse_domain::ports::Clock;

/// Starts clocks, and asks them to stop as a person would.
pub trait Watch: Send + Sync {
    /// The clock of a step that may work for `budget`.
    fn start(&self, budget: Duration) -> Box<dyn Clock>;

    /// A person asks to stop.
    fn ask(&self);
}

/// Long enough to last to the end of a test.
const LONG: Duration = Duration::from_secs(600);
/// What draining may take, as the command's contract says.
const DRAINING: Duration = Duration::from_secs(10);
/// Short enough to be waited for.
const SHORT: Duration = Duration::from_millis(60);

macro_rules! clock_contract {
    ($watch:expr) => {
        sentences! { clock in $watch =>
            a_sleep_lasts_as_long_as_was_asked
            the_monotonic_clock_never_goes_back
            the_wall_clock_moves_on_while_we_sleep
            what_is_left_shrinks_to_nothing_and_stays_there
            at_first_nobody_has_asked_to_stop
            a_stop_leaves_what_draining_may_take
            a_stop_does_not_lengthen_a_short_step
            a_stop_wakes_who_sleeps
            a_sleep_begun_after_a_stop_ends_early
        }
    };
}

pub async fn a_sleep_lasts_as_long_as_was_asked(watch: &dyn Watch) {
    let clock = watch.start(LONG);
    let before = clock.monotonic();
    clock.sleep(SHORT).await;
    assert!(clock.monotonic() - before >= SHORT);
}

pub async fn the_monotonic_clock_never_goes_back(watch: &dyn Watch) {
    let clock = watch.start(LONG);
    let mut last = clock.monotonic();
    for _ in 0..10_000 {
        let next = clock.monotonic();
        assert!(next >= last);
        last = next;
    }
}

pub async fn the_wall_clock_moves_on_while_we_sleep(watch: &dyn Watch) {
    let clock = watch.start(LONG);
    let before = clock.now();
    clock.sleep(SHORT).await;
    let moved = clock.now().since(before);
    // It counts whole milliseconds, and may be slewed a little.
    assert!(moved >= SHORT - Duration::from_millis(5), "{moved:?}");
    assert!(moved < LONG, "{moved:?}");
}

pub async fn what_is_left_shrinks_to_nothing_and_stays_there(watch: &dyn Watch) {
    let budget = SHORT * 10;
    let clock = watch.start(budget);
    let first = clock.left();
    assert!(first <= budget);
    clock.sleep(SHORT).await;
    assert!(clock.left() < first);
    clock.sleep(budget).await;
    assert_eq!(clock.left(), Duration::ZERO);
    clock.sleep(SHORT).await;
    assert_eq!(clock.left(), Duration::ZERO);
}

pub async fn at_first_nobody_has_asked_to_stop(watch: &dyn Watch) {
    let clock = watch.start(LONG);
    assert!(!clock.stopping());
    assert!(clock.left() > DRAINING);
}

pub async fn a_stop_leaves_what_draining_may_take(watch: &dyn Watch) {
    let clock = watch.start(LONG);
    watch.ask();
    let left = clock.left();
    assert!(clock.stopping());
    assert!(left <= DRAINING && left > DRAINING / 2, "{left:?}");
    watch.ask();
    assert!(clock.left() <= left, "asking again gives no more time");
}

pub async fn a_stop_does_not_lengthen_a_short_step(watch: &dyn Watch) {
    let clock = watch.start(SHORT);
    watch.ask();
    assert!(clock.left() <= SHORT);
}

pub async fn a_stop_wakes_who_sleeps(watch: &dyn Watch) {
    let clock = watch.start(LONG);
    let before = clock.monotonic();
    let ask = async {
        tokio::time::sleep(SHORT).await;
        watch.ask();
    };
    tokio::join!(clock.sleep(LONG), ask);
    assert!(clock.monotonic() - before < LONG / 2);
}

pub async fn a_sleep_begun_after_a_stop_ends_early(watch: &dyn Watch) {
    let clock = watch.start(LONG);
    watch.ask();
    let before = clock.monotonic();
    clock.sleep(LONG).await;
    assert!(clock.monotonic() - before < LONG / 2);
}
