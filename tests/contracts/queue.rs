//! # Queue
//! What every queue promises.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use posthorse_domain::migration::Stage;
use posthorse_domain::ports::{Delivery, Job, Queue};

use crate::place::{Place, at_once};
use crate::record::id;

type Queues = dyn Place<dyn Queue>;

/// Long enough to last to the end of a test.
const LONG: Duration = Duration::from_secs(600);
/// What a queue may take to hand out a job that is due.
const PATIENCE: Duration = Duration::from_secs(30);
/// Clocks that count whole milliseconds may be one off at either end.
const ROUNDING: Duration = Duration::from_millis(2);

macro_rules! queue_contract {
    ($place:expr) => {
        sentences! { queue in $place =>
            an_empty_queue_hands_out_nothing
            a_job_arrives_as_it_was_sent
            a_job_does_not_arrive_before_its_delay
            a_job_that_is_due_is_not_held_up_by_a_later_one
            a_received_job_is_hidden_from_others
            a_job_that_nobody_acknowledged_comes_back
            an_acknowledged_job_never_comes_back
            acknowledging_twice_is_no_error_and_takes_nothing_else
            a_late_acknowledgement_still_takes_the_job_away
            jobs_are_there_after_opening_again
            a_job_received_before_a_crash_comes_back_after_it
            eight_receivers_get_every_job
        }
    };
}

pub async fn an_empty_queue_hands_out_nothing(place: &Queues) {
    let queue = place.open().await;
    assert_eq!(queue.receive(LONG).await, Ok(None));
}

pub async fn a_job_arrives_as_it_was_sent(place: &Queues) {
    let queue = place.open().await;
    for (turn, stage) in [(1, Stage::Plan), (2, Stage::Copy), (u64::MAX, Stage::Verify)] {
        let sent = Job { stage, ..job(turn) };
        assert_eq!(queue.send(&sent, Duration::ZERO).await, Ok(()));
        assert_eq!(next(&*queue, LONG).await.job, sent);
    }
}

pub async fn a_job_does_not_arrive_before_its_delay(place: &Queues) {
    let queue = place.open().await;
    let (sent, delay) = (Instant::now(), place.tick() * 3);
    assert_eq!(queue.send(&job(1), delay).await, Ok(()));
    next(&*queue, LONG).await;
    assert!(sent.elapsed() + ROUNDING >= delay, "{:?} of {delay:?}", sent.elapsed());
}

pub async fn a_job_that_is_due_is_not_held_up_by_a_later_one(place: &Queues) {
    let queue = place.open().await;
    assert_eq!(queue.send(&job(1), LONG).await, Ok(()));
    assert_eq!(queue.send(&job(2), Duration::ZERO).await, Ok(()));
    assert_eq!(next(&*queue, LONG).await.job, job(2));
    assert_eq!(queue.receive(LONG).await, Ok(None));
}

pub async fn a_received_job_is_hidden_from_others(place: &Queues) {
    let (queue, other) = (place.open().await, place.open().await);
    assert_eq!(queue.send(&job(1), Duration::ZERO).await, Ok(()));
    next(&*queue, LONG).await;
    assert_eq!(queue.receive(LONG).await, Ok(None));
    assert_eq!(other.receive(LONG).await, Ok(None));
}

pub async fn a_job_that_nobody_acknowledged_comes_back(place: &Queues) {
    let queue = place.open().await;
    assert_eq!(queue.send(&job(1), Duration::ZERO).await, Ok(()));
    let hide = place.tick() * 3;
    for _ in 0..3 {
        let asked = Instant::now();
        assert_eq!(next(&*queue, hide).await.job, job(1));
        assert_eq!(next(&*queue, Duration::ZERO).await.job, job(1));
        assert!(asked.elapsed() + ROUNDING >= hide, "{:?} of {hide:?}", asked.elapsed());
    }
}

