//! The flag, and times that only this clock can be shown. The promises themselves are tested by the contract suite.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_stop_leaves_ten_seconds_from_the_first_asking() {
    let stop = StopFlag::new();
    let clock = StepClock::new(Duration::from_secs(120), stop.clone());
    tokio::time::advance(Duration::from_secs(20)).await;
    assert_eq!(clock.left(), Duration::from_secs(100));
    stop.ask();
    assert_eq!(clock.left(), Duration::from_secs(10));
    tokio::time::advance(Duration::from_secs(4)).await;
    stop.ask();
    assert_eq!(clock.left(), Duration::from_secs(6));
    tokio::time::advance(Duration::from_secs(40)).await;
    assert_eq!(clock.left(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_lengthen_a_step_that_is_nearly_over() {
    let stop = StopFlag::new();
    let clock = StepClock::new(Duration::from_secs(3), stop.clone());
    stop.ask();
    assert_eq!(clock.left(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn a_sleeper_wakes_when_a_person_asks_to_stop() {
    let stop = StopFlag::new();
    let clock = StepClock::new(Duration::from_secs(600), stop.clone());
    let asleep = tokio::spawn({
        let clock = clock.clone();
        async move { clock.sleep(Duration::from_secs(300)).await }
    });
    tokio::time::advance(Duration::from_secs(7)).await;
    let before = clock.monotonic();
    stop.ask();
    asleep.await.unwrap();
    assert_eq!(clock.monotonic() - before, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn every_clock_and_every_step_counts_from_the_same_point() {
    let first = StepClock::new(Duration::from_secs(1), StopFlag::new());
    let then = first.monotonic();
    tokio::time::advance(Duration::from_secs(5)).await;
    let second = StepClock::new(Duration::from_secs(1), StopFlag::new());
    assert_eq!(second.monotonic(), first.monotonic());
    assert_eq!(second.monotonic() - then, Duration::from_secs(5));
}

#[test]
fn a_budget_without_end_is_no_overflow() {
    let clock = StepClock::new(Duration::MAX, StopFlag::new());
    assert!(clock.left() > Duration::from_secs(86_400 * 365));
}

#[test]
fn moments_before_and_after_1970() {
    let epoch = SystemTime::UNIX_EPOCH;
    let rows =
        [(epoch, 0), (epoch + Duration::from_millis(1_234_567), 1_234_567), (epoch - Duration::from_millis(5), -5)];
    for (time, millis) in rows {
        assert_eq!(wall(time).millis(), millis);
    }
}
