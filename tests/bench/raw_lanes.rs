//! # Raw lanes
//! The raw client's batches of one folder over several connections: the octets go out on all of them at the same time, the
//! ends of the lines one after the other, each behind the answer to the batch before.

use std::io;
use std::sync::mpsc::Receiver;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::raw::{Batch, joined};
use crate::wire::Wire;

/// No batch has this turn: a connection failed.
const FAILED: u64 = u64::MAX;

/// Whose line may be ended.
#[derive(Default)]
struct Turn {
    batch: Mutex<u64>,
    moved: Condvar,
}

impl Turn {
    fn wait_for(&self, number: u64) -> io::Result<()> {
        let mut batch = entered(&self.batch);
        while *batch < number {
            batch = self.moved.wait(batch).unwrap_or_else(PoisonError::into_inner);
        }
        if *batch == number { Ok(()) } else { Err(io::Error::other("another connection failed")) }
    }

    fn go_to(&self, number: u64) {
        let mut batch = entered(&self.batch);
        *batch = number.max(*batch);
        self.moved.notify_all();
    }
}

/// Appends what is taken, in order.
///
/// # Errors
/// Whatever goes wrong on one of them.
pub fn append(lanes: &mut [Wire], take: Receiver<Batch>) -> io::Result<()> {
    let (take, turn) = (Mutex::new((0, take)), Turn::default());
    thread::scope(|scope| {
        let lanes = lanes.iter_mut().map(|lane| {
            let send = || over(lane, &take, &turn).inspect_err(|_| turn.go_to(FAILED));
            scope.spawn(send)
        });
        let lanes: Vec<_> = lanes.collect();
        lanes.into_iter().try_for_each(joined)
    })
}

fn over(lane: &mut Wire, take: &Mutex<(u64, Receiver<Batch>)>, turn: &Turn) -> io::Result<()> {
    loop {
        let (number, batch) = {
            let mut take = entered(take);
            let Ok(batch) = take.1.recv() else { return Ok(()) };
            take.0 += 1;
            (take.0 - 1, batch)
        };
        lane.write(&batch.command())?;
        turn.wait_for(number)?;
        lane.write(b"\r\n")?;
        lane.answer("a", |_| ())?;
        turn.go_to(number + 1);
    }
}

fn entered<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