pub async fn an_acknowledged_job_never_comes_back(place: &Queues) {
    let queue = place.open().await;
    assert_eq!(queue.send(&job(1), Duration::ZERO).await, Ok(()));
    let delivery = next(&*queue, place.tick()).await;
    assert_eq!(queue.acknowledge(&delivery.receipt).await, Ok(()));
    tokio::time::sleep(place.tick() * 3).await;
    assert_eq!(queue.receive(LONG).await, Ok(None));
}

pub async fn acknowledging_twice_is_no_error_and_takes_nothing_else(place: &Queues) {
    let queue = place.open().await;
    assert_eq!(queue.send(&job(1), Duration::ZERO).await, Ok(()));
    let delivery = next(&*queue, LONG).await;
    assert_eq!(queue.acknowledge(&delivery.receipt).await, Ok(()));
    assert_eq!(queue.send(&job(2), Duration::ZERO).await, Ok(()));
    assert_eq!(queue.acknowledge(&delivery.receipt).await, Ok(()));
    assert_eq!(next(&*queue, LONG).await.job, job(2));
}

pub async fn a_late_acknowledgement_still_takes_the_job_away(place: &Queues) {
    let queue = place.open().await;
    assert_eq!(queue.send(&job(1), Duration::ZERO).await, Ok(()));
    let delivery = next(&*queue, place.tick()).await;
    tokio::time::sleep(place.tick() * 3).await;
    assert_eq!(queue.acknowledge(&delivery.receipt).await, Ok(()));
    assert_eq!(queue.receive(LONG).await, Ok(None));
}

pub async fn jobs_are_there_after_opening_again(place: &Queues) {
    let queue = place.open().await;
    let done = sent_and_received(&*queue, 1).await;
    assert_eq!(queue.acknowledge(&done.receipt).await, Ok(()));
    assert_eq!(queue.send(&job(2), Duration::ZERO).await, Ok(()));
    drop(queue);
    let again = place.open().await;
    let delivery = next(&*again, LONG).await;
    assert_eq!(delivery.job, job(2));
    assert_eq!(again.acknowledge(&delivery.receipt).await, Ok(()));
    assert_eq!(again.receive(LONG).await, Ok(None));
}

pub async fn a_job_received_before_a_crash_comes_back_after_it(place: &Queues) {
    let queue = place.open().await;
    assert_eq!(queue.send(&job(1), Duration::ZERO).await, Ok(()));
    next(&*queue, place.tick()).await;
    drop(queue);
    let again = place.open().await;
    assert_eq!(next(&*again, LONG).await.job, job(1));
}

pub async fn eight_receivers_get_every_job(place: &Queues) {
    let queue = place.open().await;
    for turn in 0..40 {
        assert_eq!(queue.send(&job(turn), Duration::ZERO).await, Ok(()));
    }
    let received = at_once(8, async |_| {
        let (queue, mut turns) = (place.open().await, BTreeSet::new());
        while let Some(delivery) = queue.receive(LONG).await.unwrap() {
            queue.acknowledge(&delivery.receipt).await.unwrap();
            turns.insert(delivery.job.turn);
        }
        turns
    });
    let turns = received.into_iter().flatten().collect::<BTreeSet<_>>();
    assert_eq!(turns, (0..40).collect());
}

fn job(turn: u64) -> Job {
    Job { migration: id("m"), stage: Stage::Copy, turn }
}

async fn sent_and_received(queue: &dyn Queue, turn: u64) -> Delivery {
    assert_eq!(queue.send(&job(turn), Duration::ZERO).await, Ok(()));
    next(queue, LONG).await
}

/// Asks until a job is handed out.
async fn next(queue: &dyn Queue, hide: Duration) -> Delivery {
    let asked = Instant::now();
    while asked.elapsed() < PATIENCE {
        if let Some(delivery) = queue.receive(hide).await.unwrap() {
            return delivery;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("no job within {PATIENCE:?}");
}
